"""Three questions about a report, answered apart: is the file unaltered, are the inputs still here, does a
recomputation agree. An answer that cannot be had is "unknown" with its reason, never a yes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from layers.workspace import Workspace
from spatialhub.errors import NotAResult, SnapshotError, SpatialHubError
from spatialhub.looking import outline_of
from spatialhub.messages import Words, explain
from spatialhub.report.paper.answers import Answer, Reply, Said
from spatialhub.report.paper.context import paper_context
from spatialhub.report.paper.fonts import find_fonts
from spatialhub.report.paper.gather import Kept, kept_versions
from spatialhub.report.paper.making import template
from spatialhub.report.paper.opening import Opened, open_report
from spatialhub.report.paper.pdf import render_pdf
from spatialhub.report.paper.reading import visible_lines
from spatialhub.report.paper.recompute import carried_site, recomputed
from spatialhub.report.paper.seal import Carried, recomputed_hash, template_hash
from spatialhub.report.paper.sheets import sheets
from spatialhub.report.paper.word import render_docx
from spatialhub.report.paper.workbook import render_xlsx
from spatialhub.spatial.model import Site
from spatialhub.spatial.normal import site_sha256
from spatialhub.spatial.snapshot import Snapshot

_MOST_SHOWN = 8


def _blank() -> bytes:
    """A picture of one white point: pictures are not compared, so what is set again needs no maps."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")


def verify(
    path: Path, workspace: Workspace, *, read: Callable[..., Site] | None = None, min_area_m2: float | None = None
) -> tuple[Mapping, list[Answer]]:
    """Return the result that a file is or carries, and three answers.

    `read` reads the site's own file as for a check; without it the site is taken from the result. `min_area_m2` is the
    minimum that was stated when it was checked, for results that do not carry it.

    Raises
    ------
    NotAResult
        The file neither is nor carries a result.
    TooLarge
        Reading it takes more time, memory or room than any report of ours.
    """
    opened = open_report(path)
    try:
        return opened.carried.document, _answers(path, opened, workspace, read, min_area_m2)
    except _MISSHAPEN as error:
        if _hash_holds(opened.carried.document):
            raise  # ours as it was made: then the fault is ours
        raise NotAResult(path.name, reason=f"{type(error).__name__}: {error}"[:200]) from None


# What a document that is like a result and is none makes the comparison raise.
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, ShapelyError)


def _hash_holds(document: Mapping) -> bool:
    try:
        return recomputed_hash(document) == document["provenance"]["result_hash"]
    except _MISSHAPEN:
        return False


def _answers(
    path: Path, opened: Opened, workspace: Workspace, read: Callable[..., Site] | None, min_area_m2: float | None
) -> list[Answer]:
    carried = opened.carried
    kept = kept_versions(workspace, carried.document)
    return [
        Answer("unaltered", *_unaltered(path, opened, workspace)),
        Answer("inputs", *_inputs(carried, workspace, kept)),
        Answer("recomputed", *recomputed(carried, workspace, kept, read, min_area_m2)),
    ]


def _unaltered(path: Path, opened: Opened, workspace: Workspace) -> tuple[Reply, list[Words]]:
    carried = opened.carried
    said, document = Said(), carried.document
    recorded = document["provenance"]["result_hash"]
    if recomputed_hash(document) == recorded:
        said.say("verify_hash_holds", hash=recorded)
    else:
        said.say("verify_hash_broken", Reply.NO, hash=recorded, found=recomputed_hash(document))
    if carried.exact:
        holds = _site_holds(carried)
        said.say("verify_site_holds" if holds else "verify_site_broken", None if holds else Reply.NO)
    form = path.suffix.lower().removeprefix(".")
    if form == "gpkg":
        _tables(said, opened.shown, document)
    elif form != "json":
        _text(said, form, opened, workspace)
    said.say("verify_not_covered")
    return said.reply, said.findings


def _site_holds(carried: Carried) -> bool:
    """Whether outlines of parts and site are those that were hashed, and are one another's."""
    document, site = carried.document, carried_site(carried)
    whole = shapely.equals(outline_of(site), shape(document["site"]["geometry"]))
    return bool(whole) and site_sha256(site, document["grid_m"]) == document["site"]["sha256"]


def _text(said: Said, form: str, opened: Opened, workspace: Workspace) -> None:
    """Compare what the paper says with what its result gives when it is set again."""
    carried = opened.carried
    own = template(form, workspace.home) if form in ("docx", "pdf") else b""
    if carried.template and template_hash(own) != carried.template:
        said.say("verify_other_template", Reply.UNKNOWN)
        return
    try:
        again = _set_again(form, carried, own)
    except SpatialHubError as error:
        said.say("verify_cannot_set", Reply.UNKNOWN, reason=explain(error)["what"])
        return
    printed, wanted = opened.shown, visible_lines(form, again)
    if printed == wanted:
        said.say("verify_text_holds")
        return
    said.say("verify_text_broken", Reply.NO)
    for line in _only_in(printed, wanted):
        said.say("verify_line_added", line=line)
    for line in _only_in(wanted, printed):
        said.say("verify_line_missing", line=line)


def _only_in(lines: Sequence[str], other: Sequence[str]) -> list[str]:
    known = set(other)
    return [line[:120] for line in lines if line not in known][:_MOST_SHOWN]


def _set_again(form: str, carried: Carried, own: bytes) -> bytes:
    context = paper_context(carried.document, uses=carried.uses)
    if form == "xlsx":
        return render_xlsx(sheets(carried.document, uses=carried.uses), header=context["header"], mark=context["mark"])
    blank = {row["key"]: _blank() for row in context["maps"]}
    if form == "docx":
        return render_docx(context, blank, template=own)
    return render_pdf(context, blank, find_fonts(), template=own.decode())


def _tables(said: Said, shown: Sequence[Sequence], document: Mapping) -> None:
    """A GeoPackage's fragments against the result it carries."""
    rows = set(map(tuple, shown))
    wanted = {(row["id"], row["area_m2"], row["conformity"]) for row in document["fragments"]}
    said.say("verify_text_holds" if rows == wanted else "verify_text_broken", None if rows == wanted else Reply.NO)


def _inputs(carried: Carried, workspace: Workspace, kept: Sequence[Kept]) -> tuple[Reply, list[Words]]:
    said, document = Said(), carried.document
    provenance = document["provenance"]
    if workspace.city.key != provenance["city"]:
        said.say("verify_other_city", Reply.NO, wanted=provenance["city"], found=workspace.city.key)
    gone = [f"{row.key}@{row.number}" for row in kept if row.snapshot is None]
    damaged = [f"{row.key}@{row.number}" for row in kept if row.snapshot is not None and not _sound(row.snapshot)]
    if gone:
        said.say("verify_versions_gone", Reply.NO, versions=tuple(gone))
    if damaged:
        said.say("verify_versions_damaged", Reply.NO, versions=tuple(damaged))
    if not gone and not damaged:
        said.say("verify_versions_here", count=len(kept))
    rules = (
        ("policy_version", workspace.city.policy.policy_version),
        ("catalogue_version", workspace.catalogue.version),
    )
    for name, here in rules:
        if provenance[name] == here:
            said.say(f"verify_{name}_same", version=here)
        else:
            said.say(f"verify_{name}_changed", Reply.NO, wanted=provenance[name], found=here)
    return said.reply, said.findings


def _sound(path: Path) -> bool:
    try:
        Snapshot.open(path).verify()
    except (SnapshotError, OSError):
        return False
    return True
