"""Tables of a page: a grid from its ruling lines, words into cells, rows out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.pdf_paths import PageRules, Span
    from crible.types import BBox

BoolArray = npt.NDArray[np.bool_]

_SAME = 3.0  # points: two borders nearer than this are one, drawn twice
_JOIN = 4.0  # points: gaps in a dashed border or between the borders of neighbouring cells
_SHORT = 8.0  # points: shorter than the lowest row of text is no border
_LINES_MAX = 1_500  # lines of one direction on a page: a drawing beyond that
_SLOTS_MAX = 20_000  # cells of one grid: 1,000 × 20
_OUT = 12.0  # points a rule must run past the outermost border to bound an open column
_POKES = 3.0  # points by which a word may leave its cell: italics and centred text poke out a little
_SPACE = 0.42  # font sizes: a space of justified text; cells of two columns stand further apart
_OVER, _OVER_SHARE = 3, 0.03  # words followed by a space and a border: true tables of tenders have none or one
_POKING = 0.12  # share of words that leave their cells above which the grid is wrong


@dataclass(slots=True)
class Cell:
    """A cell over rows ``[r0, r1)`` and columns ``[c0, c1)``, with the words (indices in the page) it holds."""

    r0: int
    r1: int
    c0: int
    c1: int
    words: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A grid with its words. ``xs`` and ``ys`` are the borders; ``source`` is « grid » or « pdfplumber »."""

    page: int
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: list[Cell]
    source: str = "grid"
    shaded: tuple[bool, ...] = ()  # per row: whether a fill lies under most of it

    @property
    def bbox(self) -> BBox:
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    @property
    def words(self) -> list[int]:
        return [w for cell in self.cells for w in cell.words]

    def rows(self) -> list[list[list[int]]]:
        """Per row, per column, the words of the cell that begins there; cells that run on are empty further down."""
        grid: list[list[list[int]]] = [[[] for _ in self.xs[:-1]] for _ in self.ys[:-1]]
        for cell in self.cells:
            grid[cell.r0][cell.c0] = cell.words
        return grid


@dataclass(slots=True)
class Grid:
    """Borders and cells before any word is placed; ``odd`` when some cell is not a rectangle."""

    xs: list[float]
    ys: list[float]
    cells: list[Cell]
    odd: bool = False


def grids_of(rules: PageRules) -> list[Grid]:
    """The grids that the ruling lines of a page draw, at least two cells each, from top to bottom."""
    horizontal, vertical = _merged(rules.horizontal), _merged(rules.vertical)
    if len(horizontal) < 2 or not vertical or max(len(horizontal), len(vertical)) > _LINES_MAX:
        return []
    found = []
    for rows, columns in _components(horizontal, vertical):
        grid = _grid([horizontal[i] for i in rows], [vertical[i] for i in columns])
        if grid is not None:
            found.append(grid)
    found.sort(key=lambda g: (g.ys[0], g.xs[0]))
    return found


def _merged(spans: list[Span]) -> list[Span]:
    """Lines at the same place made one, broken ones joined; short ones left out."""
    lines: list[list[Span]] = []
    for span in sorted(spans):
        if lines and span[0] - lines[-1][-1][0] <= _SAME / 2 and span[0] - lines[-1][0][0] <= _SAME:
            lines[-1].append(span)
        else:
            lines.append([span])
    merged: list[Span] = []
    for group in lines:
        place = sum(s[0] for s in group) / len(group)
        joined: list[tuple[float, float]] = []
        for _, a, b in sorted(group, key=lambda s: s[1:]):
            if joined and a <= joined[-1][1] + _JOIN:
                joined[-1] = joined[-1][0], max(joined[-1][1], b)
            else:
                joined.append((a, b))
        merged += [(place, start, end) for start, end in joined if end - start >= _SHORT]
    return merged


def _components(horizontal: list[Span], vertical: list[Span]) -> list[tuple[list[int], list[int]]]:
    """Sets of lines that touch each other: (indices of horizontal lines, of vertical lines)."""
    h, v = np.array(horizontal), np.array(vertical)
    touch = (
        (v[None, :, 0] >= h[:, None, 1] - _SAME)
        & (v[None, :, 0] <= h[:, None, 2] + _SAME)
        & (h[:, None, 0] >= v[None, :, 1] - _SAME)
        & (h[:, None, 0] <= v[None, :, 2] + _SAME)
    )
    left = set(range(len(horizontal)))
    found = []
    while left:
        first = min(left)
        rows, columns, fresh = {first}, set[int](), {first}
        while fresh:
            reached = set(np.flatnonzero(touch[sorted(fresh)].any(axis=0)).tolist()) - columns
            columns |= reached
            fresh = set(np.flatnonzero(touch[:, sorted(reached)].any(axis=1)).tolist()) - rows if reached else set()
            rows |= fresh
        left -= rows
        if len(rows) >= 2 and columns:
            found.append((sorted(rows), sorted(columns)))
    return found


