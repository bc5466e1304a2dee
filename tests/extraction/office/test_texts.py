"""ODT, RTF, slides and e-mail into blocks."""

from __future__ import annotations

import io
import re
import zipfile
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from crible.errors import DamagedDocument, EmptyInput, EncryptedDocument
from crible.extraction.office.mail import parse_eml, read_eml
from crible.extraction.office.odf import read_odt
from crible.extraction.office.pptx import read_pptx
from crible.extraction.office.refusal import Refusal
from crible.extraction.office.rtf import read_rtf

if TYPE_CHECKING:
    from crible.types import Block, Document

URN = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(
    f'xmlns:{short}="{URN}:{long}:1.0"'
    for short, long in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("form", "form"),
        ("draw", "drawing"), ("fo", "xsl-fo-compatible"),
    )
)  # fmt: skip
OUTLINE = """<text:outline-style>
<text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>"""


def odt(body: str, *, styles: str = OUTLINE, automatic: str = "", manifest: str = "<m/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("styles.xml", f"<office:document-styles {SPACES}>{styles}</office:document-styles>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {SPACES}><office:automatic-styles>{automatic}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
    return out.getvalue()


def h(text: str, level: int = 1) -> str:
    return f'<text:h text:outline-level="{level}">{text}</text:h>'


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def read(body: str, **parts: str) -> Document:
    return read_odt(odt(body, **parts), path="CCTP.odt", sha256="0" * 64)


def of(document: Document, text: str) -> Block:
    return next(b for b in document.blocks if text in b.text)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in document.blocks]


def test_automatic_numbers_of_an_odt_are_in_the_section() -> None:
    document = read(h("Objet") + h("Hébergement") + h("Généralités", 2) + h("Lieu", 2) + p("En France."))
    assert of(document, "En France").section_path == ("2 Hébergement", "2.2 Lieu")
    assert of(document, "Lieu").text == "Lieu"


def test_lists_notes_changes_and_comments_of_an_odt() -> None:
    item = f"<text:list><text:list-item>{p('le chiffrement ;')}</text:list-item></text:list>"
    note = "<text:note><text:note-citation>1</text:note-citation>"
    note += f"<text:note-body>{p('Au sens du RGPD.')}</text:note-body></text:note>"
    gone = f"<text:changed-region><text:deletion>{p('au Canada')}</text:deletion></text:changed-region>"
    gone = f"<text:tracked-changes>{gone}</text:tracked-changes>"
    said = f"<office:annotation>{p('à revoir')}</office:annotation>"
    document = read(gone + p(f"Le sous-traitant{note}{said} agit<text:s/>seul.") + item)
    assert kinds(document) == [
        ("paragraph", "Le sous-traitant agit seul."), ("footnote", "Au sens du RGPD."),
        ("list_item", "le chiffrement ;"),
    ]  # fmt: skip
    assert {w.code: w.detail for w in document.warnings} == {"tracked_deletions": "1", "comments_ignored": "1"}


def test_the_rows_of_an_odt_table_carry_their_header() -> None:
    def row(*cells: str) -> str:
        inside = "".join(f"<table:table-cell>{p(c)}</table:table-cell>" for c in cells)
        return f"<table:table-row>{inside}</table:table-row>"

    head = f"<table:table-header-rows>{row('Exigence', 'Priorité')}</table:table-header-rows>"
    document = read(f"<table:table>{head}{row('Hébergement HDS', 'Impérative')}</table:table>")
    found = of(document, "HDS")
    assert (found.text, found.header) == ("Hébergement HDS | Impérative", ("Exigence", "Priorité"))


def test_boxes_of_an_odt_form_say_their_state() -> None:
    boxes = '<form:checkbox form:id="c1" form:current-state="checked"/><form:checkbox form:id="c2"/>'
    forms = f"<office:forms><form:form>{boxes}</form:form></office:forms>"
    document = read(forms + p('<draw:control draw:control="c1"/> oui <draw:control draw:control="c2"/> non'))
    assert [b.text for b in document.blocks] == ["☒ oui ☐ non"]


