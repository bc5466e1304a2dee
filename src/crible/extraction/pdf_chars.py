"""The words of a PDF page with their boxes, fetched in bulk through pdfium's raw text interface.

One text call per page, two box calls and one object call per word: calls per character would cost as much as
pdfium's own reading of the page. Everything after the calls is numpy over the whole page.
"""

from __future__ import annotations

import ctypes
import functools
import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import bind
from crible.extraction.pdf_glyphs import UNCLEAN, clean_word

FloatArray = npt.NDArray[np.float64]

# pdfium puts U+FFFE (FPDFText_GetText) or U+0002 (bounded text) in place of a hyphen at the end of a line, and glues
# the next line to it: the mark ends a word here, so that each half keeps its own box.
END_HYPHENS = "\ufffe\x02"
_WORD = re.compile(rf"[^\s\x00{END_HYPHENS}]+[{END_HYPHENS}]?|[{END_HYPHENS}]")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-bd|,b$", re.IGNORECASE)
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
        "loose": bind("FPDFText_GetLooseCharBox", integer, pointer, integer, pointer),
        "tight": bind("FPDFText_GetCharBox", integer, pointer, integer, pointer, pointer, pointer, pointer),
        "unicode": bind("FPDFText_GetUnicode", ctypes.c_uint, pointer, integer),
        "size": bind("FPDFText_GetFontSize", ctypes.c_double, pointer, integer),
        "matrix": bind("FPDFText_GetMatrix", integer, pointer, integer, pointer),
        "object": bind("FPDFText_GetTextObject", pointer, pointer, integer),
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
    text = _page_text(textpage, handle)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    starts, lasts, texts = _split(text, codes)
    count = len(starts)
    width, height = space.size
    if not count:
        none = np.zeros(0, dtype=bool)
        return PageWords(number, width, height, [], np.zeros((0, 4)), np.zeros(0), none, none, none, [])
    boxes, sizes = _boxes(handle, starts, lasts)
    boxes = space.displayed(boxes)
    # A new line where pdfium wrote one, and after an end-of-line hyphen.
    newlines = np.cumsum(codes == 10)
    begun = newlines[np.asarray(starts)]
    breaks = np.ones(count, dtype=bool)
    breaks[1:] = begun[1:] != begun[:-1]
    breaks[1:] |= np.isin(codes[np.asarray(lasts[:-1], dtype=np.intp)], (0x02, 0xFFFE))
    bold, fonts, invisible = _fonts(handle, starts, breaks)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=count)
    # Three letters side by side are wider than high; two letters or fewer say nothing about the direction.
    upright = ~((lengths >= 3) & (heights > 1.5 * widths))
    return PageWords(number, width, height, texts, boxes, sizes, breaks, upright, bold, fonts, invisible)


@functools.cache
def _spaces() -> npt.NDArray[np.bool_]:
    """Which characters of the basic plane part words: the white space of ``str.split``, and NUL."""
    return np.fromiter((not i or chr(i).isspace() for i in range(0x10000)), dtype=bool, count=0x10000)


def _split(text: str, codes: npt.NDArray[np.uint32]) -> tuple[list[int], list[int], list[str]]:
    """(first characters, last characters, texts) of the words of a page."""
    if any(mark in text for mark in END_HYPHENS):
        spans = [match.span() for match in _WORD.finditer(text)]
        texts = [clean_word(text[a:b]) for a, b in spans]
        return [a for a, _ in spans], [b - 1 for _, b in spans], texts
    solid = ~_spaces()[np.minimum(codes, 0xFFFF)]
    edges = np.flatnonzero(np.diff(solid.astype(np.int8), prepend=0, append=0))
    texts = text.replace("\0", " ").split()
    # Most pages hold nothing to clean: asked of the page, which costs less than of each of its words.
    plain = text.isascii() or (unicodedata.is_normalized("NFC", text) and not UNCLEAN.search(text))
    if not plain or (solid & (codes < 32)).any():
        texts = [t if t.isascii() and t.isprintable() else clean_word(t) for t in texts]
    return edges[::2].tolist(), (edges[1::2] - 1).tolist(), texts


