"""The words of a PDF page, fetched in bulk through pdfium's raw text interface.

One text call per page, two box calls per word and two object calls per line: calls per character would cost as much as
pdfium's own reading of the page. Everything after the calls is numpy, over many pages at once (:func:`words_of`).
"""

from __future__ import annotations

import ctypes
import functools
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import bind, boxes_of, reference
from crible.extraction.pdf_glyphs import clean_text, clean_word, is_cleaned, is_private

FloatArray = npt.NDArray[np.float64]

_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-bd|,b$", re.IGNORECASE)
_INVISIBLE = 3  # text render mode « neither fill nor stroke »: the layer under a scan, or hidden words
# pdfium puts U+FFFE (FPDFText_GetText) or U+0002 (bounded text) in place of a hyphen at the end of a line, and glues
# the next line to it: the mark ends a word here, so that each half keeps its own box.
_MARKS = (0xFFFE, 0x02)
# What a character may be, as bits: part of a word, such a mark, to be cleaned or composed, without known meaning.
_SOLID, _MARK, _UNCLEAN, _PRIVATE = 1, 2, 4, 8
# « m2 » and « CO2 » are words; figures that call a note are set at two thirds of the size of the text.
_NOTE_LETTERS, _NOTE_SIZE = 3, 0.8
PAGES_AT_ONCE = 32  # numpy costs as much for one page as for ten, and more would leave the processor's cache


@dataclass(slots=True)
class PageWords:
    """Every word of one page, in pdfium's order; boxes in points of the page as displayed, origin top left.

    ``texts`` are normalised (NFC, ligatures, tick boxes); ``boxes`` is (n, 4) x0, top, x1, bottom; ``sizes`` the font
    size in points; ``breaks[i]`` is true when pdfium begins a new line at word i; ``upright[i]`` false for words that
    run up or down the displayed page. A word that ends in the end-of-line hyphen mark keeps it, as U+FFFE.
    ``doubtful``: the words that the recognition of a scan is not sure of, None for a text layer.
    """

    number: int
    width: float
    height: float
    texts: list[str]
    boxes: FloatArray
    sizes: FloatArray
    breaks: npt.NDArray[np.bool_]
    upright: npt.NDArray[np.bool_]
    bold: npt.NDArray[np.bool_]
    fonts: npt.NDArray[np.object_]
    invisible: int = 0
    private: bool = True  # whether some characters may have no known meaning
    lengths: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # of the texts
    doubtful: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if len(self.lengths) != len(self.texts):
            self.lengths = np.fromiter(map(len, self.texts), dtype=np.int64, count=len(self.texts))


@dataclass(slots=True)
class Fetched:
    """What pdfium was asked of one page while it was open: characters ``[starts[i], ends[i])`` are word i.

    ``corners`` is (2 n, 4) the boxes of the first characters, then of the last ones, as pdfium gives them: left, top,
    right, bottom. ``turned`` holds the words whose boxes had to be found otherwise: (left, bottom, right, top), size.
    ``looks`` are the fonts (bold, name), ``of_word`` which of them each word has.
    """

    number: int
    space: PageSpace
    texts: list[str]
    starts: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]
    breaks: npt.NDArray[np.bool_]
    corners: FloatArray
    turned: dict[int, tuple[tuple[float, float, float, float], float]]
    looks: list[tuple[bool, str]]
    of_word: npt.NDArray[np.intp]
    invisible: int
    private: bool
    as_written: bool  # whether the texts are those of the page, character by character


@functools.cache
def _calls() -> dict[str, Any]:
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    return {
        "count": bind("FPDFText_CountChars", integer, pointer),
        "text": bind("FPDFText_GetText", integer, pointer, integer, integer, pointer),
        "loose": bind("FPDFText_GetLooseCharBox", None),
        "tight": bind("FPDFText_GetCharBox", integer, pointer, integer, pointer, pointer, pointer, pointer),
        "unicode": bind("FPDFText_GetUnicode", ctypes.c_uint, pointer, integer),
        "size": bind("FPDFText_GetFontSize", ctypes.c_double, pointer, integer),
        "matrix": bind("FPDFText_GetMatrix", integer, pointer, integer, pointer),
        "object": bind("FPDFText_GetTextObject", pointer),
        "font": bind("FPDFTextObj_GetFont", pointer, pointer),
        "mode": bind("FPDFTextObj_GetTextRenderMode", integer, pointer),
        "name": bind("FPDFFont_GetBaseFontName", ctypes.c_ulong, pointer, ctypes.c_char_p, ctypes.c_ulong),
    }


