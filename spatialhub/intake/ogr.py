"""Shapefile and GeoPackage opened after a look over: what may be read, its frame, its encoding; only in the child."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path, PurePosixPath

from spatialhub.errors import BrokenFile, ChoiceNeeded, NoArea
from spatialhub.intake import archive, dbf, geopackage
from spatialhub.intake.features import BYTES, Table
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.text import decode, known_encoding
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue
from spatialhub.spatial.prj import recognise

warnings.filterwarnings("ignore", message="Measured")  # stated as an issue instead
_WANTED = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SHAPES = {0: "null", 1: "point", 3: "line", 5: "polygon", 8: "multipoint"}
_ARC_STEP_DEG, _ARC_TOLERANCE = 1, "0.00004"  # OGR_ARC_STEPSIZE of `contain`; 1 - cos(0.5°)


def open_zip(job: Job) -> Opening:
    """Open a zipped Shapefile: the members of one are unpacked under plain names, nothing else.

    Raises
    ------
    ChoiceNeeded
        The archive holds several Shapefiles and `sublayer` names none.
    """
    members = archive.look_over(Path(job.path), job.name, unpacked_mib=job.unpacked_mib)
    wanted = {path: one for path, one in members.items() if PurePosixPath(path).suffix.lower() in _WANTED}
    stems = sorted({path[:-4] for path in wanted if path.lower().endswith(".shp") and not path.startswith("__MACOSX")})
    if not stems:
        found = tuple(sorted({PurePosixPath(path).suffix or path for path in members}))[:10]
        raise BrokenFile(job.name, reason=Words.of("broken_zip_no_shp", found=found or "—"))
    stem = _choose(stems, job, key=lambda one: PurePosixPath(one).name)
    folder = Path(job.scratch) / "unpacked"
    chosen = {PurePosixPath(path).suffix.lower(): one for path, one in wanted.items() if path[:-4] == stem}
    archive.unpack(Path(job.path), job.name, [(one, folder / f"site{suffix}") for suffix, one in chosen.items()])
    if ".shx" not in chosen:
        raise BrokenFile(job.name, reason=Words.of("broken_no_companion", missing=f"{PurePosixPath(stem).name}.shx"))
    return _open_shapefile(folder / "site.shp", PurePosixPath(stem).name + ".shp", job)


def open_shp(job: Job) -> Opening:
    """Open a Shapefile whose companions lie beside it (linked into the scratch folder under one plain name)."""
    return _open_shapefile(Path(job.path), job.name, job)


def _choose(names: list[str], job: Job, *, key=lambda one: one) -> str:
    if job.sublayer is not None:
        for one in names:
            if job.sublayer in (one, key(one)):
                return one
    if len(names) == 1 and job.sublayer is None:
        return names[0]
    choices = tuple(key(one) for one in names)
    raise ChoiceNeeded(job.name, what=Words.of("choice_sublayer"), option="--sublayer", choices=choices)


def _open_shapefile(path: Path, label: str, job: Job) -> Opening:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
        raise BrokenFile(label, reason=Words.of("unsafe_disguise", extension=".shp", found="?"))
    kind = struct.unpack_from("<i", head, 32)[0]
    if _SHAPES.get(kind % 10 if kind < 30 else -1) is None:
        raise BrokenFile(label, reason=Words.of("broken_shapefile_kind", kind=kind))
    encoding, issues = _encoding(path, label, job)
    if kind >= 20:
        issues.append(Issue.of("m_dropped", label))
    prj = path.with_suffix(".prj")
    crs = recognise(decode(prj.read_bytes(), label)[0], str(Path(label).with_suffix(".prj"))) if prj.is_file() else None
    return _opening("Shapefile", path, label, job, crs=crs, encoding=encoding, issues=issues)


def _encoding(path: Path, label: str, job: Job) -> tuple[str, list[Issue]]:
    """The option, else the .cpg, else what all text is; stated."""
    table, page = path.with_suffix(".dbf"), path.with_suffix(".cpg")
    if not table.is_file():
        return "", [Issue.of("no_attributes", label)]
    if job.encoding is not None:
        return known_encoding(job.encoding) or job.encoding, []
    issues = []
    if page.is_file():
        text = page.read_bytes()[:60].decode("ascii", "replace").strip()
        encoding = known_encoding(text)
        if encoding is not None:
            return encoding, []
        issues.append(Issue.of("encoding_label_unknown", label, label=text))
    encoding = dbf.encoding_of(table, str(Path(label).with_suffix(".dbf")))
    return encoding, [*issues, Issue.of("encoding_detected", label, encoding=encoding.upper())]


def open_gpkg(job: Job) -> Opening:
    """Open a GeoPackage; several feature tables need `sublayer`."""
    layers = {layer.name: layer for layer in geopackage.look_over(Path(job.path), job.name)}
    if not layers:
        raise NoArea(job.name, found=Words.of("found_no_area", nulls=0, empties=0, others=0))
    layer = layers[_choose(list(layers), job)]
    issues = [Issue.of("m_dropped", layer.name)] if layer.measured else []
    if layer.curves:
        values = {"count": layer.curves, "step_deg": _ARC_STEP_DEG, "tolerance": _ARC_TOLERANCE}
        issues.append(Issue.of("curves_stroked", layer.name, **values))
    return _opening("GeoPackage", Path(job.path), layer.name, job, layer=layer.name, issues=issues)


def _opening(
    title: str,
    path: Path,
    label: str,
    job: Job,
    *,
    layer: str | None = None,
    crs: int | None = None,
    encoding: str = "utf-8",
    issues: list[Issue],
) -> Opening:
    import pyogrio

    driver = "GPKG" if title == "GeoPackage" else "ESRI Shapefile"
    try:
        encoding_read = BYTES if layer is None else None
        info = pyogrio.read_info(path, layer=layer, encoding=encoding_read, force_feature_count=True)
    except pyogrio.errors.DataSourceError as error:
        raise BrokenFile(job.name, reason=Words.of("broken_library", detail=str(error)[:120])) from None
    if info["driver"] != driver:
        raise BrokenFile(job.name, reason=Words.of("unsafe_disguise", extension=path.suffix, found=info["driver"]))
    if driver == "GPKG":
        crs = recognise(info["crs"] or "", label)
    table = Table(path, label, layer, encoding)
    chunks = table.chunks(job.chunk_features, plain=job.profile == "layer")
    fields = tuple(table.text(str(name)) for name in info["fields"])
    return Opening(title, chunks, crs, False, encoding, fields, int(info["features"]), tuple(issues))
