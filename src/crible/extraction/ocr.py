"""Scanned pages into words with boxes, by the same types that a text layer gives, so that one layout serves both.

``recognise`` reads the pages of an open PDF that its text layer does not tell; ``read_image`` reads image files. What
the engine gives that is not to be trusted leaves the page unread, with its reason.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crible.extraction.ocr_cache import cache_folder, clear_old, load, save
from crible.extraction.ocr_engine import Engine, EngineFailure, ReadLine, find_engine, run_engine
from crible.extraction.ocr_image import Pose, cleaned, image_to_pdf, ink_share, pose_of, posed, render, strokes_of
from crible.extraction.ocr_words import FLOOR, OcrPage, Reading, confidence_of, from_json, is_poor, letters_of, page_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL.Image import Image

    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.pdf_paths import PageRules
    from crible.types import BBox, Block, Document

_LOG = logging.getLogger(__name__)

OcrMode = Literal["auto", "off", "force"]
MODES: tuple[OcrMode, ...] = ("auto", "off", "force")
Run = Callable[..., tuple[list[ReadLine], list["BBox"]]]

_LEFT = "ocr_page_limit"
_CURABLE = ("scan_without_ocr", "garbled_text", "no_text")
_FORMAT = 1  # of what is cached: raise it when the reading of an image changes
PAGES_MAX = 300  # of one document: ten minutes of one core
# Of one document, on the clock, to begin a page: with the deadline of the last page, what isolation grants to a reader
# that waits for another process. The cache keeps what was read, for a next run.
SECONDS_MAX = 120.0
DEADLINE = 60.0  # seconds a page, on the clock; dense pages take 3 to 5 of one core
_FEW_WORDS = 60  # of its own, on a page that is an image: a typed title, a stamp, a signature block
_COVERED = 0.5  # share of the page under images: a scan


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the engine adds to the reading of a document.

    ``pages`` by number, those that replace what the text layer said; ``reasons``, one per page of the document, why it
    is unread; ``left`` how many pages were not tried, beyond the limits.
    """

    pages: Mapping[int, OcrPage]
    reasons: list[str | None]
    left: int = 0


def recognise(
    document: Any,
    read: Sequence[tuple[PageWords, PageRules]],
    reasons: Sequence[str | None],
    *,
    mode: OcrMode,
    cache: Path | Literal["default"] | None = "default",
    pages_max: int = PAGES_MAX,
    seconds_max: float = SECONDS_MAX,
    deadline: float = DEADLINE,
    jobs: int = 0,
    run: Run = run_engine,
) -> Recognised:
    """Read the pages of an open pypdfium2 document that need it, side by side (``jobs``, by default one per core).

    ``read`` and ``reasons``: what the text layer gave, and why a page of it is unread. Without an engine nothing is
    read, and pages keep their reason.
    """
    before = list(reasons)
    wanted = [n for n, (words, rules) in enumerate(read) if _is_wanted(words, rules, before[n], mode)]
    task = engine_task(cache, deadline, run) if wanted else None
    if task is None:
        return Recognised({}, before)
    found = task.pages(document, [read[n][0].number for n in wanted[:pages_max]], jobs or _cores(), seconds_max)
    pages: dict[int, OcrPage] = {}
    after, left = before.copy(), 0
    for n in wanted:
        words, rules = read[n]
        answer = found.get(words.number, _LEFT)
        left += answer == _LEFT
        if isinstance(answer, str):
            after[n] = answer if before[n] is not None else None  # what its text layer tells stays read
        elif _is_better(words, rules, before[n], answer, mode):
            pages[words.number] = answer
            after[n] = answer.reason
    return Recognised(pages, after, left)


def engine_task(cache: Path | str | None, deadline: float, run: Run, *, straight: bool = False) -> Task | None:
    """The engine of this machine with the cache in force, None when there is no engine."""
    engine = find_engine()
    folder = cache_folder() if cache == "default" else cache
    return Task(engine, folder if folder is None else Path(folder), deadline, run, straight) if engine else None


def _is_wanted(words: PageWords, rules: PageRules, reason: str | None, mode: OcrMode) -> bool:
    """Unread, under the poor text of an earlier OCR, or a scan with a few words of its own: a stamp, a typed title."""
    if mode == "off":
        return False
    if (mode == "force" and rules.images) or reason in _CURABLE:
        return True
    if reason is not None or rules.image_cover < _COVERED:
        return False
    return is_poor(words.texts) if _is_hidden(words) else len(words.texts) < _FEW_WORDS


def _is_better(words: PageWords, rules: PageRules, reason: str | None, page: OcrPage, mode: OcrMode) -> bool:
    """Whether what the engine read takes the place of the text layer."""
    if reason is not None:
        return True  # no text to lose; what is not to be trusted keeps the page unread
    if page.reason is not None:
        return False
    # A picture behind a cover's text adds nothing; a scan under a typed title does.
    return mode == "force" or _is_hidden(words) or letters_of(page.words.texts) >= 2 * letters_of(words.texts)


