"""The report's tables as XLSX: a sheet a table. Text is text, whatever it begins with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from spatialhub.report.paper.seal import HIDDEN_SHEET
from spatialhub.report.paper.sheets import Cell, Sheet
from spatialhub.report.paper.text import clean

LONGEST_CELL = 32_767  # characters that the format holds; a longer text goes on in the next columns
_HEAD = Font(bold=True)
_SHADE = PatternFill("solid", fgColor="EEF1F5")


def render_xlsx(tables: Sequence[Sheet], *, header: str, mark: str, carried: str = "") -> bytes:
    """Return the tables as XLSX; `header` and `mark` stand on every printed page.

    `carried` (base64) is kept in a hidden sheet, for `report verify`.
    """
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.title)
        sheet.freeze_panes = "A2"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        # In headers & begins a code and has to be doubled.
        sheet.oddHeader.center.text = f"{header}\n{mark}".strip().replace("&", "&&")
        sheet.oddFooter.center.text = "— &P —"
        sheet.print_title_rows = "1:1"
        for i, width in enumerate(_widths(table), 1):
            sheet.column_dimensions[get_column_letter(i)].width = width
        sheet.append(list(_head(sheet, table.head)))
        for row in table.rows:
            sheet.append(list(_cells(sheet, row)))
    if carried:
        _carry(book, carried)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _head(sheet, titles: Iterable[str]) -> Iterable[WriteOnlyCell]:
    for title in titles:
        cell = WriteOnlyCell(sheet, title)
        cell.font, cell.fill = _HEAD, _SHADE
        yield cell


def _cells(sheet, row: Iterable[Cell]) -> Iterable[WriteOnlyCell]:
    for value in row:
        if isinstance(value, str):
            words = clean(value)
            for start in range(0, max(len(words), 1), LONGEST_CELL):
                yield _text(sheet, words[start : start + LONGEST_CELL])
        else:
            yield WriteOnlyCell(sheet, value)


def _text(sheet, words: str) -> WriteOnlyCell:
    """A cell of text: a formula is what its type says, not its first letter; the prefix keeps it so when edited."""
    cell = WriteOnlyCell(sheet, words)
    cell.data_type = "s"
    if words[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cell.quotePrefix = True
    return cell


def _widths(table: Sheet) -> list[float]:
    """Widths in characters of what stands in the first rows, within reason."""
    shown = [table.head, *table.rows[:200]]
    count = max(map(len, shown))
    return [min(60.0, max(8.0, *(_wide(row[i]) + 2 for row in shown if i < len(row)))) for i in range(count)]


def _wide(value: Cell) -> float:
    return sum(2.0 if ord(letter) > 0x2E7F else 1.0 for letter in str(value if value is not None else "")[:80])


def _carry(book: Workbook, carried: str) -> None:
    sheet = book.create_sheet(HIDDEN_SHEET)
    sheet.sheet_state = "veryHidden"
    for start in range(0, len(carried), LONGEST_CELL):
        cell = WriteOnlyCell(sheet, carried[start : start + LONGEST_CELL])
        cell.data_type = "s"
        sheet.append([cell])
