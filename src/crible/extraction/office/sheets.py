"""Rows of a spreadsheet into blocks, whatever file they come from: headers, sections, limits.

The text of a row is that of its filled cells, verbatim, between bars, as in every other reader's tables; the header
cells are in ``Block.header``. An anchor is ``{"kind": "xlsx", "sheet": "BPU", "cell": "B7", "range": "B7:E7"}``:
``cell`` is the first filled one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crible.extraction.office.blocks import Gathered, Piece, clean, fitted, names_columns, row_text
from crible.types import UnreadPage

# What one workbook may give: the longest price lists of tenders have some 3,000 rows. Beyond, the sheet is told unread.
ROWS_MAX = 20_000
CELLS_MAX = 400_000
COLUMNS_MAX = 256
_TITLE_WORDS = 20


@dataclass(slots=True)
class SheetRow:
    """``cells``: column (from 1) → text as shown. ``bold``: every filled cell is bold or shaded."""

    number: int
    cells: dict[int, str]
    bold: bool = False
    figures: bool = False  # holds a number or a date
    over: frozenset[int] = frozenset()  # columns whose text comes from a cell above that covers them


@dataclass(slots=True)
class Sheet:
    """One sheet: its name, whether the program hides it, its rows in order, and the text drawn over its cells."""

    name: str
    rows: Iterable[SheetRow]
    hidden: bool = False
    drawn: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Room:
    """What is left of the limits, over all the sheets of a workbook."""

    rows: int = ROWS_MAX
    cells: int = CELLS_MAX


def add_sheet(found: Gathered, sheet: Sheet, *, number: int, kind: str, room: Room) -> None:
    """The blocks of one sheet under a heading of its name; ``number`` is its place in the workbook, from 1."""
    base: dict[str, Any] = {"kind": kind, "sheet": sheet.name} | ({"hidden": True} if sheet.hidden else {})
    if sheet.hidden:
        found.warnings.append(("hidden_sheet", sheet.name))
    first = len(found.pieces)
    found.pieces.append(Piece("heading", clean(sheet.name), base, level=1))
    header: dict[int, str] = {}
    held: SheetRow | None = None  # a row is judged with the one after it in sight
    cut = False
    for row in sheet.rows:
        row.cells = {c: text for c, text in ((c, clean(t)) for c, t in row.cells.items()) if text}
        if not row.cells:
            continue
        room.rows -= 1
        room.cells -= len(row.cells)
        if room.rows < 0 or room.cells < 0:
            cut = True
            break
        if max(row.cells) > COLUMNS_MAX:
            cut = True
            row.cells = {c: t for c, t in row.cells.items() if c <= COLUMNS_MAX}
        if held is not None:
            header = _add_row(found, held, row, header, base)
        held = row
    if held is not None:
        _add_row(found, held, None, header, base)
    for text in sheet.drawn:
        found.pieces.append(Piece("paragraph", clean(text), base))
    if len(found.pieces) == first + 1 and not cut:
        found.pieces.pop()  # an empty sheet is not named
    if cut:
        found.unread.append(UnreadPage(number, "sheet_limit"))
        found.warnings.append(("sheet_limit", sheet.name))


def _add_row(
    found: Gathered, row: SheetRow, after: SheetRow | None, header: dict[int, str], base: Mapping[str, Any]
) -> dict[int, str]:
    """One row as a block; the header that applies to the rows after it."""
    if not row.cells:
        return header
    columns = sorted(row.cells)
    first, last = f"{letters(columns[0])}{row.number}", f"{letters(columns[-1])}{row.number}"
    own = next((c for c in columns if c not in row.over), columns[0])
    anchor = {**base, "cell": f"{letters(own)}{row.number}"} | ({"range": f"{first}:{last}"} if first != last else {})
    texts = tuple(row.cells.get(c, "") for c in range(1, columns[-1] + 1))
    text = row_text(texts)
    if len(columns) == 1:
        title = row.bold and len(text.split()) <= _TITLE_WORDS and not row.figures and not text.endswith((".", ";"))
        found.pieces.append(Piece("heading" if title else "paragraph", text, anchor, level=2 if title else 0))
        return header
    if _is_header(row, after, header):
        found.pieces.append(Piece("table_row", text, anchor, row=texts))
        return dict(row.cells)
    above = tuple(header.get(c, "") for c in range(1, columns[-1] + 1))
    found.pieces.append(
        Piece("table_row", text, anchor, row=texts, header=fitted(above if any(above) else (), len(texts)))
    )
    return header


def _is_header(row: SheetRow, after: SheetRow | None, header: Mapping[int, str]) -> bool:
    """Whether a row names the columns: short words, and bold or shaded above rows that are not, or the first of all."""
    filled = list(row.cells.values())
    if after is None or row.figures or len(filled) < 2 or not names_columns(filled):
        return False
    if row.bold and not after.bold:
        return True
    if header or len(filled) < 3:
        return False
    # No header yet and no shade to tell it: words only, above a row as wide that holds figures or longer texts.
    wide = len(after.cells) >= 0.5 * len(filled)
    return wide and (after.figures or max(map(len, after.cells.values())) > 2 * max(map(len, filled)))


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    found = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def column_of(reference: str) -> int:
    """« AB12 » → 28; 0 when there is no letter."""
    column = 0
    for char in reference:
        if not "A" <= char <= "Z":
            break
        column = column * 26 + ord(char) - 64
    return column
