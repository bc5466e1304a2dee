"""Separated values (CSV, TSV): one block per row, as one sheet without a name."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument
from crible.extraction.office.blocks import Gathered, document_of
from crible.extraction.office.sheets import Room, Sheet, SheetRow, add_sheet
from crible.extraction.plaintext import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.types import Document


def read_csv(data: bytes, *, path: str, sha256: str) -> Document:
    """A CSV file as a Document, its first row the header when it holds words only. Raises EmptyInput."""
    text = decode(data).replace("\x00", "")
    found = Gathered()
    name = path.rsplit("/", 1)[-1]
    add_sheet(found, Sheet(name, _rows(text)), number=1, kind="csv", room=Room())
    if found.pieces and found.pieces[0].kind == "heading":
        del found.pieces[0]  # the name of the file is not in the file
    return document_of(found, path=path, sha256=sha256)


def _rows(text: str) -> Iterator[SheetRow]:
    separator = separator_of(text)
    first = True
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            filled = {c: cell for c, cell in enumerate(cells, 1) if cell.strip()}
            figures = any(_is_figure(cell) for cell in filled.values())
            # A file without styles has one sign for its header: it comes first and holds no figure.
            yield SheetRow(number, filled, bold=first and not figures and len(filled) > 1, figures=figures)
            first = first and not filled
    except csv.Error as error:
        raise DamagedDocument(f"CSV illisible ({error})") from error


def separator_of(text: str) -> str:
    """The separator that the first lines hold most, and most evenly."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, best_score = ";", -1.0
    for separator in (";", "\t", ",", "|"):
        counts = [line.count(separator) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        score = usual * counts.count(usual) / max(len(counts), 1)
        if score > best_score:
            best, best_score = separator, score
    return best


def _is_figure(cell: str) -> bool:
    bare = cell.strip().strip("€%").replace(" ", "").replace("\u00a0", "").replace(",", ".").strip()
    return bare.replace(".", "", 1).lstrip("-").isdecimal()
