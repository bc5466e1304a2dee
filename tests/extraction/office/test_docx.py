"""Word-processor files: sections from styles and automatic numbers, tables with headers, boxes, changes, anchors."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from crible.errors import DamagedDocument, EmptyInput
from crible.extraction import document_text
from crible.extraction.office.blocks import section_label, typed_heading_level
from crible.extraction.office.docx import read_docx
from crible.extraction.office.docx_styles import formatted
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from crible.types import Block, Document

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>
  <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titre2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/>
  <w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause maison"/><w:basedOn w:val="Titre2"/></w:style>
<w:style w:type="paragraph" w:styleId="TM1"><w:name w:val="toc 1"/><w:basedOn w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Boucle"><w:name w:val="boucle"/><w:basedOn w:val="Boucle"/></w:style>
"""
NUMBERING = """
<w:abstractNum w:abstractNumId="7">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
    <w:pStyle w:val="Titre1"/><w:lvlText w:val="%1."/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
    <w:pStyle w:val="Titre2"/><w:lvlText w:val="%1.%2"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="8">
  <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="9">
  <w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="Article %1 -"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="9"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="7"/>
  <w:lvlOverride w:ilvl="0"><w:startOverride w:val="8"/></w:lvlOverride></w:num>
"""


def part(root: str, inner: str) -> str:
    return f'<w:{root} xmlns:w="{W}" xmlns:w14="{W14}" xmlns:mc="{MC}" xmlns:r="{OFFICE}">{inner}</w:{root}>'


def docx(body: str, *, head: str = "", **parts: str) -> bytes:
    """A DOCX of that body; ``parts``: footnotes, header, comments … as the inside of their root element."""
    roots = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "header": "hdr", "footer": "ftr"}
    parts = {"styles": STYLES, "numbering": NUMBERING, **parts}
    links = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{name}" Target="{name}.xml"/>' for name in parts
    )  # fmt: skip
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        main = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
        archive.writestr("_rels/.rels", relations.format(main))
        archive.writestr("word/_rels/document.xml.rels", relations.format(links))
        archive.writestr("word/document.xml", head + part("document", f"<w:body>{body}</w:body>"))
        for name, inner in parts.items():
            archive.writestr(f"word/{name}.xml", part(roots.get(name, name), inner))
    return out.getvalue()


def p(text: str = "", *, style: str = "", props: str = "", run: str = "", inner: str = "") -> str:
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    words = f'<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{styled}{props}</w:pPr>{words}{inner}</w:p>"


def numbered(num: int, ilvl: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{ilvl}"/><w:numId w:val="{num}"/></w:numPr>'


def cell(text: str, *, props: str = "", run: str = "") -> str:
    return f"<w:tc><w:tcPr>{props}</w:tcPr>{p(text, run=run)}</w:tc>"


def tr(*cells: str, props: str = "") -> str:
    return f"<w:tr><w:trPr>{props}</w:trPr>{''.join(cells)}</w:tr>"


def read(body: str, **parts: str) -> Document:
    return read_docx(docx(body, **parts), path="CCTP.docx", sha256="0" * 64)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in document.blocks]


def of(document: Document, text: str) -> Block:
    return next(b for b in document.blocks if text in b.text)


def codes(document: Document) -> dict[str, str]:
    return {w.code: w.detail for w in document.warnings}


def independent_paragraphs(data: bytes) -> list[str]:
    """The text of every ``w:p`` in the order of the file, by another library."""
    import docx as python_docx
    from docx.text.paragraph import Paragraph

    body = python_docx.Document(io.BytesIO(data)).element.body
    return [Paragraph(e, None).text for e in body.iter(f"{{{W}}}p")]  # type: ignore[arg-type]


def test_automatic_numbers_are_in_the_section_and_not_in_the_text() -> None:
    body = "".join(
        (
            p("Objet", style="Titre1"), p("Le marché porte sur une billetterie."),
            p("Hébergement", style="Titre1"), p("Généralités", style="Titre2"), p("Localisation", style="Titre2"),
            p("Les données restent en France."), p("Réversibilité", style="Titre1"), p("Plan", style="Titre2"),
        )
    )  # fmt: skip
    document = read(body)
    assert of(document, "restent en France").section_path == ("2 Hébergement", "2.2 Localisation")
    assert of(document, "Localisation").text == "Localisation"
    assert of(document, "Plan").section_path == ("3 Réversibilité", "3.1 Plan")