@dataclass(frozen=True, slots=True)
class PageSpace:
    """From pdfium's page coordinates to the page as displayed: crop, rotation, origin top left."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int  # quarter turns, clockwise

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation % 2 else (width, height)

    def displayed(self, boxes: FloatArray) -> FloatArray:
        """(n, 4) left, bottom, right, top in page coordinates to (n, 4) x0, top, x1, bottom as displayed."""
        left, bottom, right, top = boxes.T
        if self.rotation == 1:
            columns = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
        elif self.rotation == 2:
            columns = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
        elif self.rotation == 3:
            columns = (self.top - top, self.right - right, self.top - bottom, self.right - left)
        else:
            columns = (left - self.left, self.top - top, right - self.left, self.top - bottom)
        return np.stack(columns, axis=1)


def page_space(page: Any) -> PageSpace:
    """The space of an open page (a raw handle): its bounding box is media box and crop box, inheritance included."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, box):
        box.left, box.bottom, box.right, box.top = 0.0, 0.0, 595.0, 842.0  # A4: what pdfium itself assumes
    return PageSpace(box.left, box.bottom, box.right, box.top, pdfium.FPDFPage_GetRotation(page) % 4)


def fetch_words(textpage: Any, space: PageSpace, number: int) -> Fetched:
    """The words of an open text page (a raw handle), for :func:`words_of`."""
    handle = ctypes.cast(textpage, ctypes.c_void_p).value
    text, codes = _page_text(handle)
    kinds = _kinds()[codes if codes.dtype == np.uint16 else np.minimum(codes, 0xFFFF)]
    held = int(np.bitwise_or.reduce(kinds))
    starts, ends, texts = _split(text, kinds, held, _notes(handle, codes))
    if not len(starts):
        none = np.zeros(0, dtype=np.intp)
        return Fetched(
            number, space, [], starts, ends, none > 0, np.zeros((0, 4)), {}, [], none, 0, private=False, as_written=True
        )
    breaks = np.zeros(len(starts) + 1, dtype=bool)
    breaks[0] = True
    breaks[starts.searchsorted((codes == 10).nonzero()[0])] = True  # after a line break of pdfium's
    if held & _MARK:
        breaks[starts.searchsorted((kinds & _MARK).nonzero()[0], side="right")] = True
    breaks = breaks[:-1]
    firsts = starts.tolist()
    corners = boxes_of(_calls()["loose"], reference(handle), firsts + (ends - 1).tolist())
    turned = {i: _turned(handle, firsts[i], int(ends[i]) - 1) for i in _unsound(corners)}
    looks, of_word, invisible = _looks(handle, firsts, breaks)
    return Fetched(
        number, space, texts, starts, ends, breaks, corners, turned, looks, of_word, invisible,
        private=bool(held & _PRIVATE), as_written=not held & _UNCLEAN,
    )  # fmt: skip


def words_of(pages: Sequence[Fetched]) -> list[PageWords]:
    """The words of pages, some :data:`PAGES_AT_ONCE`, in the order given."""
    return [words for _, alike in groupby(pages, key=lambda page: page.space) for words in _words(list(alike))]


def _words(pages: list[Fetched]) -> Iterator[PageWords]:
    """The words of pages of one space."""
    space = pages[0].space
    width, height = space.size
    counts = [len(page.texts) for page in pages]
    first = np.concatenate([page.corners[:n] for page, n in zip(pages, counts, strict=True)])
    last = np.concatenate([page.corners[n:] for page, n in zip(pages, counts, strict=True)])
    # The loose box spans the font's ascent and descent: its height is the font size, and it covers accents.
    sizes = np.abs(first[:, 1] - first[:, 3])
    low, high = np.minimum(first, last), np.maximum(first, last)
    boxes = np.stack((low[:, 0], low[:, 3], high[:, 2], high[:, 1]), axis=1)
    lengths = np.concatenate([page.ends - page.starts for page in pages])
    at = 0
    for page, n in zip(pages, counts, strict=True):
        for i, (box, size) in page.turned.items():
            boxes[at + i], sizes[at + i] = box, size
        at += n
    boxes = space.displayed(boxes)
    # Three letters side by side are wider than high; two letters or fewer say nothing about the direction.
    upright = (boxes[:, 3] - boxes[:, 1] <= 1.5 * (boxes[:, 2] - boxes[:, 0])) | (lengths < 3)
    at = 0
    for page, n in zip(pages, counts, strict=True):
        own = slice(at, at + n)
        at += n
        across = upright[own]
        letters = lengths[own] if page.as_written else np.fromiter(map(len, page.texts), dtype=np.int64, count=n)
        if not page.as_written:
            across |= letters < 3  # without invisible marks
        bold = np.array([look[0] for look in page.looks], dtype=bool)
        names = np.array([look[1] for look in page.looks], dtype=object)
        # A document says the same words on every page: one copy of each is kept.
        texts = list(map(sys.intern, page.texts))
        yield PageWords(
            page.number, width, height, texts, boxes[own], sizes[own], page.breaks, across, bold[page.of_word],
            names[page.of_word], page.invisible, page.private, letters,
        )  # fmt: skip


