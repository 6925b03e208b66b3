"""Setting a typst template: in this process where it is ours, inside the contained child where it is a bureau's own.

A template is a program. It names files by expressions, so that no look at its text tells what it reads or fetches: the
child has no network and no file but the fonts and its own folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import typst

from spatialhub.errors import TemplateError
from spatialhub.intake import child, wire
from spatialhub.intake.raw import Job
from spatialhub.intake.upload import Upload

TEMPLATE, INPUTS = "report.typ", "inputs.json"
_NAME = "check_report.typ"
_TASK = "spatialhub.report.paper.typesetting"
_CPU_S, _WALL_S, _MEMORY_MIB, _SCRATCH_MIB = 120, 300, 4_096, 256


def typeset(folder: Path, inputs: Mapping[str, str], fonts: Any) -> bytes:
    """Return the PDF of the template in a folder (archival, PDF/A-3b, because of the attachment).

    Raises
    ------
    TemplateError
        The template asks for what is not there, or is no typst.
    """
    try:
        made, warnings = typst.compile_with_warnings(
            folder / TEMPLATE, root=folder, font_paths=fonts, sys_inputs=dict(inputs), pdf_standards="a-3b"
        )
    except typst.TypstError as error:
        raise TemplateError(_NAME, reason=str(error)[:400]) from None
    if unknown := [str(warning) for warning in warnings if "font" in str(warning)]:
        raise TemplateError(_NAME, reason=unknown[0][:400])
    assert isinstance(made, bytes)
    return made


def typeset_contained(folder: Path, inputs: Mapping[str, str], fonts: Iterable[Path]) -> bytes:
    """As `typeset`, in a contained child; `fonts` are the folders of the fonts it may use.

    Raises
    ------
    TemplateError
        As `typeset`; files elsewhere and packages are not there.
    TooLarge
        It takes more time or memory than any report.
    """
    folders = sorted({str(path.resolve()) for path in fonts})
    (folder / INPUTS).write_text(json.dumps({"inputs": dict(inputs), "fonts": folders}), "utf-8")
    with child.scratch_for(Upload(_NAME, "typ", (folder / TEMPLATE,), "", 0)) as (scratch, _):
        job = Job(
            name=_NAME, format="typ", path=str(folder), readable=(str(folder.resolve()), *folders),
            scratch=str(scratch), epsg=0, profile="site", cpu_s=_CPU_S, memory_mib=_MEMORY_MIB,
            unpacked_mib=_SCRATCH_MIB, allow_weak=True, task=_TASK,
        )  # fmt: skip
        frames = child.run(job, stall_s=_WALL_S, wall_s=_WALL_S)
        (made,) = (body.plain for head, body in frames if head["kind"] == "bytes")
    return made


def send(job: Job, out: BinaryIO) -> None:
    """The child's side: send one frame of bytes, the PDF, and an `end`."""
    folder = Path(job.path)
    said = json.loads((folder / INPUTS).read_text("utf-8"))
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=said["fonts"])
    wire.write(out, {"kind": "bytes"}, typeset(folder, said["inputs"], found))
    wire.write(out, {"kind": "end", "issues": [], "done": 0, "holes": 0, "groups": []})
