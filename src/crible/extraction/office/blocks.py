"""What every office reader hands over, and how it becomes a Document: sections, rows with their header, offsets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crible.errors import EmptyInput
from crible.extraction.numbering import heading_depth, parse_heading_number
from crible.types import Block, BlockKind, Document, UnreadPage, Warned

_LONG_TITLE = 200  # characters: the longest real titles run over three lines of capitals
_LONG_BARE = 110  # characters of a title without number: longer, it is a sentence in bold
_HEADER_WORDS = 8  # words in a header cell: longer cells are content
_CONTACT = re.compile(r"@|https?:|www\.|\b(?:tél|fax|tel)\b|\d{2}[ .]\d{2}[ .]\d{2}[ .]\d{2}", re.IGNORECASE)
_ITEM = re.compile(
    r"(?:[-*+•▪●○◦➢❑–—§❖✓➔→☐☑☒·■□◆▶]|\d{1,2}[.)]|[a-z][.)]|\([a-z0-9]{1,3}\)|[ivx]{1,5}[.)])\s+\S", re.IGNORECASE
)
_BARE_LEVEL = 9.5  # a bold line without number is inside every heading that has a level of its own


@dataclass(slots=True)
class Piece:
    """One block to be. ``level``: of a heading, 1 the outermost. ``number``: the automatic number printed before it."""

    kind: BlockKind
    text: str
    anchor: Mapping[str, Any]
    level: float = 0
    number: str = ""
    row: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    page: int | None = None


@dataclass(slots=True)
class Gathered:
    """What a reader found: pieces in reading order, and what a reviewer must know."""

    pieces: list[Piece] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)  # code of a warning → how many times
    warnings: list[tuple[str, str]] = field(default_factory=list)
    unread: list[UnreadPage] = field(default_factory=list)
    pages: int = 1

    def note(self, code: str, count: int = 1) -> None:
        self.notes[code] = self.notes.get(code, 0) + count


def clean(text: str) -> str:
    """NFC, invisible marks taken off, white space folded."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return " ".join(text.split())


_INVISIBLE = {0xAD: None, 0x200B: None, 0xFEFF: None, 0x200E: None, 0x200F: None}


def document_of(found: Gathered, *, path: str, sha256: str) -> Document:
    """The Document of what was gathered. Raises EmptyInput when no piece holds a word."""
    blocks: list[Block] = []
    stack: list[tuple[float, str]] = []
    start = 0
    for piece in found.pieces:
        if not piece.text:
            continue
        if piece.kind == "heading":
            while stack and stack[-1][0] >= piece.level:
                stack.pop()
            stack.append((piece.level, section_label(piece.text, piece.number)))
        block = Block(
            id=f"b{len(blocks) + 1}", kind=piece.kind, text=piece.text, start=start, page=piece.page,
            page_end=piece.page, bbox=None, section_path=tuple(label for _, label in stack), method="office",
            anchor=piece.anchor, row=piece.row, header=piece.header,
        )  # fmt: skip
        blocks.append(block)
        start = block.end + 1
    if not blocks:
        raise EmptyInput(f"{path} : aucun texte")
    shown = [b for b in blocks if b.kind != "furniture"] or blocks
    title = next((b.text for b in shown if b.kind == "heading"), shown[0].text)
    warnings = [Warned(code, str(count), path) for code, count in found.notes.items()]
    warnings += [Warned(code, detail, path) for code, detail in found.warnings]
    return Document(
        path=path, sha256=sha256, role="OTHER", pages=found.pages,
        pages_read=found.pages - len({u.page for u in found.unread}), language=None,
        blocks=tuple(blocks), unread=tuple(found.unread), warnings=tuple(warnings), title=title[:_LONG_TITLE],
    )  # fmt: skip


def section_label(text: str, number: str = "") -> str:
    """« 5.2 Hébergement », whether its number was typed or comes from the numbering of the file."""
    full = f"{number} {text}".strip()
    parsed = parse_heading_number(full, any_case=True)
    if parsed is None:
        bare = number.strip().rstrip(".)–-: ")
        return f"{bare} {text}".strip()[:_LONG_TITLE]
    return f"{parsed[0]} {parsed[1]}".strip()[:_LONG_TITLE]


