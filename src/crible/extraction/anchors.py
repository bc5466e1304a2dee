"""From characters of a block to the quote a reviewer can find: offsets, page, boxes."""

from __future__ import annotations

from crible.types import Block, Document, Evidence


def document_text(document: Document) -> str:
    """The text that the offsets of a document count in: its blocks joined by one line break."""
    return "\n".join(block.text for block in document.blocks)


def evidence(document: Document, block: Block, start: int, end: int, *, quote: str | None = None) -> Evidence:
    """The evidence for characters ``[start, end)`` of ``block.text``.

    White space at both ends is left out. ``quote`` narrows the span to its first occurrence inside it. Raises
    ValueError when the span is empty or the quote is not there: an evidence that cannot be shown must never be built.
    """
    start, end = max(start, 0), min(end, len(block.text))
    if quote is not None:
        found = block.text.find(quote, start, end)
        if found < 0 or not quote:
            raise ValueError(f"quote not found in block {block.id}: {quote[:60]!r}")
        start, end = found, found + len(quote)
    while start < end and block.text[start].isspace():
        start += 1
    while end > start and block.text[end - 1].isspace():
        end -= 1
    if end <= start:
        raise ValueError(f"empty span in block {block.id}")

    boxes = block.offsets.boxes(start, end) if block.offsets is not None else ()
    # The reader may have located pages without boxes, or nothing at all: then the block itself is the anchor.
    page, bbox = boxes[0] if boxes else (block.page, block.bbox)
    return Evidence(
        quote=block.text[start:end],
        document=document.path,
        sha256=document.sha256,
        role=block.role or document.role,
        section=block.section,
        page=page,
        page_label=_page_label(document, page),
        bbox=bbox,
        char=(block.start + start, block.start + end),
        method=block.method,
        anchor=block.anchor,
        boxes=boxes,
    )


def find_quote(document: Document, found: Evidence) -> bool:
    """Whether the quote of an evidence is, letter for letter, at its place in the text of its document."""
    start, end = found.char
    if found.sha256 != document.sha256 or found.document != document.path:
        return False
    return bool(found.quote) and document_text(document)[start:end] == found.quote


def _page_label(document: Document, page: int | None) -> str | None:
    if page is None or not 1 <= page <= len(document.page_labels):
        return None
    return document.page_labels[page - 1] or None
