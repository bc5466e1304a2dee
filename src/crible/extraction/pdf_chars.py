"""The words of a PDF page with their boxes, fetched in bulk through pdfium's raw text interface.

One text call per page, two box calls and one object call per word: calls per character would cost as much as
pdfium's own reading of the page. Everything after the calls is numpy over the whole page.
"""

from __future__ import annotations

import ctypes
import functools
import re
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import bind, boxes_of, reference
from crible.extraction.pdf_glyphs import clean_text, clean_word

FloatArray = npt.NDArray[np.float64]

# pdfium puts U+FFFE (FPDFText_GetText) or U+0002 (bounded text) in place of a hyphen at the end of a line, and glues
# the next line to it: the mark ends a word here, so that each half keeps its own box.
END_HYPHENS = "\ufffe\x02"
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-bd|,b$", re.IGNORECASE)
_NONE = np.zeros(0, dtype=np.intp)
_INVISIBLE = 3  # text render mode « neither fill nor stroke »: the layer under a scan, or hidden words


@dataclass(slots=True)
class PageWords:
    """Every word of one page, in pdfium's order; boxes in points of the page as displayed, origin top left.

    ``texts`` are normalised (NFC, ligatures, tick boxes); ``boxes`` is (n, 4) x0, top, x1, bottom; ``sizes`` the font
    size in points; ``breaks[i]`` is true when pdfium begins a new line at word i; ``upright[i]`` false for words that
    run up or down the displayed page. A word that ends in the end-of-line hyphen mark keeps it, as U+FFFE.
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
    fonts: list[str]
    invisible: int = 0


@functools.cache
def _calls() -> dict[str, Any]:
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    return {
        "count": bind("FPDFText_CountChars", integer, pointer),
        "text": bind("FPDFText_GetText", integer, pointer, integer, integer, pointer),
        "loose": bind("FPDFText_GetLooseCharBox", integer),
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


def read_words(textpage: Any, space: PageSpace, number: int) -> PageWords:
    """The words of an open text page (a raw handle)."""
    handle = ctypes.cast(textpage, ctypes.c_void_p).value
    text, codes = _page_text(handle)
    starts, ends, texts = _split(text, codes)
    count = len(texts)
    width, height = space.size
    if not count:
        none = np.zeros(0, dtype=bool)
        return PageWords(number, width, height, [], np.zeros((0, 4)), np.zeros(0), none, none, none, [])
    breaks = _breaks(text, codes, starts)
    firsts = starts.tolist()
    boxes, sizes = _boxes(handle, firsts, (ends - 1).tolist())
    boxes = space.displayed(boxes)
    bold, fonts, invisible = _looks(handle, firsts, breaks)
    # Three letters side by side are wider than high; two letters or fewer say nothing about the direction.
    upright = (boxes[:, 3] - boxes[:, 1] <= 1.5 * (boxes[:, 2] - boxes[:, 0])) | (ends - starts < 3)
    if not upright.all():
        upright |= np.fromiter(map(len, texts), dtype=np.int64, count=count) < 3  # as shown, without invisible marks
    return PageWords(number, width, height, texts, boxes, sizes, breaks, upright, bold, fonts, invisible)


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
def _solid() -> npt.NDArray[np.bool_]:
    """Which characters of the basic plane are part of words: not the white space of ``str.split``, nor NUL."""
    return np.fromiter((bool(i) and not chr(i).isspace() for i in range(0x10000)), dtype=bool, count=0x10000)


def _marks(text: str, codes: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Where the end-of-line hyphens stand, of a text that holds some."""
    return (
        np.flatnonzero((codes == 0xFFFE) | (codes == 2)) if END_HYPHENS[0] in text or END_HYPHENS[1] in text else _NONE
    )


