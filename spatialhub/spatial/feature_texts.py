"""Features of a snapshot written as canonical JSON by the kernel, straight from the columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spatialhub.spatial._kernels import AttributeColumn, FeatureTexts, coded_column
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_columns import CodedColumn, Column, NumberColumn

_LAST_OF_THE_BASIC_PLANE = "\uffff"  # up to here keys sort by code points as they do by UTF-16 units


def feature_texts(
    store: Snapshot, shown: Sequence[str], class_name: Callable[[str], str] | None
) -> FeatureTexts | None:
    """What writes features with the columns `shown` as attributes, and the name of a class, where classes have names;
    None where columns are such that only Python writes them."""
    roles = {role: store.column(role) for role in ("id", "name", "class") if role in store.meta.columns}
    if any(isinstance(column, NumberColumn) for column in roles.values()):
        return None
    if any(key and max(key) > _LAST_OF_THE_BASIC_PLANE for key in shown):
        return None
    classes = roles.get("class")
    named: AttributeColumn | None = None
    if class_name is not None and classes is not None:
        if not isinstance(classes, CodedColumn):
            return None
        named = coded_column(classes.codes, [class_name(word) if word else "" for word in classes.words])
    return FeatureTexts(
        store.meta.feature_count,
        _kernel(roles.get("id")),
        _kernel(roles.get("name")),
        _kernel(classes),
        named,
        [(key, store.column(key).kernel) for key in sorted(set(shown))],
    )


def _kernel(column: Column | None) -> AttributeColumn | None:
    return column.kernel if column is not None else None
