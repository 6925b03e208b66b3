"""GML 2, 3.1, 3.2 with straight edges, streamed; schemas and links are not followed.

The order of the two numbers follows from how the system is written (`urn:` and `def/crs` the authority's order,
`EPSG:n` easting first); where the numbers say otherwise the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsRefused
from spatialhub.intake import positions, xml_text
from spatialhub.intake.plain_geometry import as_array
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.xml_text import Node
from spatialhub.messages import Words
from spatialhub.spatial.crs import GEOGRAPHIC, WGS84, accept, looks_like
from spatialhub.spatial.model import Issue

_CHUNK = 1000
_MEMBERS = ("featureMember", "member", "featureMembers", "members", "surfaceMember", "polygonMember")
_AREAS = (
    "Polygon",
    "MultiPolygon",
    "MultiSurface",
    "Surface",
    "CompositeSurface",
    "PolyhedralSurface",
    "MultiGeometry",
)
_OTHERS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Curve", "MultiCurve", "CompositeCurve", "Solid")
_CURVES = ("Arc", "ArcString", "ArcByCenterPoint", "Circle", "CircleByCenterPoint", "ArcByBulge", "BSpline", "Bezier",
           "CubicSpline", "Clothoid", "GeodesicString")  # fmt: skip
_AUTHORITY = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/)(\d{4,6})"
)
_EAST_FIRST = re.compile(r"(?:EPSG:|https?://www\.opengis\.net/gml/srs/epsg\.xml#)(\d{4,6})", re.IGNORECASE)
_CRS84 = re.compile(r"(?:urn:ogc:def:crs:OGC:[\d.]*:|https?://www\.opengis\.net/def/crs/OGC/[\d.]+/)CRS84")


def open_gml(job: Job) -> Opening:
    """Open a GML file.

    Raises
    ------
    BrokenFile, UnsafeFile, CrsRefused, ChoiceNeeded
        Each names the feature and, where there is one, the line.
    """
    with Path(job.path).open("rb") as file:
        encoding = xml_text.encoding_of(file.read(400), job.encoding)
    head = _survey(job, encoding)
    if not head.count:
        raise BrokenFile(job.name, reason=Words.of("broken_not_gml", found=head.root or "—"))
    epsg, north_first, refusal = None, False, None
    try:
        epsg, authority = _system(head.srs, job.name)
        north_first = _stated(epsg, authority)
        if epsg is None or _taken(epsg):  # another system is refused for what it is
            north_first = _north_first(head, north_first, job)
    except (CrsRefused, ChoiceNeeded) as error:  # the shapes can be looked at all the same
        refusal = error
    return Opening(
        "GML",
        _chunks(job, encoding, head, north_first),
        epsg,
        encoding=encoding,
        fields=tuple(head.fields),
        count=head.count,
        said=head.srs,
        refusal=refusal,
    )


@dataclass(slots=True)
class _Head:
    """What a first pass finds: the outermost element, features, fields, the one system, the first numbers."""

    root: str = ""
    count: int = 0
    fields: dict[str, None] = field(default_factory=dict)
    srs: str = ""
    sample: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))


def _features(job: Job, encoding: str, root: list[Node] | None = None) -> Iterator[Node]:
    def wanted(tag: str, parent: str) -> bool:
        return parent in _MEMBERS[:4] or (not parent and tag in _AREAS)

    with Path(job.path).open("rb") as file:
        yield from xml_text.subtrees(file, job.name, wanted, encoding=encoding, root=root)


def _survey(job: Job, encoding: str) -> _Head:
    head = _Head()
    root: list[Node] = []
    for node in _features(job, encoding, root):
        head.count += 1
        head.fields.update(dict.fromkeys(_attributes(node)))
        place = f"{job.name}#{head.count}"
        for one in _geometries(node):
            for inner in one.walk():
                _note_system(head, inner.attributes.get("srsName", "").strip(), place)
            if not len(head.sample):
                head.sample = _first_numbers(one, place)
    head.root = root[0].tag if root else ""
    if not head.srs and root:
        head.srs = root[0].attributes.get("srsName", "").strip()
    return head


def _note_system(head: _Head, srs: str, place: str) -> None:
    if srs and head.srs and srs != head.srs:
        raise BrokenFile(place, reason=Words.of("broken_gml_systems", first=head.srs[:60], second=srs[:60]))
    head.srs = head.srs or srs


def _system(srs: str, name: str) -> tuple[int | None, bool]:
    """EPSG code and whether numbers stand in the authority's order."""
    if not srs:
        return None, False
    if _CRS84.fullmatch(srs):
        return WGS84, False
    for pattern, authority in ((_AUTHORITY, True), (_EAST_FIRST, False)):
        found = pattern.fullmatch(srs)
        if found:
            return int(found[1]), authority
    raise CrsRefused(name, name=srs[:60], why=Words.of("crs_is_unreadable"))