def test_a_style_based_on_a_heading_is_a_heading_of_its_level() -> None:
    document = read(p("Objet", style="Titre1") + p("Portée", style="Clause") + p("Le titulaire agit."))
    assert of(document, "agit").section_path == ("1 Objet", "1.1 Portée")


def test_a_style_based_on_itself_does_not_hang() -> None:
    assert kinds(read(p("Le titulaire agit.", style="Boucle"))) == [("paragraph", "Le titulaire agit.")]


def test_a_number_restarts_where_the_file_says_so_and_roman_ones_are_read() -> None:
    body = (
        p("Un", style="Titre1")
        + p("Huit", style="Titre1", props=numbered(4))
        + p("Prix", props=numbered(3) + '<w:outlineLvl w:val="0"/>')
    )
    assert [b.section for b in read(body).blocks] == ["1 Un", "8 Huit", "III Prix"]


@pytest.mark.parametrize(
    ("count", "form", "text"),
    [
        (4, "decimal", "4"), (4, "upperRoman", "IV"), (1990, "lowerRoman", "mcmxc"), (28, "lowerLetter", "bb"),
        (3, "upperLetter", "C"), (5, "decimalZero", "05"), (0, "upperRoman", "0"), (-2, "lowerLetter", "-2"),
    ],
)  # fmt: skip
def test_counts_print_in_the_format_of_their_level(count: int, form: str, text: str) -> None:
    assert formatted(count, form) == text


@pytest.mark.parametrize(
    ("text", "emphasised", "level"),
    [
        ("ARTICLE 5 – HÉBERGEMENT", True, 1),
        ("Article 5 – Hébergement", False, 1),
        ("5.2 Localisation des données", True, 2),
        ("Sécurité du système", True, 9.5),
        ("5.2 Localisation des données", False, 0),
        ("Sécurité du système", False, 0),
        ("Le titulaire héberge les données en France.", True, 0),
        ("a) premier point", True, 0),
        ("12 mois", True, 0),
        ("Contact : achats@exemple.fr", True, 0),
    ],
)
def test_a_typed_title_is_a_heading_and_a_sentence_in_bold_is_not(text: str, emphasised: bool, level: float) -> None:
    assert typed_heading_level(text, emphasised=emphasised) == level


@pytest.mark.parametrize(
    ("text", "number", "label"),
    [
        ("Hébergement", "5.2.", "5.2 Hébergement"),
        ("Hébergement", "Article 5 –", "5 Hébergement"),
        ("Article 5 - Hébergement", "", "5 Hébergement"),
        ("Hébergement", "", "Hébergement"),
        ("3 mois de garantie", "", "3 mois de garantie"),
    ],
)
def test_the_label_of_a_section_is_its_number_and_title(text: str, number: str, label: str) -> None:
    assert section_label(text, number) == label


def test_bold_titles_without_style_make_sections() -> None:
    document = read(p("ARTICLE 4 – HÉBERGEMENT", run="<w:b/>") + p("Les données restent en France."))
    assert of(document, "restent").section == "4 HÉBERGEMENT"


def test_bullets_typed_or_automatic_are_list_items() -> None:
    document = read(p("le chiffrement ;", props=numbered(2)) + p("– la sauvegarde ;") + p("Le titulaire agit."))
    assert [k for k, _ in kinds(document)] == ["list_item", "list_item", "paragraph"]


def test_the_table_of_contents_is_furniture() -> None:
    toc = '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    toc += f"<w:sdtContent>{p('Sommaire')}{p('1. Objet 3')}</w:sdtContent></w:sdt>"
    document = read(toc + p("2. Hébergement 4", style="TM1") + p("Le titulaire agit."))
    assert [k for k, _ in kinds(document)] == ["furniture", "furniture", "furniture", "paragraph"]


def test_each_row_of_a_table_carries_the_header_of_its_columns() -> None:
    head = tr(cell("N°"), cell("Exigence"), cell("Priorité"), props="<w:tblHeader/>")
    rows = tr(cell("1"), cell("Hébergement en France"), cell("Obligatoire")) + tr(
        cell("2"), cell("Second site"), cell("Souhaité")
    )
    document = read(f"<w:tbl>{head}{rows}</w:tbl>")
    row = of(document, "Hébergement en France")
    assert (row.kind, row.text) == ("table_row", "1 | Hébergement en France | Obligatoire")
    assert row.header == ("N°", "Exigence", "Priorité")
    assert of(document, "N°").header == ()


