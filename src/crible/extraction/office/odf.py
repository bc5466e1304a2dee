"""OpenDocument texts and spreadsheets (ODT, ODS) into blocks.

Anchors: ``{"kind": "odt", "paragraph": n}``, the n-th ``text:p`` or ``text:h`` of ``content.xml`` in the order of the
file, counted from 1; ``{"kind": "ods", "sheet": …, "cell": "B7"}`` as for the other spreadsheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crible.errors import DamagedDocument, EncryptedDocument
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
from crible.extraction.office.docx_styles import count_of, formatted
from crible.extraction.office.docx_text import EMPTY, TICKED
from crible.extraction.office.package import Package
from crible.extraction.office.refusal import Refusal
from crible.extraction.office.sheets import COLUMNS_MAX, Room, Sheet, SheetRow, add_sheet
from crible.extraction.pdf_glyphs import clean_word

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from crible.types import BlockKind, Document

_PARAGRAPHS = frozenset(("text.p", "text.h"))
_INDEXES = frozenset((
    "text.table-of-content", "text.alphabetical-index", "text.illustration-index", "text.table-index",
))  # fmt: skip
_SKIPPED = frozenset(
    ("office.annotation", "office.annotation-end", "text.tracked-changes", "office.forms", "text.note")
)
_FORMS = {"1": "decimal", "I": "upperRoman", "i": "lowerRoman", "A": "upperLetter", "a": "lowerLetter", "": "none"}
_REPEATED_MAX = 1_000  # a row written once for many: beyond this it is the blank bottom of a sheet
_CELL_CHARACTERS = 1_500


def read_odt(data: bytes, *, path: str, sha256: str) -> Document:
    """An ODT file as a Document. Raises EncryptedDocument, Refusal, DamagedDocument or EmptyInput."""
    package, content = _opened(data, path)
    body = content.find("office.body/office.text")
    if body is None:
        raise DamagedDocument(f"{path} : pas de texte principal")
    styles = package.tree("styles.xml")
    reader = _Reader(styles=_Styles(content, styles))
    reader.number = {id(e): n for n, e in enumerate((e for e in body.iter() if e.tag in _PARAGRAPHS), 1)}
    deletions = body.findall("text.tracked-changes/text.changed-region/text.deletion")
    if deletions:
        reader.found.note("tracked_deletions", len(deletions))
    comments = sum(1 for _ in body.iter("office.annotation"))
    if comments:
        reader.found.note("comments_ignored", comments)
    reader.checked = {
        e.get("form.id", ""): e.get("form.current-state", e.get("form.state", "")) == "checked"
        for e in body.iter("form.checkbox")
    }
    try:
        _running(styles, reader.found, "header")
        reader.blocks(body)
        _running(styles, reader.found, "footer")
    except RecursionError as error:
        raise Refusal("unsafe_xml", "imbrication") from error
    return document_of(reader.found, path=path, sha256=sha256)


def read_ods(data: bytes, *, path: str, sha256: str) -> Document:
    """An ODS file as a Document, hidden sheets included. Raises as ``read_odt``."""
    _, content = _opened(data, path)
    styles = _Styles(content, None)
    tables = content.findall("office.body/office.spreadsheet/table.table")
    hidden = {e.get("style.name", "") for e in content.iter("style.style") if _hides(e)}
    found = Gathered(pages=max(len(tables), 1))
    room = Room()
    for number, table in enumerate(tables, 1):
        sheet = Sheet(
            table.get("table.name", ""), _sheet_rows(table, styles), table.get("table.style-name", "") in hidden
        )
        add_sheet(found, sheet, number=number, kind="ods", room=room)
    comments = sum(1 for _ in content.iter("office.annotation"))
    if comments:
        found.note("comments_ignored", comments)
    return document_of(found, path=path, sha256=sha256)


def _opened(data: bytes, path: str) -> tuple[Package, Element]:
    package = Package(data)
    manifest = package.read("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:
        raise EncryptedDocument(f"{path} : protégé par un mot de passe")
    content = package.tree("content.xml")
    if content is None:
        raise DamagedDocument(f"{path} : pas de contenu")
    return package, content


def _hides(style: Element) -> bool:
    properties = style.find("style.table-properties")
    return properties is not None and properties.get("table.display") == "false"


def _running(styles: Element | None, found: Gathered, kind: str) -> None:
    seen: set[str] = set()
    for zone in styles.iter(f"style.{kind}") if styles is not None else ():
        for n, paragraph in enumerate((e for e in zone.iter() if e.tag in _PARAGRAPHS), 1):
            text = clean(_text(paragraph, _Reader(styles=_Styles(None, None))).text)
            if text and text not in seen:
                seen.add(text)
                found.pieces.append(Piece("furniture", text, {"kind": "odt", "paragraph": n, "part": "styles.xml"}))


class _Styles:
    """Which styles are bold, which are headings, and how headings are numbered."""

    def __init__(self, content: Element | None, styles: Element | None) -> None:
        self._by_name: dict[str, Element] = {}
        self.outline: dict[int, Element] = {}
        for root in (styles, content):
            for element in root.iter("style.style") if root is not None else ():
                self._by_name[element.get("style.name", "")] = element
            for element in root.iter("text.outline-level-style") if root is not None else ():
                self.outline[count_of(element.get("text.level"))] = element

    def bold(self, name: str) -> bool:
        for _ in range(20):  # styles are based on one another; a style based on itself must end
            element = self._by_name.get(name)
            if element is None:
                return False
            properties = element.find("style.text-properties")
            weight = properties.get("fo.font-weight") if properties is not None else None
            if weight is not None:
                return weight == "bold" or (weight.isdecimal() and int(weight) >= 600)
            name = element.get("style.parent-style-name", "")
        return False

    def is_a(self, name: str, wanted: str) -> bool:
        for _ in range(20):
            if name.startswith(wanted):
                return True
            element = self._by_name.get(name)
            if element is None:
                return False
            name = element.get("style.parent-style-name", "")
        return False

    def shaded(self, name: str) -> bool:
        element = self._by_name.get(name)
        properties = element.find("style.table-cell-properties") if element is not None else None
        color = properties.get("fo.background-color", "") if properties is not None else ""
        return color not in ("", "transparent", "#ffffff", "#FFFFFF")


@dataclass(slots=True)
class _Words:
    parts: list[str] = field(default_factory=list)
    letters: int = 0
    strong: int = 0
    notes: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, text: str | None, *, bold: bool) -> None:
        if text:
            self.parts.append(clean_word(text))
            letters = sum(c.isalpha() for c in text)
            self.letters += letters
            self.strong += letters if bold else 0


@dataclass(slots=True)
class _Reader:
    """One pass over a text, paragraphs and tables in order."""

    styles: _Styles
    found: Gathered = field(default_factory=Gathered)
    number: dict[int, int] = field(default_factory=dict)
    checked: dict[str, bool] = field(default_factory=dict)
    _counts: list[int] = field(default_factory=lambda: [0] * 11)

    def blocks(self, parent: Element, *, kind: BlockKind | None = None) -> None:
        for child in parent:
            if child.tag in _PARAGRAPHS:
                self._paragraph(child, kind)
            elif child.tag == "table.table":
                self._table(child)
            elif child.tag == "text.list":
                for item in child:
                    self.blocks(item, kind=kind or "list_item")
            elif child.tag in _INDEXES:
                self.blocks(child, kind="furniture")
            elif child.tag not in _SKIPPED and len(child):
                self.blocks(child, kind=kind)

    def _anchor(self, element: Element, **more: Any) -> dict[str, Any]:
        return {"kind": "odt", "paragraph": self.number.get(id(element), 0)} | more

    def _paragraph(self, element: Element, kind: BlockKind | None) -> None:
        style = element.get("text.style-name", "")
        words = _text(element, self, bold=self.styles.bold(style))
        text = clean(words.text)
        if text:
            self.found.pieces.append(self._piece(element, style, words, text, kind))
        for note in words.notes:
            body = note.find("text.note-body")
            paragraphs = [e for e in body.iter() if e.tag in _PARAGRAPHS] if body is not None else []
            if paragraphs:
                content = clean(" ".join(_text(p, self).text for p in paragraphs))
                self.found.pieces.append(Piece("footnote", content, self._anchor(paragraphs[0])))
        for box in words.boxes:
            self.blocks(box)

    def _piece(self, element: Element, style: str, words: _Words, text: str, kind: BlockKind | None) -> Piece:
        anchor = self._anchor(element)
        if kind == "furniture":
            return Piece("furniture", text, anchor)
        strong = words.letters > 0 and words.strong >= 0.9 * words.letters
        if element.tag == "text.h" and len(text) <= 400:
            raw = element.get("text.outline-level", "1")
            level = min(int(raw), 10) if raw.isdecimal() and int(raw) else 1
            return Piece("heading", text, anchor, level=level, number=self._count(element, level))
        if self.styles.is_a(style, "Title"):
            return Piece("heading", text, anchor, level=1)
        typed = typed_heading_level(text, emphasised=strong or is_capitals(text))
        if typed and (kind is None or strong):
            return Piece("heading", text, anchor, level=typed)
        return Piece(kind or ("list_item" if is_item(text) else "paragraph"), text, anchor)

    def _count(self, element: Element, level: int) -> str:
        """The automatic number of a heading, as the outline of the file defines it."""
        if element.get("text.is-list-header") == "true":
            return ""
        self._counts[level] += 1
        self._counts[level + 1 :] = [0] * (10 - level)
        outline = self.styles.outline.get(level)
        if outline is None or not outline.get("style.num-format"):
            return ""
        raw = outline.get("text.display-levels", "1")
        shown = min(int(raw), level) if raw.isdecimal() and int(raw) else 1
        parts: list[str] = []
        for at in range(level - shown + 1, level + 1):
            one = self.styles.outline.get(at)
            form = _FORMS.get(one.get("style.num-format", "") if one is not None else "", "decimal")
            parts.append(formatted(max(self._counts[at], 1), form))
        number = ".".join(p for p in parts if p)
        return f"{outline.get('style.num-prefix', '')}{number}{outline.get('style.num-suffix', '')}".strip()

    def _table(self, table: Element) -> None:
        grid = list(_table_rows(table))
        if not grid:
            return
        wide = max(len(list(_cells(row))) for row, _ in grid)
        lengths = [sum(len(t) for t in cell.itertext()) for row, _ in grid for cell in _cells(row)]
        if wide == 1 or max(lengths, default=0) > _CELL_CHARACTERS:
            for row, _ in grid:
                for cell in _cells(row):
                    self.blocks(cell)
            return
        above: dict[int, tuple[int, str]] = {}
        rows: list[Row] = []
        notes: list[_Words] = []
        for row, marked in grid:
            texts: list[str] = []
            strong = True
            first: Element | None = None
            for cell in _cells(row):
                column = len(texts)
                paragraphs = [e for e in cell.iter() if e.tag in _PARAGRAPHS]
                first = first if first is not None or not paragraphs else paragraphs[0]
                parts = [_text(p, self, bold=self.styles.bold(p.get("text.style-name", ""))) for p in paragraphs]
                notes += [w for w in parts if w.notes]
                text = clean(" ".join(w.text for w in parts))
                left, over = above.get(column, (0, ""))
                if cell.tag == "table.covered-table-cell":
                    text = over if left else ""
                    above[column] = (max(left - 1, 0), over)
                else:
                    spanned = cell.get("table.number-rows-spanned", "1")
                    above[column] = (int(spanned) - 1 if spanned.isdecimal() else 0, text)
                bold = all(w.strong >= 0.9 * w.letters for w in parts) or self.styles.shaded(
                    cell.get("table.style-name", "")
                )
                strong = strong and (not text or bold)
                texts.append(text)
            if first is not None:
                rows.append(Row(tuple(texts), self._anchor(first), marked=marked, emphasised=strong and any(texts)))
        self.found.pieces += table_pieces(rows)
        for words in notes:
            for note in words.notes:
                text = clean(" ".join(note.itertext()))
                self.found.pieces.append(Piece("footnote", text, self._anchor(note)))


def _text(element: Element, reader: _Reader, *, bold: bool = False) -> _Words:
    words = _Words()
    _walk(element, reader, words, bold)
    return words


def _walk(element: Element, reader: _Reader, words: _Words, bold: bool) -> None:
    words.add(element.text, bold=bold)
    for child in element:
        tag = child.tag
        if tag == "text.note":
            words.notes.append(child)
        elif tag in ("text.s", "text.tab", "text.line-break"):
            words.parts.append(" ")
        elif tag == "draw.text-box":
            words.boxes.append(child)
        elif tag == "draw.control":
            if child.get("draw.control", "") in reader.checked:
                words.parts.append(TICKED if reader.checked[child.get("draw.control", "")] else EMPTY)
        elif tag not in _SKIPPED:
            own = child.get("text.style-name", "") if tag == "text.span" else ""
            _walk(child, reader, words, bold or (bool(own) and reader.styles.bold(own)))
        words.add(child.tail, bold=bold)


def _table_rows(parent: Element, *, marked: bool = False) -> Iterator[tuple[Element, bool]]:
    for child in parent:
        if child.tag == "table.table-row":
            yield child, marked
        elif child.tag in ("table.table-header-rows", "table.table-rows", "table.table-row-group"):
            yield from _table_rows(child, marked=marked or child.tag == "table.table-header-rows")


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag in ("table.table-cell", "table.covered-table-cell"):
            yield child


def _times(element: Element, key: str) -> int:
    raw = element.get(key, "1")
    return int(raw) if raw.isdecimal() and len(raw) < 9 else 1


def _sheet_rows(table: Element, styles: _Styles) -> Iterator[SheetRow]:
    """The rows of a sheet, those written once for many repeated; a cell merged downwards is on each row it covers."""
    number = 0
    held: dict[int, tuple[int, str]] = {}
    for row, _ in _table_rows(table):
        times = _times(row, "table.number-rows-repeated")
        cells, strong, figures, spans = _sheet_cells(row, styles)
        for _ in range(min(times, _REPEATED_MAX if cells else 1)):
            number += 1
            filled = dict(cells)
            for column, (last, text) in list(held.items()):
                if number > last:
                    del held[column]
                elif cells:
                    filled.setdefault(column, text)
            over = frozenset(filled) - frozenset(cells)
            held |= {column: (number + span - 1, cells[column]) for column, span in spans.items()}
            bold = strong and bool(cells)
            yield SheetRow(number, dict(sorted(filled.items())), bold=bold, figures=figures, over=over)
        number += times - min(times, _REPEATED_MAX if cells else 1)


def _sheet_cells(row: Element, styles: _Styles) -> tuple[dict[int, str], bool, bool, dict[int, int]]:
    """(text by column, whether all is bold, whether a number is there, columns whose cell covers several rows)."""
    cells: dict[int, str] = {}
    spans: dict[int, int] = {}
    strong, figures, column = True, False, 0
    for cell in _cells(row):
        times = _times(cell, "table.number-columns-repeated")
        paragraphs = [clean("".join(_plain(p))) for p in cell.findall("text.p")]
        text = " ".join(p for p in paragraphs if p)
        if text:
            for at in range(column + 1, min(column + times, COLUMNS_MAX + 1) + 1):
                cells[at] = text
            name = cell.get("table.style-name", "")
            strong = strong and (styles.bold(name) or styles.shaded(name))
            figures = figures or cell.get("office.value-type") in ("float", "currency", "percentage", "date", "time")
            down = _times(cell, "table.number-rows-spanned")
            if down > 1 and column < COLUMNS_MAX:
                spans[column + 1] = down
        column += times
    return cells, strong, figures, spans


def _plain(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in ("text.s", "text.tab", "text.line-break"):
            yield " "
        elif child.tag not in _SKIPPED:
            yield from _plain(child)
        yield child.tail or ""
