"""The rows of a table: cells in reading order, the header that applies to them, headers repeated from page to page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.extraction.furniture import folded
from crible.extraction.hyphens import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.tables import Cell, Table

_ALIGNED = 6.0  # points: borders of one table on two pages
_NARROW = 15.0  # points: less than three characters wide
_LABEL_WORDS = 20  # words of a cell that is said again beside each of its rows
_ENDED = re.compile(r"[.!?:;…]\s*[»”\")]?\s*$")
# Words in a header cell: longer cells are content. A title in bold says more: « Délai maximum de correction des … ».
_HEADER_WORDS, _HEADER_WORDS_STRONG = 8, 15


@dataclass(slots=True)
class Row:
    """One row: per cell, its lines, each a list of word indices of ``page``, and its text.

    ``repeated``: a header printed again; ``tail``: the rest of a row that a page break cut.
    """

    page: int
    cells: list[list[list[int]]]
    texts: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    repeated: bool = False
    tail: Row | None = None


def cell_lines(words: Sequence[int], page: PageWords) -> list[list[int]]:
    """The words of a cell in reading order, one list per line."""
    if not words:
        return []
    boxes = page.boxes
    upright = [w for w in words if page.upright[w]]
    if len(upright) < len(words):
        return [list(words)]  # turned text: pdfium's own order
    ordered = sorted(words, key=lambda w: (boxes[w, 1] + boxes[w, 3], boxes[w, 0]))
    lines: list[list[int]] = []
    middle = low = 0.0
    for word in ordered:
        top, bottom = float(boxes[word, 1]), float(boxes[word, 3])
        if lines and (top + bottom) / 2 - middle <= 0.5 * max(bottom - top, low):
            lines[-1].append(word)
        else:
            lines.append([word])
            middle, low = (top + bottom) / 2, bottom - top
    for line in lines:
        line.sort(key=lambda w: boxes[w, 0])
    return lines


def rows_of_table(
    table: Table, page: PageWords, last: tuple[Table, tuple[str, ...]] | None
) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of a table with their header, and that header. ``last``: the table just before, nothing between."""
    rows: list[Row] = []
    places: list[int] = []  # of the rows in the grid
    shaded: list[bool] = []
    grid = table.rows()
    columns = _columns(table, grid)
    for n, slots in enumerate(grid):
        if any(slots):
            rows.append(Row(table.page, [cell_lines([w for c in own for w in slots[c]], page) for own in columns]))
            rows[-1].texts = _texts(rows[-1], page)
            places.append(n)
            shaded.append(bool(table.shaded and table.shaded[n]))
    if not rows:
        return [], ()
    texts = [row.texts for row in rows]
    header: tuple[str, ...] = ()
    begin = 0
    if last is not None and last[1] and _continues(last[0], table) and len(last[1]) == len(columns):
        header = last[1]
        if [folded(t) for t in texts[0]] == [folded(t) for t in header]:
            rows[0].repeated = True
            begin = 1
    else:
        # « Profil 5 » over the titles of the columns.
        lead = next((n for n, row in enumerate(texts) if sum(map(bool, row)) != 1), 0)
        if _is_header(rows[lead:], texts[lead:], shaded[lead:], page):
            begin, header = _header(table, columns, texts[lead:], places[lead], page)
            begin += lead
    merged = [
        (cell, held)
        for cell in table.cells
        if cell.words and (cell.r1 - cell.r0 > 1 or cell.c1 - cell.c0 > 1)
        if (held := [i for i, own in enumerate(columns) if any(cell.c0 <= c < cell.c1 for c in own)])
    ]
    names = [folded(text) for text in header]
    for n, row in zip(places[begin:], rows[begin:], strict=True):
        if header and [folded(text) for text in row.texts] == names:
            row.repeated = True
            continue
        row.header = _with_merged(header, n, merged, len(columns), page) if merged else header
    return rows, header


def _with_merged(
    header: tuple[str, ...], n: int, merged: list[tuple[Cell, list[int]]], columns: int, page: PageWords
) -> tuple[str, ...]:
    """The header of row ``n`` with the cells that run down into it, and all the titles above those that run across.

    ``merged``: the cells of several slots, each with the columns that it holds.
    """
    said = list(header) or [""] * columns
    for cell, held in merged:
        if not cell.r0 <= n < cell.r1:
            continue
        if cell.r0 < n and len(cell.words) <= _LABEL_WORDS:
            label = _said(cell_lines(cell.words, page), page)
            said[held[0]] = f"{said[held[0]]} : {label}" if said[held[0]] else label
        elif cell.r0 == n and 1 < len(held) < columns and header:
            said[held[0]] = " / ".join(dict.fromkeys(header[i] for i in held if header[i]))
    return tuple(said) if any(said) else header


