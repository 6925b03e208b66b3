"""Shapefile, GeoPackage, FileGDB, FlatGeobuf opened after a look over: what may be read, its frame, its encoding; only
in the child."""

from __future__ import annotations

import re
import struct
import warnings
from dataclasses import replace
from pathlib import Path, PurePosixPath

from spatialhub.errors import BrokenFile, CrsError, NoArea
from spatialhub.intake import archive, dbf, gdal_words, geopackage
from spatialhub.intake.choosing import choose
from spatialhub.intake.features import BYTES, Table
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.text import decode, known_encoding
from spatialhub.intake.upload import content_of
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue
from spatialhub.spatial.prj import recognise

warnings.filterwarnings("ignore", message="Measured")  # stated as an issue instead
_WANTED = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GDB_FILE = re.compile(r"(a[0-9a-f]{8}\.\w{1,16}|gdb|timestamps)", re.IGNORECASE)  # what a geodatabase is made of
_DRIVERS = {"GeoPackage": "GPKG", "Shapefile": "ESRI Shapefile", "FileGDB": "OpenFileGDB", "FlatGeobuf": "FlatGeobuf"}
_SHAPES = {0: "null", 1: "point", 3: "line", 5: "polygon", 8: "multipoint"}
_ARC_STEP_DEG, _ARC_TOLERANCE = 1, "0.00004"  # OGR_ARC_STEPSIZE of `contain`; 1 - cos(0.5°)


def open_zip(job: Job) -> Opening:
    """Open a zipped Shapefile or FileGDB: the members of one are unpacked under plain names, nothing else.

    Raises
    ------
    ChoiceNeeded
        The archive holds several of them, and `sublayer` names none.
    """
    members = archive.look_over(job)
    members = {path.replace("\\", "/"): one for path, one in members.items() if not path.startswith("__MACOSX")}
    stems = sorted({path[:-4] for path in members if path.lower().endswith(".shp")})
    bases = sorted({base for path in members if (base := _base_of(path))})
    if not stems and not bases:
        found = tuple(sorted({PurePosixPath(path).suffix or path for path in members}))[:10]
        raise BrokenFile(job.name, reason=Words.of("broken_zip_no_shp", found=found or "—"))
    if not stems and len(bases) == 1:
        return _open_geodatabase(bases[0], members, job)
    chosen = choose([*stems, *bases], job, key=lambda one: PurePosixPath(one).name)
    if chosen in bases:
        return _open_geodatabase(chosen, members, replace(job, sublayer=None))
    return _open_zipped_shapefile(chosen, members, job)


def _base_of(path: str) -> str:
    """The folder `….gdb` that a member lies in; empty for none."""
    folder = str(PurePosixPath(path).parent)
    return folder if folder.lower().endswith(".gdb") else ""


def _open_zipped_shapefile(stem: str, members: dict, job: Job) -> Opening:
    folder = Path(job.scratch) / "unpacked"
    chosen = {suffix: one for path, one in members.items() if path[:-4] == stem
              and (suffix := PurePosixPath(path).suffix.lower()) in _WANTED}  # fmt: skip
    archive.unpack(Path(job.path), job.name, [(one, folder / f"site{suffix}") for suffix, one in chosen.items()])
    if ".shx" not in chosen:
        raise BrokenFile(job.name, reason=Words.of("broken_no_companion", missing=f"{PurePosixPath(stem).name}.shx"))
    return _open_shapefile(folder / "site.shp", PurePosixPath(stem).name + ".shp", job)


def _open_geodatabase(base: str, members: dict, job: Job) -> Opening:
    """Open a layer of a FileGDB whose files are unpacked under their plain names."""
    folder = Path(job.scratch) / "unpacked.gdb"
    files = {PurePosixPath(path).name: one for path, one in members.items() if _base_of(path) == base}
    wanted = [(one, folder / name) for name, one in files.items() if _GDB_FILE.fullmatch(name)]
    archive.unpack(Path(job.path), job.name, wanted)
    import pyogrio

    with gdal_words.refused(job.name):
        layers = [str(name) for name, kind in pyogrio.list_layers(folder).tolist() if kind is not None]
    if not layers:
        raise NoArea(job.name, found=Words.of("found_nothing_usable"))
    layer = choose(layers, job)
    return _opening("FileGDB", folder, layer, job, layer=layer, issues=[])


def open_fgb(job: Job) -> Opening:
    """Open a FlatGeobuf: one layer, its system in its head."""
    import pyogrio

    with gdal_words.refused(job.name):
        layers = pyogrio.list_layers(job.path).tolist()
    if not layers:
        raise NoArea(job.name, found=Words.of("found_nothing_usable"))
    return _opening("FlatGeobuf", Path(job.path), job.name, job, layer=str(layers[0][0]), issues=[])


def open_shp(job: Job) -> Opening:
    """Open a Shapefile whose companions lie beside it (linked into the scratch folder under one plain name)."""
    return _open_shapefile(Path(job.path), job.name, job)


def _open_shapefile(path: Path, label: str, job: Job) -> Opening:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
        raise BrokenFile(label, reason=Words.of("unsafe_disguise", extension=".shp", found=content_of(head)))
    kind = struct.unpack_from("<i", head, 32)[0]
    if _SHAPES.get(kind % 10 if kind < 30 else -1) is None:
        raise BrokenFile(label, reason=Words.of("broken_shapefile_kind", kind=kind))
    encoding, issues = _encoding(path, label, job)
    if kind >= 20:
        issues.append(Issue.of("m_dropped", label))
    prj = path.with_suffix(".prj")
    text = decode(prj.read_bytes(), label)[0] if prj.is_file() else ""
    return _opening("Shapefile", path, label, job, prj=text, encoding=encoding, issues=issues)


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
        raise NoArea(job.name, found=Words.of("found_nothing_usable"))
    layer = layers[choose(list(layers), job)]
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
    prj: str = "",
    encoding: str = "utf-8",
    issues: list[Issue],
) -> Opening:
    import pyogrio

    with gdal_words.refused(job.name):
        encoding_read = BYTES if layer is None else None
        info = pyogrio.read_info(path, layer=layer, encoding=encoding_read, force_feature_count=True)
    if info["driver"] != _DRIVERS[title]:
        raise BrokenFile(job.name, reason=Words.of("unsafe_disguise", extension=path.suffix, found=info["driver"]))
    said = prj if layer is None else info["crs"] or ""
    crs, refusal = _recognised(said, label if layer is not None else str(Path(label).with_suffix(".prj")))
    table = Table(path, label, layer, encoding)
    # A curve shows only in the flat columns: feature by feature GDAL strokes it without a word.
    chunks = table.chunks(job.chunk_features, plain=job.profile == "layer" or title == "FileGDB")
    fields = tuple(table.text(str(name)) for name in info["fields"])
    count = int(info["features"])
    return Opening(
        title, chunks, crs, False, encoding, fields, count, tuple(issues), said=_name_of(said), refusal=refusal
    )


def _recognised(text: str, place: str) -> tuple[int | None, CrsError | None]:
    """The system that a text names, or why it cannot be taken."""
    try:
        return recognise(text, place), None
    except CrsError as error:
        return None, error


def _name_of(text: str) -> str:
    """The name in a CRS text: what stands in its first quotes, else the text itself, short."""
    found = re.search(r'"([^"]{1,120})"', text)
    return found[1] if found else text.strip()[:120]