def _page_text(handle: int | None) -> tuple[str, npt.NDArray[Any]]:
    """The text of a page and its characters' codes, one per index of pdfium."""
    calls = _calls()
    count = calls["count"](handle)
    if count <= 0:
        return "", np.zeros(0, dtype=np.uint16)
    buffer = np.zeros(2 * count + 2, dtype=np.uint16)  # a character outside the basic plane takes two units
    written = max(calls["text"](handle, 0, count, buffer.ctypes.data) - 1, 0)
    text = buffer[:written].tobytes().decode("utf-16-le", errors="replace")
    if len(text) == written == count:
        return text, buffer[:count]
    if len(text) != count:  # pdfium leaves characters out of its text: ask for them one by one, indices must agree
        codes = map(calls["unicode"], repeat(handle), range(count))
        text = "".join(
            chr(c) if 0 < c <= 0x10FFFF and not 0xD800 <= c < 0xE000 else "\ufffd" if c else " " for c in codes
        )
    return text, np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


@functools.cache
def _kinds() -> npt.NDArray[np.uint8]:
    """What each character of the basic plane may be; the last stands for all those beyond it too."""
    kinds = np.full(0x10000, _SOLID, dtype=np.uint8)
    for code in range(0x10000):
        character = chr(code)
        if not code or character.isspace():  # the white space of ``str.split``, and NUL
            kinds[code] = 0
        elif code < 0x7F and code >= 0x20:
            continue
        elif (
            is_cleaned(character)
            or unicodedata.category(character)[0] == "M"  # composes with what is before it
            or 0x1100 <= code < 0x1200  # so do the parts of Korean syllables
            or not unicodedata.is_normalized("NFC", character)
        ):
            kinds[code] |= _UNCLEAN
        if is_private(character) or code == 0xFFFD:
            kinds[code] |= _PRIVATE
    kinds[list(_MARKS)] = _SOLID | _MARK | _UNCLEAN
    kinds[0xFFFF] |= _UNCLEAN
    return kinds


