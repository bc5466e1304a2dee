"""Slides (PPTX): the title of each is a heading, the rest its paragraphs; one slide is one page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument
from crible.extraction.office.blocks import Gathered, Piece, Row, clean, document_of, table_pieces
from crible.extraction.office.package import Package
from crible.extraction.pdf_glyphs import clean_word

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from crible.types import Document

_FURNITURE = frozenset(("dt", "ftr", "sldNum", "hdr"))


def read_pptx(data: bytes, *, path: str, sha256: str, kind: str = "pptx") -> Document:
    """A PPTX file as a Document. Raises Refusal, DamagedDocument or EmptyInput. Notes of the speaker are read too."""
    package = Package(data)
    main = package.main_part("ppt/presentation.xml")
    root = package.tree(main)
    if root is None:
        raise DamagedDocument(f"{path} : pas de présentation")
    relations = package.relations(main)
    identifiers = [e.get("r.id", "") for e in root.findall("p.sldIdLst/p.sldId")]
    targets = [relations[i][1] for i in identifiers if i in relations]
    found = Gathered(pages=max(len(targets), 1))
    for number, target in enumerate(targets, 1):
        slide = package.tree(target)
        if slide is None:
            raise DamagedDocument(f"{path} : diapositive absente ({target})")
        if slide.get("show") == "0":
            found.warnings.append(("hidden_sheet", str(number)))
        _slide(slide, number, kind, found)
        for name, notes in package.relations(target).values():
            content = package.tree(notes) if name == "notesSlide" else None
            if content is not None:
                _slide(content, number, kind, found, notes=True)
    return document_of(found, path=path, sha256=sha256)


def _slide(slide: Element, number: int, kind: str, found: Gathered, *, notes: bool = False) -> None:
    anchor = {"kind": kind, "slide": number} | ({"notes": True} if notes else {})
    for element in slide.iter():
        if element.tag == "p.sp":
            _shape(element, anchor, number, found, notes=notes)
        elif element.tag == "a.tbl":
            rows = [
                Row(tuple(clean(_text(cell)) for cell in row.findall("a.tc")), anchor, marked=n == 0)
                for n, row in enumerate(element.findall("a.tr"))
            ]
            properties = element.find("a.tblPr")
            if properties is None or properties.get("firstRow") != "1":
                for row in rows:
                    row.marked = False
            found.pieces += table_pieces(rows, page=number)


def _shape(shape: Element, anchor: dict[str, object], number: int, found: Gathered, *, notes: bool) -> None:
    place = shape.find("p.nvSpPr/p.nvPr/p.ph")
    role = place.get("type", "body") if place is not None else ""
    body = shape.find("p.txBody")
    for paragraph in body.findall("a.p") if body is not None else ():
        text = clean(_text(paragraph))
        if not text:
            continue
        if role in _FURNITURE:
            found.pieces.append(Piece("furniture", text, anchor, page=number))
        elif role in ("title", "ctrTitle") and not notes:
            found.pieces.append(Piece("heading", text, anchor, level=1, page=number))
        else:
            listed = role == "body" or re.match(r"[•–-]\s", text) is not None
            found.pieces.append(Piece("list_item" if listed else "paragraph", text, anchor, page=number))


def _text(element: Element) -> str:
    return "".join(
        clean_word(e.text or "") if e.tag == "a.t" else " " for e in element.iter() if e.tag in ("a.t", "a.br", "a.p")
    )