def _page_text(textpage: Any, handle: int | None) -> str:
    count = pdfium.FPDFText_CountChars(textpage)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (2 * count + 2))()  # a character outside the basic plane takes two units
    written = pdfium.FPDFText_GetText(textpage, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", errors="replace")
    if len(text) != count:  # pdfium leaves characters out of its text: ask for them one by one, indices must agree
        codes = map(_calls()["unicode"], repeat(handle), range(count))
        text = "".join(
            chr(c) if 0 < c <= 0x10FFFF and not 0xD800 <= c < 0xE000 else "\ufffd" if c else " " for c in codes
        )
    return text


def _boxes(handle: int | None, starts: list[int], lasts: list[int]) -> tuple[FloatArray, FloatArray]:
    """(n, 4) left, bottom, right, top of the words in page coordinates, and their font sizes."""
    count = len(starts)
    # The loose box spans the font's ascent and descent: its height is the font size, and it covers accents.
    buffer = np.zeros((2 * count, 4), dtype=np.float32)
    address = buffer.ctypes.data
    indices = starts + lasts
    done = map(_calls()["loose"], repeat(handle), indices, range(address, address + 32 * count, 16))
    deque(done, maxlen=0)
    # FS_RECTF is left, top, right, bottom.
    first, last = buffer[:count].astype(np.float64), buffer[count:].astype(np.float64)
    boxes = np.empty((count, 4))
    boxes[:, 0] = np.minimum(first[:, 0], last[:, 0])
    boxes[:, 1] = np.minimum(first[:, 3], last[:, 3])
    boxes[:, 2] = np.maximum(first[:, 2], last[:, 2])
    boxes[:, 3] = np.maximum(first[:, 1], last[:, 1])
    sizes = np.abs(first[:, 1] - first[:, 3])
    # Text that is turned has no loose box (pdfium uses one axis of its matrix only), nor have broken fonts. A word
    # whose two ends stand on different lines was glued by pdfium: its tight boxes are no better, but never empty.
    flat = (sizes < 0.5) | (boxes[:, 2] - boxes[:, 0] < 0.05) | ~np.isfinite(boxes).all(axis=1)
    for i in np.flatnonzero(flat).tolist():
        boxes[i], sizes[i] = _turned(handle, starts[i], lasts[i])
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


def _objects(handle: int | None, starts: list[int], breaks: npt.NDArray[np.bool_]) -> list[int | None]:
    """The text object of each word. When the first and last word of a line share one, so do those between."""
    ask = _calls()["object"]
    firsts = np.flatnonzero(breaks).tolist()
    found: list[int | None] = []
    for first, end in zip(firsts, [*firsts[1:], len(starts)], strict=True):
        one = ask(handle, starts[first])
        if end - first == 1 or (end - first > 2 and ask(handle, starts[end - 1]) == one):
            found += [one] * (end - first)
        else:
            found += [one, *map(ask, repeat(handle), starts[first + 1 : end])]
    return found


def _fonts(
    handle: int | None, starts: list[int], breaks: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], list[str], int]:
    """Boldness and font name per word, and how many words are invisible. Asked once per text object of the page."""
    calls = _calls()
    font_of, mode_of, name_of = calls["font"], calls["mode"], calls["name"]
    by_object: dict[int | None, tuple[bool, str, bool]] = {None: (False, "", False)}
    by_font: dict[int, tuple[bool, str]] = {}  # of this page: pdfium may reuse the address of a font it has freed
    buffer = ctypes.create_string_buffer(128)
    objects = _objects(handle, starts, breaks)
    for thing in dict.fromkeys(objects):
        if thing is None:
            continue
        font = font_of(thing)
        look = by_font.get(font)
        if look is None:
            length = name_of(font, buffer, 128) if font else 0
            name = buffer.raw[: max(length - 1, 0)].split(b"\0")[0].decode("utf-8", errors="replace").split("+", 1)[-1]
            look = by_font[font] = (_BOLD.search(name) is not None, name)
        by_object[thing] = (*look, mode_of(thing) == _INVISIBLE)
    looks = [by_object[thing] for thing in objects]
    bold = np.fromiter((look[0] for look in looks), dtype=bool, count=len(looks))
    return bold, [look[1] for look in looks], sum(look[2] for look in looks)
