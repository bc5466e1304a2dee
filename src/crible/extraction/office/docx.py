"""Word-processor files (DOCX, DOCM) into blocks: styles and automatic numbers make the sections.

An anchor is ``{"kind": "docx", "paragraph": n}``: the n-th ``w:p`` of the document part, counted from 1 in the order of
the file, those of tables and text boxes included. Notes, headers and footers add the ``part`` they stand in.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crible.errors import DamagedDocument, EmptyInput
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
from crible.extraction.office.docx_styles import Numbering, Styles, is_on, value
from crible.extraction.office.docx_text import Words, words_of
from crible.extraction.office.package import Package
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from crible.types import BlockKind, Document

_MAIN = "word/document.xml"
# A table cell longer than this is a page laid out in columns, and its paragraphs are read one by one.
_CELL_CHARACTERS = 1_500
_CONTAINERS = frozenset(("w.sdtContent", "w.ins", "w.moveTo", "w.customXml", "w.body", "w.txbxContent"))


def read_docx(data: bytes, *, path: str, sha256: str, kind: str = "docx") -> Document:
    """A DOCX file as a Document. Raises Refusal, DamagedDocument or EmptyInput. ``kind``: what its anchors say."""
    package = Package(data)
    main = package.main_part(_MAIN)
    root = package.tree(main)
    body = root.find("w.body") if root is not None else None
    if root is None or body is None:
        raise DamagedDocument(f"{path} : pas de texte principal")
    relations = package.relations(main)
    reader = _Reader(
        styles=Styles(_related(package, relations, "styles")),
        numbering=Numbering(_related(package, relations, "numbering")),
        kind=kind,
    )
    try:
        reader.notes = {
            f"w.{name}": _notes(package, relations, name) for name in ("footnote", "endnote")
        }  # fmt: skip
        reader.furniture(package, relations, "header")
        reader.part(body, part="")
        reader.furniture(package, relations, "footer")
    except RecursionError as error:
        raise Refusal("unsafe_xml", "imbrication") from error
    comments = _related(package, relations, "comments")
    if comments is not None and comments.find("w.comment") is not None:
        reader.found.note("comments_ignored", len(comments.findall("w.comment")))
    if body.find(".//w.altChunk") is not None:
        reader.found.note("embedded_text_not_read", len(body.findall(".//w.altChunk")))
    try:
        return document_of(reader.found, path=path, sha256=sha256)
    except EmptyInput:
        if package.names("word/media/"):
            raise Refusal("image_without_ocr", posixpath.basename(path)) from None
        raise


def _related(package: Package, relations: dict[str, tuple[str, str]], kind: str) -> Element | None:
    return next((package.tree(target) for name, target in relations.values() if name == kind), None)


def _notes(package: Package, relations: dict[str, tuple[str, str]], name: str) -> dict[str, tuple[str, Element, int]]:
    """Notes by identifier: (part, element, number of its first paragraph in the part)."""
    target = next((target for kind, target in relations.values() if kind == f"{name}s"), "")
    root = package.tree(target) if target else None
    found: dict[str, tuple[str, Element, int]] = {}
    count = 0
    for note in root if root is not None else ():
        if note.get("w.type", "normal") == "normal":
            found[note.get("w.id", "")] = (target, note, count + 1)
        count += sum(1 for _ in note.iter("w.p"))
    return found


@dataclass(slots=True)
class _Reader:
    """One pass over a file, paragraphs and tables in order."""

    styles: Styles
    numbering: Numbering
    kind: str
    found: Gathered = field(default_factory=Gathered)
    notes: dict[str, dict[str, tuple[str, Element, int]]] = field(default_factory=dict)
    _number: dict[int, int] = field(default_factory=dict)  # id of a ``w:p`` → its number in its part
    _part: str = ""
    _tables: int = 0

    def part(self, root: Element, *, part: str) -> None:
        """Everything in a part, in order. ``part`` is empty for the document itself."""
        self._part = part
        self._number = {id(p): n for n, p in enumerate(root.iter("w.p"), 1)}
        self._blocks(root)

    def furniture(self, package: Package, relations: dict[str, tuple[str, str]], kind: str) -> None:
        """Running headers or footers, each text once."""
        seen: set[str] = set()
        for target in sorted(target for name, target in relations.values() if name == kind):
            root = package.tree(target)
            for n, paragraph in enumerate(root.iter("w.p") if root is not None else (), 1):
                text = clean(words_of(paragraph, self.found).text)
                if text and text not in seen:
                    seen.add(text)
                    anchor = {"kind": self.kind, "paragraph": n, "part": target}
                    self.found.pieces.append(Piece("furniture", text, anchor))

    def _blocks(self, parent: Element, *, toc: bool = False) -> None:
        for child in parent:
            if child.tag == "w.p":
                self._paragraph(child, toc=toc)
            elif child.tag == "w.tbl":
                self._table(child)
            elif child.tag == "w.sdt":
                gallery = value(child, "w.sdtPr/w.docPartObj/w.docPartGallery")
                content = child.find("w.sdtContent")
                if content is not None:
                    self._blocks(content, toc=toc or gallery == "Table of Contents")
            elif child.tag in _CONTAINERS:
                self._blocks(child, toc=toc)
            elif child.tag == "mc.AlternateContent" and len(child):
                self._blocks(child[0], toc=toc)

    def _anchor(self, paragraph: Element, **more: Any) -> dict[str, Any]:
        anchor: dict[str, Any] = {"kind": self.kind, "paragraph": self._number.get(id(paragraph), 0)}
        if self._part:
            anchor["part"] = self._part
        return anchor | more

    def _paragraph(self, paragraph: Element, *, toc: bool) -> None:
        properties = paragraph.find("w.pPr")
        identifier = value(properties, "w.pStyle") or self.styles.default
        style = self.styles.of(identifier)
        words = words_of(paragraph, self.found, bold=style.bold)
        text = clean(words.text)
        # An empty paragraph prints no number in practice, and counting it would shift all the others.
        number, item = self._numbered(properties, identifier) if text else ("", False)
        if text:
            self.found.pieces.append(self._piece(paragraph, properties, identifier, words, text, number, item, toc))
        self._after(words, toc)

    def _piece(
        self, paragraph: Element, properties: Element | None, identifier: str, words: Words, text: str, number: str,
        item: bool, toc: bool,
    ) -> Piece:  # fmt: skip
        style = self.styles.of(identifier)
        outline = value(properties, "w.outlineLvl")
        level: float = int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else style.level
        kind: BlockKind = "paragraph"
        if toc or style.toc:
            kind, level = "furniture", 0
        elif self._part:
            kind, level = "footnote", 0
        elif level and len(text) <= 400:  # longer, it is a clause to which the style of a heading was given
            kind = "heading"
        else:
            strong = words.all_emphasised or is_capitals(text)
            full = f"{number} {text}".strip() if strong else text
            level = 0 if item and not strong else typed_heading_level(full, emphasised=strong)
            if level:
                kind = "heading"
            elif item or style.item or is_item(text):
                kind = "list_item"
        return Piece(kind, text, self._anchor(paragraph), level=level, number=number if kind == "heading" else "")

    def _numbered(self, properties: Element | None, identifier: str) -> tuple[str, bool]:
        style = self.styles.of(identifier)
        num = value(properties, "w.numPr/w.numId", style.num)
        if not num or num == "0":
            return "", False
        own = value(properties, "w.numPr/w.ilvl")
        if own.isdecimal():
            ilvl = int(own)
        elif style.ilvl is not None:
            ilvl = style.ilvl
        else:
            ilvl = self.numbering.level_of_style(num, identifier)
        return self.numbering.next(num, ilvl)

    def _after(self, words: Words, toc: bool) -> None:
        """What is anchored in a paragraph is read after it: notes, then text boxes."""
        for kind, identifier in words.footnotes:
            if identifier in self.notes.get(kind, {}):
                part, note, first = self.notes[kind].pop(identifier)
                paragraphs = list(note.iter("w.p"))
                text = clean(" ".join(words_of(p, self.found).text for p in paragraphs))
                anchor = {"kind": self.kind, "paragraph": first, "part": part}
                self.found.pieces.append(Piece("footnote", text, anchor))
        for box in words.boxes:
            self._blocks(box, toc=toc)

    def _table(self, table: Element) -> None:
        self._tables += 1
        table_number = self._tables
        grid = list(_grid(table, self.found))
        if not grid:
            return
        if max(len(cells) for _, cells in grid) == 1 or any(_is_layout(c) for _, cells in grid for c, _, _ in cells):
            for _, cells in grid:
                for cell, _, continued in cells:
                    if not continued:
                        self._blocks(cell)
            return
        above: dict[int, str] = {}  # column → text of the cell that runs down over it
        rows: list[Row] = []
        boxes: list[Words] = []
        for n, (row, cells) in enumerate(grid, 1):
            made = self._row(row, cells, above, boxes, {"table": table_number, "row": n})
            if made is not None:
                rows.append(made)
        self.found.pieces += table_pieces(rows)
        for words in boxes:
            self._after(words, toc=False)

    def _row(
        self, row: Element, cells: list[tuple[Element, int, bool]], above: dict[int, str], boxes: list[Words],
        place: dict[str, int],
    ) -> Row | None:  # fmt: skip
        texts: list[str] = []
        strong = True
        first: Element | None = None
        for cell, span, continued in cells:
            column = len(texts)
            if continued:
                text = above.get(column, "")
            else:
                parts = [words_of(p, self.found, bold=self._bold(p)) for p in _own_paragraphs(cell)]
                boxes += [w for w in parts if w.boxes or w.footnotes]
                text = clean(" ".join(w.text for w in parts))
                shade = value_of_fill(cell)
                strong = strong and (not text or shade or all(w.all_emphasised or not w.letters for w in parts))
                above[column] = text
            if first is None:
                first = next(iter(cell.iter("w.p")), None)
            texts += [text] + [""] * (span - 1)
        if first is None:
            return None
        marked = bool(is_on(row.find("w.trPr"), "w.tblHeader"))
        wide = any(span > 1 for _, span, _ in cells)
        return Row(
            tuple(texts), self._anchor(first, **place), marked=marked, emphasised=strong and any(texts), wide=wide
        )

    def _bold(self, paragraph: Element) -> bool:
        return self.styles.of(value(paragraph, "w.pPr/w.pStyle") or self.styles.default).bold


def value_of_fill(cell: Element) -> bool:
    """Whether a cell has a background other than white."""
    shade = cell.find("w.tcPr/w.shd")
    return shade is not None and shade.get("w.fill", "auto").lower() not in ("auto", "ffffff", "")


def _grid(table: Element, found: Gathered) -> Iterator[tuple[Element, list[tuple[Element, int, bool]]]]:
    """The rows of a table: (row, cells as (cell, columns it takes, whether it continues the cell above))."""
    for row in _children(table, "w.tr"):
        if row.find("w.trPr/w.del") is not None:
            found.note("tracked_deletions")
            continue
        cells: list[tuple[Element, int, bool]] = []
        for cell in _children(row, "w.tc"):
            span = value(cell, "w.tcPr/w.gridSpan", "1")
            merge = cell.find("w.tcPr/w.vMerge")
            continued = merge is not None and merge.get("w.val", "continue") == "continue"
            # 63 columns is the most that the word processor itself allows.
            cells.append((cell, min(int(span), 63) if span.isdecimal() and int(span) else 1, continued))
        if cells:
            yield row, cells


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """Children of a kind, those wrapped in a content control or a tracked insertion included."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in ("w.sdt", "w.sdtContent", "w.ins", "w.customXml"):
            yield from _children(child, tag)


def _own_paragraphs(cell: Element) -> Iterator[Element]:
    """The paragraphs of a cell and of the tables in it; those of text boxes come with their own paragraph."""
    for child in cell:
        if child.tag == "w.p":
            yield child
        elif child.tag != "w.tcPr":
            yield from _own_paragraphs(child)


def _is_layout(cell: Element) -> bool:
    return sum(len(t.text or "") for t in cell.iter("w.t")) > _CELL_CHARACTERS
