"""Files attached to a PDF (portfolios, annexes slipped into a piece): each is a file of the tender."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from crible.extraction.archive import Entry, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.extraction.archive import Budget

_NAME_BYTES = 4 << 10  # a longer name is cut: file systems take 255 characters


def pdf_files(data: bytes, budget: Budget) -> Iterator[Entry]:
    """The files attached to a PDF, under their names. Nothing when the PDF cannot be opened: its reader says why."""
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
    finally:
        pdfium.FPDF_CloseDocument(document)


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
