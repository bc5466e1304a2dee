"""From drafts to blocks: text with hyphens joined, and the map from each word back to its page and box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crible.extraction.hyphens import MARKS, HyphenJoiner
from crible.types import Block, OffsetMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crible.extraction.layout_blocks import Draft
    from crible.extraction.pdf_chars import PageWords
    from crible.types import BBox

Word = tuple[str, int, "BBox", bool]  # text, page, box, whether it ends its line
_SEPARATOR = " | "  # between the cells of a row, as in every other format


def blocks_of(drafts: Sequence[Draft], pages: Sequence[PageWords]) -> tuple[Block, ...]:
    """Number the drafts, build their texts and give them their offsets; drafts without a letter to show are left out."""
    joiner = HyphenJoiner(" ".join(page.texts) for page in pages)
    boxes: dict[int, list[BBox]] = {
        page.number: [(b[0], b[1], b[2], b[3]) for b in page.boxes.tolist()] for page in pages
    }
    texts = {page.number: page.texts for page in pages}
    blocks: list[Block] = []
    start = 0
    for draft in drafts:
        offsets = OffsetMap()
        row: tuple[str, ...] = ()
        header: tuple[str, ...] = ()
        if draft.row is not None:
            page = draft.row.page
            cells = [_words([(page, line) for line in cell], texts, boxes) for cell in draft.row.cells]
            text, row = _row_text(cells, offsets, joiner)
            header = draft.row.header
            words = [word for cell in cells for word in cell]
        else:
            words = _words([(line.page, line.words) for line in draft.lines], texts, boxes)
            text = _run_text(words, offsets, 0, joiner)
        if not text:
            continue
        first_page, last_page = words[0][1], words[-1][1]
        block = Block(
            id=f"b{len(blocks) + 1}", kind=draft.kind, text=text, start=start, page=first_page, page_end=last_page,
            bbox=_around(box for _, page, box, _ in words if page == first_page), section_path=draft.path,
            offsets=offsets, row=row, header=header,
        )  # fmt: skip
        blocks.append(block)
        start = block.end + 1
    return tuple(blocks)


def _words(
    lines: Sequence[tuple[int, list[int]]], texts: dict[int, list[str]], boxes: dict[int, list[BBox]]
) -> list[Word]:
    found: list[Word] = []
    for page, line in lines:
        page_texts, page_boxes = texts[page], boxes[page]
        begun = len(found)
        found += [(page_texts[w], page, page_boxes[w], False) for w in line if page_texts[w]]
        if len(found) > begun:
            text, _, box, _ = found[-1]
            found[-1] = (text, page, box, True)
    return found


def _row_text(cells: list[list[Word]], offsets: OffsetMap, joiner: HyphenJoiner) -> tuple[str, tuple[str, ...]]:
    """The text of a row, its empty cells left out, and its cells, empty ones kept."""
    parts: list[str] = []
    row: list[str] = []
    at = 0
    for cell in cells:
        text = _run_text(cell, offsets, at, joiner) if cell else ""
        row.append(text)
        if text:
            parts.append(text)
            at += len(text) + len(_SEPARATOR)
    return _SEPARATOR.join(parts), tuple(row)


def _run_text(words: list[Word], offsets: OffsetMap, at: int, joiner: HyphenJoiner) -> str:
    """Join words into one text that begins at ``at`` of its block, one run of the map per word."""
    pieces: list[str] = []
    add = offsets.add
    glued = True  # nothing between the start and the first word
    count = len(words)
    for i, (text, page, box, ends_line) in enumerate(words):
        if not glued:
            pieces.append(" ")
            at += 1
        glued = False
        tail = text[-1]
        if tail in MARKS or (ends_line and tail in "-\u2010\u00ad" and len(text) > 1 and text[-2].isalpha()):
            follower = words[i + 1][0] if i + 1 < count else ""
            body = text[:-1]
            marked = tail in MARKS
            if follower and (marked or follower[0].islower()):
                glued = True
                text = body + "-" if tail != "\u00ad" and joiner.keeps(body, follower) else body
            else:
                text = body + "-"
        for mark in MARKS:  # in the middle of a word: pdfium took it for a line end, it is a hyphen
            if mark in text:
                text = text.replace(mark, "-")
        if text:
            add(at, page, box)
            pieces.append(text)
            at += len(text)
    return "".join(pieces)


def _around(boxes: Iterator[BBox]) -> BBox:
    found = list(boxes)
    return (
        min(b[0] for b in found), min(b[1] for b in found), max(b[2] for b in found), max(b[3] for b in found),
    )  # fmt: skip