def _split(
    text: str, kinds: npt.NDArray[np.uint8], held: int, notes: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], list[str]]:
    """(first characters, ends, texts) of the words of a page.

    ``held``: all the ``kinds`` of its characters; ``notes``: those that begin a word without a space before them.
    """
    solid = np.zeros(len(kinds) + 2, dtype=bool)
    solid[1:-1] = kinds
    edges = (solid[1:] != solid[:-1]).nonzero()[0]
    if held & _MARK:  # a mark ends its word, whatever follows
        marks = (kinds & _MARK).nonzero()[0]
        cuts = marks[solid[marks + 2]] + 1
        edges = np.sort(np.concatenate((edges, cuts, cuts)))
    if len(notes):
        edges = np.sort(np.concatenate((edges, notes, notes)))
    starts, ends = edges[::2], edges[1::2]
    shown = clean_text(text).replace("\ufffe", "\ufffe ") if held & _UNCLEAN else text
    texts = shown.replace("\0", " ").split()
    if len(texts) != len(starts):  # a word of invisible marks only has no text, and keeps its place
        texts = [clean_word(text[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return starts, ends, texts


def _notes(handle: int | None, codes: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """The figures that call a note at the end of a word: smaller than its letters. « SecNumCloud1 » is no word."""
    if len(codes) <= _NOTE_LETTERS:
        return np.zeros(0, dtype=np.intp)
    low = codes | 0x20  # lower case, of the letters that have one there
    letter = ((low >= 0x61) & (low <= 0x7A)) | ((codes >= 0xC0) & (codes < 0x180))
    found = (codes >= 0x30) & (codes <= 0x39)
    found[:_NOTE_LETTERS] = False
    for back in range(1, _NOTE_LETTERS + 1):
        found[back:] &= letter[:-back]
    places = found.nonzero()[0]
    if not len(places):
        return places
    boxes = boxes_of(_calls()["loose"], reference(handle), [*places.tolist(), *(places - 1).tolist()])
    heights = np.abs(boxes[:, 1] - boxes[:, 3])
    small = heights[: len(places)] < _NOTE_SIZE * heights[len(places) :]
    return places[small]


def _unsound(corners: FloatArray) -> list[int]:
    """The words whose loose boxes are none: turned text (pdfium uses one axis of its matrix only), broken fonts.

    A word whose two ends stand on different lines was glued by pdfium: its tight boxes are no better, but never empty.
    """
    half = len(corners) // 2
    height, width = np.abs(corners[:half, 1] - corners[:half, 3]), corners[half:, 2] - corners[:half, 0]
    if height.min() >= 0.5 and width.min() >= 0.05 and np.isfinite(corners).all():
        return []
    first, last = corners[:half], corners[half:]
    low, high = np.minimum(first, last), np.maximum(first, last)
    sound = (height >= 0.5) & (high[:, 2] - low[:, 0] >= 0.05)
    sound &= np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    found: list[int] = np.flatnonzero(~sound).tolist()
    return found


def _turned(handle: int | None, first: int, last: int) -> tuple[tuple[float, float, float, float], float]:
    """The box of a word from its glyphs' ink and its matrix, for text that does not run left to right."""
    calls = _calls()
    values = (ctypes.c_double * 4)()
    address = ctypes.addressof(values)
    left = bottom = float("inf")
    right = top = float("-inf")
    for index in dict.fromkeys((first, last)):
        if calls["tight"](handle, index, address, address + 8, address + 16, address + 24):
            left, right = min(left, values[0]), max(right, values[1])
            bottom, top = min(bottom, values[2]), max(top, values[3])
    if left > right:
        return (0.0, 0.0, 0.0, 0.0), 0.0
    matrix = pdfium.FS_MATRIX()
    scale, turned = 1.0, False
    if calls["matrix"](handle, first, ctypes.addressof(matrix)):
        scale = (matrix.a**2 + matrix.b**2) ** 0.5 or 1.0
        turned = abs(matrix.b) > abs(matrix.a)
    size = calls["size"](handle, first) * scale
    # Ink of « nom » is half as thick as the line: widen it across the reading direction to the thickness of a line.
    if turned:
        spare = max(size - (right - left), 0.0) / 2
        left, right = left - spare, right + spare
    else:
        spare = max(size - (top - bottom), 0.0) / 2
        bottom, top = bottom - spare, top + spare
    return (left, bottom, right, top), size


def _looks(
    handle: int | None, firsts: list[int], breaks: npt.NDArray[np.bool_]
) -> tuple[list[tuple[bool, str]], npt.NDArray[np.intp], int]:
    """The fonts of a page, which of them each word has, and how many words are invisible.

    Asked once per text object of the page, and for two words of each line: when the first and last word of a line share
    their object, so do those between.
    """
    calls = _calls()
    ask, text = calls["object"], repeat(reference(handle))
    lines = breaks.nonzero()[0].tolist()
    ends = [*lines[1:], len(firsts)]
    opening = list(map(ask, text, [firsts[begin] for begin in lines]))
    closing = list(map(ask, text, [firsts[end - 1] for end in ends]))
    things, counts = opening, [end - begin for begin, end in zip(lines, ends, strict=True)]
    if opening != closing:
        things, counts = [], []
        for begin, end, thing, other in zip(lines, ends, opening, closing, strict=True):
            if thing == other:
                things.append(thing)
                counts.append(end - begin)
            else:
                things += [thing, *map(ask, text, firsts[begin + 1 : end - 1]), other]
                counts += [1] * (end - begin)
    objects = list(dict.fromkeys(things))
    fonts = list(map(calls["font"], objects))
    # Asked anew for each page: pdfium may reuse the address of a font that it has freed.
    known = {font: n for n, font in enumerate(dict.fromkeys(fonts))}
    place = {thing: known[font] for thing, font in zip(objects, fonts, strict=True)}
    modes = list(map(calls["mode"], objects))
    invisible = 0
    if _INVISIBLE in modes:
        hidden = {thing for thing, mode in zip(objects, modes, strict=True) if mode == _INVISIBLE}
        invisible = sum(count for thing, count in zip(things, counts, strict=True) if thing in hidden)
    return [_font(font) for font in known], np.array([place[thing] for thing in things]).repeat(counts), invisible


def _font(font: int | None) -> tuple[bool, str]:
    """Whether a font is bold, and its name without the tag of its subset."""
    buffer = ctypes.create_string_buffer(128)
    return _name(buffer.value) if font and _calls()["name"](font, buffer, 128) else (False, "")


@functools.lru_cache(maxsize=256)  # fonts come back on every page
def _name(written: bytes) -> tuple[bool, str]:
    name = written.decode("utf-8", errors="replace").split("+", 1)[-1]
    return _BOLD.search(name) is not None, name
