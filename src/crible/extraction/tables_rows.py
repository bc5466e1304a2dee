"""The rows of a table: cells in reading order, the header that applies to them, headers repeated from page to page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.extraction.furniture import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.tables import Table

_ALIGNED = 6.0  # points: borders of one table on two pages
_HEADER_WORDS = 8  # words in a header cell: longer cells are content


@dataclass(slots=True)
class Row:
    """One row: per cell, its lines, each a list of word indices of ``page``. ``repeated``: a header printed again."""

    page: int
    cells: list[list[list[int]]]
    header: tuple[str, ...] = ()
    repeated: bool = False


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
    """The rows of a table with their header, and that header. ``last`` is the table just before, with nothing between."""
    rows: list[Row] = []
    shaded: list[bool] = []
    grid = table.rows()
    used = [c for c in range(len(table.xs) - 1) if any(row[c] for row in grid)]
    for n, row in enumerate(grid):
        if any(row):
            rows.append(Row(table.page, [cell_lines(row[c], page) for c in used]))
            shaded.append(bool(table.shaded and table.shaded[n]))
    if not rows:
        return [], ()
    texts = [_texts(row, page) for row in rows]
    header: tuple[str, ...] = ()
    begin = 0
    if last is not None and last[1] and _continues(last[0], table) and len(last[1]) == len(used):
        header = last[1]
        if [folded(t) for t in texts[0]] == [folded(t) for t in header]:
            rows[0].repeated = True
            begin = 1
    elif _is_header(rows, texts, shaded, page):
        header = texts[0]
        begin = 1
    for row in rows[begin:]:
        row.header = header
    return rows, header


def _texts(row: Row, page: PageWords) -> tuple[str, ...]:
    return tuple(" ".join(page.texts[w] for line in cell for w in line) for cell in row.cells)


def _continues(before: Table, table: Table) -> bool:
    if table.page - before.page > 1 or len(before.xs) != len(table.xs):
        return False
    return all(abs(a - b) <= _ALIGNED for a, b in zip(before.xs, table.xs, strict=True))


def _is_header(rows: list[Row], texts: list[tuple[str, ...]], shaded: list[bool], page: PageWords) -> bool:
    """Whether the first row names the columns: filled, short, and set apart by weight, shade, or the lack of figures."""
    if len(rows) < 2:
        return False
    first = texts[0]
    filled = [t for t in first if t]
    if len(filled) < 2 or len(filled) < 0.6 * len(first) or any(len(t.split()) > _HEADER_WORDS for t in filled):
        return False
    weights = [_bold_share(row, page) for row in rows]
    if weights[0] > 0.6 and sum(w <= 0.6 for w in weights[1:]) >= 0.5 * len(weights[1:]):
        return True
    if shaded[0] and not all(shaded[1:]):
        return True
    if len(first) < 3 or len(rows) < 3 or any(c.isdigit() for t in filled for c in t):
        return False
    # Plain words above rows of figures.
    return sum(any(c.isdigit() for t in row for c in t) for row in texts[1:]) >= 0.7 * len(texts[1:])


def _bold_share(row: Row, page: PageWords) -> float:
    words = [w for cell in row.cells for line in cell for w in line]
    total = sum(len(page.texts[w]) for w in words)
    return sum(len(page.texts[w]) for w in words if page.bold[w]) / total if total else 0.0
