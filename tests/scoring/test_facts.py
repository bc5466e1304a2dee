"""The facts of a tender (rubric C.1): what the pieces establish, and what they leave open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crible.scoring.facts import read_facts, texts
from crible.scoring.facts.buyer import classify_name, find_buyer
from crible.types import Dossier, Fact

NO_ROLE: Any = "OTHER"


def facts(dossier: Dossier, findings: Any = (), **options: Any) -> dict[str, Fact]:
    return dict(read_facts(dossier, findings, min_words=200, **options).facts)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("Objet du marché : tierce maintenance du portail usagers.",), "tierce maintenance du portail usagers"),
        (
            ("1 Objet", "Le présent marché a pour objet l'acquisition d'un progiciel de paie."),
            "l'acquisition d'un progiciel de paie",
        ),
        (
            ("1 Objet", "La présente consultation concerne :", "Fourniture de bornes d'accueil connectées"),
            "Fourniture de bornes d'accueil connectées",
        ),
        (
            ("1 Objet", "L'accord-cadre porte sur l'hébergement du système de réservation."),
            "l'hébergement du système de réservation",
        ),
        (
            ("Le règlement concerne un marché ayant pour objet la refonte de l'intranet.",),
            "la refonte de l'intranet",
        ),
        (
            ("1 Objet", "Type de contrat : accord-cadre à bons de commande", "Entretien des ascenseurs du siège"),
            "Entretien des ascenseurs du siège",
        ),
        (("Project title: Case management platform for permits",), "Case management platform for permits"),
        (("Subject: Request for Quotation (RFQ)",), ""),
    ],
)
def test_the_title_is_what_is_bought_in_the_words_of_the_file(
    document: Any, dossier: Any, lines: tuple[str, ...], title: str
) -> None:
    assert texts.title(dossier(document("RC", *lines, filler=False))) == title


def test_an_article_named_object_deep_in_a_piece_is_not_the_object_of_the_call(
    document: Any, dossier: Any, finding: Any
) -> None:
    rules = document("RC", "1 Objet", "Le marché a pour objet des études d'organisation.")
    unit = finding("ds_cloud_service", page=35, heading="1 Objet", document="CCTP.pdf", char=(90_000, 90_050))
    reading = facts(dossier(rules, document("CCTP", "2 Contexte")), [unit])
    assert unit.id not in reading["digital"].evidence


@pytest.mark.parametrize(
    ("object_", "digital"),
    [
        ("l'acquisition d'un logiciel de gestion des bibliothèques", "yes"),
        ("l'infogérance du système d'information", "yes"),
        ("la création d'une salle informatique à l'école", "incidental"),
        ("les travaux de couverture de la mairie", "no"),
        ("l'hébergement d'urgence de familles", "no"),
        ("la maintenance des systèmes de sécurité incendie (SSI)", "no"),
    ],
)
def test_the_object_tells_whether_a_call_is_digital(document: Any, dossier: Any, object_: str, digital: str) -> None:
    rules = document("RC", "1 Objet", f"Le marché a pour objet {object_}.")
    assert facts(dossier(rules))["digital"].value == digital


@pytest.mark.parametrize(("language", "digital"), [("sv", "unknown"), ("de", "unknown"), ("fr", "no"), (None, "no")])
def test_a_language_that_is_not_understood_is_no_sign_of_absence(
    document: Any, dossier: Any, language: str | None, digital: str
) -> None:
    piece = replace(document("CCTP", "1 Bakgrund"), language=language)
    assert facts(dossier(piece))["digital"].value == digital


def test_a_file_of_scans_leaves_every_absence_open(document: Any, dossier: Any) -> None:
    scan = document("CCTP", "page", filler=False, unread=(2, 3, 4))
    reading = facts(dossier(scan))
    assert reading["digital"].value == "unknown"
    assert reading["health"].value == "unknown"


def test_one_unread_page_of_many_does_not_make_works_digital(document: Any, dossier: Any) -> None:
    works = document("CCTP", "1 Objet", "Le marché a pour objet la réfection des toitures.", unread=(3, 4, 5))
    assert facts(dossier(works))["digital"].value == "no"


def test_without_a_technical_piece_nobody_says_that_nothing_is_hosted(
    document: Any, dossier: Any, finding: Any
) -> None:
    training = finding("ds_it_services", kind="training", part="RC", document="RC.pdf")
    bought = ("1 Objet", "Le marché a pour objet la formation au logiciel de paie.")
    assert facts(dossier(document("RC", *bought)), [training])["hosting"].value == "unknown"
    assert facts(dossier(document("CCTP", *bought)), [training])["hosting"].value == "none"


@pytest.mark.parametrize(
    ("basis", "probability", "sensitive"),
    [("declared", 0.9, "declared_yes"), ("declared", 0.6, "unknown"), ("category_list", 0.9, "unknown")],
)
def test_only_a_certain_declaration_declares_the_data_sensitive(
    document: Any, dossier: Any, finding: Any, basis: str, probability: float, sensitive: str
) -> None:
    statement = finding("sv_sensitivity_statement", basis=basis, probability=probability, value="sensitive")
    assert facts(dossier(document("CCTP", "1 Objet")), [statement])["sensitive"].value == sensitive


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Région Sud-Armor", "local_large"),
        ("Ministère de la Transition des territoires", "state"),
        ("Centre hospitalier de Valmorel", "hospital"),
        ("Commune de Valbrune", "local_small"),
        ("Assisted Acquisition Service, National Capital Region", "unknown"),
        ("Les Ateliers du Numérique", "unknown"),
    ],
)
def test_the_name_of_a_buyer_tells_its_class(name: str, kind: str) -> None:
    assert classify_name(name) == kind


def test_a_buyer_is_not_read_into_a_language_that_is_not_understood(document: Any, dossier: Any) -> None:
    piece = document(NO_ROLE, "Acheteur : Commune de Valbrune")
    assert find_buyer(dossier(piece))[1].value == "local_small"
    assert find_buyer(dossier(replace(piece, language="sv")))[1].value == "unknown"


@pytest.mark.parametrize("below", ["Acheteur : Commune de Valbrune", "Commune de Valbrune"])
def test_the_name_below_a_heading_is_read_without_its_label(document: Any, dossier: Any, below: str) -> None:
    assert find_buyer(dossier(document("RC", "1 Acheteur", below, filler=False)))[0] == "Commune de Valbrune"
