"""Tables that nothing rules: rows of the same number of cells, each column with a white band on either side."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from crible.extraction.layout import rows_of
from crible.extraction.tables import Cell, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crible.extraction.layout import Line

_ROWS, _COLUMNS = 3, 3  # at least: two columns may be labels with their values, and two rows a letterhead
_LEVEL = 6.0  # points between the middles of the cells of a row, of one line each
_APART = 2.2  # font sizes between two rows of one table, at most
_BAND = 6.0  # points of white between two columns
_MARGIN = 2.0  # points around the words of a table
_PROSE_CHARS, _PROSE_FILL = 18, 0.8  # a column of prose: the characters of its median line, how far these fill it
_DOTS = re.compile(r"\.{4,}|(?:\s?\.\s){3,}|…{2,}|_{4,}")  # contents, and blanks to fill in


def unruled_grids(parts: Sequence[Line]) -> list[Grid]:
    """The grids that the stretches of a page show by their places alone, from top to bottom."""
    # Settles nearly every page: so many times, three stretches stand at one height.
    middles = sorted([p.middle for p in parts])
    if sum(b - a < _LEVEL for a, b in zip(middles, middles[_COLUMNS - 1 :], strict=False)) < _ROWS:
        return []
    return [grid for run in _runs(rows_of([p for p in parts if p.upright])) if (grid := _grid(run)) is not None]


def _runs(rows: list[list[Line]]) -> Iterator[list[list[Line]]]:
    """Rows that follow each other closely, with as many stretches each."""
    run: list[list[Line]] = []
    for row in rows:
        if run and (len(row) != len(run[-1]) or _gap(run[-1], row) > _APART * row[0].size):
            yield run
            run = []
        if len(row) >= _COLUMNS:
            run.append(row)
    yield run


def _gap(above: list[Line], below: list[Line]) -> float:
    return min(p.top for p in below) - max(p.bottom for p in above)


def _grid(rows: list[list[Line]]) -> Grid | None:
    if len(rows) < _ROWS:
        return None
    columns = list(zip(*rows, strict=True))
    spans = [(min(p.x0 for p in own), max(p.x1 for p in own)) for own in columns]
    if any(right[0] - left[1] < _BAND for left, right in pairwise(spans)):
        return None
    # Bullets beside their text, columns of prose side by side, a table of contents: read otherwise.
    if any(not any(c.isalnum() for c in part.text) for own in columns for part in own[:1]):
        return None
    if sum(map(_is_prose, columns)) > 1 or any(_DOTS.search(part.text) for row in rows for part in row):
        return None
    last = [part.text.strip() for part in columns[-1]]
    if all(text.isdigit() for text in last) and sorted(map(int, last)) == list(map(int, last)):
        return None
    xs = [spans[0][0] - _MARGIN, *((a[1] + b[0]) / 2 for a, b in pairwise(spans)), spans[-1][1] + _MARGIN]
    tops, bottoms = [min(p.top for p in row) for row in rows], [max(p.bottom for p in row) for row in rows]
    between = [(bottom + top) / 2 for bottom, top in zip(bottoms[:-1], tops[1:], strict=True)]
    ys = [tops[0] - _MARGIN, *between, bottoms[-1] + _MARGIN]
    cells = [Cell(r, r + 1, c, c + 1) for r in range(len(rows)) for c in range(len(columns))]
    return Grid(xs, ys, cells)


def _is_prose(parts: Sequence[Line]) -> bool:
    """Whether the cells of a column are the lines of a text: long, and full or the middle of its sentences."""
    if median(len(p.text) for p in parts) < _PROSE_CHARS:
        return False
    width = max(p.x1 for p in parts) - min(p.x0 for p in parts)
    going_on = sum(p.text[:1].islower() for p in parts[1:])
    return 2 * going_on > len(parts) - 1 or median(p.width for p in parts) >= _PROSE_FILL * width
