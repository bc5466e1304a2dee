"""Whether a page without a word had text all the same, that pdfium dropped without a word.

Asked of such pages only, since it costs what their reading did. A blank page has no object, or spaces, or a picture.
"""

from __future__ import annotations

import ctypes
import io
import re
import zlib
from typing import Any

import pypdfium2 as pdfium2
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import reference
from crible.extraction.pdf_paths import object_calls

_TEXT, _FORM = 1, 5  # FPDF_PAGEOBJ_*
_TINY = 0.01  # points: no text is set so small, and pdfium drops it
_NESTING = 20  # forms inside forms: pdfium gives up a little deeper, and no program nests so
_OBJECTS_MAX = 2_000  # of one page: beyond, what was not seen is taken for drawing
_CONTENT_MAX = 1 << 20  # bytes of a content stream that are looked at: longer without one object, it is a bomb
_CONTENTS = re.compile(rb"/Contents\s*(\[[^\]]*\]|\d+ \d+ R)")
_REFERENCE = re.compile(rb"(\d+) \d+ R")
_STREAM = re.compile(rb"\s+0 obj\s*(<<.*?>>)\s*stream\r?\n", re.DOTALL)
_SIGNS = re.compile(rb"\\.|[()]", re.DOTALL)


def has_lost_text(document: Any, page: Any, index: int) -> bool:
    """Whether a page (raw handles, and its index) of which no word was read holds text."""
    calls = object_calls()
    own = ctypes.cast(page, ctypes.c_void_p).value
    holders = [(own, 0)]
    seen = 0
    while holders and seen < _OBJECTS_MAX:
        holder, depth = holders.pop()
        many = calls["form_count" if depth else "count"](holder)
        for i in range(min(many, _OBJECTS_MAX - seen)):
            seen += 1
            thing = calls["form_get"](holder, i) if depth else calls["get"](reference(own), i)
            kind = calls["type"](thing)
            if (kind == _TEXT and _is_lost(thing)) or (kind == _FORM and depth >= _NESTING):
                return True
            if kind == _FORM:
                holders.append((thing, depth + 1))
    return not seen and _is_cut_short(document, index)


def _is_lost(thing: int) -> bool:
    """Whether a text object shows something, or is too small to: a space does neither."""
    calls = object_calls()
    box, matrix, size = (ctypes.c_float * 4)(), pdfium.FS_MATRIX(), ctypes.c_float()
    at = ctypes.addressof(box)
    if calls["bounds"](thing, at, at + 4, at + 8, at + 12) and (box[2] - box[0] > _TINY or box[3] - box[1] > _TINY):
        return True
    if not calls["matrix"](thing, ctypes.addressof(matrix)) or not calls["font_size"](thing, ctypes.addressof(size)):
        return False
    return bool(abs(size.value) * max(abs(matrix.a), abs(matrix.b), abs(matrix.c), abs(matrix.d)) < _TINY)


def _is_cut_short(document: Any, index: int) -> bool:
    """Whether the content of a page without objects cannot be decoded, or opens a string that it never ends.

    pdfium does not show content streams: a copy of the page alone does, in the plain form in which pdfium writes.
    """
    copied = io.BytesIO()
    alone = pdfium2.PdfDocument.new()
    try:
        if not pdfium.FPDF_ImportPagesByIndex(alone.raw, document, (ctypes.c_int * 1)(index), 1, 0):
            return False
        alone.save(copied)
    except pdfium2.PdfiumError:
        return False
    finally:
        alone.close()
    data = copied.getvalue()
    contents = _CONTENTS.search(data)
    return contents is not None and any(_is_broken(data, number) for number in _REFERENCE.findall(contents[1]))


def _is_broken(data: bytes, number: bytes) -> bool:
    begin = data.find(b"\n" + number + b" 0 obj")
    found = _STREAM.match(data, begin + 1 + len(number)) if begin >= 0 else None
    if found is None:
        return False
    content = data[found.end() : data.find(b"endstream", found.end())].rstrip(b"\r\n")
    filters = re.findall(rb"/(\w+Decode)", found[1])
    if any(name != b"FlateDecode" for name in filters):
        return False  # rare, and never seen broken
    for _ in filters:
        try:
            content = zlib.decompressobj().decompress(content, _CONTENT_MAX)
        except zlib.error:
            return True
    depth = 0
    for match in _SIGNS.finditer(content) if len(content) < _CONTENT_MAX else ():
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
    return depth > 0
