"""The pages of a tender that has been read, drawn: which ones, and their pictures, one document at a time.

The bytes of a tender are not kept while it is read, so they are taken again from where they came, archives included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crible.errors import UnreadableInput, UsageError
from crible.extraction import isolation
from crible.extraction.archive import Budget, Limits
from crible.extraction.office.refusal import Refusal
from crible.extraction.sources import iter_entries

if TYPE_CHECKING:
    from pathlib import Path

    from crible.extraction.archive import Entry
    from crible.extraction.pictures import Picture
    from crible.types import Document

DPI: Final = 96  # letters of 9 points are still legible; at 72 they are not, and a page weighs two thirds of it
PAGES_DEFAULT: Final = 20  # of each document: the parts that are read by hand when a reading is doubted
# Of all documents together, when nobody chose: a page weighs 30 to 60 KB in the file, and its blocks as much again.
PAGES_ALL: Final = 300
BLOCKS_DEFAULT: Final = 1_000  # of a document without pages: twenty pages of text
_AT_ONCE: Final = 16  # pages asked of the worker together: the file is sent to it each time; 1 MB each comes back
_DRAWER: Final = "crible.extraction.drawing:draw_pages"
_RANGE: Final = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class Choice:
    """Pages to show of every document: some ``ranges`` (first, last), or all of them (None).

    ``total`` and ``blocks`` bound what nobody asked for: pages in all, and blocks of a document without pages.
    """

    ranges: tuple[tuple[int, int], ...] | None
    total: int | None = None
    blocks: int | None = None

    def of(self, documents: Sequence[Document]) -> tuple[tuple[int, ...], ...]:
        """The pages to show, for each document in order."""
        found = []
        left = self.total
        for document in documents:
            ranges = ((1, document.pages),) if self.ranges is None else self.ranges
            drawable = len(document.page_sizes)  # none: a text, or a file that nobody could open
            pages = sorted({p for first, last in ranges for p in range(max(first, 1), min(last, drawable) + 1)})
            if left is not None:
                pages = pages[:left]
                left -= len(pages)
            found.append(tuple(pages))
        return tuple(found)


def choice_of(pages: str | None) -> Choice:
    """The choice that a user wrote: ``1-20``, ``3,7,40-45`` or ``all``; None for the default. Raises UsageError."""
    if pages is None:
        return Choice(((1, PAGES_DEFAULT),), PAGES_ALL, BLOCKS_DEFAULT)
    if pages.strip() == "all":
        return Choice(None)
    ranges = []
    for part in pages.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise UsageError(f"--pages {pages} : attendu 1-20, 3,7,40-45 ou all")
        ranges.append((first, last))
    return Choice(tuple(ranges), None, BLOCKS_DEFAULT)


def drawings(
    paths: Sequence[Path],
    documents: Sequence[Document],
    shown: Sequence[Sequence[int]],
    *,
    limits: Limits | None = None,
) -> Iterator[Iterator[tuple[int, Picture | str]]]:
    """For each document in order its pages ``shown``, each with its picture or the reason why there is none.

    ``documents``: those that ``read_dossier`` made of the same ``paths`` and ``limits``. Pages are drawn when they are
    asked for, some at a time, so that a long tender is never in memory as pictures. The reason is ``changed`` when a
    document is no longer there, or no longer the same.
    """
    entries = (e for e in iter_entries(paths, budget=Budget(limits or Limits())) if e.reason != "junk")
    for document, pages in zip(documents, shown, strict=True):
        entry = next((e for e in entries if e.path == document.path), None)
        yield _drawn(entry, document, pages)


def _drawn(
    entry: Entry | None, document: Document, pages: Sequence[int]
) -> Iterator[tuple[int, Picture | str]]:  # fmt: skip
    data = entry.data if entry is not None and pages else None
    reason = "" if data is not None and hashlib.sha256(data).hexdigest() == document.sha256 else "changed"
    for start in range(0, len(pages), _AT_ONCE):
        some = pages[start : start + _AT_ONCE]
        found: dict[int, Picture] = {}
        if data is not None and not reason:
            try:
                pictures = isolation.draw(
                    _DRAWER, data, path=document.path, sha256=document.sha256, pages=some, dpi=DPI
                )
                found = {picture.page: picture for picture in pictures}
            except Refusal as refusal:  # it crashed, or took too long: the pages that follow would too
                reason = refusal.reason
            except UnreadableInput:
                reason = "unreadable"
        for page in some:
            yield page, found.get(page, reason or "page_error")