def test_a_bold_first_row_is_a_header_and_a_plain_one_is_not() -> None:
    bold = tr(cell("Exigence", run="<w:b/>"), cell("Priorité", run="<w:b/>"))
    plain = tr(cell("Lieu"), cell("France"))
    rows = tr(cell("Chiffrement"), cell("Impérative"))
    assert of(read(f"<w:tbl>{bold}{rows}</w:tbl>"), "Chiffrement").header == ("Exigence", "Priorité")
    assert of(read(f"<w:tbl>{plain}{rows}</w:tbl>"), "Chiffrement").header == ()


def test_a_cell_merged_downwards_speaks_on_each_row_it_covers() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = tr(cell("Chiffrement"), cell("Obligatoire", props=down)) + tr(cell("Sauvegarde"), cell("", props=on))
    rows += tr(cell("Lieu"), cell("Souhaité"))
    texts = [b.text for b in read(f"<w:tbl>{rows}</w:tbl>").blocks]
    assert texts == ["Chiffrement | Obligatoire", "Sauvegarde | Obligatoire", "Lieu | Souhaité"]


def test_a_cell_over_two_columns_keeps_the_next_ones_under_their_header() -> None:
    head = tr(cell("N°"), cell("Exigence"), cell("Priorité"), props="<w:tblHeader/>")
    wide = tr(cell("Chapitre hébergement", props='<w:gridSpan w:val="2"/>'), cell("Haute"))
    row = of(read(f"<w:tbl>{head}{wide}</w:tbl>"), "Chapitre")
    assert row.row == ("Chapitre hébergement", "", "Haute")
    assert row.header == ("N°", "Exigence", "Priorité")


def test_a_frame_of_one_cell_is_read_as_paragraphs() -> None:
    frame = f"<w:tbl><w:tr><w:tc>{p('Objet', style='Titre1')}{p('Le titulaire agit.')}</w:tc></w:tr></w:tbl>"
    assert kinds(read(frame)) == [("heading", "Objet"), ("paragraph", "Le titulaire agit.")]


CHECKBOX = '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{}"/></w14:checkbox></w:sdtPr>'
CHECKBOX += "<w:sdtContent><w:r><w:t>?</w:t></w:r></w:sdtContent></w:sdt>"
FIELD = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>{}</w:checkBox></w:ffData></w:fldChar></w:r>'
FIELD += '<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        (CHECKBOX.format(1), "☒"),
        (CHECKBOX.format(0), "☐"),
        (FIELD.format("<w:checked/>"), "☒"),
        (FIELD.format('<w:default w:val="1"/>'), "☒"),
        (FIELD.format('<w:default w:val="1"/><w:checked w:val="0"/>'), "☐"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☑"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>', "☐"),
        ('<w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>þ</w:t></w:r>', "☑"),
        ('<w:r><w:rPr><w:rFonts w:ascii="Arial"/></w:rPr><w:t>þ</w:t></w:r>', "þ"),
    ],
)
def test_boxes_to_tick_say_their_state(box: str, shown: str) -> None:
    document = read(f"<w:p>{box}<w:r><w:t xml:space='preserve'> Hébergement en France</w:t></w:r></w:p>")
    assert [b.text for b in document.blocks] == [f"{shown} Hébergement en France"]


def test_insertions_are_kept_and_deletions_dropped_and_both_said() -> None:
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    deleted = '<w:del w:id="1"><w:r><w:delText>aux États-Unis</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2">{run.format("en France")}</w:ins>'
    moved = f'<w:moveFrom w:id="3">{run.format("ailleurs")}</w:moveFrom>'
    document = read(f"<w:p>{run.format('Hébergement ')}{deleted}{inserted}{moved}</w:p>")
    assert [b.text for b in document.blocks] == ["Hébergement en France"]
    assert codes(document) == {"tracked_deletions": "2", "tracked_insertions": "1"}


def test_a_deleted_row_is_dropped() -> None:
    rows = tr(cell("Lieu"), cell("France")) + tr(cell("Lieu"), cell("Canada"), props='<w:del w:id="1"/>')
    assert [b.text for b in read(f"<w:tbl>{rows}</w:tbl>").blocks] == ["Lieu | France"]


def test_comments_and_hidden_text_are_not_read_and_are_said() -> None:
    body = p("Visible.") + p("Invisible.", run="<w:vanish/>")
    document = read(body, comments=f'<w:comment w:id="0">{p("À revoir")}</w:comment>')
    assert kinds(document) == [("paragraph", "Visible.")]
    assert codes(document) == {"hidden_text": "1", "comments_ignored": "1"}


