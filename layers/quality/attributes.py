"""What the attributes of features show: mandatory fields, code lists, lengths, ranges, areas against the geometry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from layers.quality.model import Finding, Rule
from layers.quality.tally import Tally
from spatialhub.catalogue import Classes
from spatialhub.spatial.snapshot import Snapshot

CHECKS = frozenset({"mandatory", "unique", "code", "length", "range", "area_field", "difference"})
M2_OF = {"m2": 1.0, "ha": 10_000.0, "mu": 10_000.0 / 15}
_LONGEST_TOLD = 60


class Attributes:
    """Takes features chunk by chunk; of unique fields it keeps 8 bytes a feature. `skipped`: rules whose columns the
    layer does not have, with the columns."""

    def __init__(self, rules: Sequence[Rule], tally: Tally, snapshot: Snapshot, classes: Classes | None) -> None:
        self._tally, self._snapshot, self._classes = tally, snapshot, classes
        self._by_name = {name.casefold(): name for name in snapshot.meta.columns}
        self.skipped: dict[str, str] = {}
        self._jobs: list[tuple[Rule, Callable]] = []
        self._seen: dict[tuple[str, str], np.ndarray] = {}
        for rule in rules:
            self._plan(rule)

    def _plan(self, rule: Rule) -> None:
        check = {
            "mandatory": self._mandatory, "unique": self._unique, "code": self._code, "length": self._length,
            "range": self._range, "area_field": self._area_field, "difference": self._difference,
        }[rule.check]  # fmt: skip
        wanted = wanted_fields(rule)
        absent = [name for name in wanted if self._name(name) is None]
        if rule.check == "code" and not rule.texts("codes") and self._classes is None:
            self.skipped[rule.key] = "classes"
            return
        if rule.check in ("area_field", "difference"):  # what is taken off may be missing: then it is nothing
            absent = [name for name in absent if name in (rule.values["field"], *rule.texts("minus")[:1])]
        finds = rule.check == "mandatory" and rule.values.get("absent") == "find"
        if absent and not finds:
            self.skipped[rule.key] = "、".join(absent)
        if absent and rule.check in ("area_field", "difference"):
            return
        if finds or len(absent) < len(wanted):
            self._jobs.append((rule, check))

    def _name(self, field: str) -> str | None:
        return self._by_name.get(field.casefold())

    def take(self, rows: np.ndarray) -> None:
        """Look at features `rows` (k,), ascending."""
        for rule, check in self._jobs:
            check(rule, rows)

    def finish(self) -> None:
        """Tell values that come more than once."""
        for (key, field), digests in self._seen.items():
            order = np.argsort(digests, kind="stable")
            ordered = digests[order]
            again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0))
            rows = np.unique(order[np.concatenate([again, again + 1])])
            rule = next(rule for rule, _ in self._jobs if rule.key == key)
            values = self._snapshot.columns([field], rows)[field]
            self._found(rule, rows, field, values, "")

    # --- checks ------------------------------------------------------------------------------------------------------

    def _mandatory(self, rule: Rule, rows: np.ndarray) -> None:
        for field in rule.texts("fields"):
            name = self._name(field)
            if name is None:
                if rule.values.get("absent") == "find":
                    self._found(rule, rows, field, [None] * len(rows), "")
                continue
            self._where(rule, rows, name, _is_blank, "")

    def _unique(self, rule: Rule, rows: np.ndarray) -> None:
        for field in rule.texts("fields"):
            name = self._name(field)
            if name is None:
                continue
            seen = self._seen.setdefault((rule.key, name), np.zeros(self._snapshot.meta.feature_count, np.uint64))
            values = self._snapshot.columns([name], rows)[name]
            seen[rows] = [0 if _is_blank(value) else _digest(value) for value in values]

    def _code(self, rule: Rule, rows: np.ndarray) -> None:
        codes = frozenset(rule.texts("codes"))
        for field in rule.texts("fields") or ("class",):
            name = self._name(field)
            if name is not None:
                self._where(rule, rows, name, lambda value: not _is_blank(value) and not self._known(value, codes), "")

    def _known(self, value: object, codes: frozenset[str]) -> bool:
        if codes:
            return _text(value) in codes
        return self._classes is not None and self._classes.find(_text(value)) is not None

    def _length(self, rule: Rule, rows: np.ndarray) -> None:
        lengths = frozenset(rule.values["digits"])  # type: ignore[call-overload]
        expected = " / ".join(str(one) for one in sorted(lengths))
        for field in rule.texts("fields"):
            name = self._name(field)
            if name is not None:
                wrong = lambda value: not _is_blank(value) and len(_text(value)) not in lengths  # noqa: E731
                self._where(rule, rows, name, wrong, expected)

    def _range(self, rule: Rule, rows: np.ndarray) -> None:
        least, most, above = (rule.values.get(name) for name in ("least", "most", "above"))
        told = [f"{sign} {limit:g}" for sign, limit in (("≥", least), ("≤", most), (">", above)) if limit is not None]
        for field in rule.texts("fields"):
            name = self._name(field)
            if name is None:
                continue
            values, numbers = self._numbers(name, rows)
            given = np.array([not _is_blank(value) for value in values], bool)
            with np.errstate(invalid="ignore"):
                good = ~np.isnan(numbers)
                good &= numbers >= least if least is not None else True
                good &= numbers <= most if most is not None else True
                good &= numbers > above if above is not None else True
            at = np.flatnonzero(given & ~good)
            self._found(rule, rows[at], name, [values[i] for i in at], ", ".join(told))

    def _area_field(self, rule: Rule, rows: np.ndarray) -> None:
        name = self._name(str(rule.values["field"]))
        assert name is not None
        values, numbers = self._numbers(name, rows)
        unit = str(rule.values.get("unit", "m2"))
        areas = self._snapshot.areas[rows]
        own = areas[:, int(rule.values.get("basis") == "plane")]
        allowed = np.maximum(rule.number("tolerance_m2"), rule.number("share") * own)
        stated = numbers * M2_OF[unit]
        with np.errstate(invalid="ignore"):
            at = np.flatnonzero(np.abs(stated - own) > allowed)
        expected = [f"{area / M2_OF[unit]:.2f}{_hint(value, row)}" for area, value, row in
                    zip(own[at], numbers[at], areas[at], strict=True)]  # fmt: skip
        self._found(rule, rows[at], name, [values[i] for i in at], expected, np.abs(stated - own)[at])

    def _difference(self, rule: Rule, rows: np.ndarray) -> None:
        name = self._name(str(rule.values["field"]))
        of, *others = rule.texts("minus")
        first = self._name(of)
        if name is None or first is None:
            return
        values, left = self._numbers(name, rows)
        right = self._numbers(first, rows)[1]
        for other in others:
            known = self._name(other)
            if known is not None:
                right = right - np.nan_to_num(self._numbers(known, rows)[1])
        with np.errstate(invalid="ignore"):
            at = np.flatnonzero(np.abs(left - right) > rule.number("tolerance_m2"))
        expected = [f"{value:.2f}" for value in right[at]]
        self._found(rule, rows[at], name, [values[i] for i in at], expected, np.abs(left - right)[at])

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _where(self, rule: Rule, rows: np.ndarray, name: str, wrong: Callable[[object], bool], expected: str) -> None:
        """Find features whose value is wrong; of a column of few different values each is judged once."""
        coded = self._snapshot.dictionary(name) if self._snapshot.meta.columns[name] == "text" else None
        if coded is not None:
            codes, words = coded
            judged = np.array([wrong(word) for word in words], bool)
            at = np.flatnonzero(judged[codes[rows]])
            self._found(rule, rows[at], name, [words[codes[row]] for row in rows[at]], expected)
            return
        values = self._snapshot.columns([name], rows)[name]
        at = np.flatnonzero(np.fromiter(map(wrong, values), bool, len(values)))
        self._found(rule, rows[at], name, [values[i] for i in at], expected)

    def _numbers(self, name: str, rows: np.ndarray) -> tuple[list, np.ndarray]:
        """Values as they stand and as numbers, NaN where they are none."""
        values = self._snapshot.columns([name], rows)[name]
        return values, np.array([_number(value) for value in values], np.float64)

    def _found(
        self, rule: Rule, rows: np.ndarray, field: str, values: Sequence, expected: str | Sequence[str],
        measures: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        measures = self._snapshot.areas[rows, 0] if measures is None else measures

        def make(i: int) -> Finding:
            told = expected if isinstance(expected, str) else expected[i]
            said = (("field", field), ("found", _told(values[i])), ("expected", told))
            return Finding(rule.key, (int(rows[i]),), float(measures[i]), None, said)

        self._tally.add_rows(rule, rows, measures, make)


def wanted_fields(rule: Rule) -> tuple[str, ...]:
    """Columns that a rule of attributes looks at."""
    if rule.check == "code":
        return rule.texts("fields") or ("class",)
    single = (str(rule.values["field"]),) if "field" in rule.values else ()
    return (*single, *rule.texts("fields"), *rule.texts("minus"))


def _is_blank(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _told(value: object) -> str:
    if _is_blank(value):
        return "—"
    text = _text(value)
    return text if len(text) <= _LONGEST_TOLD else text[:_LONGEST_TOLD] + "…"


def _number(value: object) -> float:
    try:
        return float(value) if value is not None else np.nan  # type: ignore[arg-type]
    except ValueError:
        return np.nan


def _digest(value: object) -> int:
    return int.from_bytes(hashlib.blake2b(_text(value).encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _hint(stated: float, areas: np.ndarray) -> str:
    """What the figure would be right as, where it is clearly another unit or the other area."""
    for factor, unit in ((10_000.0, "公顷"), (10_000.0 / 15, "亩"), (1e6, "平方千米")):
        if abs(stated * factor - areas[0]) <= max(1e-3 * areas[0], 0.006 * factor):
            return f"（似以{unit}计）"
    if abs(stated - areas[1]) <= 0.02:
        return "（似为平面面积）"
    return ""
