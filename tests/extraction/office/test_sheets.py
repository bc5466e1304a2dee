"""Spreadsheets and separated values: rows with their header, what is shown rather than stored, limits that are told."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crible.errors import DamagedDocument, EmptyInput
from crible.extraction.office import sheets as module
from crible.extraction.office.csvtable import read_csv
from crible.extraction.office.formats import is_date, shown
from crible.extraction.office.odf import read_ods
from crible.extraction.office.refusal import Refusal
from crible.extraction.office.sheets import column_of, letters
from crible.extraction.office.xlsx import read_xlsx

if TYPE_CHECKING:
    from crible.types import Block, Document

BOLD = "bold"


def xlsx(**sheets: list[list[Any]]) -> bytes:
    """A workbook by another library; a first row of a list that begins with BOLD is written in bold."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for n, row in enumerate(rows, 1):
            strong = row[:1] == [BOLD]
            for c, value in enumerate(row[1:] if strong else row, 1):
                cell = sheet.cell(n, c, value)
                if strong:
                    cell.font = Font(bold=True)
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> Document:
    return read_xlsx(data, path="BPU.xlsx", sha256="0" * 64)


def of(document: Document, text: str) -> Block:
    return next(b for b in document.blocks if text in b.text)


GRID = [
    [BOLD, "N°", "Exigence", "Priorité"],
    ["EX-1", "Les données sont hébergées en France", "Obligatoire"],
    ["EX-2", "Un second site est proposé", "Souhaité"],
]


def test_each_row_is_a_block_with_its_header_and_its_cells() -> None:
    document = read(xlsx(Exigences=GRID))
    assert [b.kind for b in document.blocks] == ["heading", "table_row", "table_row", "table_row"]
    row = of(document, "hébergées en France")
    assert row.text == "EX-1 | Les données sont hébergées en France | Obligatoire"
    assert (row.header, row.section) == (("N°", "Exigence", "Priorité"), "Exigences")
    assert row.anchor == {"kind": "xlsx", "sheet": "Exigences", "cell": "A2", "range": "A2:C2"}


def test_quotes_are_found_at_their_cells_by_another_reader() -> None:
    from openpyxl import load_workbook

    data = xlsx(Exigences=GRID, Prix=[[], [None, "Poste", "Unité"], [None, "Hébergement HDS", "mois"]])
    book = load_workbook(io.BytesIO(data))
    rows = [b for b in read(data).blocks if b.kind == "table_row"]
    assert len(rows) == 5
    for block in rows:
        assert block.anchor is not None
        cells = book[block.anchor["sheet"]][block.anchor["range"]]
        assert [str(c.value) for row in cells for c in row if c.value is not None] == block.text.split(" | ")
        assert str(book[block.anchor["sheet"]][block.anchor["cell"]].value) == block.text.split(" | ")[0]


def test_a_hidden_sheet_is_read_and_told() -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Visible"  # type: ignore[union-attr]
    book.active["A1"] = "Poste"  # type: ignore[index]
    book.create_sheet("Cachée")["A1"] = "Les données sont hébergées en France."
    book["Cachée"].sheet_state = "veryHidden"
    document = read(saved(book))
    assert of(document, "hébergées").anchor == {"kind": "xlsx", "sheet": "Cachée", "hidden": True, "cell": "A1"}
    assert [(w.code, w.detail) for w in document.warnings] == [("hidden_sheet", "Cachée")]


def test_merged_cells_speak_on_each_row_they_cover() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Lot", "Exigence"], ["Sécurité", "Chiffrement des données"], [None, "Sauvegarde"], [None, "Rien"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    document = read(saved(book))
    assert (of(document, "Sauvegarde").anchor or {})["cell"] == "B3"
    texts = [b.text for b in document.blocks]
    assert texts[2:] == ["Sécurité | Chiffrement des données", "Sécurité | Sauvegarde", "Rien"]


def test_a_bold_line_alone_opens_a_section_of_the_sheet() -> None:
    rows = [[BOLD, "Lot 1 – Hébergement"], ["Serveur", 12], [BOLD, "Lot 2 – Assistance"], ["Technicien", 3]]
    document = read(xlsx(BPU=rows))
    assert of(document, "Serveur").section_path == ("BPU", "Lot 1 – Hébergement")
    assert of(document, "Technicien").section_path == ("BPU", "Lot 2 – Assistance")


def test_dates_numbers_and_truth_are_read_as_they_show() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for n, (value, code) in enumerate(
        [
            (date(2026, 3, 15), "dd/mm/yyyy"), (1234.5, '#,##0.00\\ "€"'), (0.999, "0.0%"), (True, "General"),
            (12, "General"), (0.1, "General"),
        ],
        1,
    ):  # fmt: skip
        cell = sheet.cell(1, n, value)
        cell.number_format = code
    assert read(saved(book)).blocks[1].text == "15/03/2026 | 1 234,50 € | 99,9 % | VRAI | 12 | 0,1"


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        ("1234567.891", "#,##0.00", "1 234 567,89"),
        ("-3", "0;(0)", "(3)"),
        ("5", '0 "jours"', "5 jours"),
        ("46096.5", "dd/mm/yyyy hh:mm", "15/03/2026 12:00"),
        ("46096", "d mmmm yyyy", "15 mars 2026"),
        ("0.75", "h:mm", "18:00"),
        ("7", "000", "007"),
        ("abc", "0", "abc"),
        ("1e400", "0", "1e400"),
        ("99999999999", "dd/mm/yyyy", "99999999999"),
        ("42", "General", "42"),
    ],
)
def test_a_number_shows_as_its_format_says(raw: str, code: str, text: str) -> None:
    assert shown(raw, code) == text