def test_bold_titles_headers_and_contents_of_an_odt() -> None:
    bold = '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>'
    master = f"<style:master-page><style:header>{p('Marché 2026-041')}</style:header></style:master-page>"
    master = f"<office:master-styles>{master}</office:master-styles>"
    contents = f"<text:table-of-content><text:index-body>{p('1. Objet 3')}</text:index-body></text:table-of-content>"
    body = contents + p("ARTICLE 4 – HÉBERGEMENT", "T1") + p("En France.")
    document = read(body, automatic=bold, styles=master)
    assert [b.kind for b in document.blocks] == ["furniture", "furniture", "heading", "paragraph"]
    assert of(document, "En France").section == "4 HÉBERGEMENT"


def test_quotes_of_an_odt_are_found_at_their_anchor_by_another_reader() -> None:
    from lxml import etree

    data = odt(h("Objet") + p("") + p("Le <text:span>titulaire</text:span> agit.") + p("En France."))
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("content.xml"))
    paragraphs = ["".join(e.itertext()) for e in root.iter(f"{{{URN}:text:1.0}}p", f"{{{URN}:text:1.0}}h")]
    blocks = read_odt(data, path="x.odt", sha256="0").blocks
    assert len(blocks) == 3
    assert all(b.anchor is not None and paragraphs[b.anchor["paragraph"] - 1] == b.text for b in blocks)


def test_an_encrypted_odt_asks_for_its_password() -> None:
    with pytest.raises(EncryptedDocument):
        read(p("x"), manifest="<manifest:encryption-data xmlns:manifest='x'/>")


