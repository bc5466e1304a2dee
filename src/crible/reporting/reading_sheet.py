"""One page as it was read: its picture, the frames of its blocks over it, and the line that joins them, as SVG.

Coordinates are points of the page as displayed, those of the boxes; the picture is stretched over the same rectangle.
"""

from __future__ import annotations

import base64
import math
import textwrap
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.reporting.markup import Html, fill, joined
from crible.reporting.png import png
from crible.reporting.reading_words import LETTERS, word
from crible.reporting.words import Lang, shorten, term

if TYPE_CHECKING:
    from crible.extraction.pictures import Picture
    from crible.types import BBox, Block, Document

_A4 = (595.0, 842.0)
_TAG = 8.0  # points: the letters of a tag on A4, which a screen shows a quarter larger; more on larger pages
_TITLE = 240  # characters of a block in the tip of its frame: the list beside has the whole
_REASON = 44  # characters of a line of the reason across an unread page
_FAR = 100_000.0  # points: beyond what any page has; the places of a hostile file are cut there


@dataclass(frozen=True, slots=True)
class Numbered:
    """A block with its place in the document (from 0) and on its first page (from 1)."""

    block: Block
    index: int
    number: int

    def label(self, lang: Lang) -> str:
        """« P12 »: the letter of the kind and the number."""
        return f"{LETTERS[lang][self.block.kind]}{self.number}"


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page: blocks that begin there, and with their boxes those that began on an earlier one."""

    begun: tuple[Numbered, ...] = ()
    rest: tuple[tuple[Numbered, BBox], ...] = ()


def pages_of(document: Document) -> dict[int, Page]:
    """The pages of a document that hold blocks."""
    begun: dict[int, list[Numbered]] = defaultdict(list)
    rest: dict[int, list[tuple[Numbered, BBox]]] = defaultdict(list)
    for index, block in enumerate(document.blocks):
        if block.page is None:
            continue
        here = begun[block.page]
        here.append(Numbered(block, index, len(here) + 1))
        if block.page_end != block.page and block.offsets is not None:
            for page, box in block.offsets.boxes(0, len(block.text)):
                if page != block.page:
                    rest[page].append((here[-1], box))
    return {page: Page(tuple(begun[page]), tuple(rest[page])) for page in sorted({*begun, *rest})}


def sheet(
    page: int, held: Page, size: tuple[float, float], picture: Picture | None, *, reason: str | None, prefix: str,
    lang: Lang,
) -> Html:  # fmt: skip
    """The SVG of one page. ``reason``: why it is unread, in words; ``prefix`` of the ids of its document."""
    width, height = size if min(size) > 0 and all(map(math.isfinite, size)) else _A4
    unit = max(width, height) / max(_A4)
    parts = [fill('<rect class="paper" width="$w" height="$h"/>', w=_f(width), h=_f(height))]
    if picture is not None:
        parts.append(_image(page, picture, width, height, lang))
    if reason is not None:
        parts.append(fill('<rect class="hatch" width="$w" height="$h"/>', w=_f(width), h=_f(height)))
    anchors = []
    frames = []
    for numbered, box in held.rest:  # first, as the text goes on
        if not all(map(math.isfinite, box)):
            continue
        tag = _tag(f"…{numbered.label(lang)}", box, unit)
        frames.append(_frame(numbered, box, tag, item_id(prefix, numbered, page), lang))
    for numbered in held.begun:
        place = numbered.block.bbox
        if place is None or not all(map(math.isfinite, place)):
            continue
        tag = _tag(numbered.label(lang), place, unit)
        if numbered.block.kind != "furniture":  # not part of the text that is followed
            anchors.append(tag.anchor)
        frames.append(_frame(numbered, place, tag, item_id(prefix, numbered), lang))
    if len(anchors) > 1:
        parts.append(
            fill('<polyline class="order" points="$points"/>', points=" ".join(f"{_f(x)},{_f(y)}" for x, y in anchors))
        )
    if reason is not None:
        parts.append(_across(reason, width, height, unit))
    return fill(
        '<svg class="sheet" viewBox="0 0 $w $h" role="group" aria-label="$label" font-size="$size" '
        'stroke-width="$stroke">$parts$frames</svg>\n',
        w=_f(width), h=_f(height), label=word("frames", lang, page=page, n=len(held.begun)), size=_f(_TAG * unit),
        stroke=f"{0.8 * unit:.2f}", parts=joined(parts), frames=joined(frames),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tag:
    text: str
    x: float
    top: float
    width: float
    height: float

    @property
    def anchor(self) -> tuple[float, float]:
        """Where the line passes: along the tops of blocks, so that it strikes no text out, and near their left edge, so
        that it stays straight when numbers grow longer.
        """
        return self.x + self.width - self.height / 2, self.top


def _tag(text: str, box: BBox, unit: float) -> _Tag:
    """Left of the block, in the margin, where it hides no text; at the edge of the page when there is no margin."""
    size = _TAG * unit
    width = size * (0.72 * len(text) + 0.5)  # the width of a bold capital or figure in the widest fonts, and its air
    return _Tag(text, max(_near(box[0]) - width - unit, 0.0), _near(box[1]), width, 1.15 * size)


def item_id(prefix: str, numbered: Numbered, page: int | None = None) -> str:
    """The id of a block in the list of its first page; with ``page``, of its continuation in the list of that page."""
    return f"{prefix}b{numbered.index}" + (f"p{page}" if page is not None else "")


def _frame(numbered: Numbered, box: BBox, tag: _Tag, target: str, lang: Lang) -> Html:
    block = numbered.block
    classes = [block.kind, *(["ocr"] if block.method == "ocr" else []), *(["rest"] if tag.text[0] == "…" else [])]
    told = [tag.text, term("kind", block.kind, lang), shorten(block.section, 80), shorten(block.text, _TITLE)]
    x0, top, x1, bottom = map(_near, box)
    return fill(
        '<a href="#$target" class="mark $classes"><title>$title</title>'
        '<rect class="box" x="$x" y="$y" width="$w" height="$h"/>'
        '<rect class="tag" x="$tx" y="$ty" width="$tw" height="$th"/><text x="$mx" y="$my">$text</text></a>',
        target=target, classes=" ".join(classes),
        title=" · ".join(filter(None, told)), x=_f(x0), y=_f(top), w=_f(max(x1 - x0, 0)), h=_f(max(bottom - top, 0)),
        tx=_f(tag.x), ty=_f(tag.top), tw=_f(tag.width), th=_f(tag.height), text=tag.text, mx=_f(tag.x + tag.width / 2),
        my=_f(tag.top + 0.82 * tag.height),
    )  # fmt: skip


def _image(page: int, picture: Picture, width: float, height: float, lang: Lang) -> Html:
    data = base64.b64encode(png(picture.width, picture.height, picture.rows, bits=4)).decode("ascii")
    return fill(
        '<image width="$w" height="$h" preserveAspectRatio="none" role="img" aria-label="$label" '
        'href="data:image/png;base64,$data"/>',
        w=_f(width), h=_f(height), label=word("image", lang, page=page), data=Html(data),
    )  # fmt: skip


def _across(reason: str, width: float, height: float, unit: float) -> Html:
    """The reason across an unread page. The same words stand above it as text."""
    lines = textwrap.wrap(reason, _REASON) or [""]
    size = 18 * unit
    high = size * (1.3 * len(lines) + 0.8)
    top = (height - high) / 2
    spans = joined(
        fill('<tspan x="$x" y="$y">$line</tspan>', x=_f(width / 2), y=_f(top + size * (1.3 * n + 1.3)), line=line)
        for n, line in enumerate(lines)
    )
    return fill(
        '<g class="reason" aria-hidden="true"><rect x="$x" y="$y" width="$w" height="$h"/>'
        '<text font-size="$size">$spans</text></g>',
        x=_f(0.05 * width), y=_f(top), w=_f(0.9 * width), h=_f(high), size=_f(min(size, 0.9 * width / 24)), spans=spans,
    )  # fmt: skip


def _near(value: float) -> float:
    return min(max(value, -_FAR), _FAR)


def _f(value: float) -> str:
    return f"{value:.1f}"


def ranges_of(pages: Sequence[int]) -> str:
    """« 1-20, 25 »: pages in order, as ``--pages`` takes them but for the space."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
