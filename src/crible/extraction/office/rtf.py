"""Rich text (RTF) into blocks.

An anchor is ``{"kind": "rtf", "paragraph": n}``: paragraphs and cells in the order in which they end, from 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crible.extraction.office.blocks import (
    Gathered,
    Piece,
    Row,
    clean,
    document_of,
    is_capitals,
    is_item,
    table_pieces,
    typed_heading_level,
)
from crible.extraction.office.docx_text import EMPTY, TICKED
from crible.extraction.office.refusal import Refusal
from crible.extraction.pdf_glyphs import clean_word

if TYPE_CHECKING:
    from crible.types import BlockKind, Document

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_DEPTH_MAX = 1_000  # open groups: word processors stay under a hundred
_CHARSETS = {0: "", 2: "symbol", 161: "cp1253", 162: "cp1254", 204: "cp1251", 238: "cp1250"}
_SILENT = frozenset((
    "fonttbl", "colortbl", "info", "pict", "themedata", "datastore", "listtable", "listoverridetable", "revtbl",
    "rsidtbl", "generator", "xmlnstbl", "fldinst", "objdata", "filetbl", "template", "latentstyles", "annotation",
    "atnid", "atnauthor", "atrfstart", "atrfend", "bkmkstart", "bkmkend", "private", "nonshppict", "wgrffmtfilter",
    "mmathPr", "pntxtb", "pntxta", "pnseclvl",
))  # fmt: skip
_RUNNING = frozenset(("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"))
_MARKS = {
    "tab": " ", "line": " ", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip


@dataclass(slots=True)
class _State:
    """What a group inherits from the one around it."""

    where: str = ""  # destination: "" the text, "silent", "running", "footnote", "number", "stylesheet", "form"
    bold: bool = False
    hidden: bool = False
    deleted: bool = False
    codec: str = "cp1252"
    skip: int = 1  # characters that stand for a Unicode one in old readers


@dataclass(slots=True)
class _Paragraph:
    style: int = 0
    level: int = 0
    in_table: bool = False


@dataclass(slots=True)
class _Text:
    parts: list[str] = field(default_factory=list)
    letters: int = 0
    strong: int = 0

    def take(self) -> tuple[str, bool]:
        text, strong = clean("".join(self.parts)), self.letters > 0 and self.strong >= 0.9 * self.letters
        self.parts, self.letters, self.strong = [], 0, 0
        return text, strong


def read_rtf(data: bytes, *, path: str, sha256: str) -> Document:
    """An RTF file as a Document. Raises EmptyInput, or Refusal when its groups are nested beyond reason."""
    reader = _Reader()
    reader.read(data)
    return document_of(reader.found, path=path, sha256=sha256)


class _Reader:
    def __init__(self) -> None:
        self.found = Gathered()
        self._states = [_State()]
        self._texts: dict[str, _Text] = {}
        self._paragraph = _Paragraph()
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._codec = "cp1252"
        self._levels: dict[int, int] = {}  # style → heading level
        self._count = 0
        self._cells: list[tuple[str, bool]] = []
        self._rows: list[Row] = []
        self._header_row = False
        self._first_cell = 0
        self._star = False
        self._pending = 0  # characters to skip after a Unicode one
        self._style = (0, 0)  # style being defined: number, level
        self._form: dict[str, int] = {}
        self._notes: list[Piece] = []  # of the paragraph or table being read: they come after it
        self._running: set[str] = set()
        self._held: list[str] = []  # boxes of a form, written in the code of a field that is itself not read

    def read(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            match = _TOKEN.match(data, at)
            if match is None:
                break
            at = match.end()
            if match[1] is not None:
                word, number = match[1].decode(), int(match[2]) if match[2] else None
                if word == "bin":
                    at += max(number or 0, 0)
                else:
                    self._word(word, number)
            elif match[3] is not None:
                self._bytes(bytes((int(match[3], 16),)))
            elif match[4] is not None:
                self._sign(match[4])
            elif match[5] is not None:
                self._group(opens=match[5] == b"{")
            elif match[6] is not None:
                self._bytes(match[6])
        self._end_paragraph()
        self._end_table()
        self.found.pieces += self._notes

    def _group(self, *, opens: bool) -> None:
        self._star = False
        self._pending = 0
        if opens:
            if len(self._states) > _DEPTH_MAX:
                raise Refusal("unsafe_xml", f"> {_DEPTH_MAX} groupes")
            last = self._states[-1]
            self._states.append(_State(last.where, last.bold, last.hidden, last.deleted, last.codec, last.skip))
        elif len(self._states) > 1:
            closed = self._states.pop().where
            if closed != self._states[-1].where:
                self._close(closed)
            if self._held and self._states[-1].where not in ("silent", "form"):
                self._add(" ".join(self._held))
                self._held.clear()

    def _close(self, where: str) -> None:
        """What a destination leaves when it ends."""
        if where == "stylesheet" or where in ("silent", "number"):
            return
        if where == "form":
            if self._form.get("fftype") == 1:
                result = self._form.get("ffres", 25)  # 25: nobody touched the box
                on = self._form.get("ffdefres", 0) if result == 25 else result
                self._held.append(TICKED if on else EMPTY)
            return
        text, _ = self._text(where).take()
        if text and where in ("running", "footnote"):
            self._count += 1
            kind: BlockKind = "furniture" if where == "running" else "footnote"
            piece = Piece(kind, text, {"kind": "rtf", "paragraph": self._count})
            if where == "running" and text in self._running:
                return
            self._running.add(text)
            (self.found.pieces if where == "running" else self._notes).append(piece)

    def _text(self, where: str) -> _Text:
        return self._texts.setdefault(where, _Text())

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._star = True
        elif sign == b"~":
            self._add(" ")
        elif sign == b"_":
            self._add("-")
        elif sign in b"\\{}":
            self._bytes(sign)
        elif sign in b"\r\n":
            self._word("par", None)

    def _word(self, word: str, number: int | None) -> None:
        state = self._states[-1]
        if word in _SILENT:
            if word == "objdata":
                self.found.note("embedded_text_not_read")
            state.where = "fonts" if word == "fonttbl" else "silent"
        elif word == "formfield":
            state.where, self._form = "form", {}
        elif self._star and word not in ("listtext", "pntext", "shptxt", "shpinst", "shppict"):
            state.where = "silent"
        elif word in _RUNNING:
            state.where = "running"
        elif word in ("footnote", "stylesheet"):
            state.where = word
        elif word in ("listtext", "pntext"):
            state.where = "number"
            self._text("number").take()
        elif state.where == "stylesheet":
            self._define(word, number)
        elif state.where == "form":
            if word in ("fftype", "ffres", "ffdefres"):
                self._form[word] = number or 0
        elif state.where == "fonts":
            self._define_font(word, number)
        elif not self._paragraph_word(word, number, state):
            self._format(word, number, state)
        self._star = False

    def _define(self, word: str, number: int | None) -> None:
        if word == "s":
            self._style = (number or 0, 0)
        elif word == "outlinelevel" and number is not None and number < 9:
            self._levels[self._style[0]] = number + 1

    def _define_font(self, word: str, number: int | None) -> None:
        if word == "f":
            self._font = number or 0
        elif word == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(number or 0, "")

    def _paragraph_word(self, word: str, number: int | None, state: _State) -> bool:
        """Properties of a paragraph; those of a note or of an automatic number are not those of the text around."""
        if word not in ("pard", "intbl", "s", "outlinelevel"):
            return False
        if state.where:
            return True
        if word == "pard":
            self._paragraph = _Paragraph()
        elif word == "intbl":
            self._paragraph.in_table = True
        elif word == "s":
            self._paragraph.style = number or 0
        else:
            self._paragraph.level = (number or 0) + 1 if (number or 0) < 9 else 0
        return True

    def _format(self, word: str, number: int | None, state: _State) -> None:
        on = number is None or number != 0
        if word in ("par", "sect", "page", "column"):
            self._paragraph_mark(state)
        elif word in ("cell", "nestcell"):
            self._end_cell(nested=word == "nestcell")
        elif word in ("row", "nestrow"):
            if word == "row":
                self._end_row()
        elif word == "trowd":
            self._header_row = False
        elif word == "trhdr":
            self._header_row = True
        elif word == "plain":
            state.bold = state.hidden = state.deleted = False
            state.codec = self._codec
        elif word in ("b", "ul", "caps"):
            state.bold = on
        elif word == "v":
            state.hidden = on
            self.found.note("hidden_text") if on else None
        elif word == "deleted":
            state.deleted = on
            self.found.note("tracked_deletions") if on else None
        elif word == "f":
            state.codec = self._fonts.get(number or 0, "") or self._codec
        elif word == "ansicpg":
            self._codec = state.codec = _codec(number or 1252)
        elif word == "mac":
            self._codec = state.codec = "mac_roman"
        elif word in ("uc", "u"):
            if word == "uc":
                state.skip = max(number or 0, 0)
            else:
                self._add(_unicode(number or 0))
                self._pending = state.skip
        elif word in _MARKS:
            self._add(_MARKS[word])

    def _bytes(self, data: bytes) -> None:
        if self._pending:
            cut = min(self._pending, len(data))
            self._pending -= cut
            data = data[cut:]
        state = self._states[-1]
        if not data or state.where in ("silent", "fonts", "form"):
            return
        if state.where == "stylesheet":
            named = re.match(rb"\s*(?:heading (\d)|title(?=;|$))", data.lower())
            if named is not None:
                self._levels.setdefault(self._style[0], int(named[1] or 1))
        elif state.codec == "symbol":
            self._add("".join(c if c == " " else clean_word(chr(0xF000 + ord(c))) for c in data.decode("latin-1")))
        else:
            self._add(data.decode(state.codec, errors="replace"))

    def _add(self, text: str) -> None:
        state = self._states[-1]
        if state.where in ("silent", "fonts", "stylesheet") or state.hidden or state.deleted:
            return
        held = self._text("" if state.where == "form" else state.where)
        held.parts.append(text)
        letters = sum(c.isalpha() for c in text)
        held.letters += letters
        held.strong += letters if state.bold else 0

    def _paragraph_mark(self, state: _State) -> None:
        if state.where in ("running", "footnote") or self._paragraph.in_table:
            self._add(" ")
        elif not state.where:
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        number, _ = self._text("number").take()
        text, strong = self._text("").take()
        self._count += 1
        if not text:
            return
        self._end_table()
        level: float = self._paragraph.level or self._levels.get(self._paragraph.style, 0)
        kind: BlockKind = "heading" if level and len(text) <= 400 else "paragraph"
        if kind == "paragraph":
            strong = strong or is_capitals(text)
            level = typed_heading_level(f"{number} {text}".strip() if strong else text, emphasised=strong)
            kind = "heading" if level else "list_item" if number or is_item(text) else "paragraph"
        anchor = {"kind": "rtf", "paragraph": self._count}
        self.found.pieces.append(Piece(kind, text, anchor, level=level, number=number if kind == "heading" else ""))
        self.found.pieces += self._notes
        self._notes = []

    def _end_cell(self, *, nested: bool) -> None:
        if nested:
            self._add(" ")
            return
        self._count += 1
        self._first_cell = self._first_cell or self._count
        self._text("number").take()
        self._cells.append(self._text("").take())

    def _end_row(self) -> None:
        cells, self._cells = self._cells, []
        if any(text for text, _ in cells):
            strong = all(bold or not text for text, bold in cells)
            anchor = {"kind": "rtf", "paragraph": self._first_cell}
            texts = tuple(text for text, _ in cells)
            self._rows.append(Row(texts, anchor, marked=self._header_row, emphasised=strong))
        self._first_cell = 0

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if max((len(row.cells) for row in rows), default=0) > 1:
            self.found.pieces += table_pieces(rows)
        else:
            self.found.pieces += [Piece("paragraph", row.cells[0], row.anchor) for row in rows]


def _codec(page: int) -> str:
    try:
        "".encode(f"cp{page}")
    except LookupError:
        return "cp1252"
    return f"cp{page}"


def _unicode(number: int) -> str:
    code = number & 0xFFFF
    return "" if 0xD800 <= code < 0xE000 else clean_word(chr(code))
