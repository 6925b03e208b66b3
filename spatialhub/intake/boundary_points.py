"""界址点 TXT, second half: the frame of the numbers, rings from points, polygons from rings (domain-facts §2.1)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsConflict, CrsRefused, SpatialHubError
from spatialhub.intake.point_rings import assemble, rings_of
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.text import decode
from spatialhub.intake.txt_lines import Plot, TxtFile, TxtPoint, parse
from spatialhub.messages import Words
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.crs import looks_like, to_plane
from spatialhub.spatial.model import Issue, Level

_UNITS = (("公顷", 1e4), ("平方米", 1.0), ("㎡", 1.0), ("m2", 1.0), ("m²", 1.0), ("亩", 10_000 / 15))
_UNIT_WITHIN = 0.1  # a declared area tells its unit where one unit brings it within 10 % of the geometry
FIELDS = ("number", "name", "purpose", "class_code", "declared_area_m2", "level")


def open_txt(job: Job) -> Opening:
    """Open a 界址点 TXT; coordinates come out easting first.

    Raises
    ------
    BrokenFile, ChoiceNeeded, CrsConflict, CrsRefused
        Each names the line.
    """
    return opening_of(Path(job.path).read_bytes(), job)


def opening_of(data: bytes, job: Job) -> Opening:
    """The same of a file's content."""
    text, encoding = decode(data, job.name, job.encoding)
    file = parse(text, job.name)
    if not any(plot.points for plot in file.plots):
        raise BrokenFile(job.name, reason=Words.of("broken_txt_no_point"))
    crs, refusal = None, None
    try:
        crs = _declared(file, job)
    except SpatialHubError as error:  # the shapes can be looked at all the same
        refusal = error
    issues: list[Issue] = []
    chunk = _chunk(file, job, crs, issues)
    return Opening(
        "界址点 TXT", iter([chunk]), crs, encoding=encoding, fields=FIELDS, count=len(file.plots),
        said=_said(file), refusal=refusal,
    )  # fmt: skip


def _said(file: TxtFile) -> str:
    """What the attributes say of the system, as they say it."""
    keys = ("坐标系", "几度分带", "投影类型", "带号")
    return "，".join(f"{key}={file.attributes[key][0]}" for key in keys if file.attributes.get(key, ("", 0))[0])


def _declared(file: TxtFile, job: Job) -> int | None:
    """EPSG code that attributes and numbers agree on; None where they do not say enough."""
    _refuse_other_systems(file, job.name)
    points = [point for plot in file.plots for point in plot.points]
    coords = np.array([(point.first, point.second) for point in points], float).reshape(-1, 2)
    east = coords[:, 1] if _north_first(coords, job) else coords[:, 0]
    _demand_whole(coords, job)
    prefix = _prefix(points, east, job.name)
    zone = _attribute_zone(file, job.name)
    if prefix is not None and zone is not None and prefix != zone:
        found = Words.of("crs_numbers_say_zone", zone=prefix)
        raise CrsConflict(_line(file, "带号", job.name), named=f"带号={zone}", found=found)
    _demand_width(file, prefix or zone, job.name)
    if not file.attributes.get("坐标系", ("", 0))[0]:
        return None
    if prefix is not None:
        return prefix + (4488 if prefix >= 25 else 4478)
    if zone is not None:
        return 4509 + zone if zone >= 25 else 4489 + zone
    return None


def _refuse_other_systems(file: TxtFile, name: str) -> None:
    """The attributes must not say another datum, projection or unit."""
    system = file.attributes.get("坐标系", ("", 0))[0]
    place = _line(file, "坐标系", name)
    if system and "2000" not in system:
        why = "crs_is_xian80" if "80" in system else "crs_is_beijing54" if "54" in system else "crs_is_unknown"
        raise CrsRefused(place, name=system, why=Words.of(why))
    projection = file.attributes.get("投影类型", ("", 0))[0]
    if projection and not re.search("高斯|gauss", projection, re.IGNORECASE):
        raise CrsRefused(_line(file, "投影类型", name), name=projection, why=Words.of("crs_is_unknown"))
    unit = file.attributes.get("计量单位", ("", 0))[0]
    if unit and unit.lower() not in ("米", "m", "meter", "metre"):
        raise CrsRefused(_line(file, "计量单位", name), name=f"计量单位={unit}", why=Words.of("crs_is_not_metres"))


def _line(file: TxtFile, key: str, name: str) -> str:
    line = file.attributes.get(key, ("", 0))[1]
    return f"{name}:{line}" if line else name


def _north_first(coords: np.ndarray, job: Job) -> bool:
    """Whether the first column is the northing, as the format has it; the other order is asked for, never taken."""
    if job.axes is not None:
        return job.axes == "north_first"
    straight = looks_like(coords)
    if straight.candidates and not straight.swapped and straight.words.code != "looks_degrees":
        raise ChoiceNeeded(
            job.name,
            what=Words.of("choice_axes", sample=f"{coords[0][0]:.12g}, {coords[0][1]:.12g}"),
            option="--axes",
            choices=("north_first", "east_first"),
        )
    return True


def _demand_whole(coords: np.ndarray, job: Job) -> None:
    """Refuse coordinates whose leading digits were taken away (去大数): nobody but the sender knows them."""
    if (
        job.axes is None
        and not any(one.startswith("add=") for one in job.accept)
        and looks_like(coords).words.code == "looks_truncated"
    ):
        sample = f"{coords[0][0]:.12g}, {coords[0][1]:.12g}"
        raise BrokenFile(job.name, reason=Words.of("broken_txt_truncated", sample=sample))