def test_footnotes_follow_their_paragraph() -> None:
    note = f'<w:footnote w:id="2">{p("Au sens du RGPD.")}</w:footnote>'
    separator = f'<w:footnote w:id="0" w:type="separator">{p("ligne")}</w:footnote>'
    body = p("Le sous-traitant", inner='<w:r><w:footnoteReference w:id="2"/></w:r>') + p("Suite.")
    document = read(body, footnotes=separator + note)
    assert kinds(document) == [
        ("paragraph", "Le sous-traitant"), ("footnote", "Au sens du RGPD."), ("paragraph", "Suite."),
    ]  # fmt: skip
    assert document.blocks[1].anchor == {"kind": "docx", "paragraph": 2, "part": "word/footnotes.xml"}


def test_headers_and_footers_are_furniture() -> None:
    document = read(p("Le titulaire agit."), header=p("CCTP – Marché 2026-041"), footer=p("Ville d'Exemple"))
    assert kinds(document) == [
        ("furniture", "CCTP – Marché 2026-041"), ("paragraph", "Le titulaire agit."), ("furniture", "Ville d'Exemple"),
    ]  # fmt: skip


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('Données de santé')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
    both += f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    document = read(p("Avant", inner=f"<w:r>{both}</w:r>"))
    assert [b.text for b in document.blocks] == ["Avant", "Données de santé"]


def test_fields_show_their_result_and_not_their_code() -> None:
    char = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    code = "<w:r><w:instrText> REF _x \\h </w:instrText></w:r>"
    inner = f"{char.format('begin')}{code}{char.format('separate')}<w:r><w:t>article 5</w:t></w:r>{char.format('end')}"
    assert [b.text for b in read(p("Voir ", inner=inner)).blocks] == ["Voir article 5"]


def test_quotes_are_found_at_their_anchor_by_another_reader() -> None:
    table = f"<w:tbl>{tr(cell('Exigence'), cell('Priorité'))}{tr(cell('Hébergement HDS'), cell('Oui'))}</w:tbl>"
    data = docx(
        p("Objet", style="Titre1") + p() + p("Le titulaire agit.") + table + p("Les données restent en France.")
    )
    document = read_docx(data, path="CCTP.docx", sha256="0" * 64)
    paragraphs = independent_paragraphs(data)
    assert len(document.blocks) == 5
    for block in document.blocks:
        assert block.anchor is not None
        at = block.anchor["paragraph"] - 1
        if block.kind == "table_row":
            assert paragraphs[at : at + len(block.row)] == list(block.row)
        else:
            assert paragraphs[at] == block.text
    text = document_text(document)
    assert all(text[b.start : b.end] == b.text and b.method == "office" for b in document.blocks)


def test_the_strict_variant_of_the_standard_is_read_too() -> None:
    data = docx(p("Objet", style="Titre1") + p("Le titulaire agit."))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            text = text.replace(W, "http://purl.oclc.org/ooxml/wordprocessingml/main")
            new.writestr(name, text.replace(OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"))
    document = read_docx(out.getvalue(), path="x.docx", sha256="0")
    assert of(document, "agit").section == "1 Objet"


ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (docx(p("texte"), head=ENTITIES), "unsafe_xml"),
        (docx(p("texte"), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "unsafe_xml"),
        (docx("<w:sdt><w:sdtContent>" * 300 + "</w:sdtContent></w:sdt>" * 300), "unsafe_xml"),
        (docx(p(" " * (30 << 20))), "compression_ratio"),
    ],
    ids=["entities", "outside entity", "depth", "zip bomb"],
)
def test_hostile_files_are_refused_with_their_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_docx(data, path="x.docx", sha256="0")
    assert caught.value.reason == reason


@pytest.mark.parametrize("cut", [30, 400, 900])
def test_a_truncated_file_is_damaged(cut: int) -> None:
    with pytest.raises(DamagedDocument):
        read_docx(docx(p("Le titulaire agit."))[:-cut], path="x.docx", sha256="0")


def test_broken_xml_is_damaged_and_a_blank_file_is_empty() -> None:
    with pytest.raises(DamagedDocument):
        read_docx(docx("<w:p>"), path="x.docx", sha256="0")
    with pytest.raises(EmptyInput):
        read_docx(docx(p(" ")), path="x.docx", sha256="0")


def test_without_the_safe_parser_the_file_stays_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "defusedxml.ElementTree", None)
    with pytest.raises(Refusal) as caught:
        read_docx(docx(p("Le titulaire agit.")), path="x.docx", sha256="0")
    assert caught.value.reason == "office_not_supported"