def typed_heading_level(text: str, *, emphasised: bool) -> float:
    """The level of a heading that no style marks: its typed number, or bold alone; 0 when it is none.

    ``emphasised``: the whole paragraph is bold, underlined or in capitals.
    """
    if not text or len(text) > _LONG_TITLE or not any(c.isalpha() for c in text):
        return 0
    parsed = parse_heading_number(text, any_case=emphasised)
    if parsed is not None and not re.match(r"\w{1,2}\)", text):
        number, title = parsed
        named = re.match(r"(?:article|chapitre|titre|annexe|annex|section)\b", text, re.IGNORECASE) is not None
        sentence = title.endswith((";", ",")) or (title.endswith(".") and len(title.split()) > 8)
        if (emphasised or named) and not sentence and len(title.split()) <= 20:
            return heading_depth(number)
    if not emphasised or len(text) > _LONG_BARE or re.search(r"[.;,…:]$", text) or _CONTACT.search(text):
        return 0
    if not text[0].isalpha() or text[0].islower() or sum(c.isalpha() for c in text) < 0.5 * len(text):
        return 0
    return _BARE_LEVEL


def is_item(text: str) -> bool:
    """Whether a paragraph begins with a typed bullet, letter or number of a list, or a box to tick."""
    return _ITEM.match(text) is not None


def is_capitals(text: str) -> bool:
    """Whether a text of eight letters or more is in capitals, a few small words aside."""
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 8 and sum(c.isupper() for c in letters) >= 0.85 * len(letters)


@dataclass(slots=True)
class Row:
    """A table row on its way: cells by column, whether the file marks it as header, how far it stands out."""

    cells: tuple[str, ...]
    anchor: Mapping[str, Any]
    marked: bool = False
    emphasised: bool = False  # bold or shaded from end to end
    wide: bool = False  # has a cell over several columns


def table_pieces(rows: Sequence[Row], *, page: int | None = None) -> list[Piece]:
    """The rows of one table, each with the header cells of its columns."""
    count = header_rows(rows)
    header: tuple[str, ...] = ()
    if count:
        columns = max(len(row.cells) for row in rows)
        stacked = [[row.cells[c] if c < len(row.cells) else "" for row in rows[:count]] for c in range(columns)]
        header = tuple(" ".join(dict.fromkeys(t for t in column if t)) for column in stacked)
    pieces: list[Piece] = []
    for n, row in enumerate(rows):
        text = row_text(row.cells)
        if not text:
            continue
        above = fitted(header, len(row.cells)) if n >= count else ()
        if above and row.cells == above:  # the header printed again
            pieces.append(Piece("furniture", text, row.anchor, page=page))
            continue
        pieces.append(Piece("table_row", text, row.anchor, row=row.cells, header=above, page=page))
    return pieces


def row_text(cells: Sequence[str]) -> str:
    """The text of a row as every reader writes it: filled cells, verbatim, between bars."""
    return " | ".join(cell for cell in cells if cell)


def fitted(header: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (header + ("",) * count)[:count] if header else ()


def header_rows(rows: Sequence[Row]) -> int:
    """How many rows at the top name the columns."""
    marked = 0
    while marked < len(rows) and rows[marked].marked:
        marked += 1
    if 0 < marked < len(rows):
        return marked
    if len(rows) < 2 or not names_columns(rows[0].cells):
        return 0
    if rows[0].emphasised and sum(row.emphasised for row in rows[1:]) <= 0.5 * (len(rows) - 1):
        two = len(rows) > 2 and rows[0].wide and rows[1].emphasised and names_columns(rows[1].cells)
        return 2 if two else 1
    first = rows[0].cells
    if len(first) < 3 or len(rows) < 3 or any(c.isdigit() for text in first for c in text):
        return 0
    # Plain words above rows of figures.
    figures = sum(any(c.isdigit() for text in row.cells for c in text) for row in rows[1:])
    return 1 if figures >= 0.7 * (len(rows) - 1) else 0


def names_columns(cells: Sequence[str]) -> bool:
    filled = [text for text in cells if text]
    return (
        len(filled) >= 2
        and len(filled) >= 0.6 * len(cells)
        and all(len(text.split()) <= _HEADER_WORDS for text in filled)
    )  # fmt: skip
