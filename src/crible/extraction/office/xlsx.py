"""Spreadsheets (XLSX, XLSM): one block per row, formulas by the value that was saved with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument
from crible.extraction.office.blocks import Gathered, document_of
from crible.extraction.office.formats import BUILTIN, shown
from crible.extraction.office.package import Package, stream_xml
from crible.extraction.office.refusal import Refusal
from crible.extraction.office.sheets import Room, Sheet, SheetRow, add_sheet, column_of
from crible.extraction.pdf_glyphs import clean_word

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from crible.types import Document

_STRINGS_MAX = 2_000_000  # shared texts: a program writes at most one per cell, and 400,000 cells are read
_MERGES_MAX = 20_000
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')


@dataclass(slots=True)
class _Look:
    """What a cell style changes to what we read."""

    code: str = "General"
    strong: bool = False
    symbols: bool = False


@dataclass(slots=True)
class _Book:
    """What all the sheets of a workbook share."""

    strings: list[str] = field(default_factory=list)
    looks: list[_Look] = field(default_factory=list)
    from_1904: bool = False


def read_xlsx(data: bytes, *, path: str, sha256: str, kind: str = "xlsx") -> Document:
    """A spreadsheet as a Document, hidden sheets included. Raises Refusal, DamagedDocument or EmptyInput."""
    package = Package(data)
    main = package.main_part("xl/workbook.xml")
    root = package.tree(main)
    if root is None:
        raise DamagedDocument(f"{path} : pas de classeur")
    relations = package.relations(main)
    by_kind = dict(relations.values())
    properties = root.find("workbookPr")
    book = _Book(
        strings=_strings(package.read(by_kind.get("sharedStrings", ""))),
        looks=_looks(package.tree(by_kind.get("styles", ""))),
        from_1904=properties is not None and properties.get("date1904") in ("1", "true"),
    )
    found = Gathered()
    room = Room()
    sheets = [s for s in root.findall("sheets/sheet") if relations.get(s.get("r.id", ""), ("", ""))[0] == "worksheet"]
    found.pages = max(len(sheets), 1)
    for number, element in enumerate(sheets, 1):
        target = relations[element.get("r.id", "")][1]
        content = package.read(target)
        if content is None:
            raise DamagedDocument(f"{path} : feuille absente ({target})")
        hidden = element.get("state", "visible") != "visible"
        rows = _rows(content, book, found)
        sheet = Sheet(element.get("name", ""), rows, hidden, _drawn(package, target, found))
        add_sheet(found, sheet, number=number, kind=kind, room=room)
    if package.names("xl/externallinks/"):
        found.note("external_links")
    return document_of(found, path=path, sha256=sha256)


def _strings(data: bytes | None) -> list[str]:
    found: list[str] = []
    for item in stream_xml(data, frozenset(("si",))) if data else ():
        if len(found) >= _STRINGS_MAX:
            raise Refusal("entries_limit", f"sharedStrings > {_STRINGS_MAX}")
        found.append(_rich(item))
    return found


def _rich(item: Element) -> str:
    """The text of a cell written in one or several runs; phonetic guides (``rPh``) are not part of it."""
    own = item.findtext("t") or ""
    return own + "".join(run.findtext("t") or "" for run in item.findall("r"))


def _looks(root: Element | None) -> list[_Look]:
    if root is None:
        return []
    codes = dict(BUILTIN)
    for form in root.findall("numFmts/numFmt"):
        identifier = form.get("numFmtId", "")
        if identifier.isdecimal():
            codes[int(identifier)] = form.get("formatCode", "General")
    fonts = root.findall("fonts/font")
    fills = root.findall("fills/fill")
    bold = [_bold(font) for font in fonts]
    symbols = [(f.find("name") is not None and _font_name(f).startswith(("wingdings", "webdings"))) for f in fonts]
    shaded = [_shaded(fill) for fill in fills]
    looks: list[_Look] = []
    for xf in root.findall("cellXfs/xf"):
        font, fill, code = (_index(xf, k) for k in ("fontId", "fillId", "numFmtId"))
        strong = (font < len(bold) and bold[font]) or (fill < len(shaded) and shaded[fill])
        looks.append(_Look(codes.get(code, "General"), strong, font < len(symbols) and symbols[font]))
    return looks


def _index(element: Element, key: str) -> int:
    raw = element.get(key, "0")
    return int(raw) if raw.isdecimal() else 0


def _bold(font: Element) -> bool:
    element = font.find("b")
    return element is not None and element.get("val", "1") not in ("0", "false")


def _font_name(font: Element) -> str:
    element = font.find("name")
    return element.get("val", "").lower() if element is not None else ""


def _shaded(fill: Element) -> bool:
    pattern = fill.find("patternFill")
    if pattern is None or pattern.get("patternType", "none") in ("none", "gray125"):
        return False
    color = pattern.find("fgColor")
    return color is None or (color.get("rgb", "") not in ("FFFFFFFF", "00FFFFFF") and color.get("theme") != "0")


def _rows(data: bytes, book: _Book, found: Gathered) -> Iterator[SheetRow]:
    """The rows of a sheet, a cell merged downwards repeated on each row it covers."""
    merged = _merged_down(data)
    held: dict[int, tuple[int, str]] = {}  # column → (last row it covers, text)
    previous = 0
    for element in stream_xml(data, frozenset(("row",))):
        number = _index(element, "r") or previous + 1
        previous = number
        cells: dict[int, str] = {}
        strong, figures = True, False
        column = 0
        for cell in element.findall("c"):
            column = column_of(cell.get("r", "")) or column + 1
            style = _index(cell, "s")
            look = book.looks[style] if style < len(book.looks) else _Look()
            text, figure = _cell(cell, look, book, found)
            if text:
                cells[column] = text
                strong = strong and look.strong
                figures = figures or figure
                if (number, column) in merged:
                    held[column] = (merged[number, column], text)
        over: set[int] = set()
        for at, (last, text) in list(held.items()):
            if number > last:
                del held[at]
            elif at not in cells and cells:
                cells[at] = text
                over.add(at)
        bold = strong and bool(cells)
        yield SheetRow(number, dict(sorted(cells.items())), bold=bold, figures=figures, over=frozenset(over))


def _merged_down(data: bytes) -> dict[tuple[int, int], int]:
    """(row, column) of a cell merged over several rows → the last of them."""
    found: dict[tuple[int, int], int] = {}
    for match in _MERGE.finditer(data):
        top, bottom = int(match[2]), int(match[3])
        if bottom > top and len(found) < _MERGES_MAX:
            found[top, column_of(match[1].decode())] = bottom
    return found


def _cell(cell: Element, look: _Look, book: _Book, found: Gathered) -> tuple[str, bool]:
    """(text as shown, whether it is a number)."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find("is")
        return (_symbols(_rich(inline), look), False) if inline is not None else ("", False)
    raw = cell.findtext("v")
    if not raw:
        if cell.find("f") is not None:
            found.note("formula_without_value")
        return "", False
    if kind == "s":
        at = int(raw) if raw.isdecimal() else len(book.strings)
        return (_symbols(book.strings[at], look), False) if at < len(book.strings) else ("", False)
    if kind == "b":
        return ("VRAI" if raw == "1" else "FAUX"), False
    if kind in ("str", "e"):
        return _symbols(raw, look), False
    if kind == "d":
        return raw, True
    return shown(raw, look.code, from_1904=book.from_1904), True


def _symbols(text: str, look: _Look) -> str:
    return "".join(clean_word(chr(ord(c) + 0xF000)) if "!" <= c <= "ÿ" else c for c in text) if look.symbols else text


def _drawn(package: Package, sheet: str, found: Gathered) -> list[str]:
    """The text boxes drawn over a sheet; notes on cells are counted and not read."""
    texts: list[str] = []
    for kind, target in package.relations(sheet).values():
        if kind == "comments":
            root = package.tree(target)
            found.note("comments_ignored", len(root.findall("commentList/comment")) if root is not None else 1)
        if kind != "drawing":
            continue
        root = package.tree(target)
        for body in root.iter("xdr.txBody") if root is not None else ():
            text = " ".join("".join(t.text or "" for t in p.iter("a.t")) for p in body.iter("a.p"))
            texts.append(text)
    return texts
