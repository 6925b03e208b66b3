"""Inside the child: what a reader found → the plane, valid polygons, findings → frames."""

from __future__ import annotations

import re
import resource
from collections import Counter
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import shapely

from spatialhub.errors import CrsConflict, InvalidGeometry, NoArea, TooLarge
from spatialhub.intake import limits, remedies, wire
from spatialhub.intake.raw import FlatChunk, Job, Opening, Places, RawChunk
from spatialhub.intake.repairs import repair_within
from spatialhub.intake.txt_lines import FARTHEST_M
from spatialhub.messages import Words
from spatialhub.spatial.crs import Bringing, decide, to_plane
from spatialhub.spatial.model import Issue
from spatialhub.spatial.table import taken
from spatialhub.spatial.validate import hole_of, invalid, invalid_polygons, overlapping_pairs, place_of, polygons_of

_AREAL, _LINEAR, _COLLECTION = (3, 6), (1, 2, 5), 7  # shapely's numbers of kinds of geometry
_MOST_OVERLAPS = 100  # parts of a site that are tested against each other pair by pair


def send(opening: Opening, job: Job, out: BinaryIO, *, missing: tuple[str, ...]) -> None:
    """Send a file as frames: one `start`, its chunks, one `end`."""
    work = _Work(opening, job, out, missing)
    refusal = opening.refusal
    if refusal is not None and not (work.taken.read_as and isinstance(refusal, CrsConflict)):
        raise refusal
    for chunk in opening.chunks:
        work.take(chunk)
    work.finish()