def goes_on(last: Row, row: Row) -> bool:
    """Whether a row at the top of a page is the rest of the last one of the page before: its sentences go on."""
    if len(last.texts) != len(row.texts) or row.page != last.page + 1:
        return False
    pairs = [(a, b) for a, b in zip(last.texts, row.texts, strict=True) if b]
    return bool(pairs) and all(a and b[0].islower() and not _ENDED.search(a[-6:]) for a, b in pairs)


def _columns(table: Table, grid: list[list[list[int]]]) -> list[list[int]]:
    """The columns with words, as lists of slots: a narrow one that never holds words beside the next is part of it.

    The borders of a header and of the rows under it may be some points apart: two columns for the grid, one for a
    reader.
    """
    found: list[list[int]] = []
    for c in range(len(table.xs) - 1):
        if not any(row[c] for row in grid):
            continue
        if found:
            before = found[-1]
            # From where one begins to where the other does.
            narrow = table.xs[c] - table.xs[before[0]] <= _NARROW
            if narrow and not any(row[c] and any(row[b] for b in before) for row in grid):
                before.append(c)
                continue
        found.append([c])
    return found


def _header(
    table: Table, columns: list[list[int]], texts: list[tuple[str, ...]], first: int, page: PageWords
) -> tuple[int, tuple[str, ...]]:
    """How many rows the header takes, and its text per column: a cell over several columns applies to each.

    ``first`` is its row in the grid, whose text is the first of ``texts``.
    Two rows when cells of the first run down beside one that the second divides.
    """
    tops = [c for c in table.cells if c.r0 == first and c.words]
    deep, wide = any(c.r1 - c.r0 == 2 for c in tops), any(c.c1 - c.c0 > 1 and c.r1 - c.r0 == 1 for c in tops)
    rows = 2 if deep and wide and len(texts) > 2 else 1
    header = []
    for n, own in enumerate(columns):
        above = texts[0][n]
        if not above and rows == 2:
            over = next((c for c in tops if c.c0 <= own[0] < c.c1), None)
            above = _said(cell_lines(over.words, page), page) if over else ""
        below = texts[1][n] if rows == 2 else ""
        header.append(f"{above} {below}".strip())
    return rows, tuple(header)


def _texts(row: Row, page: PageWords) -> tuple[str, ...]:
    return tuple(_said(cell, page) for cell in row.cells)


def _said(lines: list[list[int]], page: PageWords) -> str:
    """The text of a cell; a hyphen at the end of a line is its mark, for the words of a header to be joined later."""
    said = [" ".join(page.texts[w] for w in line) for line in lines]
    cut = [text[-1:] == "-" and text[-2:-1].isalpha() for text in said[:-1]]
    return " ".join([text[:-1] + MARK if n < len(cut) and cut[n] else text for n, text in enumerate(said)])


def _continues(before: Table, table: Table) -> bool:
    if table.page - before.page > 1 or len(before.xs) != len(table.xs):
        return False
    return all(abs(a - b) <= _ALIGNED for a, b in zip(before.xs, table.xs, strict=True))


def _is_header(rows: list[Row], texts: list[tuple[str, ...]], shaded: list[bool], page: PageWords) -> bool:
    """Whether the first row names the columns: filled, short, set apart by weight, shade, or the lack of figures."""
    if len(rows) < 2:
        return False
    first = texts[0]
    filled = [t for t in first if t]
    longest = max((len(t.split()) for t in filled), default=0)
    if len(filled) < 2 or len(filled) < 0.6 * len(first) or longest > _HEADER_WORDS_STRONG:
        return False
    if longest > _HEADER_WORDS and any(_ENDED.search(t[-6:]) for t in filled):
        return False  # « Liste des bons de commande … : » opens a list
    weights = [_bold_share(row, page) for row in rows]
    # « Périodicité : annuelle »: a label in bold before its value heads no column.
    strong = all(_bold_share(Row(rows[0].page, [cell]), page) > 0.5 for cell in rows[0].cells if cell)
    if strong and sum(w <= 0.6 for w in weights[1:]) >= 0.5 * len(weights[1:]):
        return True
    if shaded[0] and not all(shaded[1:]):
        return True
    if longest > _HEADER_WORDS or len(first) < 3 or len(rows) < 3 or any(c.isdigit() for t in filled for c in t):
        return False
    # Plain words above rows of figures.
    return sum(any(c.isdigit() for t in row for c in t) for row in texts[1:]) >= 0.7 * len(texts[1:])


def _bold_share(row: Row, page: PageWords) -> float:
    words = [w for cell in row.cells for line in cell for w in line]
    total = sum(len(page.texts[w]) for w in words)
    return sum(len(page.texts[w]) for w in words if page.bold[w]) / total if total else 0.0