def _is_hidden(words: PageWords) -> bool:
    return words.invisible > 0.5 * len(words.texts)


def as_read(
    blocks: Sequence[Block], seen: Mapping[int, OcrPage], pictures: Mapping[int, Sequence[BBox]]
) -> tuple[Block, ...]:
    """Blocks read here, of pages by number and of ``pictures`` on other pages: said to be so, with their box."""
    if not seen and not pictures:
        return tuple(blocks)
    found = []
    for block in blocks:
        if block.bbox is not None and block.page is not None and block.page in pictures:
            x, y = (block.bbox[0] + block.bbox[2]) / 2, (block.bbox[1] + block.bbox[3]) / 2
            if any(x0 < x < x1 and top < y < bottom for x0, top, x1, bottom in pictures[block.page]):
                block = replace(block, method="ocr")
        if block.page in seen and block.offsets is not None:
            _, box = block.offsets.boxes(0, len(block.text))[0]
            block = replace(block, method="ocr", bbox=box)
        found.append(block)
    return tuple(found)


def read_image(data: bytes, *, path: str, sha256: str) -> Document:
    """Read an image file (PNG, JPEG, TIFF of one or more pages …) as the scan that it is."""
    from crible.extraction.pdf import read_pdf

    return read_pdf(image_to_pdf(data, path=path), path=path, sha256=sha256)


@dataclass(frozen=True, slots=True)
class Task:
    """The engine and how it is used for one document."""

    engine: Engine
    cache: Path | None
    deadline: float
    run: Run
    straight: bool = False  # images are read as they stand, not turned

    def pages(self, document: Any, numbers: Sequence[int], jobs: int, seconds: float) -> dict[int, OcrPage | str]:
        """For each page number what was read, or why it was not; pages that time does not allow are absent."""
        found: dict[int, OcrPage | str] = {}
        waiting: deque[tuple[int, tuple[float, float], Future[tuple[Reading, bool]]]] = deque()
        fresh = False

        def take() -> None:
            nonlocal fresh
            number, size, future = waiting.popleft()
            try:
                reading, new = future.result()
            except EngineFailure as failure:
                _LOG.warning("page %d: %s", number, failure)
                found[number] = failure.reason
                return
            fresh = fresh or new
            found[number] = page_of(reading, number, size)

        end = time.monotonic() + seconds
        with ThreadPoolExecutor(jobs) as pool:
            for number in numbers:
                if time.monotonic() > end:
                    break
                try:  # pdfium draws in this thread only
                    size, image, dpi = _drawn(document, number - 1)
                except (RuntimeError, ValueError, MemoryError) as error:  # PdfiumError is a RuntimeError
                    _LOG.warning("page %d not drawn: %s", number, error)
                    found[number] = "ocr_failed"
                    continue
                waiting.append((number, size, pool.submit(self.read, image, dpi)))
                if len(waiting) > jobs:  # one image waits, no more: 9 MB each
                    take()
            while waiting:
                take()
        if fresh:
            clear_old(self.cache)
        return found

    def read(self, image: Image, dpi: int) -> tuple[Reading, bool]:
        """The reading of an image, from the cache when it is there; whether it is new."""
        about = f"{_FORMAT} {self.engine.version} {self.engine.languages} {dpi} {image.size} {self.straight}"
        key = hashlib.sha256(about.encode() + image.tobytes()).hexdigest()
        known = load(self.cache, key)
        if known is not None:
            try:
                return from_json(known), False
            except (KeyError, TypeError, ValueError) as error:
                _LOG.info("cache entry %s left aside: %s", key, error)
        reading = self.recognised(image, dpi)
        save(self.cache, key, asdict(reading))
        return reading, True

    def recognised(self, image: Image, dpi: int) -> Reading:
        """Set straight and read; again upside down when the first gives no sense: sheets are fed either way."""
        image = cleaned(image)
        pose, ink = Pose(0, 0.0) if self.straight else pose_of(image), ink_share(image)
        best: Reading | None = None
        for turned in (0, 2):
            tried = Pose(pose.turns + turned, pose.angle)
            straight = posed(image, tried)
            lines, separators = self.run(self.engine, straight, dpi=dpi, deadline=self.deadline)
            strokes = strokes_of(straight, lines)
            reading = Reading(
                straight.width, straight.height, dpi, tried, ink, tuple(lines), tuple(strokes), tuple(separators)
            )
            if best is None or confidence_of(reading) > confidence_of(best):
                best = reading
            # Nothing at all, as on a blank page or a photograph, is nothing upside down too.
            if self.straight or confidence_of(reading) >= FLOOR or sum(len(line.words) for line in lines) < 3:
                break
        assert best is not None
        return best


def _drawn(document: Any, index: int) -> tuple[tuple[float, float], Image, int]:
    page = document[index]
    try:
        image, dpi = render(page)
        return page.get_size(), image, dpi
    finally:
        page.close()


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
