"""From the words of a page to its lines in reading order, one or two columns.

pdfium gives words in the order the page was drawn, and headings may be drawn after every paragraph: reading order is
rebuilt from positions alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.pdf_chars import PageWords

# A gap wider than this many font sizes ends a stretch of words; justified text rarely opens spaces beyond it.
_WIDE_GAP = 1.3
# Words belong to one line when their middles are closer than this many font sizes; an exponent is off by about 0.4.
_SAME_LINE = 0.55
_HALF = 0.5  # share of the smaller height that two stretches of one line have in common
_COLUMN_LINES = 5  # fewer lines side by side are a list of labels and values, read row by row
_GUTTER = 8.0  # points: the narrowest white band between two columns of prose
_COLUMN_FILL = 0.55  # prose fills its column; labels do not
_PAGES_AT_ONCE = 32  # numpy costs as much for one page as for ten, and more would leave the processor's cache
_MARKER = re.compile(r"(?:\d{1,3}|[IVXLC]{1,5}|[A-Za-z])(?:\.\d{1,3}){0,4}\s*[.)]?|[^\w\s]{1,2}")
TYPED = "(typed)"  # the font of what was typed in a form: its program sets it as it likes
_COLUMN_CHARS = 18  # characters of the median line of a column of prose


@dataclass(slots=True)
class Line:
    """Words read together, left to right. ``flow`` numbers the column of the page; boxes as displayed, in points."""

    page: int
    words: Sequence[int]
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    font: str
    text: str
    upright: bool = True
    flow: int = 0
    underlined: bool = False
    doubtful: bool = False  # most of it was recognised without being sure
    second_x: float = 0.0  # where the second word begins: the text of a list item after its bullet

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        return self.x1 - self.x0


def stretches(pages: Sequence[PageWords]) -> list[list[Line]]:
    """Per page, runs of neighbouring words as pdfium gave them: cut at line ends, wide gaps, changes of height or
    direction."""
    return [lines for i in range(0, len(pages), _PAGES_AT_ONCE) for lines in _stretches(pages[i : i + _PAGES_AT_ONCE])]


def _stretches(pages: Sequence[PageWords]) -> list[list[Line]]:
    bases = np.cumsum([0, *(len(page.texts) for page in pages)])
    count = int(bases[-1])
    if not count:
        return [[] for _ in pages]
    boxes = np.concatenate([page.boxes for page in pages])
    upright = np.concatenate([page.upright for page in pages])
    sizes = np.maximum(np.concatenate([page.sizes for page in pages]), 1.0)
    cut = np.concatenate([page.breaks for page in pages])
    gap = boxes[1:, 0] - boxes[:-1, 2]
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    scale = np.maximum(sizes[1:], sizes[:-1])
    level = upright[1:] & upright[:-1]
    cut[1:] |= level & ((gap > _WIDE_GAP * scale) | (gap < -0.8 * scale))
    cut[1:] |= level & (np.abs(np.diff(middle)) > _SAME_LINE * scale)
    cut[1:] |= upright[1:] != upright[:-1]
    cut[bases[bases < count]] = True
    starts = np.flatnonzero(cut)
    low = np.minimum.reduceat(boxes[:, :2], starts, axis=0)
    high = np.maximum.reduceat(boxes[:, 2:], starts, axis=0)
    texts = list(chain.from_iterable(page.texts for page in pages))
    fonts = np.concatenate([page.fonts for page in pages])
    lengths = np.concatenate([page.lengths for page in pages]) + 0.01
    hollow = lengths.min() < 1
    weight = np.add.reduceat(lengths, starts)
    # A bold label before its text is not a bold line.
    bold = np.add.reduceat(np.concatenate([page.bold for page in pages]) * lengths, starts) / weight > 0.6
    ends = np.append(starts[1:], count)
    second = np.where(ends - starts > 1, boxes[np.minimum(starts + 1, count - 1), 0], 0.0)
    rows = zip(
        starts.tolist(), ends.tolist(), low.tolist(), high.tolist(),
        (np.add.reduceat(sizes * lengths, starts) / weight).tolist(), bold.tolist(), upright[starts].tolist(),
        second.tolist(), fonts[ends - 1].tolist(), strict=True,
    )  # fmt: skip
    per_page = np.diff(np.searchsorted(starts, bases)).tolist()
    found: list[list[Line]] = []
    for page, base, lines in zip(pages, bases.tolist(), per_page, strict=False):
        number = page.number
        found.append([
            Line(
                number, range(first - base, end - base), x0, top, x1, bottom, size, heavy, font,
                " ".join([t for t in texts[first:end] if t] if hollow else texts[first:end]),
                across, 0, False, False, second_x,
            )
            for first, end, (x0, top), (x1, bottom), size, heavy, across, second_x, font in islice(rows, lines)
        ])  # fmt: skip
    for page, found_lines in zip(pages, found, strict=True):
        if page.doubtful is not None and page.doubtful.any():
            for line in found_lines:
                own = slice(line.words[0], line.words[-1] + 1)
                line.doubtful = bool(page.doubtful[own] @ page.lengths[own] >= 0.5 * page.lengths[own].sum())
    return found


def rows_of(parts: list[Line]) -> list[list[Line]]:
    """Stretches that stand side by side, from top to bottom, each row from left to right."""
    rows: list[list[Line]] = []
    spans: list[tuple[float, float]] = []  # top and bottom of the tallest stretch of each row
    floor = float("-inf")  # below every row so far
    for part in sorted(parts, key=lambda p: (p.top + p.bottom, p.x0)):
        first, last = part.top, part.bottom
        placed = False
        # Only the last rows can hold it: rows are met from top to bottom.
        for back in range(1, min(3, len(rows)) + 1) if first <= floor else ():
            top, bottom = spans[-back]
            common = min(bottom, last) - max(top, first)
            if common < _HALF * min(bottom - top, last - first):
                continue
            if any(min(p.x1, part.x1) - max(p.x0, part.x0) > 3 for p in rows[-back]):
                continue  # printed over each other: two lines, not one
            rows[-back].append(part)
            if last - first > bottom - top:
                spans[-back] = (first, last)
            placed = True
            break
        if not placed:
            rows.append([part])
            spans.append((first, last))
        floor = max(floor, last)
    for row in rows:
        if len(row) > 1:
            row.sort(key=lambda p: p.x0)
    return rows


def join_row(row: list[Line]) -> Line:
    """One line out of the stretches of a row."""
    if len(row) == 1:
        return row[0]
    first = longest = row[0]
    words: list[int] = []
    total = size = strong = 0.0
    x1, top, bottom = first.x1, first.top, first.bottom
    for part in row:
        words += part.words
        weight = len(part.text) + 0.01
        total += weight
        size += part.size * weight
        strong += weight * part.bold
        x1, top, bottom = max(x1, part.x1), min(top, part.top), max(bottom, part.bottom)
        if len(part.text) > len(longest.text):
            longest = part
    return Line(
        page=first.page, words=words, text=" ".join([p.text for p in row if p.text]),
        x0=min([p.x0 for p in row]), top=top, x1=x1, bottom=bottom, size=size / total, bold=strong / total > 0.6,
        font=longest.font, flow=first.flow, doubtful=longest.doubtful, second_x=first.second_x or row[1].x0,
    )  # fmt: skip


def lines_in_order(parts: list[Line], width: float) -> list[Line]:
    """The lines of a page (or of a part between two tables) in reading order; ``flow`` changes with the column."""
    level = [p for p in parts if p.upright]
    rows = rows_of(level)
    ordered: list[Line] = []
    flow = 0
    place = 0
    for begin, end, gutter in _column_runs(rows, width):
        for row in rows[place:begin]:
            ordered.append(_with_flow(join_row(row), flow))
        left = [p for row in rows[begin:end] for p in row if p.x1 <= gutter + 2]
        right = [p for row in rows[begin:end] for p in row if p.x1 > gutter + 2]
        for side in (left, right):  # which may hold columns in turn
            flow += 1
            for line in lines_in_order(side, width):
                ordered.append(_with_flow(line, flow + line.flow))
            flow = max(flow, ordered[-1].flow)
        flow += 1
        place = end
    ordered += [_with_flow(join_row(row), flow) for row in rows[place:]]
    # Text that runs up or down the page stands apart, as pdfium ordered it.
    for part in parts:
        if not part.upright:
            flow += 1
            ordered.append(_with_flow(part, flow))
    return ordered


def _with_flow(line: Line, flow: int) -> Line:
    line.flow = flow
    return line


def _column_runs(rows: list[list[Line]], width: float, *, inner: bool = True) -> list[tuple[int, int, float]]:
    """Stretches of rows set in two columns: (first row, end row, gutter x), from top to bottom, none overlapping.

    ``inner``: one of the two may hold columns in turn. No page of a tender has more than four.
    """
    if sum(len(row) for row in rows) < 2 * _COLUMN_LINES:
        return []
    first, last = min(row[0].x0 for row in rows), max(p.x1 for row in rows for p in row)
    # Where a second column begins: about the middle of the page, or of the half of it that holds these rows.
    low, high = min(0.3 * width, first + 0.3 * (last - first)), max(0.75 * width, first + 0.75 * (last - first))
    begins = Counter(round(p.x0 / 3) for row in rows for p in row if low < p.x0 < high)
    for bucket, count in sorted(begins.items(), key=lambda item: (-item[1], item[0]))[:3]:
        if count < _COLUMN_LINES:
            break
        gutter = bucket * 3 - 2.5  # buckets are 3 points wide: just left of every line that begins in this one
        runs = []
        begin = 0
        for i in range(len(rows) + 1):
            if i < len(rows) and not any(p.x0 < gutter - 2 and p.x1 > gutter + 2 for p in rows[i]):
                continue
            if i - begin >= _COLUMN_LINES and _is_prose(rows[begin:i], gutter, width, inner=inner):
                runs.append((begin, i, gutter))
            begin = i + 1
        if runs:
            return runs
    return []


def _is_prose(rows: list[list[Line]], gutter: float, width: float, *, inner: bool) -> bool:
    left = [p for row in rows for p in row if p.x1 <= gutter + 2]
    right = [p for row in rows for p in row if p.x1 > gutter + 2]
    if len(left) < _COLUMN_LINES or len(right) < _COLUMN_LINES:
        return False
    if min(p.x0 for p in right) - max(p.x1 for p in left) < _GUTTER:
        return False
    return _fills(left, width, inner=inner) and _fills(right, width, inner=inner)


def _fills(parts: list[Line], width: float, *, inner: bool) -> bool:
    """Whether lines on one side of a gutter are a column of prose, or several."""
    span = max(p.x1 for p in parts) - min(p.x0 for p in parts)
    # Bullets, numbers of headings and page numbers stand apart from their lines, and say nothing of them.
    lines = [p for p in parts if not _MARKER.fullmatch(p.text)]
    if len(lines) < _COLUMN_LINES or median(len(p.text) for p in lines) < _COLUMN_CHARS:
        return False
    if median(p.width for p in lines) >= _COLUMN_FILL * span:
        return True
    return inner and bool(_column_runs(rows_of(parts), width, inner=False))
