"""Columns that a table shows without ruling them: borders drawn in its header only, white bands between its words."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from crible.extraction.tables import Cell, Table
from crible.extraction.tables_rows import cell_lines

if TYPE_CHECKING:
    from crible.extraction.pdf_chars import PageWords

_WIDE = 0.5  # font sizes between the words of two columns; the spaces of a sentence are 0.25 to 0.33
_MOSTLY = 0.6  # share of the lines with words on both sides that leave that much room
_CROSSED = 0.05  # share of the lines that may run over a border: a title across columns
_BAND = 5.0  # points: cells without padding set their columns that near
_ROWS = 3  # fewer rows in one column are boxes around text
_FULL = 0.7  # share of the rows with words in two columns at least


def with_columns(table: Table, page: PageWords) -> Table:
    """The table with the cells of rows that run over unruled columns split; itself when there are none."""
    xs = table.xs
    if len(xs) == 2 and len(table.ys) > _ROWS:
        xs = _banded(table, page)
        if len(xs) == 2:
            return table
        columns = len(xs) - 1
        table = Table(
            table.page, xs, table.ys,
            [Cell(c.r0, c.r1, 0, columns, c.words) for c in table.cells], table.source, table.shaded,
        )  # fmt: skip
    wide = [cell for cell in table.cells if cell.c1 - cell.c0 > 1 and len(cell.words) > 1]
    if not wide:
        return table
    lines = {id(cell): cell_lines(cell.words, page) for cell in wide}
    holding = {
        c for c in range(1, len(xs) - 1)
        if _holds(xs[c], [line for cell in wide if cell.c0 < c < cell.c1 for line in lines[id(cell)]], page)
    }  # fmt: skip
    cells: list[Cell] = []
    for cell in table.cells:
        borders = [c for c in range(cell.c0 + 1, cell.c1) if c in holding]
        if id(cell) not in lines or not borders:
            cells.append(cell)
        else:
            cells += _split(cell, borders, xs, page)
    return Table(table.page, xs, table.ys, cells, table.source, table.shaded)


def _holds(x: float, lines: list[list[int]], page: PageWords) -> bool:
    """Whether lines leave white around a place, as the cells of two columns do and a sentence does not."""
    crossed = apart = both = 0
    for line in lines:
        left = [w for w in line if page.boxes[w, 2] <= x + 1]
        right = [w for w in line if page.boxes[w, 0] >= x - 1]
        if len(left) + len(right) < len(line):
            crossed += 1
        elif left and right:
            both += 1
            gap = min(page.boxes[w, 0] for w in right) - max(page.boxes[w, 2] for w in left)
            apart += bool(gap >= _WIDE * page.sizes[line[0]])
    return both > 0 and apart >= _MOSTLY * both and crossed <= _CROSSED * len(lines)


def _split(cell: Cell, borders: list[int], xs: tuple[float, ...], page: PageWords) -> list[Cell]:
    """One cell per column between the borders; the cell itself when a word stands on one: a title across columns."""
    edges = [cell.c0, *borders, cell.c1]
    parts = [Cell(cell.r0, cell.r1, a, b) for a, b in pairwise(edges)]
    for word in cell.words:
        x0, x1 = float(page.boxes[word, 0]), float(page.boxes[word, 2])
        if any(x0 < xs[c] - 1 and x1 > xs[c] + 1 for c in borders):
            return [cell]
        middle = (x0 + x1) / 2
        parts[sum(middle >= xs[c] for c in borders)].words.append(word)
    return parts


def _banded(table: Table, page: PageWords) -> tuple[float, ...]:
    """Borders in the middle of the white bands that run down a table of rows without columns."""
    rows = [cell.words for cell in table.cells if cell.words]
    words = [w for row in rows for w in row]
    if len(rows) < _ROWS or not all(page.upright[w] for w in words):
        return table.xs
    spans = sorted((float(page.boxes[w, 0]), float(page.boxes[w, 2])) for w in words)
    band = max(_BAND, _WIDE * median(float(page.sizes[w]) for w in words))
    borders: list[float] = []
    end = spans[0][1]
    for x0, x1 in spans:
        if x0 - end >= band:
            borders.append((x0 + end) / 2)
        end = max(end, x1)
    if not borders:
        return table.xs
    # Bullets beside their text leave a band too: a column has words of its own.
    letters = [any(c.isalnum() for w in words if page.boxes[w, 2] <= x for c in page.texts[w]) for x in borders]
    borders = [x for x, holds in zip(borders, letters, strict=True) if holds]
    edges = [table.xs[0], *borders, table.xs[1]]
    filled = 0
    for row in rows:
        columns = {sum((page.boxes[w, 0] + page.boxes[w, 2]) / 2 >= x for x in borders) for w in row}
        filled += len(columns) >= 2
    return tuple(edges) if borders and filled >= _FULL * len(rows) else table.xs