def _stated(epsg: int | None, authority: bool) -> bool:
    """Whether the system, as it is written, has the northing or latitude first."""
    return authority and epsg is not None and (epsg in (GEOGRAPHIC, WGS84) or 4491 <= epsg <= 4554)


def _taken(epsg: int) -> bool:
    try:
        return bool(accept(epsg))
    except CrsRefused:
        return False


def _north_first(head: _Head, stated: bool, job: Job) -> bool:
    """The order stated, or asked for; where the numbers contradict it the question comes, that order first."""
    if job.axes is not None:
        return job.axes == "north_first"
    look = looks_like(head.sample[:, ::-1] if stated else head.sample)
    if not look.swapped:
        return stated
    raise ChoiceNeeded(
        job.name,
        what=Words.of("choice_axes_system", srs=head.srs or "—", sample=_told(head.sample)),
        option="--axes",
        choices=("east_first", "north_first") if not stated else ("north_first", "east_first"),
    )


def _told(sample: np.ndarray) -> str:
    return f"{sample[0][0]:.12g}, {sample[0][1]:.12g}" if len(sample) else "—"


def _chunks(job: Job, encoding: str, head: _Head, north_first: bool) -> Iterator[RawChunk]:
    rows: list[tuple[Geometry | None, dict[str, str], str]] = []
    issues: list[Issue] = []
    for number, node in enumerate(_features(job, encoding), start=1):
        place = f"{job.name}#{number}"
        rows.append((_geometry(node, place, north_first, issues), _attributes(node), place))
        if len(rows) == _CHUNK:
            yield _chunk(rows, head, issues)
            rows, issues = [], []
    if rows:
        yield _chunk(rows, head, issues)


def _chunk(rows: list, head: _Head, issues: list[Issue]) -> RawChunk:
    columns = {name: [row[1].get(name) or None for row in rows] for name in head.fields}
    return RawChunk(as_array([row[0] for row in rows]), columns, [row[2] for row in rows], tuple(issues))


def _attributes(feature: Node) -> dict[str, str]:
    """Texts of the feature's own elements."""
    if feature.tag in _AREAS + _OTHERS:
        return {}
    return {one.tag: one.text for one in feature.children if not one.children and one.tag != "boundedBy"}


@dataclass(frozen=True, slots=True)
class _Order:
    """How the numbers of a geometry follow each other: `dimension` as said, empty where nothing is."""

    north_first: bool
    dimension: str


def _geometries(feature: Node) -> Iterator[Node]:
    """The outermost geometry elements of a feature."""
    if feature.tag in _AREAS + _OTHERS:
        yield feature
        return
    for one in feature.children:
        if one.tag != "boundedBy":
            yield from _geometries(one)


def _first_numbers(geometry: Node, place: str) -> np.ndarray:
    for one in geometry.walk():
        if one.tag in ("posList", "coordinates", "pos", "coord"):
            return _positions([one], one.attributes.get("srsDimension") or _dimension(geometry), place)
    return np.zeros((0, 2))


