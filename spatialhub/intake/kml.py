"""KML, KMZ, OVKML: placemarks with areas, longitude and latitude by the format's standard; links are not followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import shapely
from shapely import Geometry

from spatialhub.errors import BrokenFile
from spatialhub.intake import archive, positions, xml_text
from spatialhub.intake.choosing import choose
from spatialhub.intake.plain_geometry import as_array
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.xml_text import Node
from spatialhub.messages import Words
from spatialhub.spatial.crs import WGS84
from spatialhub.spatial.model import Issue

_CHUNK = 1000
_AREAS = ("Polygon", "MultiGeometry", "LineString", "LinearRing", "Point", "Track", "MultiTrack", "Model")
_PLAIN = ("name", "description", "folder")
_TAKEN = ("Placemark", "NetworkLink", "GroundOverlay")


def open_kml(job: Job) -> Opening:
    """Open a KML file, or an OVKML one (the same, written by 奥维互动地图, whose coordinates may carry an offset)."""
    return _opening(Path(job.path), job.name, job, "OVKML" if job.name.lower().endswith(".ovkml") else "KML")


def open_kmz(job: Job) -> Opening:
    """Open the KML of a KMZ: `doc.kml`, else the only one.

    Raises
    ------
    ChoiceNeeded
        There are several and none is called doc.kml.
    """
    members = archive.look_over(job)
    found = {path: one for path, one in members.items() if PurePosixPath(path).suffix.lower() in (".kml", ".ovkml")}
    if not found:
        endings = tuple(sorted({PurePosixPath(path).suffix or path for path in members}))[:10]
        raise BrokenFile(job.name, reason=Words.of("broken_kmz_no_kml", found=endings or "—"))
    main = next((path for path in found if path.lower() == "doc.kml"), None) if job.sublayer is None else None
    path = main or choose(sorted(found), job)
    target = Path(job.scratch) / "unpacked" / "doc.kml"
    archive.unpack(Path(job.path), job.name, [(found[path], target)])
    return _opening(target, f"{job.name}/{path}", job, "KMZ")


def _opening(path: Path, name: str, job: Job, title: str) -> Opening:
    with path.open("rb") as file:
        start = file.read(400)
    encoding = xml_text.encoding_of(start, job.encoding)
    root: list[Node] = []
    with path.open("rb") as file:
        fields, count, issues = _survey(file, name, encoding, root)
    if not root or root[0].tag != "kml":
        raise BrokenFile(name, reason=Words.of("broken_xml_root", wanted="kml", found=root[0].tag if root else "—"))
    if title == "OVKML" or any(field.lower().startswith("ov") for field in fields):
        issues.append(Issue.of("ovkml_offset", name))
    return Opening(
        title,
        _chunks(path, name, encoding, fields),
        WGS84,
        crs_by_standard=True,
        encoding=encoding,
        fields=fields,
        count=count,
        issues=tuple(issues),
        said="KML (OGC 12-007r2): WGS 84",
    )


def _placemarks(stream: BinaryIO, name: str, encoding: str, root: list[Node] | None = None) -> Iterator[Node]:
    return xml_text.subtrees(stream, name, lambda tag, _: tag in _TAKEN, encoding=encoding, root=root)


def _survey(stream: BinaryIO, name: str, encoding: str, root: list[Node]) -> tuple[tuple[str, ...], int, list[Issue]]:
    """Names of the data fields, number of placemarks, and what is passed over."""
    fields: dict[str, None] = dict.fromkeys(_PLAIN)
    passed: dict[str, int] = {}
    count = 0
    for node in _placemarks(stream, name, encoding, root):
        if node.tag == "Placemark":
            count += 1
            fields.update(dict.fromkeys(_data(node)))
        else:
            passed[node.tag] = passed.get(node.tag, 0) + 1
    issues = [Issue.of("kml_passed_over", name, what=tag, count=number) for tag, number in sorted(passed.items())]
    return tuple(fields), count, issues


def _data(node: Node) -> dict[str, str]:
    """Data of a placemark: `Data` with a value, `SimpleData`."""
    found = {}
    for one in (node.child("ExtendedData") or Node("", {}, 0)).walk():
        if one.tag == "Data":
            value = one.child("value")
            found[one.attributes.get("name", "")] = value.text if value is not None else ""
        elif one.tag == "SimpleData":
            found[one.attributes.get("name", "")] = one.text
    return {key: value for key, value in found.items() if key}


def _chunks(path: Path, name: str, encoding: str, fields: tuple[str, ...]) -> Iterator[RawChunk]:
    rows: list[tuple[Geometry | None, dict[str, str], str]] = []
    issues: list[Issue] = []
    number = 0
    with path.open("rb") as file:
        for node in _placemarks(file, name, encoding):
            if node.tag != "Placemark":
                continue
            number += 1
            place = f"{name}#{number}"
            said = {tag: child.text for tag in ("name", "description") if (child := node.child(tag)) is not None}
            rows.append((_geometry(node, place, issues), said | {"folder": node.folder} | _data(node), place))
            if len(rows) == _CHUNK:
                yield _chunk(rows, fields, issues)
                rows, issues = [], []
    if rows:
        yield _chunk(rows, fields, issues)


def _chunk(rows: list, fields: tuple[str, ...], issues: list[Issue]) -> RawChunk:
    columns = {field: [row[1].get(field) or None for row in rows] for field in fields}
    return RawChunk(as_array([row[0] for row in rows]), columns, [row[2] for row in rows], tuple(issues))


def _geometry(placemark: Node, place: str, issues: list[Issue]) -> Geometry | None:
    found = [part for one in placemark.children if one.tag in _AREAS for part in _parts(one, place, issues)]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    if all(one.geom_type == "Polygon" for one in found):
        return shapely.MultiPolygon(found)
    return shapely.GeometryCollection(found)


def _parts(node: Node, place: str, issues: list[Issue]) -> Iterator[Geometry]:
    """Polygons of a geometry element; what has no area as an empty line or point, so that it is counted."""
    if node.tag == "MultiGeometry":
        for one in node.children:
            if one.tag in _AREAS:
                yield from _parts(one, place, issues)
    elif node.tag == "Polygon":
        outer = [_ring(one, place, issues) for one in node.children if one.tag == "outerBoundaryIs"]
        inner = [_ring(one, place, issues) for one in node.children if one.tag == "innerBoundaryIs"]
        if len(outer) != 1:
            raise BrokenFile(f"{place} line {node.line}", reason=Words.of("broken_kml_outer", count=len(outer)))
        yield shapely.Polygon(outer[0], inner)
    elif node.tag == "Point":
        coords = _coordinates(node, place)
        yield shapely.Point(coords[0]) if len(coords) else shapely.Point()
    elif node.tag in ("LineString", "LinearRing"):
        coords = _coordinates(node, place)
        yield shapely.LineString(coords) if len(coords) > 1 else shapely.LineString()
    else:
        yield shapely.LineString([(0, 0), (1, 1)])  # a track or model: no area whatever it holds


def _ring(boundary: Node, place: str, issues: list[Issue]):
    ring = boundary.child("LinearRing")
    where = f"{place} line {boundary.line}"
    if ring is None:
        raise BrokenFile(where, reason=Words.of("broken_ring_short", count=0))
    return positions.ring(_coordinates(ring, where), where, issues)


def _coordinates(node: Node, place: str):
    child = node.child("coordinates")
    return positions.tuples(child.text if child is not None else "", place)
