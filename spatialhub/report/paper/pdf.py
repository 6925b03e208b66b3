"""The report as PDF: the typst template, filled with the context; the result itself goes with it as an attachment."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from spatialhub.errors import TemplateError
from spatialhub.report.paper.fonts import FontChoice
from spatialhub.report.paper.seal import ATTACHMENT
from spatialhub.report.paper.typesetting import TEMPLATE, typeset, typeset_contained

_PACKAGE = re.compile(r"@[\w-]+/[\w-]+:")
_ATTACH = (
    f'\n#pdf.attach("{ATTACHMENT}", relationship: "source", mime-type: "application/gzip", description: "检查结果")\n'
)


def render_pdf(
    context: Mapping, pictures: Mapping[str, bytes], fonts: FontChoice, *, template: str, carried: bytes = b""
) -> bytes:
    """Return the report as PDF (archival, PDF/A-3b, because of the attachment).

    Raises
    ------
    TemplateError
        The template asks for what is not there, or for a file outside its folder, or is no typst.
    TooLarge
        A template of the bureau's own takes more time or memory than any report.
    """
    if _PACKAGE.search(template):  # typst would fetch it from an outside host; the child could not, and say less
        raise TemplateError("check_report.typ", reason="@…/…")
    ours = template == files("spatialhub.report.templates").joinpath("check_report.typ").read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="spatialhub-pdf-") as name:
        folder = Path(name)
        for key, picture in pictures.items():
            (folder / f"{key}.png").write_bytes(picture)
        (folder / ATTACHMENT).write_bytes(carried)
        (folder / TEMPLATE).write_text(template + (_ATTACH if carried else ""), "utf-8")
        inputs = {
            "data": json.dumps(fonts.settable(context), ensure_ascii=False),
            "body": fonts.body,
            "heading": fonts.heading,
        }
        if ours:
            return typeset(folder, inputs, fonts.fonts)
        return typeset_contained(folder, inputs, fonts.folders)
