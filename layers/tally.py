"""What an import notices about a layer while its chunks stream by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import Geometry

from layers.columns import Columns, is_number
from layers.identity import distinct
from spatialhub.catalogue import Classes
from spatialhub.spatial.model import Issue
from spatialhub.spatial.snapshot import ColumnKind

# Features along the edge of a coverage may cross it by what rounding to a millimetre makes.
_EDGE_M = 0.01
KEPT_ISSUES = 200
KEPT_CODES = 100


class Tally:
    """Counts over all features: ids, classes, nulls, what lies outside the frame or beyond the coverage."""

    def __init__(self, *, frame: Geometry, coverage: Geometry) -> None:
        self._frame = frame
        self._coverage = shapely.buffer(coverage, _EDGE_M, join_style="mitre")
        shapely.prepare([self._frame, self._coverage])
        self.count = 0
        self.inside_frame = 0
        self.beyond_coverage = 0
        self.without_geometry = 0
        self.areas_buffered = 0
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self.ids: list[str | None] = []
        self.hashes: list[str] = []
        self.classes: Counter[str | None] = Counter()
        self.nulls: Counter[str] = Counter()
        self._numeric: dict[str, bool] = {}

    def take(self, geometries: np.ndarray, columns: Mapping[str, Sequence], hashes: Sequence[str]) -> None:
        """Count one chunk of features in the plane."""
        self.count += len(geometries)
        self.inside_frame += int(shapely.intersects(self._frame, geometries).sum())
        self.beyond_coverage += int((~shapely.covers(self._coverage, geometries)).sum())
        low_high = shapely.total_bounds(geometries)
        self.bounds = np.concatenate([np.fmin(self.bounds[:2], low_high[:2]), np.fmax(self.bounds[2:], low_high[2:])])
        self.ids.extend(columns["id"])
        self.hashes.extend(hashes)
        self.classes.update(columns["class"])
        for name, values in columns.items():
            given = [value for value in values if value is not None]
            self.nulls[name] += len(values) - len(given)
            if given:
                self._numeric[name] = self._numeric.get(name, True) and all(map(is_number, given))

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Kind of each column: number where every value is one, else text (all-null columns too)."""
        return {name: "number" if self._numeric.get(name) else "text" for name in self.nulls}

    @property
    def ids_serve(self) -> bool:
        """Whether the id column names every feature, and every one differently."""
        return None not in self.ids and len(set(self.ids)) == len(self.ids)

    def feature_ids(self) -> list[str]:
        """The ids to use: those of the source where they serve, else hashes."""
        return list(map(str, self.ids)) if self.ids_serve else distinct(self.hashes)

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
            given = [one for one in self.ids if one is not None]
            nulls, repeated = len(self.ids) - len(given), len(given) - len(set(given))
            field = columns.roles["id"]
            found.append(Issue.of("layer_id_hashed", place, field=field, nulls=nulls, repeated=repeated))
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


def summary(issues: Sequence[Issue]) -> dict[str, object]:
    """Issues for the registry: how many of each code, and the first ones in full; the report file has them all."""
    return {
        "issue_counts": dict(Counter(issue.code for issue in issues)),
        "issues": [as_json(issue) for issue in issues[:KEPT_ISSUES]],
    }


def as_json(issue: Issue) -> dict[str, object]:
    """An issue as plain JSON."""
    return {"code": issue.code, "place": issue.place, "params": dict(issue.params)}
