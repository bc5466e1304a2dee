"""Pictures of text on pages that have a text of their own: a title, a footer, a chart pasted in as an image.

``read_insets`` finds the pictures that may hold words, has them read where there is an engine, and says which pages
hold some that were not. Logos, what repeats from page to page and what lies under text are no such pictures.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crible.extraction.ocr import DEADLINE, OcrMode, Run, Task, engine_task
from crible.extraction.ocr_engine import EngineFailure, run_engine
from crible.extraction.ocr_image import render
from crible.extraction.ocr_words import FLOOR, OcrPage, letters_of, page_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from PIL.Image import Image

    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.pdf_paths import PageRules
    from crible.types import BBox

_LOG = logging.getLogger(__name__)

_LARGE = 0.04  # share of the page: 5 × 5 cm of an A4 page, above all logos but those of covers
_WIDE, _FLAT = 0.15, 4.0  # a title: 3 cm of an A4 page at least, four times as wide as high
_LOW, _HIGH = 8.0, 0.08  # points, share of the page: one to three lines of text
_CONTENTS = 4  # titles on one page: a table of contents, of titles that come again
_OVER = 2  # words that may stand on a picture; more, and it lies under a text
_TILES = 1.5  # points between the pieces of one picture, which programs cut
_PIECES = 200  # images on a page: more are a drawing
_REPEATED = 3  # pages with a picture of one place and size: a letterhead
_PICTURES_MAX = 60  # of one document: a minute of one core
_POINTS_MAX = 100_000_000  # of an image: A1 scanned at 300 dots per inch has 70 million
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE
_MARGIN = 20  # pixels of white that the engine wants around letters
_LETTERS = 4  # of a title: « Lots »; under that, what is read of a picture is a sign
_PAPER, _BESIDE = 0.45, 12  # share of a picture within so many levels of its paper: photographs have no paper
_DARK = 60  # levels from the paper to ink
_CHANGES = 10  # from paper to ink along a row of letters: five letters or so


@dataclass(frozen=True, slots=True)
class Inset:
    """A picture that was read: its place, and its words ``[first, end)`` among those of its page."""

    box: BBox
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Insets:
    """``words``: pages, by number, with the words of their pictures after their own; ``of_page`` where these are.

    ``unread``: the pages with a picture that may hold words, and was not read.
    """

    words: Mapping[int, PageWords]
    of_page: Mapping[int, Sequence[Inset]]
    unread: tuple[int, ...] = ()


def read_insets(
    document: Any,
    read: Sequence[tuple[PageWords, PageRules]],
    left_out: set[int],
    *,
    mode: OcrMode,
    cache: Path | str | None = "default",
    run: Run = run_engine,
) -> Insets:
    """Read the pictures of an open pypdfium2 document, those of the pages ``left_out`` (numbers) excepted."""
    found = _pictures(read, left_out)
    if not found:
        return Insets({}, {})
    own = {page.number: page for page, _ in read}
    task = engine_task(cache, DEADLINE, run, straight=True) if mode != "off" else None
    if task is None:
        # Nobody looks at them: those of a cover are photographs and coats of arms, as a rule.
        return Insets({}, {}, tuple(n for n, boxes in found.items() if n > 1 or _titles(own[n], boxes)))
    words: dict[int, PageWords] = {}
    of_page: dict[int, list[Inset]] = {}
    unread = []
    tried = 0
    for number, boxes in found.items():
        if tried >= _PICTURES_MAX:
            unread.append(number)
            continue
        tried += len(boxes)
        held, complete = _read_page(document, own[number], boxes, task)
        if held:
            words[number], of_page[number] = _joined(own[number], held)
        if not complete:
            unread.append(number)
    return Insets(words, of_page, tuple(unread))


def _pictures(read: Sequence[tuple[PageWords, PageRules]], left_out: set[int]) -> dict[int, list[BBox]]:
    """The pictures that may hold words, by page number."""
    held: dict[int, list[BBox]] = {}
    for words, rules in read:
        if words.number in left_out or not words.texts or not 0 < len(rules.pictures) <= _PIECES:
            continue
        sheet = words.width * words.height
        for box in _whole(rules.pictures, words.width, words.height):
            large = (box[2] - box[0]) * (box[3] - box[1]) >= _LARGE * sheet
            if (large or _titles(words, [box])) and not _under_text(box, words):
                held.setdefault(words.number, []).append(box)
        if len(titles := _titles(words, held.get(words.number, []))) >= _CONTENTS:
            held[words.number] = [box for box in held[words.number] if box not in titles]
    places = Counter(_place(box) for boxes in held.values() for box in boxes)
    often = min(_REPEATED, max(2, len(read)))
    kept = {n: [box for box in boxes if places[_place(box)] < often] for n, boxes in held.items()}
    return {n: boxes for n, boxes in kept.items() if boxes}


def _titles(page: PageWords, boxes: Sequence[BBox]) -> list[BBox]:
    """The pictures of a page that have the shape of a title."""
    return [
        box for box in boxes
        if _LOW <= box[3] - box[1] <= _HIGH * page.height
        and box[2] - box[0] >= max(_WIDE * page.width, _FLAT * (box[3] - box[1]))
    ]  # fmt: skip


def _place(box: BBox) -> tuple[int, ...]:
    return tuple(round(side / 5) for side in box)  # points: drawn again, it moves by less


def _whole(pictures: Sequence[BBox], width: float, height: float) -> list[BBox]:
    """Pictures cut to the page, the pieces of one joined."""
    found: list[BBox] = []
    for x0, top, x1, bottom in pictures:
        box = max(x0, 0.0), max(top, 0.0), min(x1, width), min(bottom, height)
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        for i, other in enumerate(found):
            beside = min(box[2], other[2]) - max(box[0], other[0]), min(box[3], other[3]) - max(box[1], other[1])
            if min(beside) >= -_TILES:
                found[i] = (
                    min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3]),
                )  # fmt: skip
                break
        else:
            found.append(box)
    return found


def _under_text(box: BBox, words: PageWords) -> bool:
    x = (words.boxes[:, 0] + words.boxes[:, 2]) / 2
    y = (words.boxes[:, 1] + words.boxes[:, 3]) / 2
    over = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
    return int(over.sum()) > _OVER


def _read_page(
    document: Any, words: PageWords, boxes: Sequence[BBox], task: Task
) -> tuple[list[tuple[BBox, OcrPage]], bool]:
    """What the pictures of a page say, and whether all that looks like text was read."""
    try:
        page = document[words.number - 1]
        try:
            if any(math.prod(thing.get_px_size()) > _POINTS_MAX for thing in page.get_objects([_IMAGE], max_depth=4)):
                return [], False  # to draw it would cost the document its reading
            image, dpi = render(page)
        finally:
            page.close()
    except (RuntimeError, ValueError, MemoryError) as error:  # PdfiumError is a RuntimeError
        _LOG.warning("page %d not drawn: %s", words.number, error)
        return [], False
    held: list[tuple[BBox, OcrPage]] = []
    complete = True
    for box in boxes:
        x0, top, x1, bottom = (round(side * dpi / 72) for side in box)
        part = image.crop((x0, top, x1, bottom))
        if not looks_like_text(np.asarray(part)):
            continue
        try:
            found = _recognised(part, dpi, words.number, box, task)
        except EngineFailure as failure:
            _LOG.warning("picture of page %d: %s", words.number, failure)
            complete = False
            continue
        letters = letters_of(found.words.texts)
        doubt = int(found.words.doubtful.sum()) if found.words.doubtful is not None else 0
        if letters >= _LETTERS and found.confidence >= FLOOR and 2 * doubt <= len(found.words.texts):
            held.append((box, found))
        elif letters >= _LETTERS:
            complete = False
    return held, complete


def _recognised(part: Image, dpi: int, number: int, box: BBox, task: Task) -> OcrPage:
    """What the engine reads of a picture, with its words where they stand on the page."""
    from PIL import ImageOps

    paper = int(np.bincount(np.asarray(part).ravel(), minlength=256).argmax())
    if paper < 128:  # light letters on a dark band
        part, paper = ImageOps.invert(part), 255 - paper
    reading, _ = task.read(ImageOps.expand(part, _MARGIN, fill=paper), dpi)
    found = page_of(reading, number, (reading.width * 72 / dpi, reading.height * 72 / dpi))
    margin = _MARGIN * 72 / dpi
    found.words.boxes[:] += np.array([box[0] - margin, box[1] - margin] * 2)
    return found


def looks_like_text(points: npt.NDArray[np.uint8]) -> bool:
    """Whether a picture, (height, width) levels of grey, has a paper and rows of letters on it, dark or light."""
    if min(points.shape) < 10:
        return False
    paper = int(np.bincount(points.ravel(), minlength=256).argmax())
    away = np.abs(points.astype(np.int16) - paper)
    if (away <= _BESIDE).mean() < _PAPER:
        return False
    ink = away > _DARK
    changes = np.count_nonzero(ink[:, 1:] != ink[:, :-1], axis=1)
    # A line of text is some pixels high: a single row full of changes is a pattern.
    return int((changes >= _CHANGES).sum()) >= 8


def _joined(page: PageWords, held: Sequence[tuple[BBox, OcrPage]]) -> tuple[PageWords, list[Inset]]:
    """A page with the words of its pictures after its own. Those of a chart are no titles."""
    insets: list[Inset] = []
    doubtful = [np.zeros(len(page.texts), dtype=bool)]
    at = len(page.texts)
    titles = _titles(page, [box for box, _ in held])
    for box, found in held:
        insets.append(Inset(box, at, at + len(found.words.texts)))
        at += len(found.words.texts)
        sure = found.words.doubtful if box in titles else None
        doubtful.append(np.ones(len(found.words.texts), dtype=bool) if sure is None else sure)
    pages = [page, *(found.words for _, found in held)]
    joined = replace(
        page,
        texts=[text for one in pages for text in one.texts],
        boxes=np.concatenate([one.boxes for one in pages]),
        sizes=np.concatenate([one.sizes for one in pages]),
        breaks=np.concatenate([one.breaks for one in pages]),
        upright=np.concatenate([one.upright for one in pages]),
        bold=np.concatenate([one.bold for one in pages]),
        fonts=np.concatenate([one.fonts for one in pages]),
        lengths=np.concatenate([one.lengths for one in pages]),
        doubtful=np.concatenate(doubtful),
    )
    return joined, insets