class _Work:
    """One file on its way: counts, findings, the decision about its coordinates."""

    def __init__(self, opening: Opening, job: Job, out: BinaryIO, missing: tuple[str, ...]) -> None:
        self.opening, self.job, self.out, self.missing = opening, job, out, missing
        self.taken = remedies.parse(job.accept)
        self.bringing: Bringing | None = None
        self.counts: Counter[str] = Counter()
        self.first_seen: dict[str, tuple[int, str]] = {}  # code → number of the feature, its place
        self.issues: list[Issue] = list(opening.issues)
        self.holes: list[shapely.Polygon] = []
        self.done = self.kept = self.vertices = 0
        self.parts: list[shapely.Geometry] = []
        self.began_s = _spent_s()

    def take(self, chunk: RawChunk | FlatChunk) -> None:
        """Bring one chunk into the plane and send it."""
        if self.taken.moves:
            moved = shapely.transform(shapely.force_2d(chunk.geometries), self.taken.moved)
            chunk = RawChunk(moved, chunk.attributes, chunk.places, chunk.issues)
        self.issues += chunk.issues
        self.done += len(chunk.places)
        bad = self._bad(chunk)
        if chunk.polygons is not None and bad is not None and not bad.any():
            self._demand_few(len(chunk.polygons.coords), chunk.places[0])
            self._send(chunk, np.arange(len(bad)), *wire.pack_polygons(chunk.polygons))
        else:
            self._take_each(chunk, bad)
        self._demand_time()

    def _bad(self, chunk: RawChunk | FlatChunk) -> np.ndarray | None:
        """Mask of features that are not valid, where that is known without looking at each: flat polygons of a layer
        that are in the plane already."""
        flat = chunk.polygons
        if flat is None or self.job.profile == "site":
            return None
        self._begin(flat.coords)
        assert self.bringing is not None
        straight = self.bringing.source == self.bringing.target and (np.abs(flat.coords) < FARTHEST_M).all()
        return invalid_polygons(flat) if straight else None

    def _take_each(self, chunk: RawChunk | FlatChunk, bad: np.ndarray | None) -> None:
        """Bring features into the plane one by one; `bad` as `_bad` gives it."""
        kept, geometries = self._areal(chunk)
        if not len(kept):
            return
        self._begin(shapely.get_coordinates(geometries))
        assert self.bringing is not None
        moved = _near(to_plane(geometries, self.bringing.source, self.bringing.target))
        bad = _invalid(moved) if bad is None else bad
        sound, moved = self._sound(moved, bad, kept, chunk.places)
        if self.job.profile == "site":
            self.parts += list(moved)
        groups, blob = wire.pack(moved)
        self._send(chunk, kept[sound], groups, [blob])

    def _areal(self, chunk: RawChunk | FlatChunk) -> tuple[np.ndarray, np.ndarray]:
        """Indices and flat geometries of what has an area (or, where lines are wanted, a length)."""
        made = chunk.geometries.copy()
        kinds, empty = shapely.get_type_id(made), shapely.is_empty(made)
        keep = np.isin(kinds, _AREAL) | (np.isin(kinds, _LINEAR) & self.job.lines)
        keep &= ~empty
        collections = np.flatnonzero((kinds == _COLLECTION) & ~empty)
        for number in collections.tolist():
            made[number] = polygons_of(made[number])
            keep[number] = made[number] is not None
        kept = np.flatnonzero(keep)
        flat = made[kept]
        high = shapely.has_z(flat)
        missing = kinds == -1
        self._note("null_geometry", np.flatnonzero(missing), chunk)
        self._note("empty_geometry", np.flatnonzero(empty & ~missing), chunk)
        self._note("not_area", np.flatnonzero(~keep & ~missing & ~empty), chunk)
        self._note("z_dropped", kept[high], chunk)
        found = collections[keep[collections]].tolist()
        self.issues += [Issue.of("collection_taken_apart", chunk.places[i]) for i in found]
        if high.any() or shapely.has_m(flat).any():
            flat = shapely.force_2d(flat)
        self._demand_small(flat, chunk.places[int(kept[0])] if len(kept) else "")
        return kept, flat

    def _note(self, code: str, at: np.ndarray, chunk: RawChunk | FlatChunk) -> None:
        """Count features at positions; the first of all is named."""
        if len(at):
            self.counts[code] += len(at)
            self.first_seen.setdefault(code, (self.done - len(chunk.places) + int(at[0]), chunk.places[int(at[0])]))

    def _demand_small(self, geometries: np.ndarray, place: str) -> None:
        self._demand_few(int(shapely.get_num_coordinates(geometries).sum()), place)

    def _demand_few(self, vertices: int, place: str) -> None:
        self.vertices += vertices
        limits.demand_few(self.vertices, self.job, place)

    def _begin(self, coords: np.ndarray) -> None:
        if self.bringing is not None:
            return
        job, opening = self.job, self.opening
        declared = opening.crs
        if opening.crs_by_standard and job.crs is not None:
            declared = None  # a default of the format is no statement of the file
        asked = job.crs
        if self.taken.read_as is not None:
            declared, asked = None, self.taken.read_as
        self.issues += self.taken.issues(job.name, opening.said)
        self.bringing = decide(declared, asked, coords, target=job.epsg, place=job.name)
        by = "standard" if opening.crs_by_standard and asked is None else self.bringing.by
        by = "remedy" if self.taken.read_as is not None else by
        self.issues += self.bringing.issues
        head = {
            "kind": "start", "format": opening.format, "encoding": opening.encoding, "fields": list(opening.fields),
            "count": opening.count, "source": self.bringing.source, "by": by, "missing": list(self.missing),
        }  # fmt: skip
        wire.write(self.out, head)

    def _sound(
        self, geometries: np.ndarray, bad: np.ndarray, at: np.ndarray, places: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Repair what is invalid; mask of what can be kept, and what is kept. `at`: numbers in `places`."""
        keep = np.ones(len(geometries), bool)
        if not bad.any():
            return keep, geometries
        areal = shapely.get_dimensions(geometries) == 2
        for number in np.flatnonzero(bad & areal):
            keep[number] = self._repair(geometries, int(number), places[int(at[number])])
        for number in np.flatnonzero(bad & ~areal):
            if not np.isfinite(shapely.get_coordinates(geometries[number])).all():
                keep[number] = False
                place = places[int(at[number])]
                self.issues.append(Issue.of("unrepairable", place, defect="coordinate_not_finite", where="—"))
        return keep, geometries[keep]

    def _repair(self, geometries: np.ndarray, number: int, place: str) -> bool:
        wire.write(self.out, {"kind": "progress", "done": self.done})
        repair = repair_within(geometries[number], self.job.epsg, self.job.repair_s)
        where, defect = place_of(repair.where), re.sub(r"\W+", "_", repair.reason.lower())
        if repair.geometry is None or not repair.area_after_m2:
            if self.job.profile == "site":
                raise InvalidGeometry(place, defect=defect, where=where)
            hole = hole_of(geometries[number])
            self.holes += [hole] if hole is not None else []
            self.issues.append(Issue.of("unrepairable", place, defect=defect, where=where))
            return False
        before, after = f"{repair.area_before_m2:.2f}", f"{repair.area_after_m2:.2f}"
        self.issues.append(Issue.of("repaired", place, defect=defect, where=where, before_m2=before, after_m2=after))
        geometries[number] = repair.geometry
        self._demand_time()
        return True

    def _send(self, chunk: RawChunk | FlatChunk, kept: np.ndarray, groups: list, geometry: list[bytes]) -> None:
        """Send features `kept` of a chunk and their packed geometry."""
        self.kept += len(kept)
        head = {"kind": "chunk", "count": len(kept), "groups": groups, "done": self.done}
        if self.job.profile == "site":
            attributes = {name: [plain(values[int(i)]) for i in kept] for name, values in chunk.attributes.items()}
            told = [chunk.places[int(i)] for i in kept]
            wire.write(self.out, head | {"attributes": attributes, "places": told}, *geometry)
            return
        whole = len(kept) == len(chunk.places)
        columns = chunk.attributes if whole else {name: taken(one, kept) for name, one in chunk.attributes.items()}
        lists = {name: [plain(one) for one in values] for name, values in columns.items() if isinstance(values, list)}
        heads, blobs = wire.pack_columns({name: one for name, one in columns.items() if name not in lists})
        places = chunk.places
        if isinstance(places, Places):
            numbers = places.numbers[kept].astype(np.int64)
            blobs.append(numbers.tobytes())
            said: object = {"label": places.label, "count": len(numbers)}
        else:
            said = [places[int(i)] for i in kept]
        wire.write(self.out, head | {"attributes": lists, "columns": heads, "places": said}, *geometry, *blobs)

    def _demand_time(self) -> None:
        """End when the process and its forks have used the time: each alone stays below its own limit."""
        if _spent_s() - self.began_s > self.job.cpu_s:
            raise TooLarge(self.job.name, limit=limits.processor(self.job), found=Words.of("found_more"))

    def finish(self) -> None:
        """Send the findings that only the whole file gives.

        Raises
        ------
        NoArea
            Nothing was kept.
        """
        if not self.kept and not self.holes:
            raise NoArea(self.job.name, found=self._found())
        for code, (_, place) in sorted(self.first_seen.items(), key=lambda item: item[1][0]):
            self.issues.append(Issue.of(code, place, count=self.counts[code]))
        if self.job.profile == "site":
            self.issues += self._overlaps()
        groups, blob = wire.pack(np.array(self.holes, object)) if self.holes else ([], b"")
        head = {
            "kind": "end", "issues": [wire.issue_to_json(one) for one in self.issues], "done": self.done,
            "holes": len(self.holes), "groups": groups,
        }  # fmt: skip
        wire.write(self.out, head, blob)

    def _found(self) -> Words:
        names = {"null_geometry": 0, "empty_geometry": 0, "not_area": 0} | dict(self.counts)
        return Words.of(
            "found_no_area",
            nulls=names["null_geometry"],
            empties=names["empty_geometry"],
            others=names["not_area"],
        )

    def _overlaps(self) -> list[Issue]:
        parts = np.array(self.parts[:_MOST_OVERLAPS], object)
        issues = [
            Issue.of("parts_overlap", "", first=i + 1, second=j + 1, area_m2=f"{area:.2f}", where=place_of(place))
            for i, j, area, place in overlapping_pairs(parts)
        ]
        if len(self.parts) > _MOST_OVERLAPS:
            issues.append(Issue.of("parts_overlap_untested", "", count=len(self.parts), tested=_MOST_OVERLAPS))
        return issues


def _near(geometries: np.ndarray) -> np.ndarray:
    """Geometries whose coordinates beyond any plane count as no numbers: an area is integrated along its edges, and one
    of a million kilometres would take minutes, outside the walls too."""
    if (np.abs(shapely.get_coordinates(geometries)) < FARTHEST_M).all():
        return geometries
    return shapely.transform(geometries, lambda coords: np.where(np.abs(coords) < FARTHEST_M, coords, np.inf))


def _invalid(geometries: np.ndarray) -> np.ndarray:
    """Mask of geometries that are not valid or not finite."""
    if np.isfinite(shapely.get_coordinates(geometries)).all():
        return ~shapely.is_valid(geometries)
    return invalid(geometries)


def _spent_s() -> float:
    """Processor time of this process and of what it forked."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def plain(value: Any) -> Any:
    """An attribute as JSON can carry it: text, number, bool or None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value)