@pytest.mark.parametrize(
    ("code", "date_like"),
    [
        ("dd/mm/yyyy", True),
        ("[h]:mm", True),
        ("0.00", False),
        ('0 "mois"', False),
        ("General", False),
        ("[Red]0", False),
    ],
)
def test_formats_of_dates_are_told_from_those_of_numbers(code: str, date_like: bool) -> None:
    assert is_date(code) is date_like


def test_a_formula_is_read_by_its_saved_value_and_told_when_it_has_none() -> None:
    data = xlsx(Prix=[["Total", "=1+1"], ["Hébergement", 2]])
    document = read(data)
    assert [b.text for b in document.blocks[1:]] == ["Total", "Hébergement | 2"]
    assert [(w.code, w.detail) for w in document.warnings] == [("formula_without_value", "1")]
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    name = next(n for n in parts if n.startswith("xl/worksheets/sheet"))
    parts[name] = (
        parts[name].replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for part, content in parts.items():
            new.writestr(part, content)
    assert read(out.getvalue()).blocks[1].text == "Total | 2"


def test_comments_on_cells_are_counted_and_not_read() -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment

    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "Poste"
    book.active["A1"].comment = Comment("à revoir", "x")
    document = read(saved(book))
    assert [b.text for b in document.blocks] == ["Sheet", "Poste"]
    assert [(w.code, w.detail) for w in document.warnings] == [("comments_ignored", "1")]


def test_a_huge_sheet_is_cut_and_the_cut_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_MAX", 50)
    monkeypatch.setattr(module.Room, "__init__", lambda self: setattr(self, "rows", 50) or setattr(self, "cells", 1000))
    document = read(xlsx(Prix=[[f"Poste {i}", i] for i in range(80)], Suite=[["Lieu", "France"]]))
    assert sum(b.kind == "table_row" for b in document.blocks) == 50
    assert [(u.page, u.reason) for u in document.unread] == [(1, "sheet_limit"), (2, "sheet_limit")]
    assert [(w.code, w.detail) for w in document.warnings] == [("sheet_limit", "Prix"), ("sheet_limit", "Suite")]
    assert (document.pages, document.pages_read) == (2, 0)


@pytest.mark.parametrize(("column", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")])
def test_columns_are_named_as_in_the_program(column: int, name: str) -> None:
    assert (letters(column), column_of(f"{name}12")) == (name, column)


def test_an_empty_workbook_is_empty_and_a_truncated_one_damaged() -> None:
    with pytest.raises(EmptyInput):
        read(xlsx(Vide=[]))
    with pytest.raises(DamagedDocument):
        read(xlsx(Prix=GRID)[:-200])


def test_a_sheet_that_declares_entities_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(Prix=GRID))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text
            new.writestr(name, text)
    with pytest.raises(Refusal) as caught:
        read(out.getvalue())
    assert caught.value.reason == "unsafe_xml"


CSV = 'N°;Exigence;Priorité\n1;"Hébergement en France ; deux sites";Obligatoire\n2;Second site;Souhaité\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separated_values_are_rows_with_the_first_as_header(encoding: str) -> None:
    document = read_csv(CSV.encode(encoding), path="exigences.csv", sha256="0")
    row = of(document, "deux sites")
    assert row.text == "1 | Hébergement en France ; deux sites | Obligatoire"
    assert (row.header, row.kind) == (("N°", "Exigence", "Priorité"), "table_row")
    assert row.anchor == {"kind": "csv", "sheet": "exigences.csv", "cell": "A2", "range": "A2:C2"}


def test_separated_values_without_words_on_top_have_no_header() -> None:
    document = read_csv(b"1,12,France\n2,14,Canada\n3,15,Belgique\n", path="x.csv", sha256="0")
    assert all(b.header == () for b in document.blocks)


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0">
<office:automatic-styles>
<style:style style:name="gras" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"""


def ods(tables: str, *, manifest: str = "<manifest/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS.format(tables))
    return out.getvalue()


def ods_cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def test_an_opendocument_sheet_reads_repeats_merges_and_hidden_sheets() -> None:
    bold = 'table:style-name="gras"'
    rows = f"<table:table-row>{ods_cell('Exigence', bold)}{ods_cell('Priorité', bold)}</table:table-row>"
    rows += '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    down = 'table:number-rows-spanned="2"'
    rows += f"<table:table-row>{ods_cell('Lieu')}{ods_cell('Obligatoire', down)}</table:table-row>"
    rows += f"<table:table-row>{ods_cell('Site')}<table:covered-table-cell/></table:table-row>"
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    rows += f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    hidden = f"<table:table-row>{ods_cell('Caché')}</table:table-row>"
    data = ods(
        f'<table:table table:name="Grille">{rows}</table:table>'
        f'<table:table table:name="Notes" table:style-name="ta2">{hidden}</table:table>'
    )
    document = read_ods(data, path="grille.ods", sha256="0")
    row = of(document, "Site")
    assert (row.text, row.header) == ("Site | Obligatoire", ("Exigence", "Priorité"))
    assert row.anchor == {"kind": "ods", "sheet": "Grille", "cell": "A5", "range": "A5:B5"}
    assert [(w.code, w.detail) for w in document.warnings] == [("hidden_sheet", "Notes")]
