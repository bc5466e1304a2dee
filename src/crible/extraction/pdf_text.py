"""From drafts to blocks: text with hyphens joined, and the map from each word back to its page and box."""

from __future__ import annotations

import re
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from crible.extraction.hyphens import MARK, HyphenJoiner
from crible.types import Block, OffsetMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.layout_blocks import Draft
    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.tables_rows import Row
    from crible.types import BBox

    Lines = Sequence[tuple[int, Sequence[int], str]]  # page, words and text of each line
    Place = tuple[int, int, BBox, OffsetMap]  # first and last page, box on the first

_SEPARATOR = " | "  # between the cells of a row, as in every other format
_WORDS_AT_ONCE = 10_000  # whose maps are made together: some thirty pages, which stay in the processor's cache
_ENDS = MARK + "-\u2010\u00ad"
_CUT = re.compile(rf"(\S+){MARK} (\S+)")  # a word cut at the end of a line, in a text that is one line


def blocks_of(drafts: Sequence[Draft], pages: Sequence[PageWords]) -> tuple[Block, ...]:
    """Number the drafts, build their texts and give them their offsets; drafts with nothing to show are left out."""
    writer = _Writer(pages)
    for draft in drafts:
        row: tuple[str, ...] = ()
        if draft.row is not None:
            text, row = writer.row(draft.row)
        else:
            text = writer.run([(line.page, line.words, line.text) for line in draft.lines])
        if text:
            writer.close(draft, text, row)
    writer.flush()
    return tuple(writer.blocks)