RTF = r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fnil\fcharset2 Wingdings;}}
{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}}{\info{\author Personne}}
{\header\pard March\'e9 2026-041\par}
\pard\s1{\listtext\pard 2.\tab}H\'e9bergement\par
\pard\plain Les donn\'e9es restent en \u70?rance \'96 {\b toujours}.\par
\pard{\listtext\'b7\tab}le chiffrement ;\par
\trowd\trhdr\cellx1\cellx2\pard\intbl Exigence\cell Priorit\'e9\cell\row
\trowd\cellx1\cellx2\pard\intbl H\'e9bergement HDS\cell {\f1 \'fe} Imp\'e9rative\cell\row
\pard Fin{\footnote Au sens du RGPD.} du texte{\deleted  supprim\'e9}{\v  invisible}.\par
{\*\inconnu secret}{\pict\bin4 {}{}ffd8}
}"""


def test_rich_text_reads_headings_tables_symbols_and_notes() -> None:
    document = read_rtf(RTF.encode("ascii"), path="CCTP.rtf", sha256="0")
    assert kinds(document) == [
        ("furniture", "Marché 2026-041"), ("heading", "Hébergement"),
        ("paragraph", "Les données restent en France – toujours."), ("list_item", "le chiffrement ;"),
        ("table_row", "Exigence | Priorité"), ("table_row", "Hébergement HDS | ☑ Impérative"),
        ("paragraph", "Fin du texte."), ("footnote", "Au sens du RGPD."),
    ]  # fmt: skip
    assert of(document, "HDS").header == ("Exigence", "Priorité")
    assert of(document, "restent").section == "2 Hébergement"
    assert {w.code for w in document.warnings} == {"tracked_deletions", "hidden_text"}


@pytest.mark.parametrize(("state", "shown"), [("\\ffres1", "☒"), ("\\ffres0", "☐"), ("\\ffres25\\ffdefres1", "☒")])
def test_boxes_of_a_rich_text_form_say_their_state(state: str, shown: str) -> None:
    field = rf"{{\field{{\*\fldinst FORMCHECKBOX {{\*\formfield{{\fftype1{state}{{\*\ffname c}}}}}}}}}}"
    (block,) = read_rtf(rf"{{\rtf1 {field} oui\par}}".encode(), path="x.rtf", sha256="0").blocks
    assert block.text == f"{shown} oui"


def test_hostile_rich_text_is_refused_or_read_without_harm() -> None:
    with pytest.raises(Refusal):
        read_rtf(b"{\\rtf1 " + b"{" * 5000, path="x.rtf", sha256="0")
    with pytest.raises(EmptyInput):
        read_rtf(b"{\\rtf1 }}}}}\\bin999999999 x", path="x.rtf", sha256="0")
    assert read_rtf(b"{\\rtf1 Le titulaire agit", path="x.rtf", sha256="0").blocks[0].text == "Le titulaire agit"


PML = "http://schemas.openxmlformats.org/presentationml/2006/main"
DML = "http://schemas.openxmlformats.org/drawingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pptx(slide: str) -> bytes:
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        main = f'<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="ppt/presentation.xml"/>'
        archive.writestr("_rels/.rels", relations.format(main))
        listed = '<p:sldIdLst><p:sldId r:id="b"/></p:sldIdLst>'
        listed = f'<p:presentation xmlns:p="{PML}" xmlns:r="{OFFICE}">{listed}</p:presentation>'
        archive.writestr("ppt/presentation.xml", listed)
        link = f'<Relationship Id="b" Type="{OFFICE}/slide" Target="slides/slide1.xml"/>'
        archive.writestr("ppt/_rels/presentation.xml.rels", relations.format(link))
        archive.writestr("ppt/slides/slide1.xml", f'<p:sld xmlns:p="{PML}" xmlns:a="{DML}">{slide}</p:sld>')
    return out.getvalue()


def test_slides_have_their_title_as_heading_and_their_number_as_page() -> None:
    def shape(kind: str, text: str) -> str:
        place = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        return f"<p:sp>{place}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"

    data = pptx(shape("title", "Hébergement") + shape("body", "Les données restent en France.") + shape("sldNum", "1"))
    document = read_pptx(data, path="x.pptx", sha256="0")
    assert [(b.kind, b.page, b.section) for b in document.blocks] == [
        ("heading", 1, "Hébergement"), ("list_item", 1, "Hébergement"), ("furniture", 1, "Hébergement"),
    ]  # fmt: skip


def mail(**parts: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "acheteur@exemple.fr", "candidat@exemple.fr"
    message["Subject"] = "Réponse à la question n° 3"
    message.set_content(parts.get("text", "Bonjour,\n\nLes données restent en France.\n"))
    return message


def test_an_email_is_its_subject_and_body_and_its_other_headers_are_furniture() -> None:
    document = read_eml(mail().as_bytes(), path="q3.eml", sha256="0")
    assert [b.kind for b in document.blocks] == ["heading", "furniture", "furniture", "paragraph", "paragraph"]
    assert of(document, "restent").section == "Réponse à la question n° 3"
    assert of(document, "restent").anchor == {"kind": "eml", "part": "body", "line": 3}
    assert document.blocks[-1].method == "office"


def test_the_attachments_of_an_email_are_files() -> None:
    message = mail()
    message.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="Précisions.pdf")
    inner = mail(text="Transmis.")
    message.add_attachment(inner)
    files = parse_eml(message.as_bytes()).files
    assert [name for name, _ in files] == ["Précisions.pdf", "message.eml"]
    assert files[0][1] == b"%PDF-1.7 x"
    assert re.search(b"Transmis", files[1][1])


def test_a_page_in_an_email_is_read_when_there_is_no_plain_text() -> None:
    message = EmailMessage()
    message["Subject"] = "Avis"
    message.set_content("<p>Les données restent en <b>France</b>.</p>", subtype="html")
    assert (
        of(read_eml(message.as_bytes(), path="x.eml", sha256="0"), "restent").text == "Les données restent en France."
    )


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: =?utf-8?b?!!!?=\r\nMIME-Version: 1.0\r\n\r\nBonjour",
        b'From: a\r\nContent-Type: text/plain; charset="x-faux"\r\n\r\nBonjour',
    ],
)
def test_a_badly_made_email_is_still_read(data: bytes) -> None:
    assert of(read_eml(data, path="x.eml", sha256="0"), "Bonjour")


def test_broken_files_are_damaged() -> None:
    with pytest.raises(DamagedDocument):
        read_odt(odt(p("x"))[:200], path="x.odt", sha256="0")
    with pytest.raises(DamagedDocument):
        read("<text:p>")
    with pytest.raises(EmptyInput):
        read(p(" "))
