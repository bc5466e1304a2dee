"""Files attached to a PDF (portfolios, annexes slipped into a piece): each is a file of the tender."""

from __future__ import annotations

import ctypes
import re
import zlib
from typing import TYPE_CHECKING

from crible.extraction.archive import Entry, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.extraction.archive import Budget

_NAME_BYTES = 4 << 10  # a longer name is cut: file systems take 255 characters
# To open every page for a file pinned to it costs a fifth of reading them all: only where an object is of that kind,
# in clear or in one of the streams that hold objects, deflated. Of an encrypted document nobody can tell beforehand.
_PINNED, _ENCRYPTED = b"/FileAttachment", b"/Encrypt"
_OBJECTS = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_OBJECTS_MAX = 1 << 20  # bytes looked at of one stream: writers put a hundred objects or two in each
_OBJECTS_ALL = 64 << 20  # and of all: beyond, opening the pages costs less
_PINS_MAX = 10_000  # annotations of one page


def pdf_files(data: bytes, budget: Budget) -> Iterator[Entry]:
    """The files attached to a PDF or to its pages, under their names.

    Nothing when the PDF cannot be opened: its reader says why.
    """
    import pypdfium2.raw as pdfium

    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        return
    try:
        shelf = Shelf(budget)
        # What is beyond the limit of entries is counted, and not listed one by one.
        for index in range(min(pdfium.FPDFDoc_GetAttachmentCount(document), budget.limits.entries + 1)):
            attachment = pdfium.FPDFDoc_GetAttachment(document, index)
            if attachment:
                yield from _attached(attachment, index, shelf)
        if _may_pin(data):
            for index in range(pdfium.FPDF_GetPageCount(document)):
                if budget.entries > budget.limits.entries:
                    break
                yield from _pinned(document, index, shelf)
    finally:
        pdfium.FPDF_CloseDocument(document)


def _may_pin(data: bytes) -> bool:
    """Whether a page of a PDF may hold a file."""
    if _PINNED in data or _ENCRYPTED in data:
        return True
    left = _OBJECTS_ALL
    for found in _OBJECTS.finditer(data):
        objects = _inflated(data, found.end())
        left -= len(objects)
        if _PINNED in objects or left < 0:
            return True
    return False


def _inflated(data: bytes, start: int) -> bytes:
    """The beginning of a deflated stream; of another kind of stream, nothing."""
    try:
        return zlib.decompressobj().decompress(data[start : start + _OBJECTS_MAX], _OBJECTS_MAX)
    except zlib.error:
        return b""


def _pinned(document: object, index: int, shelf: Shelf) -> Iterator[Entry]:
    """The files that annotations of a page hold: an annex shown as a paper clip."""
    import pypdfium2.raw as pdfium

    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return
    try:
        for n in range(min(pdfium.FPDFPage_GetAnnotCount(page), _PINS_MAX)):
            annotation = pdfium.FPDFPage_GetAnnot(page, n)
            if not annotation:
                continue
            try:
                if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_FILEATTACHMENT:
                    attachment = pdfium.FPDFAnnot_GetFileAttachment(annotation)
                    if attachment:
                        yield from _attached(attachment, n, shelf)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    finally:
        pdfium.FPDF_ClosePage(page)


def _attached(attachment: object, index: int, shelf: Shelf) -> Iterator[Entry]:
    import pypdfium2.raw as pdfium

    name = _name(attachment) or f"piece-{index + 1}"
    size = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(attachment, None, 0, size):
        yield from shelf.refuse(name, "damaged")
        return
    reason, detail = shelf.over(size.value)
    if reason is not None:
        yield from shelf.refuse(name, reason, detail)
        return
    buffer = ctypes.create_string_buffer(max(size.value, 1))
    if not pdfium.FPDFAttachment_GetFile(attachment, buffer, size.value, size):
        yield from shelf.refuse(name, "damaged")
        return
    yield from shelf.put(name, buffer.raw[: size.value])


def _name(attachment: object) -> str:
    import pypdfium2.raw as pdfium

    length = min(pdfium.FPDFAttachment_GetName(attachment, None, 0), _NAME_BYTES)
    buffer = ctypes.create_string_buffer(max(length, 2))
    pdfium.FPDFAttachment_GetName(attachment, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw[:length].decode("utf-16-le", errors="replace").rstrip("\x00")