def _prefix(points: list[TxtPoint], east: np.ndarray, name: str) -> int | None:
    """The zone that the eastings carry, one for the whole file; None where they carry none."""
    zones = np.where(east >= 1e6, np.floor(east / 1e6), 0).astype(int)
    odd = np.flatnonzero(zones != zones[0])
    if len(odd):
        found = Words.of("crs_numbers_say_zone", zone=int(zones[odd[0]]) or "—")
        raise CrsConflict(f"{name}:{points[odd[0]].line}", named=f"带号={zones[0] or '—'}", found=found)
    zone = int(zones[0])
    return zone if 13 <= zone <= 23 or 25 <= zone <= 45 else None


def _attribute_zone(file: TxtFile, name: str) -> int | None:
    text = file.attributes.get("带号", ("", 0))[0]
    found = re.fullmatch(r"第?(\d{1,2})[带號号]?", text)
    if not text:
        return None
    if not found or not (13 <= int(found[1]) <= 23 or 25 <= int(found[1]) <= 45):
        raise BrokenFile(_line(file, "带号", name), reason=Words.of("broken_txt_zone", text=text[:20]))
    return int(found[1])


def _demand_width(file: TxtFile, zone: int | None, name: str) -> None:
    text = file.attributes.get("几度分带", ("", 0))[0]
    width = next((digit for digit in text if digit in "36"), None)
    if zone is None or width is None:
        return
    if width != ("3" if zone >= 25 else "6"):
        found = Words.of("crs_numbers_say_zone", zone=zone)
        raise CrsConflict(_line(file, "几度分带", name), named=f"几度分带={text}", found=found)


def _chunk(file: TxtFile, job: Job, crs: int | None, issues: list[Issue]) -> RawChunk:
    north_first = job.axes != "east_first"
    geometries: list[object] = []
    columns: dict[str, list] = {name: [] for name in FIELDS}
    places = []
    for index, plot in enumerate(file.plots, start=1):
        place = f"{job.name}:{plot.line}"
        geometry = _geometry(plot, north_first, job.name, issues)
        geometries.append(geometry)
        places.append(place)
        for name, value in _row(plot, index, geometry, crs or job.crs, job, issues).items():
            columns[name].append(value)
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return RawChunk(array, columns, places, tuple(issues))


def _geometry(plot: Plot, north_first: bool, name: str, issues: list[Issue]) -> object:
    place = f"{name}:{plot.line}"
    if plot.kind in ("点", "线"):
        issues.append(Issue.of("txt_not_area", place, kind=plot.kind))
        return shapely.Point() if not plot.points else shapely.Point(plot.points[0].second, plot.points[0].first)
    if not plot.points:
        raise BrokenFile(place, reason=Words.of("broken_txt_no_point"))
    said = plot.count.strip()
    if re.fullmatch(r"[0-9]{1,7}", said) and abs(int(said) - len(plot.points)) > len(
        _runs(plot)
    ):  # closing points counted or not
        issues.append(Issue.of("txt_count", place, said=said, found=len(plot.points)))
    rings = [ring for run in _runs(plot) for ring in rings_of(run, lambda line: f"{name}:{line}", issues)]
    arrays = [np.array([(p.second, p.first) if north_first else (p.first, p.second) for p in ring]) for ring in rings]
    return assemble(arrays)


def _runs(plot: Plot) -> list[list[TxtPoint]]:
    """Points in runs of one 地块圈号."""
    runs: list[list[TxtPoint]] = []
    for point in plot.points:
        if not runs or runs[-1][-1].ring != point.ring:
            runs.append([])
        runs[-1].append(point)
    return runs


def _row(plot: Plot, index: int, geometry: object, crs: int | None, job: Job, issues: list[Issue]) -> dict[str, object]:
    place = f"{job.name}:{plot.line}"
    code = plot.code.strip()
    level = ""
    if code in ("地上", "地面", "地下"):
        level = Level.UNDERGROUND.value if code == "地下" else Level.SURFACE.value
        code = ""
    return {
        "number": plot.number or str(index),
        "name": "" if plot.name.strip().upper() == "DKMC" else plot.name.strip(),
        "purpose": plot.purpose.strip(),
        "class_code": code,
        "declared_area_m2": _declared_area_m2(plot.area, geometry, crs, job, place, issues),
        "level": level,
    }


def _declared_area_m2(
    text: str, geometry: object, crs: int | None, job: Job, place: str, issues: list[Issue]
) -> float | None:
    """The declared area, its unit by suffix or, where one fits, by comparison with the geometry."""
    found = re.match(r"\s*(\d+(?:\.\d*)?)\s*(\D*)$", text)
    if not found or not float(found[1]) or crs is None or shapely.get_dimensions(geometry) != 2:
        return None
    value, suffix = float(found[1]), found[2].strip()
    if suffix:
        return next((value * factor for unit, factor in _UNITS if unit == suffix.lower()), None)
    moved = to_plane(np.array([geometry], object), crs, job.epsg)
    area_m2 = float(areas_m2(moved, job.epsg)[0])
    for unit, factor in (("公顷", 1e4), ("平方米", 1.0), ("亩", 10_000 / 15)):
        if area_m2 and abs(value * factor / area_m2 - 1) <= _UNIT_WITHIN:
            if unit != "公顷":
                issues.append(Issue.of("txt_area_unit", place, value=found[1], unit=unit))
            return value * factor
    issues.append(Issue.of("txt_area_unclear", place, value=found[1], area_m2=f"{area_m2:.2f}"))
    return None
