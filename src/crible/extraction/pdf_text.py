"""From drafts to blocks: text with hyphens joined, and the map from each word back to its page and box."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from crible.extraction.hyphens import MARKS, HyphenJoiner
from crible.types import Block, OffsetMap

if TYPE_CHECKING:
    from crible.extraction.layout_blocks import Draft
    from crible.extraction.pdf_chars import PageWords
    from crible.types import BBox

_SEPARATOR = " | "  # between the cells of a row, as in every other format
_HYPHENS = "-\u2010\u00ad"
_ENDS = MARKS + _HYPHENS

Lines = Sequence[tuple[int, list[int]]]  # (page, words) of each line


class _Places:
    """The words of every page by number: texts and boxes."""

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self.texts = {page.number: page.texts for page in pages}
        self.boxes = {page.number: page.boxes.astype(np.float32) for page in pages}


class _Runs:
    """An OffsetMap being written: whole lines at a time, since a tender has hundreds of thousands of words."""

    def __init__(self) -> None:
        self.starts, self.pages, self.boxes = array("I"), array("I"), array("f")

    def add(self, start: int, page: int, box: Any) -> None:
        self.add_line([start], page, box)

    def add_line(self, starts: Sequence[int], page: int, boxes: Any) -> None:
        self.starts.extend(starts)
        self.pages.extend([page] * len(starts))
        self.boxes.frombytes(boxes.tobytes())

    def map(self) -> OffsetMap:
        return OffsetMap.of(self.starts, self.pages, self.boxes)


def blocks_of(drafts: Sequence[Draft], pages: Sequence[PageWords]) -> tuple[Block, ...]:
    """Number the drafts, build their texts and give them their offsets; drafts with nothing to show are left out."""
    joiner = HyphenJoiner(" ".join(page.texts) for page in pages)
    places = _Places(pages)
    blocks: list[Block] = []
    start = 0
    for draft in drafts:
        offsets = _Runs()
        row: tuple[str, ...] = ()
        header: tuple[str, ...] = ()
        if draft.row is not None:
            page = draft.row.page
            cells = [[(page, line) for line in cell] for cell in draft.row.cells]
            text, row = _row_text(cells, offsets, joiner, places)
            header = draft.row.header
            lines = [line for cell in cells for line in cell]
        else:
            lines = [(line.page, line.words) for line in draft.lines]
            text = _run_text(lines, offsets, 0, joiner, places)
        if not text:
            continue
        shown = [(page, [w for w in line if places.texts[page][w]]) for page, line in lines]
        first_page = next(page for page, line in shown if line)
        last_page = next(page for page, line in reversed(shown) if line)
        block = Block(
            id=f"b{len(blocks) + 1}", kind=draft.kind, text=text, start=start, page=first_page, page_end=last_page,
            bbox=_around(draft, first_page, places), section_path=draft.path, offsets=offsets.map(), row=row,
            header=header,
        )  # fmt: skip
        blocks.append(block)
        start = block.end + 1
    return tuple(blocks)


def _row_text(
    cells: list[list[tuple[int, list[int]]]], offsets: _Runs, joiner: HyphenJoiner, places: _Places
) -> tuple[str, tuple[str, ...]]:
    """The text of a row, its empty cells left out, and its cells, empty ones kept."""
    parts: list[str] = []
    row: list[str] = []
    at = 0
    for cell in cells:
        text = _run_text(cell, offsets, at, joiner, places) if cell else ""
        row.append(text)
        if text:
            parts.append(text)
            at += len(text) + len(_SEPARATOR)
    return _SEPARATOR.join(parts), tuple(row)


def _run_text(lines: Lines, offsets: _Runs, at: int, joiner: HyphenJoiner, places: _Places) -> str:
    """Join words into one text that begins at ``at`` of its block, one run of the map per word."""
    pieces: list[str] = []
    last = len(lines) - 1
    separate = False  # whether a space stands before the next word
    for n, (page, words) in enumerate(lines):
        texts, boxes = places.texts[page], places.boxes[page]
        shown = [w for w in words if texts[w]]
        if not shown:
            continue
        whole = " ".join([texts[w] for w in shown])
        if whole[-1] not in _ENDS and "\ufffe" not in whole and "\x02" not in whole:
            if separate:
                pieces.append(" ")
                at += 1
            pieces.append(whole)
            starts = list(accumulate([len(texts[w]) + 1 for w in shown], initial=at))
            at = starts.pop() - 1
            first, end = shown[0], shown[-1] + 1
            offsets.add_line(starts, page, boxes[first:end] if end - first == len(shown) else boxes[shown])
            separate = True
            continue
        for i, w in enumerate(shown):
            if separate:
                pieces.append(" ")
                at += 1
            text = texts[w]
            separate = True
            if text[-1] in _ENDS:
                ends_line = i + 1 == len(shown)
                follower = texts[shown[i + 1]] if not ends_line else _first_of(lines, n + 1, places) if n < last else ""
                text, separate = _hyphened(text, follower, joiner, ends_line=ends_line)
            for mark in MARKS:  # in the middle of a word: pdfium took it for a line end, it is a hyphen
                text = text.replace(mark, "-")
            if text:
                offsets.add(at, page, boxes[w])
                pieces.append(text)
                at += len(text)
    return "".join(pieces)


def _hyphened(text: str, follower: str, joiner: HyphenJoiner, *, ends_line: bool) -> tuple[str, bool]:
    """A word that ends in a hyphen, as it is shown, and whether a space follows it."""
    tail, body = text[-1], text[:-1]
    marked = tail in MARKS
    if ends_line and body[-1:].isdigit() and follower[:1].isdigit():
        return body + "-", False  # « R. 2151-\n6 », « 2024-\n2026 »
    if not marked and not (ends_line and body and body[-1].isalpha()):
        return text, True
    if follower and (marked or follower[0].islower()):
        return (body + "-" if tail != "\u00ad" and joiner.keeps(body, follower) else body), False
    return body + "-", True


def _first_of(lines: Lines, begin: int, places: _Places) -> str:
    """The first word that shows in the lines from ``begin`` on."""
    return next((t for page, words in lines[begin:] for w in words if (t := places.texts[page][w])), "")


def _around(draft: Draft, page: int, places: _Places) -> BBox:
    """The box of a draft on its first page."""
    found: list[BBox]
    if draft.row is not None:
        words = [w for cell in draft.row.cells for line in cell for w in line]
        found = [(b[0], b[1], b[2], b[3]) for b in places.boxes[page][words].tolist()]
    else:
        found = [(line.x0, line.top, line.x1, line.bottom) for line in draft.lines if line.page == page]
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
