"""What the Word template is made with: page, fonts, paragraphs and tables that hold placeholders.

Page and type follow GB/T 9704: A4, margins 37/35/28/26 mm, title 小标宋 2号, headings 黑体 3号, text 仿宋, page number
between dashes. Fonts are named only: the reader's machine has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

SONG, HEI, FANGSONG, KAI = "方正小标宋简体", "黑体", "仿宋_GB2312", "楷体_GB2312"
RED = RGBColor(0xB3, 0x26, 0x1E)
_RIGHT = {"area", "share", "hectares", "declared", "count", "x", "y", "side", "from", "to", "length", "needed"}


class Paper:
    """The document under way."""

    def __init__(self) -> None:
        self.document = Document()
        section = self.document.sections[0]
        section.start_type = WD_SECTION.NEW_PAGE
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.header_distance, section.footer_distance = Mm(18), Mm(26)
        style = self.document.styles["Normal"]
        style.font.size = Pt(14)
        _fonts(style.element.get_or_add_rPr(), FANGSONG)
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = Pt(26)
        self._header(section)
        self._footer(section)

    def _header(self, section) -> None:
        line = section.header.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.line_spacing = Pt(12)
        add_run(line, "{{ header }}", 7.5, HEI)
        mark = section.header.add_paragraph()
        mark.alignment = WD_ALIGN_PARAGRAPH.CENTER
        mark.paragraph_format.line_spacing = Pt(12)
        add_run(mark, "{{ mark }}", 9, HEI, bold=True).font.color.rgb = RED

    def _footer(self, section) -> None:
        line = section.footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        add_run(line, "— ", 14, "宋体")
        run = add_run(line, "", 14, "宋体")
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = text
            run._r.append(element)
        add_run(line, " —", 14, "宋体")

    def line(self, text: str, size: float = 14, font: str = FANGSONG, *, centre: bool = False, indent: bool = False,
             bold: bool = False, red: bool = False, keep: bool = False, before: float = 0) -> None:  # fmt: skip
        """A paragraph."""
        paragraph = self.document.add_paragraph()
        run = add_run(paragraph, text, size, font, bold=bold)
        if red:
            run.font.color.rgb = RED
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shape = paragraph.paragraph_format
        shape.first_line_indent = Pt(size * 2) if indent else None
        shape.keep_with_next = keep
        shape.space_before = Pt(before)
        if size < 12:
            shape.line_spacing = Pt(size * 1.5)

    def one(self, text: str) -> None:
        """A heading of the first level."""
        self.line(text, 16, HEI, keep=True, before=12)

    def two(self, text: str) -> None:
        """A heading of the second level."""
        self.line(text, 14, KAI, keep=True, before=6, bold=True)

    def tag(self, text: str) -> None:
        """A paragraph that holds a statement of the template language and vanishes."""
        self.line(text, 9)

    def note(self, name: str) -> None:
        """A note under a table, where there is one."""
        self.tag(f"{{%p if {name} %}}")
        self.line(f"注：{{{{ {name} }}}}", 9.5)
        self.tag("{%p endif %}")

    def table(self, name: str, *described: str, size: float = 9) -> None:
        """A table of the rows of a placeholder, or 无。 A column is described as head/key/width in mm."""
        columns = [tuple(column.split("/")) for column in described]
        self.tag(f"{{%p if {name} %}}")
        table = self.document.add_table(rows=4, cols=len(columns))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        fix_widths(table, [int(width) for _, _, width in columns])
        for row, words in enumerate(("head", f"{{%tr for row in {name} %}}", "body", "{%tr endfor %}")):
            for i, (head, key, _) in enumerate(columns):
                cell = table.cell(row, i)
                text = {"head": head, "body": f"{{{{ row.{key} }}}}"}.get(words, words if i == 0 else "")
                fill_cell(cell, text, head=words == "head", right=words == "body" and key in _RIGHT, size=size)
            _row(table.rows[row], head=words == "head")
        self.tag("{%p else %}")
        self.line("无。", indent=True)
        self.tag("{%p endif %}")


def fix_widths(table, widths: Sequence[int]) -> None:
    """Fix the columns, in the grid and in every cell: office programs disagree which of the two they follow."""
    table.autofit = False
    for i, width in enumerate(widths):
        table.columns[i].width = Mm(width)
        for cell in table.columns[i].cells:
            cell.width = Mm(width)


def _fonts(properties, name: str) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for kind, value in (("ascii", "Times New Roman"), ("hAnsi", "Times New Roman"), ("eastAsia", name)):
        fonts.set(qn(f"w:{kind}"), value)
    language = OxmlElement("w:lang")
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)


def add_run(paragraph, text: str, size: float, font: str, *, bold: bool = False):
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.font.bold = bold
    _fonts(run._r.get_or_add_rPr(), font)
    return run


def fill_cell(cell, text: str, *, head: bool, right: bool, size: float = 9) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing = Pt(size * 1.4)
    if head:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF1F5")):
            shade.set(qn(f"w:{key}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
    elif right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        cell._tc.get_or_add_tcPr().append(OxmlElement("w:noWrap"))  # a number in two lines is read as two
    if text:
        add_run(paragraph, text, size, HEI if head else FANGSONG)


def _row(row, *, head: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
