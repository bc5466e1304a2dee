"""HTML into blocks: enough for a notice or a specification saved from a browser."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from crible.extraction.plaintext import RawBlock, decode, document_of

if TYPE_CHECKING:
    from crible.types import BlockKind, Document

_HEADING = re.compile("h[1-6]$")
_BLOCK_TAGS = frozenset(
    (
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "blockquote",
        "pre",
        "dd",
        "dt",
        "figcaption",
        "address",
        "form",
        "main",
        "nav",
        "li",
        "table",
    )
)
_SILENT_TAGS = frozenset(("script", "style", "noscript", "template", "svg", "head"))


def read_html(data: bytes, *, path: str, sha256: str) -> Document:
    """An HTML file as a Document: headings, list items, table rows, paragraphs. Raises EmptyInput when it is blank."""
    parser = _Blocks()
    parser.feed(decode(data))
    parser.close()
    parser.flush()
    return document_of(parser.found, path=path, sha256=sha256)


class _Blocks(HTMLParser):
    """Gathers the text between block tags; the cells of a table row make one block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[RawBlock] = []
        self._text: list[str] = []
        self._line = 1
        self._silent = 0
        self._kind: BlockKind = "paragraph"
        self._level = 0
        self._cells: list[str] | None = None
        self._in_cell = False
        self._headers: tuple[str, ...] = ()
        self._all_header = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT_TAGS:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # a head that was never closed must not silence the page
        elif tag == "br":
            self._text.append(" ")
        elif tag in ("td", "th") and self._cells is not None:
            self._end_cell()
            self._in_cell = True
            self._all_header = self._all_header and tag == "th"
        elif tag in ("tr", "table"):
            self._end_row()
            self.flush()
            if tag == "tr":
                self._cells, self._all_header = [], True
            else:
                self._headers = ()
        elif self._cells is None and (tag in _BLOCK_TAGS or _HEADING.match(tag)):
            self.flush()
            self._kind = "list_item" if tag == "li" else "heading" if _HEADING.match(tag) else "paragraph"
            self._level = int(tag[1]) if self._kind == "heading" else 0
        elif tag in _BLOCK_TAGS:
            self._text.append(" ")  # paragraphs inside a cell

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT_TAGS:
            self._silent = max(self._silent - 1, 0)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()
        elif self._cells is None and (tag in _BLOCK_TAGS or _HEADING.match(tag)):
            self.flush()

    def handle_data(self, data: str) -> None:
        if self._silent or not data:
            return
        if not self._text and data.strip():
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        if self._text or data.strip():
            self._text.append(data)

    def flush(self) -> None:
        text = _folded("".join(self._text))
        self._text.clear()
        if text:
            self.found.append(RawBlock(self._kind, text, self._line, None, level=self._level))
        self._kind, self._level = "paragraph", 0

    def _end_cell(self) -> None:
        if self._in_cell and self._cells is not None:
            self._cells.append(_folded("".join(self._text)))
        self._in_cell = False
        self._text.clear()

    def _end_row(self) -> None:
        if self._cells is None:
            return
        self._end_cell()  # closing tags of cells may be left out
        cells, self._cells = tuple(self._cells), None
        if not any(cells):
            return
        header = self._headers if len(self._headers) == len(cells) else ()
        line = self.getpos()[0]
        self.found.append(RawBlock("table_row", " | ".join(filter(None, cells)), line, None, row=cells, header=header))
        if self._all_header and not self._headers:
            self._headers = cells


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
