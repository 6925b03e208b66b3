"""What an import notices about a layer while its chunks stream by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import Geometry

from layers.columns import Columns, as_texts, is_number
from layers.identity import Ids, distinct
from layers.regions import Region
from spatialhub.catalogue import Classes
from spatialhub.spatial._kernels import TextCodes
from spatialhub.spatial.model import Issue
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot import ColumnKind
from spatialhub.spatial.table import Column, Numbers, Texts

# Features along the edge of a coverage may cross it by what rounding to a millimetre makes.
_EDGE_M = 0.01
KEPT_ISSUES = 200
KEPT_CODES = 100
_MOST_CODES = 1000


class Tally:
    """Counts over all features: ids, classes, nulls, what lies outside the frame or beyond the coverage."""

    def __init__(self, *, frame: Geometry, coverage: Geometry) -> None:
        self._frame = Region(frame)
        self._coverage = Region(shapely.buffer(coverage, _EDGE_M, join_style="mitre"))
        self.count = 0
        self.inside_frame = 0
        self.beyond_coverage = 0
        self.without_geometry = 0
        self.areas_buffered = 0
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self.ids = Ids()
        self._hashes: list[np.ndarray] = []
        self.classes: Counter[str | None] = Counter({None: 0})  # features without a class first, whatever the chunks
        self.nulls: Counter[str] = Counter()
        self._numeric: dict[str, bool] = {}

    def take(self, features: Ragged, columns: Mapping[str, Column], hashes: np.ndarray | None = None) -> None:
        """Count one chunk of features in the plane; `columns` as `Columns.values` gives them, `hashes` uint64 (n,) of
        the features where they may be needed."""
        boxes = features.bounds()
        self.count += len(features)
        self.inside_frame += int(self._frame.meets(features, boxes).sum())
        self.beyond_coverage += int((~self._coverage.covers(features, boxes)).sum())
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        self.bounds = np.concatenate([np.fmin(self.bounds[:2], low), np.fmax(self.bounds[2:], high)])
        self.ids.take(as_texts(columns["id"]))
        if hashes is not None:
            self._hashes.append(hashes)
        self._count_classes(as_texts(columns["class"]))
        for name, values in columns.items():
            self._count_nulls(name, values)

    def _count_classes(self, codes: Texts) -> None:
        """Count codes in the order in which they first appear."""
        self.classes[None] += int(codes.null.sum())
        coder = TextCodes(_MOST_CODES)
        numbers = coder.add(codes.offsets, codes.data, codes.null)
        if coder.overflowed:  # no column of classes
            self.classes.update(code for code in codes.to_list() if code is not None)
            return
        counts = np.bincount(numbers[numbers >= 0], minlength=len(coder.values)).tolist()
        for code, count in zip(coder.values, counts, strict=True):
            self.classes[code.decode("utf-8", "replace")] += count

    def _count_nulls(self, name: str, values: Column) -> None:
        if isinstance(values, (Texts, Numbers)):
            given = len(values) - int(values.null.sum())
            numeric = isinstance(values, Numbers) and _are_numbers(values)
        else:
            some = [value for value in values if value is not None]
            given, numeric = len(some), all(map(is_number, some))
        self.nulls[name] += len(values) - given
        if given:
            self._numeric[name] = self._numeric.get(name, True) and numeric

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Kind of each column: number where every value is one, else text (all-null columns too)."""
        return {name: "number" if self._numeric.get(name) else "text" for name in self.nulls}

    @property
    def ids_serve(self) -> bool:
        """Whether the id column names every feature, and every one differently."""
        return self.ids.serve

    def hash_ids(self) -> Texts:
        """Ids by hashes, for features whose own do not serve."""
        return distinct(np.concatenate(self._hashes))

    def unknown_classes(self, classes: Classes | None) -> dict[str, int]:
        """Class codes without a row in the crosswalk, with how many features have them, the most frequent first."""
        if classes is None:
            return {}
        codes = [(code, count) for code, count in self.classes.most_common() if code is not None]
        return {code: count for code, count in codes if classes.find(code) is None}

    def issues(self, place: str, columns: Columns, classes: Classes | None, buffer_m: float = 0.0) -> list[Issue]:
        """What the steward should read before releasing."""
        found = [
            Issue.of("layer_unknown_class", place, class_code=code, count=count)
            for code, count in list(self.unknown_classes(classes).items())[:KEPT_CODES]
        ]
        if columns.roles["id"] is not None and not self.ids_serve:
            field, ids = columns.roles["id"], self.ids
            found.append(Issue.of("layer_id_hashed", place, field=field, nulls=ids.nulls, repeated=ids.repeated))
        if buffer_m:
            areas = self.areas_buffered
            found.append(Issue.of("layer_buffered", place, count=self.count, buffer_m=f"{buffer_m:g}", areas=areas))
        counts = {
            "layer_class_missing": self.classes[None] if classes is not None else 0,
            "layer_empty_geometry": self.without_geometry,
            "layer_partly_outside_frame": self.count - self.inside_frame,
            "layer_outside_coverage": self.beyond_coverage,
        }
        found += [Issue.of(code, place, count=count) for code, count in counts.items() if count]
        return found


def _are_numbers(values: Numbers) -> bool:
    """Whether all that is given can be kept as float64 (`is_number`)."""
    if values.values.dtype.kind == "i":
        return bool((np.abs(values.values[~values.null]) <= 2**53).all())
    return values.values.dtype.kind == "f"


def summary(issues: Sequence[Issue]) -> dict[str, object]:
    """Issues for the registry: how many of each code, and the first ones in full; the report file has them all."""
    return {
        "issue_counts": dict(Counter(issue.code for issue in issues)),
        "issues": [as_json(issue) for issue in issues[:KEPT_ISSUES]],
    }


def as_json(issue: Issue) -> dict[str, object]:
    """An issue as plain JSON."""
    return {"code": issue.code, "place": issue.place, "params": dict(issue.params)}
