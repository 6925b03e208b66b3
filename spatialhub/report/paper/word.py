"""The report as Word document: an ordinary Word file with placeholders, filled in a sandbox, everything escaped."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from zipfile import BadZipFile

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import XMLSyntaxError

from spatialhub.errors import TemplateError
from spatialhub.report.paper.seal import XML_NAMESPACE, XML_PART

PICTURE_MM = 154  # a little less than the text's width, or office programs push it aside

# What a template that is wrong makes Jinja, or python-docx that reads it, raise.
_TEMPLATE_FAULTS = (
    JinjaError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, BadZipFile, PackageNotFoundError,
    XMLSyntaxError,
)  # fmt: skip


class _Picture:
    """A picture that a template can place and nothing else: what it is made with is out of the template's reach."""

    __slots__ = ("_xml",)

    def __init__(self, xml: Callable[[], str]) -> None:
        self._xml = xml

    def __html__(self) -> str:
        return f'</w:t></w:r><w:r><w:drawing>{self._xml()}</w:drawing></w:r><w:r><w:t xml:space="preserve">'

    def __str__(self) -> str:
        return self.__html__()


def render_docx(context: Mapping, pictures: Mapping[str, bytes], *, template: bytes, carried: bytes = b"") -> bytes:
    """Return the report as DOCX.

    Raises
    ------
    TemplateError
        The template asks for what is not there or not allowed, or is no Word file.
    """
    try:
        paper = DocxTemplate(io.BytesIO(template))
        paper.init_docx()
        maps = [
            dict(row) | {"picture": _picture(paper, pictures[row["key"]], row["title"])}
            for row in context["maps"]
            if row["key"] in pictures
        ]
        sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        paper.render(dict(context) | {"maps": maps}, sandbox, autoescape=True)
    except _TEMPLATE_FAULTS as error:
        raise TemplateError("check_report.docx", reason=f"{type(error).__name__}: {error}"[:400]) from None
    # Not through the template: the library escapes properties twice.
    paper.docx.core_properties.title = f"{context['title']}　{context['site']['name']}"[:255]
    if carried:
        _carry(paper, carried)
    target = io.BytesIO()
    paper.save(target)
    return target.getvalue()


def _picture(paper: DocxTemplate, picture: bytes, title: str) -> _Picture:
    def xml() -> str:
        inline = paper.docx.part.new_pic_inline(io.BytesIO(picture), width=Mm(PICTURE_MM))
        inline.docPr.set("descr", title)
        return inline.xml

    return _Picture(xml)


def _carry(paper: DocxTemplate, carried: bytes) -> None:
    """Put the result into the file as a custom XML part: office programs keep it, and nobody sees it."""
    text = base64.b64encode(carried).decode("ascii")
    blob = f'<?xml version="1.0" encoding="UTF-8"?><result xmlns="{XML_NAMESPACE}">{text}</result>'.encode()
    part = Part(PackURI(XML_PART), "application/xml", blob, paper.docx.part.package)
    paper.docx.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)