def _dimension(geometry: Node) -> str:
    return next((one.attributes["srsDimension"] for one in geometry.walk() if "srsDimension" in one.attributes), "")


def _geometry(feature: Node, place: str, north_first: bool, issues: list[Issue]) -> Geometry | None:
    parts: list[Geometry] = []
    for node in _geometries(feature):
        curve = next((one for one in node.walk() if one.tag in _CURVES), None)
        if curve is not None:
            reason = Words.of("broken_gml_curve", kind=curve.tag)
            raise BrokenFile(f"{place} line {curve.line}", reason=reason)
        if node.tag in _AREAS:
            order = _Order(north_first, _dimension(node))
            parts += [_polygon(one, place, order, issues) for one in node.walk() if _is_face(one)]
        else:
            parts.append(shapely.LineString([(0, 0), (1, 1)]))  # no area: counted, whatever it is
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if all(one.geom_type == "Polygon" for one in parts):
        return shapely.MultiPolygon(parts)
    return shapely.GeometryCollection(parts)


def _is_face(node: Node) -> bool:
    return node.tag in ("Polygon", "PolygonPatch", "Rectangle", "Triangle")


def _polygon(face: Node, place: str, order: _Order, issues: list[Issue]) -> Geometry:
    rings: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for one in face.children:
        if one.tag in ("exterior", "outerBoundaryIs", "interior", "innerBoundaryIs"):
            where = f"{place} line {one.line}"
            holders = [node for node in one.walk() if node.tag in ("posList", "coordinates", "pos", "coord")]
            coords = _positions(holders, order.dimension, where)
            rings[one.tag in ("exterior", "outerBoundaryIs")].append(
                positions.ring(coords[:, ::-1] if order.north_first else coords, where, issues)
            )
    if not rings[True] and not rings[False]:
        return shapely.Polygon()
    if len(rings[True]) != 1:
        raise BrokenFile(f"{place} line {face.line}", reason=Words.of("broken_kml_outer", count=len(rings[True])))
    return shapely.Polygon(rings[True][0], rings[False])


def _positions(holders: list[Node], dimension: str, place: str) -> np.ndarray:
    """Positions (float64, (n, 2)) in the order of the file, of one posList or coordinates or of pos after pos."""
    found = [_of_holder(one, dimension, place) for one in holders]
    if not found:
        return np.zeros((0, 2))
    coords = np.concatenate(found)
    again = np.r_[False, (coords[1:] == coords[:-1]).all(axis=1)]  # segments of a Ring share their ends
    return coords[~again]


def _closes(values: np.ndarray, width: int) -> bool:
    """Whether the first and last position are the same, read so many numbers each."""
    return len(values) % width == 0 and len(values) > width and bool((values[:2] == values[-width:][:2]).all())


def _of_holder(node: Node, dimension: str, place: str) -> np.ndarray:
    if node.tag == "coordinates":
        if node.attributes.get("decimal", ".") != "." or node.attributes.get("cs", ",") != ",":
            raise BrokenFile(place, reason=Words.of("broken_position", text=str(node.attributes)[:40]))
        return positions.tuples(node.text, place)
    if node.tag == "coord":
        words = [one.text for one in node.children if one.tag in ("X", "Y")]
        return positions.numbers(words, place).reshape(1, -1)[:, :2] if len(words) == 2 else np.zeros((0, 2))
    values = positions.numbers(node.text.split(), place)
    width = node.attributes.get("srsDimension", dimension)
    if node.tag == "pos":
        width = str(len(values))
    elif not width:
        width = "3" if _closes(values, 3) and not _closes(values, 2) else "2"
    if width not in ("2", "3") or len(values) % int(width):
        raise BrokenFile(place, reason=Words.of("broken_position", text=f"{len(values)} / {width}"))
    return values.reshape(-1, int(width))[:, :2]
