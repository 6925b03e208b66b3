"""The report as PDF: the typst template, filled with the context; the result itself goes with it as an attachment."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import typst

from spatialhub.errors import TemplateError
from spatialhub.report.paper.fonts import FontChoice
from spatialhub.report.paper.seal import ATTACHMENT

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
    """
    if _PACKAGE.search(template):  # typst would fetch it from an outside host
        raise TemplateError("check_report.typ", reason="@…/…")
    with tempfile.TemporaryDirectory(prefix="spatialhub-pdf-") as name:
        folder = Path(name)
        for key, picture in pictures.items():
            (folder / f"{key}.png").write_bytes(picture)
        (folder / ATTACHMENT).write_bytes(carried)
        (folder / "report.typ").write_text(template + (_ATTACH if carried else ""), "utf-8")
        inputs = {
            "data": json.dumps(fonts.settable(context), ensure_ascii=False),
            "body": fonts.body,
            "heading": fonts.heading,
        }
        try:
            made, warnings = typst.compile_with_warnings(
                folder / "report.typ", root=folder, font_paths=fonts.fonts, sys_inputs=inputs, pdf_standards="a-3b"
            )
        except typst.TypstError as error:
            raise TemplateError("check_report.typ", reason=str(error)[:400]) from None
        if unknown := [str(warning) for warning in warnings if "font" in str(warning)]:
            raise TemplateError("check_report.typ", reason=unknown[0][:400])
    assert isinstance(made, bytes)
    return made