def _split(text: str, codes: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], list[str]]:
    """(first characters, ends, texts) of the words of a page."""
    solid = np.zeros(len(codes) + 2, dtype=bool)
    solid[1:-1] = _solid()[codes if codes.dtype == np.uint16 else np.minimum(codes, 0xFFFF)]
    edges = np.flatnonzero(solid[1:] != solid[:-1])
    marks = _marks(text, codes)
    if len(marks):  # a mark ends its word, whatever follows
        cuts = marks[solid[marks + 2]] + 1
        edges = np.sort(np.concatenate((edges, cuts, cuts)))
    starts, ends = edges[::2], edges[1::2]
    texts = clean_text(text).replace("\0", " ").replace("\ufffe", "\ufffe ").split()
    if len(texts) != len(starts):  # a word of invisible marks only has no text, and keeps its place
        texts = [clean_word(text[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return starts, ends, texts


def _breaks(text: str, codes: npt.NDArray[Any], starts: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which words begin a line: after a line break of pdfium's, and after an end-of-line hyphen."""
    breaks = np.zeros(len(starts) + 1, dtype=bool)
    breaks[0] = True
    breaks[np.searchsorted(starts, np.flatnonzero(codes == 10))] = True
    breaks[np.searchsorted(starts, _marks(text, codes), side="right")] = True
    return breaks[:-1]


def _boxes(handle: int | None, firsts: list[int], lasts: list[int]) -> tuple[FloatArray, FloatArray]:
    """(n, 4) left, bottom, right, top of the words in page coordinates, and their font sizes."""
    # The loose box spans the font's ascent and descent: its height is the font size, and it covers accents.
    corners = boxes_of(_calls()["loose"], reference(handle), firsts + lasts).reshape(2, len(firsts), 4)
    # FS_RECTF is left, top, right, bottom.
    low, boxes = np.minimum(corners[0], corners[1]), np.maximum(corners[0], corners[1])
    boxes[:, 3] = boxes[:, 1]
    boxes[:, 0], boxes[:, 1] = low[:, 0], low[:, 3]
    sizes = np.abs(corners[0, :, 1] - corners[0, :, 3])
    # Text that is turned has no loose box (pdfium uses one axis of its matrix only), nor have broken fonts. A word
    # whose two ends stand on different lines was glued by pdfium: its tight boxes are no better, but never empty.
    sound = (sizes >= 0.5) & (boxes[:, 2] - boxes[:, 0] >= 0.05)
    if not (sound.all() and np.isfinite(corners).all()):
        for i in np.flatnonzero(~(sound & np.isfinite(boxes).all(axis=1))).tolist():
            boxes[i], sizes[i] = _turned(handle, firsts[i], lasts[i])
    return boxes, sizes


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
) -> tuple[npt.NDArray[np.bool_], list[str], int]:
    """Boldness and font name per word, and how many words are invisible. Asked once per text object of the page."""
    calls = _calls()
    ask, text = calls["object"], reference(handle)
    of_word: list[int | None] = []
    lines = np.flatnonzero(breaks).tolist()
    for first, end in zip(lines, [*lines[1:], len(firsts)], strict=True):
        thing = ask(text, firsts[first])
        # When the first and last word of a line share their object, so do those between.
        if end - first == 1 or (end - first > 2 and ask(text, firsts[end - 1]) == thing):
            of_word += [thing] * (end - first)
        else:
            of_word += [thing, *map(ask, repeat(text), firsts[first + 1 : end])]
    objects = list(dict.fromkeys(of_word))
    fonts = list(map(calls["font"], objects))
    # Asked anew for each page: pdfium may reuse the address of a font that it has freed.
    looks = {font: _font(font) for font in dict.fromkeys(fonts)}
    bold = {thing: looks[font][0] for thing, font in zip(objects, fonts, strict=True)}
    names = {thing: looks[font][1] for thing, font in zip(objects, fonts, strict=True)}
    modes = list(map(calls["mode"], objects))
    invisible = 0
    if _INVISIBLE in modes:
        hidden = {thing for thing, mode in zip(objects, modes, strict=True) if mode == _INVISIBLE}
        invisible = sum(thing in hidden for thing in of_word)
    return (
        np.fromiter(map(bold.__getitem__, of_word), dtype=bool, count=len(of_word)),
        list(map(names.__getitem__, of_word)),
        invisible,
    )


def _font(font: int | None) -> tuple[bool, str]:
    """Whether a font is bold, and its name without the tag of its subset."""
    buffer = ctypes.create_string_buffer(128)
    return _name(buffer.value) if font and _calls()["name"](font, buffer, 128) else (False, "")


@functools.lru_cache(maxsize=256)  # fonts come back on every page
def _name(written: bytes) -> tuple[bool, str]:
    name = written.decode("utf-8", errors="replace").split("+", 1)[-1]
    return _BOLD.search(name) is not None, name