def _places(values: list[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _SAME:
            kept.append(value)
    return kept


def _grid(horizontal: list[Span], vertical: list[Span]) -> Grid | None:
    xs, ys = [v[0] for v in vertical], [h[0] for h in horizontal]
    # A table open at its sides: its rules run past the outermost border.
    left, right = min(h[1] for h in horizontal), max(h[2] for h in horizontal)
    top, bottom = min(v[1] for v in vertical), max(v[2] for v in vertical)
    xs += [left] * (min(xs) - left > _OUT) + [right] * (right - max(xs) > _OUT)
    ys += [top] * (min(ys) - top > _OUT) + [bottom] * (bottom - max(ys) > _OUT)
    xs, ys = _places(xs), _places(ys)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns < 2 or rows * columns > _SLOTS_MAX:
        return None
    middle_x = [(a + b) / 2 for a, b in pairwise(xs)]
    middle_y = [(a + b) / 2 for a, b in pairwise(ys)]
    below = np.zeros((rows + 1, columns), dtype=bool)  # border between row r - 1 and row r
    for place, a, b in horizontal:
        r = int(np.argmin([abs(y - place) for y in ys]))
        below[r] |= np.array([a - _SAME <= x <= b + _SAME for x in middle_x])
    beside = np.zeros((rows, columns + 1), dtype=bool)  # border between column c - 1 and column c
    for place, a, b in vertical:
        c = int(np.argmin([abs(x - place) for x in xs]))
        beside[:, c] |= np.array([a - _SAME <= y <= b + _SAME for y in middle_y])
    owner = _united(rows, columns, below, beside)
    cells: list[Cell] = []
    odd = False
    slots_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for i, key in enumerate(owner):
        slots_of[key].append(divmod(i, columns))
    for _, slots in sorted(slots_of.items()):
        r0, r1 = min(s[0] for s in slots), max(s[0] for s in slots) + 1
        c0, c1 = min(s[1] for s in slots), max(s[1] for s in slots) + 1
        odd |= (r1 - r0) * (c1 - c0) != len(slots)
        cells.append(Cell(r0, r1, c0, c1))
    return Grid(xs, ys, cells, odd)


def _united(rows: int, columns: int, below: BoolArray, beside: BoolArray) -> list[int]:
    """For each slot of the grid, the first slot of its cell: slots without a border between them are one cell."""
    owner = list(range(rows * columns))

    def root(i: int) -> int:
        while owner[i] != i:
            owner[i] = owner[owner[i]]
            i = owner[i]
        return i

    for r in range(rows):
        for c in range(columns):
            here = r * columns + c
            open_right = c + 1 < columns and not beside[r, c + 1]
            open_down = r + 1 < rows and not below[r + 1, c]
            for other, is_open in ((here + 1, open_right), (here + columns, open_down)):
                if is_open:
                    a, b = root(here), root(other)
                    owner[max(a, b)] = min(a, b)
    return [root(i) for i in range(rows * columns)]


def place_words(grid: Grid, page: PageWords, free: BoolArray, rules: PageRules) -> tuple[Table, float]:
    """The table of a grid with the ``free`` words of the page that fall into it, and the share that poke out."""
    boxes = page.boxes
    xs, ys = np.array(grid.xs), np.array(grid.ys)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside = free & (x >= xs[0]) & (x < xs[-1]) & (y >= ys[0]) & (y < ys[-1])
    columns = len(grid.xs) - 1
    cell_of = np.full((len(grid.ys) - 1) * columns, -1)
    for n, cell in enumerate(grid.cells):
        cell.words = []
        for r in range(cell.r0, cell.r1):
            cell_of[r * columns + cell.c0 : r * columns + cell.c1] = n
    indices = np.flatnonzero(inside)
    row = np.searchsorted(ys, y[indices], side="right") - 1
    column = np.searchsorted(xs, x[indices], side="right") - 1
    poking = 0
    for word, n in zip(indices.tolist(), cell_of[row * columns + column].tolist(), strict=True):
        cell = grid.cells[n]
        cell.words.append(word)
        left, right = grid.xs[cell.c0], grid.xs[cell.c1]
        poking += bool(boxes[word, 0] < left - _POKES or boxes[word, 2] > right + _POKES)
    shaded = tuple(_is_shaded(rules, grid.xs, a, b) for a, b in pairwise(grid.ys))
    table = Table(page.number, tuple(grid.xs), tuple(grid.ys), grid.cells, shaded=shaded)
    return table, poking / max(len(indices), 1)


def _is_shaded(rules: PageRules, xs: list[float], top: float, bottom: float) -> bool:
    middle = (top + bottom) / 2
    covered = sum(
        max(0.0, min(x1, xs[-1]) - max(x0, xs[0])) for x0, y0, x1, y1 in rules.fills if y0 <= middle <= y1
    )  # fmt: skip
    return covered >= 0.7 * (xs[-1] - xs[0])


def is_table(table: Table, page: PageWords) -> bool:
    """Whether a grid with its words is a table: a frame around a title, a picture or a whole page is not."""
    filled = [c for c in table.cells if c.words]
    if len(filled) < 2:
        return False
    columns = {c.c0 for c in filled}
    if len(columns) < 2:
        return False  # one column of boxes: paragraphs in frames
    # One cell that spans every column and over a third of the page is the page's own text in a frame.
    if any(c.c1 - c.c0 == len(table.xs) - 1 and table.ys[c.r1] - table.ys[c.r0] > 0.35 * page.height for c in filled):
        return False
    return not _runs_over(filled, page)


def _runs_over(cells: list[Cell], page: PageWords) -> bool:
    """Whether sentences go on from one cell to the next: coloured areas of a cover, not cells."""
    cell_of = {word: n for n, cell in enumerate(cells) for word in cell.words}
    over = 0
    for word, n in cell_of.items():
        after = word + 1
        if cell_of.get(after, n) != n and not page.breaks[after] and page.upright[word] and page.upright[after]:
            gap = page.boxes[after, 0] - page.boxes[word, 2]
            over += bool(abs(gap) < _SPACE * page.sizes[word])
    return over >= _OVER and over > _OVER_SHARE * len(cell_of)


def is_ambiguous(grid: Grid, poking: float) -> bool:
    """Whether the fast grid cannot be trusted: words cross its borders, or a cell is not a rectangle."""
    return poking > _POKING or grid.odd