class _Writer:
    """The words of blocks, one after the other, and how far each is from the next.

    A tender has hundreds of thousands of words: nothing is computed for one alone unless it ends in a hyphen, and the
    maps of many blocks are made at once.
    """

    def __init__(self, pages: Sequence[PageWords]) -> None:
        self.blocks: list[Block] = []
        self._pages = {page.number: page for page in pages}
        self._texts = {page.number: page.texts for page in pages}
        self._hollow = {page.number for page in pages if not page.lengths.all()}  # some words of it show nothing
        self._joiner = HyphenJoiner(" ".join(page.texts) for page in pages)
        self._headers: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._start = 0  # where the next block begins in the document
        self._clear()

    def _clear(self) -> None:
        self._written: list[tuple[Draft, str, tuple[str, ...]]] = []
        self._words: list[int] = []  # indices in their pages
        self._lines: list[tuple[int, int]] = []  # page and number of words of each stretch of them
        # From the beginning of a word to the next one's, where it is not the length of the word and a space.
        self._steps: dict[int, int] = {}
        self._begins = [0]  # the first word of each block, and of the one being written

    def close(self, draft: Draft, text: str, row: tuple[str, ...]) -> None:
        """End a block."""
        self._written.append((draft, text, row))
        self._begins.append(len(self._words))
        if len(self._words) >= _WORDS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Make the blocks that are written."""
        for (draft, text, row), (page, page_end, bbox, offsets) in zip(self._written, self._places(), strict=True):
            header = self._header(draft.row.header) if draft.row is not None else ()
            # In the order of the fields: names cost as much again.
            self.blocks.append(
                Block(
                    f"b{len(self.blocks) + 1}", draft.kind, text, self._start, page, page_end, bbox, draft.path, "text",
                    offsets, None, row, header,
                )
            )  # fmt: skip
            self._start += len(text) + 1
        self._clear()

    def _header(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """The titles of columns, their hyphens judged like those of any other text."""
        if not any(MARK in title for title in header):
            return header
        if header not in self._headers:
            self._headers[header] = tuple(_CUT.sub(self._joined, title).replace(MARK, "-") for title in header)
        return self._headers[header]

    def _joined(self, cut: re.Match[str]) -> str:
        text, separate = _hyphened(cut[1] + MARK, cut[2], self._joiner, ends_line=True)
        return f"{text} {cut[2]}" if separate else text + cut[2]

    def row(self, given: Row) -> tuple[str, tuple[str, ...]]:
        """The text of a row, its empty cells left out, and its cells, empty ones kept."""
        row: list[str] = []
        for n, cell in enumerate(given.cells):
            lines = self._cell(given.page, cell)
            if given.tail is not None:
                lines += self._cell(given.tail.page, given.tail.cells[n])
            text = self.run(lines) if lines else ""
            row.append(text)
            if text:
                last = len(self._words) - 1
                step = self._steps.get(last, len(self._texts[self._lines[-1][0]][self._words[last]]) + 1)
                self._steps[last] = step - 1 + len(_SEPARATOR)
        return _SEPARATOR.join([text for text in row if text]), tuple(row)

    def _cell(self, page: int, cell: Sequence[Sequence[int]]) -> list[tuple[int, Sequence[int], str]]:
        texts = self._texts[page]
        return [(page, line, " ".join([texts[w] for w in line])) for line in cell]

    def run(self, lines: Lines) -> str:
        """Join the words of lines into one text."""
        pieces: list[str] = []
        separate = False  # whether a space stands before the next word
        for n, (page, words, whole) in enumerate(lines):
            if page in self._hollow:
                texts = self._texts[page]
                words = [w for w in words if texts[w]]
                whole = " ".join([texts[w] for w in words])
            if not words:
                continue
            if separate:
                pieces.append(" ")
            if whole[-1] in _ENDS or MARK in whole:
                separate = self._hyphenated(lines, n, words, whole, pieces)
                continue
            pieces.append(whole)
            self._words += words
            self._lines.append((page, len(words)))
            separate = True
        return "".join(pieces)

    def _hyphenated(self, lines: Lines, n: int, words: Sequence[int], whole: str, pieces: list[str]) -> bool:
        """Add the words of a line that ends in a hyphen, or holds its mark; whether a space follows them."""
        page = lines[n][0]
        texts = self._texts[page]
        begin = len(self._words)
        separate = False
        plain = len(words) - 1 if MARK not in whole[:-1] else 0  # the words that need no judgement
        if plain:
            pieces.append(whole[: -len(texts[words[-1]])])
            self._words += words[:plain]
        for i, w in enumerate(words[plain:], start=plain):
            if separate:
                pieces.append(" ")
            text, separate = texts[w], True
            if text[-1] in _ENDS:
                ends_line = i + 1 == len(words)
                follower = self._first_of(lines, n + 1) if ends_line else texts[words[i + 1]]
                text, separate = _hyphened(text, follower, self._joiner, ends_line=ends_line)
            if text:
                pieces.append(text.replace(MARK, "-"))  # inside a word: pdfium took it for a line end
                self._steps[len(self._words)] = len(text) + separate
                self._words.append(w)
        self._lines.append((page, len(self._words) - begin))
        return separate

    def _first_of(self, lines: Lines, begin: int) -> str:
        """The first word that shows in the lines from ``begin`` on."""
        return next((t for page, words, _ in lines[begin:] for w in words if (t := self._texts[page][w])), "")

    def _places(self) -> list[Place]:
        """Where each block stands: its first and last page, its box on the first, the map of its words."""
        begins, ends = np.array(self._begins[:-1]), np.array(self._begins[1:])
        if not len(begins):
            return []
        numbers, counts = zip(*self._lines, strict=True)
        pages = [self._pages[number] for number in dict.fromkeys(numbers)]
        counts_of = [len(page.texts) for page in pages]
        bases = dict(zip((page.number for page in pages), accumulate(counts_of, initial=0), strict=False))
        number = np.repeat(numbers, counts)
        order = np.array(self._words) + np.repeat([bases[page] for page in numbers], counts)
        boxes = np.concatenate([page.boxes for page in pages])[order]
        steps = np.concatenate([page.lengths for page in pages])[order] + 1
        steps[list(self._steps)] = list(self._steps.values())
        starts = np.cumsum(steps) - steps
        starts -= np.repeat(starts[begins], ends - begins)
        # The last cell of a row that a page break cuts may end before the others.
        first, last = number[begins], np.maximum.reduceat(number, begins)
        sides = boxes.T.copy()  # by rows, numpy is twice as fast
        elsewhere = number != np.repeat(first, ends - begins)
        sides[:2, elsewhere], sides[2:, elsewhere] = np.inf, -np.inf
        low = np.minimum.reduceat(sides[:2], begins, axis=1)
        high = np.maximum.reduceat(sides[2:], begins, axis=1)
        # What OffsetMap holds: four bytes for a start, a page, a side of a box.
        of_starts, of_pages = starts.astype(np.uint32).tobytes(), number.astype(np.uint32).tobytes()
        of_boxes = boxes.astype(np.float32).tobytes()
        maps = [
            OffsetMap.of(
                array("I", of_starts[4 * a : 4 * b]), array("I", of_pages[4 * a : 4 * b]),
                array("f", of_boxes[16 * a : 16 * b]),
            )
            for a, b in zip(self._begins[:-1], self._begins[1:], strict=True)
        ]  # fmt: skip
        around = zip(*low.tolist(), *high.tolist(), strict=True)
        return list(zip(first.tolist(), last.tolist(), around, maps, strict=True))


def _hyphened(text: str, follower: str, joiner: HyphenJoiner, *, ends_line: bool) -> tuple[str, bool]:
    """A word that ends in a hyphen, as it is shown, and whether a space follows it."""
    tail, body = text[-1], text[:-1]
    if ends_line and body[-1:].isdigit() and follower[:1].isdigit():
        return body + "-", False  # « R. 2151-\n6 », « 2024-\n2026 »
    if tail != MARK and not (ends_line and body and body[-1].isalpha()):
        return text, True
    if follower and (tail == MARK or follower[0].islower()):
        return (body + "-" if tail != "\u00ad" and joiner.keeps(body, follower) else body), False
    return body + "-", True
