"""Plain text, Markdown and HTML into blocks; languages told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.errors import EmptyInput
from crible.extraction.anchors import document_text
from crible.extraction.hypertext import read_html
from crible.extraction.language import detect
from crible.extraction.numbering import heading_depth, parse_heading_number
from crible.extraction.plaintext import read_text

if TYPE_CHECKING:
    from crible.types import Document


def text(source: str | bytes) -> Document:
    data = source.encode() if isinstance(source, str) else source
    return read_text(data, path="piece.md", sha256="0" * 64)


def html(source: str) -> Document:
    return read_html(source.encode(), path="avis.html", sha256="0" * 64)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in document.blocks]


@pytest.mark.parametrize(
    ("heading", "parsed"),
    [
        ("Article 5.2 – Hébergement", ("5.2", "Hébergement")),
        ("ARTICLE 5 : SÉCURITÉ", ("5", "SÉCURITÉ")),
        ("ARTICLE 2 DOCUMENTS CONTRACTUELS", ("2", "DOCUMENTS CONTRACTUELS")),
        ("Article 7", ("7", "")),
        ("5.2.1 Localisation des données", ("5.2.1", "Localisation des données")),
        ("5.2.1. Localisation", ("5.2.1", "Localisation")),
        ("3 - Objet", ("3", "Objet")),
        ("1.Objet du marché", ("1", "Objet du marché")),
        ("II.3. Négociation", ("II.3", "Négociation")),
        ("B – Dispositions générales", ("B", "Dispositions générales")),
        ("A.2 Périmètre", None),  # the letter needs its sign: « A 2 » and « A.2 km » are too frequent
        ("A.2. Périmètre", ("A.2", "Périmètre")),
        ("Chapitre 3 : Prix", ("3", "Prix")),
        ("ANNEXE N° 2 : RÉVISION DES PRIX", ("Annexe 2", "RÉVISION DES PRIX")),
        ("Annexe II – Description du traitement", ("Annexe II", "Description du traitement")),
        # What only looks like a heading.
        ("2 serveurs sont fournis", None),
        ("12 Mois", None),
        ("5 MAINTENANCE", ("5", "MAINTENANCE")),
        ("3 heures ouvrées", None),
        ("50 % du prix", None),
        ("1er janvier 2026", None),
        ("2026 est l'année de référence", None),
        ("75011 Paris", None),
        ("article en cause", None),
        ("Article 5 du présent CCAP s'applique", None),
        ("Le titulaire héberge les données", None),
        ("", None),
    ],
)
def test_numbers_of_headings_are_parsed(heading: str, parsed: tuple[str, str] | None) -> None:
    assert parse_heading_number(heading) == parsed


@pytest.mark.parametrize(("number", "depth"), [("5", 1), ("5.2", 2), ("5.2.1", 3), ("II.3", 2), ("Annexe 3", 1)])
def test_depth_of_a_number(number: str, depth: int) -> None:
    assert heading_depth(number) == depth


def test_markdown_headings_lists_and_paragraphs() -> None:
    document = text("# Cahier\n\nUn paragraphe\nsur deux lignes.\n\n- premier ;\n- second\n  suite.\n\n1) tiers\n")
    assert kinds(document) == [
        ("heading", "Cahier"),
        ("paragraph", "Un paragraphe sur deux lignes."),
        ("list_item", "- premier ;"),
        ("list_item", "- second suite."),
        ("list_item", "1) tiers"),
    ]


def test_sections_nest_by_the_depth_of_headings() -> None:
    document = text("# A\n\n## B\n\nun\n\n### C\n\ndeux\n\n## D\n\ntrois\n")
    paths = {b.text: b.section_path for b in document.blocks if b.kind == "paragraph"}
    assert paths == {"un": ("A", "B"), "deux": ("A", "B", "C"), "trois": ("A", "D")}


def test_numbered_headings_without_marks_open_sections() -> None:
    document = text(
        "ARTICLE 5 CONDITIONS D'EXÉCUTION\n\n5.1 Délais\n\nLe délai est de 3 mois.\n\n5.2 Hébergement\n\nEn France.\n\n"
        "ARTICLE 6 PRIX\nLes prix sont fermes pendant toute la durée du marché et ne sont pas révisables.\n"
    )
    paths = {b.text[:12]: b.section_path for b in document.blocks if b.kind == "paragraph"}
    assert paths == {
        "Le délai est": ("5 CONDITIONS D'EXÉCUTION", "5.1 Délais"),
        "En France.": ("5 CONDITIONS D'EXÉCUTION", "5.2 Hébergement"),
        "Les prix son": ("6 PRIX",),
    }


@pytest.mark.parametrize(
    "paragraph",
    [
        "1. Le titulaire remet un plan de réversibilité détaillé,\nau plus tard trois mois après la notification.",
        "a) Les données sont hébergées ;",
        "2 serveurs sont fournis.",
        "Le marché dure\n4 Ans au plus.",
    ],
)
def test_sentences_with_numbers_are_not_headings(paragraph: str) -> None:
    assert [b.kind for b in text(paragraph).blocks if b.kind == "heading"] == []


def test_underlined_titles_are_headings() -> None:
    assert kinds(text("STATEMENT OF WORK\n=================\n\nScope\n-----\n\nText.\n")) == [
        ("heading", "STATEMENT OF WORK"),
        ("heading", "Scope"),
        ("paragraph", "Text."),
    ]


def test_pipe_tables_give_rows_with_their_header() -> None:
    document = text("| Exigence | Priorité |\n|---|:---:|\n| Données en France | **O** |\n| Audit | S |\n\nFin.\n")
    rows = [b for b in document.blocks if b.kind == "table_row"]
    assert [(b.row, b.header) for b in rows] == [
        (("Exigence", "Priorité"), ()),
        (("Données en France", "O"), ("Exigence", "Priorité")),
        (("Audit", "S"), ("Exigence", "Priorité")),
    ]
    assert rows[1].text == "Données en France | O"


def test_page_marks_of_a_conversion_are_real_pages() -> None:
    pages = "\n\n---\n\n".join(
        f"## Page {n}\n\nVille d'Exemple – CCTP\n\nLe titulaire assure la prestation {'abc'[n - 1]}.\n\nPage {n} sur 3"
        for n in (1, 2, 3)
    )
    document = text("# CCTP\n\n> Converti depuis le PDF\n\n---\n\n" + pages)
    assert (document.pages, document.pages_read) == (3, 3)
    assert [(b.page, b.text) for b in document.blocks if b.kind == "paragraph"] == [
        (n, f"Le titulaire assure la prestation {'abc'[n - 1]}.") for n in (1, 2, 3)
    ]
    furniture = {b.text for b in document.blocks if b.kind == "furniture"}
    assert {"Ville d'Exemple – CCTP", "Page 2 sur 3", "Converti depuis le PDF"} <= furniture
    assert all(b.bbox is None for b in document.blocks)


def test_a_text_without_page_marks_has_one_page_without_number() -> None:
    document = text("Le titulaire héberge les données.")
    assert (document.pages, document.blocks[0].page) == (1, None)


def test_lines_of_a_table_of_contents_are_furniture() -> None:
    document = text("Sommaire\n\n1 OBJET..........................3\n2 DURÉE . . . . . . . . 4\n\n1 OBJET\n\nTexte.\n")
    assert [b.text for b in document.blocks if b.kind == "heading"] == ["1 OBJET"]
    assert sum(b.kind == "furniture" for b in document.blocks) == 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Le contrat de sous-\ntraitance est joint.", "Le contrat de sous-traitance est joint."),
        ("Les lo-\ngiciels sont libres.", "Les logiciels sont libres."),
        ("Le savoir-\nfaire. Un savoir-faire.", "Le savoir-faire. Un savoir-faire."),
        ("Fin de phrase -\nDébut", "Fin de phrase - Début"),
        ("Données\u00a0\u202f hébergées", "Données hébergées"),
        ("De\u0301lai", "Délai"),
        ("Il **doit** [héberger](https://exemple.fr/a) `en France`.", "Il doit héberger en France."),
        ("Durée\\_max <br/> 3 mois", "Durée_max 3 mois"),
        ("2 * 3 * 4 et a_b_c", "2 * 3 * 4 et a_b_c"),
    ],
)
def test_text_is_normalised(source: str, expected: str) -> None:
    assert text(source).blocks[0].text == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_usual_encodings_are_read(encoding: str) -> None:
    assert text("Hébergement à Orléans – 5 €".encode(encoding)).blocks[0].text == "Hébergement à Orléans – 5 €"


def test_front_matter_is_kept_and_not_classified() -> None:
    document = text("---\ntitle: Guide\nlayout: page\n---\n\nTexte.\n")
    assert kinds(document) == [("furniture", "title: Guide"), ("furniture", "layout: page"), ("paragraph", "Texte.")]


@pytest.mark.parametrize("source", ["", "  \n\n", "---\n\n***\n"])
def test_a_text_without_a_word_is_empty(source: str) -> None:
    with pytest.raises(EmptyInput):
        text(source)


def test_html_gives_headings_items_rows_and_paragraphs() -> None:
    document = html(
        "<html><head><title>Avis</title><style>p{}</style></head><body><h1>Avis de marché</h1>"
        "<p>Objet&nbsp;: héberge<b>ment</b> du site.</p><ul><li>en France<li>en Europe</ul>"
        "<table><tr><th>Lot<th>Objet</tr><tr><td>1</td><td><p>Site</p><p>web</p></td></tr></table>"
        "<script>var x = 'caché';</script><h2>Délai</h2>12 mois</body></html>"
    )
    assert kinds(document) == [
        ("heading", "Avis de marché"),
        ("paragraph", "Objet : hébergement du site."),
        ("list_item", "en France"),
        ("list_item", "en Europe"),
        ("table_row", "Lot | Objet"),
        ("table_row", "1 | Site web"),
        ("heading", "Délai"),
        ("paragraph", "12 mois"),
    ]
    assert document.blocks[5].header == ("Lot", "Objet")
    assert document.blocks[7].section_path == ("Avis de marché", "Délai")


@given(st.text(alphabet=st.sampled_from("aé1 .#|-*_\n\t<>[]()«»•;:%"), max_size=300))
def test_offsets_always_count_in_the_document(source: str) -> None:
    for reader in (text, html):
        try:
            document = reader(source)
        except EmptyInput:
            continue
        whole = document_text(document)
        assert [whole[b.start : b.end] for b in document.blocks] == [b.text for b in document.blocks]
        assert all(b.text == " ".join(b.text.split()) for b in document.blocks)


@given(st.lists(st.sampled_from(["mot", "données", "France", "hébergé", "titulaire"]), min_size=1, max_size=60))
def test_no_word_of_a_paragraph_is_lost(words: list[str]) -> None:
    lines = [" ".join(words[i : i + 7]) for i in range(0, len(words), 7)]
    assert document_text(text("\n".join(lines))).split() == words


@pytest.mark.parametrize(
    ("sample", "language"),
    [
        ("Le titulaire assure l'hébergement des données en France pour la durée du marché.", "fr"),
        ("The contractor shall host all of the data in the European Union for the term of the contract.", "en"),
        ("Der Auftragnehmer ist verpflichtet, die Daten in der Europäischen Union zu speichern und zu sichern.", "de"),
        ("El contratista deberá alojar los datos en la Unión Europea y no se permite su transferencia.", "es"),
        (
            "Il fornitore deve conservare i dati nell'Unione europea e non è ammesso il trasferimento.",
            "it",
        ),
        ("De opdrachtnemer moet de gegevens in de Europese Unie opslaan en mag deze niet aan derden geven.", "nl"),
        (
            "Leverantören ska lagra uppgifterna inom EU och det är inte tillåtet att överföra dem.",
            "sv",
        ),
        ("O adjudicatário deverá alojar os dados na União Europeia e não é permitida a sua transferência.", "pt"),
        (
            "Zhotovitel musí ukládat údaje výhradně v Evropské unii, přičemž jejich předávání je vyloučeno.",
            "other",
        ),
        ("CCTP lot 2", None),
    ],
)
def test_languages_are_told_apart(sample: str, language: str | None) -> None:
    assert detect(sample) == language
