"""pdfplumber's table finder, for the few grids that the ruling lines alone do not settle: it is 50 times slower."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from crible.extraction.tables import Cell, Grid, Table, is_ambiguous, is_table, place_words

if TYPE_CHECKING:
    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.pdf_paths import PageRules
    from crible.extraction.tables import BoolArray

_LOG = logging.getLogger(__name__)
_SAME = 3.0  # points: borders of two cells nearer than this are one


class Pages:
    """An open pdfplumber document, or one that pdfplumber refuses (then every page is None)."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf

    def page(self, number: int) -> Any:
        return None if self.pdf is None else self.pdf.pages[number - 1]

    def close(self) -> None:
        if self.pdf is not None:
            self.pdf.close()


def open_pages(data: bytes) -> Pages:
    """pdfplumber's view of a document that pdfium has read."""
    import pdfplumber

    try:
        return Pages(pdfplumber.open(io.BytesIO(data)))
    except Exception as error:  # pdfminer raises many unrelated types on files that pdfium repairs
        _LOG.info("pdfplumber cannot open the document: %s", error)
        return Pages(None)


def find_table(pages: Pages, words: PageWords, rules: PageRules, free: BoolArray, fast: Table) -> Table | None:
    """pdfplumber's table at the place of ``fast``, or None when it has none that holds its words better."""
    try:
        page = pages.page(words.number)
        # A cropped or turned page has other coordinates there: the fast grid stays.
        if page is None or page.rotation or abs(page.width - words.width) > 1 or abs(page.height - words.height) > 1:
            return None
        left, top = float(page.bbox[0]), float(page.bbox[1])
        found = page.find_tables()
        page.close()
    except Exception as error:  # see above
        _LOG.info("pdfplumber cannot read page %d: %s", words.number, error)
        return None
    x, y = (fast.bbox[0] + fast.bbox[2]) / 2, (fast.bbox[1] + fast.bbox[3]) / 2
    for table in found:
        x0, y0, x1, y1 = table.bbox
        if not (x0 - left <= x <= x1 - left and y0 - top <= y <= y1 - top):
            continue
        grid = _grid([(c[0] - left, c[1] - top, c[2] - left, c[3] - top) for c in table.cells])
        placed, poking = place_words(grid, words, free, rules)
        held = set(placed.words)
        # Every word of the fast grid must stay in the table, and fewer may cross the borders.
        if set(fast.words) <= held and is_table(placed, words) and not is_ambiguous(grid, poking):
            placed.source = "pdfplumber"
            return placed
    return None


def _grid(cells: list[tuple[float, float, float, float]]) -> Grid:
    xs, ys = _places([v for c in cells for v in (c[0], c[2])]), _places([v for c in cells for v in (c[1], c[3])])

    def index(values: list[float], value: float) -> int:
        return int(np.argmin([abs(v - value) for v in values]))

    taken: set[tuple[int, int]] = set()
    found = []
    for x0, top, x1, bottom in sorted(cells, key=lambda c: (c[1], c[0])):
        cell = Cell(index(ys, top), index(ys, bottom), index(xs, x0), index(xs, x1))
        slots = {(r, c) for r in range(cell.r0, cell.r1) for c in range(cell.c0, cell.c1)}
        if slots and not slots & taken:
            taken |= slots
            found.append(cell)
    # Slots that no cell covers are cells of their own: words there must not be lost.
    for r in range(len(ys) - 1):
        found += [Cell(r, r + 1, c, c + 1) for c in range(len(xs) - 1) if (r, c) not in taken]
    return Grid(xs, ys, sorted(found, key=lambda c: (c.r0, c.c0)))


def _places(values: list[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _SAME:
            kept.append(value)
    return kept
