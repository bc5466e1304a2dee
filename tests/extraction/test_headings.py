"""Headings, their false friends, and the section path they open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crible.extraction.headings import is_upper, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERED = [
    ("Article 5.2 – Hébergement", ("5.2", "Hébergement")),
    ("ARTICLE 1er : OBJET DU MARCHE", ("1", "OBJET DU MARCHE")),
    ("Article 12", ("12", "")),
    ("5.2.1 Sécurité des données", ("5.2.1", "Sécurité des données")),
    ("02.01.03 Panneau de chantier", ("02.01.03", "Panneau de chantier")),
    ("2.1.10 Base de données", ("2.1.10", "Base de données")),
    ("3-1 Visite des lieux", ("3-1", "Visite des lieux")),
    ("3.1-Les prestations permanentes", ("3.1", "Les prestations permanentes")),
    ("11.1.1Demandes de paiement", ("11.1.1", "Demandes de paiement")),
    ("A. Présentation du service", ("A", "Présentation du service")),
    ("IV. Remise des offres", ("IV", "Remise des offres")),
    ("II PRESCRIPTIONS PARTICULIERES", ("II", "PRESCRIPTIONS PARTICULIERES")),
    ("IV.2. Les éléments de l'offre", ("IV.2", "Les éléments de l'offre")),
    ("Annexe 3 – Glossaire", ("Annexe 3", "Glossaire")),
    ("A/ Présentation du service", ("A", "Présentation du service")),
    ("1/ Généralités", ("1", "Généralités")),
    ("I/ OBJET", ("I", "OBJET")),
    ("I - Objet du marché", ("I", "Objet du marché")),
    ("Art. 5 Hébergement", ("5", "Hébergement")),
    ("Art.5 – Hébergement", ("5", "Hébergement")),
    ("ARTICLE 5 : HEBERGEMENT", ("5", "HEBERGEMENT")),
]
NOT_NUMBERED = [
    "12 mars 2026 à 14 heures",
    "12.03.2026 : remise des offres",
    "12/03/26 Réunion de lancement",
    "5 000 € par jour de retard",
    "5.2 % du montant du marché",
    "3 mois à compter de la notification",
    "2 serveurs sont fournis",
    "1er janvier 2026",
    "75011 Paris",
    "2026 Plan de charge",
    "C.C.T.P.",
    "Le titulaire héberge les données",
    "article en cause",
    "Article 5 du présent CCAP, les pénalités sont plafonnées",
    "3/4 des prestations",
    "24/24",
    "12 rue des Tilleuls",
    "4 bis, avenue du Moulin",
    "10 Route de Sainte-Anselme",
    "7 Place de la Mairie",
]


@pytest.mark.parametrize(("text", "expected"), NUMBERED)
def test_a_numbered_title_is_parsed(text: str, expected: tuple[str, str]) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize("text", NOT_NUMBERED)
def test_a_false_friend_is_not(text: str) -> None:
    found = parse_number(text)
    assert found is None or found[1].startswith("du présent")


@pytest.mark.parametrize(
    "text",
    [
        "OBJET DU MARCHE",
        "N° 12 – OBJET",
        "Article 8 LOT 3 – FOURNITURE D’ABONNEMENTS ET REPRISE DE L’EXISTANT",
        "REMISE DES OFFRES ET DATE",
        "ANNEXE",
    ],
)
def test_capitals_are_seen(text: str) -> None:
    assert is_upper(text)


@pytest.mark.parametrize("text", ["Objet", "SSI", "CCTP du lot", "LES DELAIS que fixe le présent marché", "12.3"])
def test_what_is_not_in_capitals_is_not(text: str) -> None:
    assert not is_upper(text)


BODY = [
    "Le titulaire assure la maintenance de la plateforme et répond aux demandes des services,",
    "dans les délais que fixe le présent article et selon les priorités de la commune.",
]


def document(sheets: Callable, headings: list[tuple[str, dict[str, object]]]) -> bytes:
    """Each heading over two lines of prose."""
    made = sheets()
    top = 60.0
    for text, look in headings:
        made.text(72, top, text, **look)
        top = made.lines(72, top + 24, BODY) + 4
    return made.pdf()  # type: ignore[no-any-return]


BOLD = {"font": "Helvetica-Bold", "size": 11}


def paths(read: Callable, data: bytes) -> list[tuple[str, ...]]:
    return [b.section_path for b in read(data).blocks if b.kind == "paragraph"]


def test_the_section_path_follows_the_numbers(sheets: Callable, read: Callable) -> None:
    data = document(
        sheets,
        [
            ("5 Exécution", BOLD),
            ("5.1 Délais", BOLD),
            ("5.2 Hébergement", BOLD),
            ("5.2.1 Localisation", BOLD),
            ("6 Prix", BOLD),
        ],
    )
    assert paths(read, data) == [
        ("5 Exécution",),
        ("5 Exécution", "5.1 Délais"),
        ("5 Exécution", "5.2 Hébergement"),
        ("5 Exécution", "5.2 Hébergement", "5.2.1 Localisation"),
        ("6 Prix",),
    ]


def test_articles_chapters_and_annexes_nest(sheets: Callable, read: Callable) -> None:
    data = document(
        sheets,
        [
            ("CHAPITRE I – DISPOSITIONS GENERALES", BOLD),
            ("Article 1 – Objet", BOLD),
            ("Article 2 – Durée", BOLD),
            ("CHAPITRE II – EXECUTION", BOLD),
            ("Article 3.1 – Hébergement", BOLD),
            ("Annexe 1 – Glossaire", BOLD),
        ],
    )
    first, second = "I DISPOSITIONS GENERALES", "II EXECUTION"
    assert paths(read, data) == [
        (first,),
        (first, "1 Objet"),
        (first, "2 Durée"),
        (second,),
        (second, "3.1 Hébergement"),
        ("Annexe 1 Glossaire",),
    ]


def test_a_roman_number_holds_lettered_parts(sheets: Callable, read: Callable) -> None:
    data = document(
        sheets,
        [("I. OBJET DU MARCHE", BOLD), ("A. Présentation", BOLD), ("B. Périmètre", BOLD), ("II. PRIX", BOLD)],
    )
    assert paths(read, data) == [
        ("I OBJET DU MARCHE",),
        ("I OBJET DU MARCHE", "A Présentation"),
        ("I OBJET DU MARCHE", "B Périmètre"),
        ("II PRIX",),
    ]


def test_a_numbered_list_in_bold_stays_inside_its_article(sheets: Callable, read: Callable) -> None:
    large = {"font": "Helvetica-Bold", "size": 15}
    data = document(
        sheets,
        [
            ("4 Prestations", large),
            ("4.1 Phases", {"font": "Helvetica-Bold", "size": 13}),
            ("1. Réunion de lancement", BOLD),
            ("2. Planification", BOLD),
            ("5 Prix", large),
        ],
    )
    assert paths(read, data)[2:] == [
        ("4 Prestations", "4.1 Phases", "1 Réunion de lancement"),
        ("4 Prestations", "4.1 Phases", "2 Planification"),
        ("5 Prix",),
    ]


@pytest.mark.parametrize(
    ("title", "look"),
    [
        ("3.2 Réversibilité du service", {"font": "Helvetica-Bold"}),
        ("3.2 Réversibilité du service", {"size": 13}),
        ("ARTICLE 3 – REVERSIBILITE", {}),
        ("Article 3 – Réversibilité", {}),
        ("Réversibilité du service", {"font": "Helvetica-Bold", "size": 13}),
        ("PRESENTATION DES OFFRES", {"font": "Helvetica-Bold"}),
        ("A/ Conditions de la réversibilité", {"font": "Helvetica-Bold"}),
        ("B) Conditions de la réversibilité", {"font": "Helvetica-Bold"}),
        ("I - Conditions de la réversibilité", {"font": "Helvetica-Bold"}),
        ("Art. 5 Conditions de la réversibilité", {}),
        ("ARTICLE 5 : Conditions de la réversibilité", {}),
        ("Norme ISO 27001 Exigences applicables", {"font": "Helvetica-Bold"}),
    ],
)
def test_a_title_is_a_heading(sheets: Callable, read: Callable, title: str, look: dict) -> None:
    data = document(sheets, [("1 Objet", BOLD), (title, look)])
    assert [b.text for b in read(data).blocks if b.kind == "heading"] == ["1 Objet", title]


@pytest.mark.parametrize(
    ("line", "look"),
    [
        ("1) une copie des données ;", {}),
        ("a) le mémoire technique", {"font": "Helvetica-Bold"}),
        ("12 mars 2026 à 14 heures", {"font": "Helvetica"}),
        ("5.2 % du montant du marché par jour", {}),
        ("5 000 € HT", {}),
        ("Le montant est ferme et non révisable.", {"font": "Helvetica-Bold"}),
        ("- une réunion par mois", {"font": "Helvetica-Bold"}),
        ("mairie@sainte-anselme.example", {"font": "Helvetica-Bold", "size": 12}),
        ("1) une réunion par mois", {"font": "Helvetica-Bold"}),
        ("B) le mémoire technique,", {"font": "Helvetica-Bold"}),
        ("PLACE DE LA MAIRIE", {"font": "Helvetica-Bold", "size": 12}),
        ("12, RUE DES TILLEULS", {"font": "Helvetica-Bold", "size": 12}),
        ("99 123 SAINTE-ANSELME", {"font": "Helvetica-Bold", "size": 12}),
        ("B.P. 104 SAINTE-ANSELME CEDEX", {"font": "Helvetica-Bold", "size": 12}),
    ],
)
def test_a_false_friend_is_no_heading(sheets: Callable, read: Callable, line: str, look: dict) -> None:
    data = document(sheets, [("1 Objet", BOLD), (line, look)])
    assert [b.text for b in read(data).blocks if b.kind == "heading"] == ["1 Objet"]


def test_a_title_over_two_lines_is_one_heading(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(
        72, 80,
        ["5.2 Hébergement des données de la plateforme de gestion des équipements et", "conditions de restitution"],
        size=12, font="Helvetica-Bold",
    )  # fmt: skip
    made.lines(72, 130, BODY)
    heading, paragraph = read(made.pdf()).blocks
    assert heading.kind == "heading"
    assert heading.text.endswith("équipements et conditions de restitution")
    assert paragraph.section == heading.text


def test_two_sentences_in_bold_are_a_paragraph(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 60, BODY)
    made.lines(
        72, 120,
        ["Le titulaire ne peut en aucun cas modifier la configuration des équipements sans l'accord de", "la commune."],
        font="Helvetica-Bold",
    )  # fmt: skip
    made.lines(72, 180, BODY)
    assert {b.kind for b in read(made.pdf()).blocks} == {"paragraph"}


def test_a_title_announced_by_the_contents_needs_no_bold(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 60, "Sommaire")
    for n, title in enumerate(["Objet du contrat", "Conditions particulières du service", "Fin du contrat"], 1):
        made.text(72, 70 + 16 * n, f"{n} {title} {'.' * 40} 2")
    made.page()
    for n, title in enumerate(["Objet du contrat", "Conditions particulières du service", "Fin du contrat"], 1):
        made.text(72, 100 * n, f"{n} {title}")
        made.lines(72, 100 * n + 24, BODY)
    assert [b.text for b in read(made.pdf()).blocks if b.kind == "heading"] == [
        "1 Objet du contrat",
        "2 Conditions particulières du service",
        "3 Fin du contrat",
    ]
