"""Inside the child: what a reader found → the plane, valid polygons, findings → frames."""

from __future__ import annotations

import re
import resource
from collections import Counter
from typing import Any, BinaryIO

import numpy as np
import shapely

from spatialhub.errors import InvalidGeometry, NoArea, TooLarge
from spatialhub.intake import wire
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.repairs import repair_within
from spatialhub.messages import Words
from spatialhub.spatial.crs import Bringing, decide, to_plane
from spatialhub.spatial.model import Issue
from spatialhub.spatial.validate import hole_of, invalid, overlapping_pairs, place_of, polygons_of

_MOST_OVERLAPS = 100  # parts of a site that are tested against each other pair by pair


def send(opening: Opening, job: Job, out: BinaryIO, *, missing: tuple[str, ...]) -> None:
    """Send a file as frames: one `start`, its chunks, one `end`."""
    work = _Work(opening, job, out, missing)
    for chunk in opening.chunks:
        work.take(chunk)
    work.finish()


class _Work:
    """One file on its way: counts, findings, the decision about its coordinates."""

    def __init__(self, opening: Opening, job: Job, out: BinaryIO, missing: tuple[str, ...]) -> None:
        self.opening, self.job, self.out, self.missing = opening, job, out, missing
        self.bringing: Bringing | None = None
        self.counts: Counter[str] = Counter()
        self.first_place: dict[str, str] = {}
        self.issues: list[Issue] = list(opening.issues)
        self.holes: list[shapely.Polygon] = []
        self.done = self.kept = self.vertices = 0
        self.parts: list[shapely.Geometry] = []
        self.began_s = _spent_s()

    def take(self, chunk: RawChunk) -> None:
        """Bring one chunk into the plane and send it."""
        self.issues += chunk.issues
        self.done += len(chunk.geometries)
        kept, geometries = self._areal(chunk)
        if len(kept):
            self._begin(geometries)
            assert self.bringing is not None
            moved = to_plane(geometries, self.bringing.source, self.bringing.target)
            sound, moved = self._sound(moved, [chunk.places[i] for i in kept])
            self._send(chunk, kept[sound], moved)
        self._demand_time()

    def _areal(self, chunk: RawChunk) -> tuple[np.ndarray, np.ndarray]:
        """Indices and flat geometries of what has an area (or, where lines are wanted, a length)."""
        kept, made = [], []
        for number, geometry in enumerate(chunk.geometries):
            what = self._judge(geometry)
            if isinstance(what, str):
                self.counts[what] += 1
                self.first_place.setdefault(what, chunk.places[number])
                continue
            if what.has_z:
                self.counts["z_dropped"] += 1
                self.first_place.setdefault("z_dropped", chunk.places[number])
            if geometry.geom_type == "GeometryCollection":
                self.issues.append(Issue.of("collection_taken_apart", chunk.places[number]))
            kept.append(number)
            made.append(what)
        flat = shapely.force_2d(np.array(made, object)) if made else np.zeros(0, object)
        self._demand_small(flat, chunk.places[kept[0]] if kept else "")
        return np.array(kept, int), flat

    def _judge(self, geometry: Any) -> Any:
        """The geometry to keep, or the code of why there is none."""
        if geometry is None:
            return "null_geometry"
        if geometry.is_empty:
            return "empty_geometry"
        if self.job.lines and shapely.get_dimensions(geometry) == 1 and geometry.geom_type != "GeometryCollection":
            return geometry
        return polygons_of(geometry) or "not_area"

    def _demand_small(self, geometries: np.ndarray, place: str) -> None:
        self.vertices += int(shapely.get_num_coordinates(geometries).sum())
        most = self.job.max_vertices
        if most is not None and self.vertices > most:
            limit = Words.of("limit_vertices", count=most)
            raise TooLarge(place or self.job.name, limit=limit, found=self.vertices)

    def _begin(self, geometries: np.ndarray) -> None:
        if self.bringing is not None:
            return
        job, opening = self.job, self.opening
        declared = opening.crs
        if opening.crs_by_standard and job.crs is not None:
            declared = None  # a default of the format is no statement of the file
        coords = shapely.get_coordinates(geometries)
        self.bringing = decide(declared, job.crs, coords, target=job.epsg, place=job.name)
        by = "standard" if opening.crs_by_standard and job.crs is None else self.bringing.by
        self.issues += self.bringing.issues
        head = {
            "kind": "start", "format": opening.format, "encoding": opening.encoding, "fields": list(opening.fields),
            "count": opening.count, "source": self.bringing.source, "by": by, "missing": list(self.missing),
        }  # fmt: skip
        wire.write(self.out, head)

    def _sound(self, geometries: np.ndarray, places: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Repair what is invalid; mask of what can be kept, and the geometries kept."""
        keep = np.ones(len(geometries), bool)
        areal = shapely.get_dimensions(geometries) == 2
        for number in np.flatnonzero(invalid(geometries) & areal):
            keep[number] = self._repair(geometries, int(number), places[number])
        unfinite = ~np.array([np.isfinite(shapely.get_coordinates(one)).all() for one in geometries[keep]], bool)
        lost = np.flatnonzero(keep)[unfinite]
        keep[lost] = False
        self.issues += [Issue.of("unrepairable", places[i], defect="coordinate_not_finite", where="—") for i in lost]
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

    def _send(self, chunk: RawChunk, kept: np.ndarray, geometries: np.ndarray) -> None:
        self.kept += len(kept)
        if self.job.profile == "site":
            self.parts += list(geometries)
        groups, blob = wire.pack(geometries)
        attributes = {name: [plain(values[i]) for i in kept] for name, values in chunk.attributes.items()}
        head = {
            "kind": "chunk", "count": len(kept), "groups": groups, "attributes": attributes,
            "places": [chunk.places[i] for i in kept], "done": self.done,
        }  # fmt: skip
        wire.write(self.out, head, blob)

    def _demand_time(self) -> None:
        """End when the process and its forks have used the time: each alone stays below its own limit."""
        if _spent_s() - self.began_s > self.job.cpu_s:
            limit = Words.of("limit_cpu", seconds=self.job.cpu_s)
            raise TooLarge(self.job.name, limit=limit, found=Words.of("found_more"))

    def finish(self) -> None:
        """Send the findings that only the whole file gives.

        Raises
        ------
        NoArea
            Nothing was kept.
        """
        if not self.kept and not self.holes:
            raise NoArea(self.job.name, found=self._found())
        for code, count in self.counts.items():
            self.issues.append(Issue.of(code, self.first_place[code], count=count))
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
            Issue.of("parts_overlap", "", first=i + 1, second=j + 1, area_m2=f"{area:.2f}")
            for i, j, area in overlapping_pairs(parts)
        ]
        if len(self.parts) > _MOST_OVERLAPS:
            issues.append(Issue.of("parts_overlap_untested", "", count=len(self.parts), tested=_MOST_OVERLAPS))
        return issues


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
