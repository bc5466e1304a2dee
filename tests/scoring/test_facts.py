"""The facts of a tender (rubric C.1): what the pieces establish, and what they leave open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crible.errors import UsageError
from crible.extraction.anchors import find_quote
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


@pytest.mark.parametrize(
    ("unread", "digital"), [((3, 4, 5, 6), "unknown"), ((), "no")], ids=["technical piece scanned", "read in full"]
)
def test_a_technical_piece_that_nobody_read_leaves_open_whether_a_call_is_digital(
    document: Any, dossier: Any, unread: tuple[int, ...], digital: str
) -> None:
    long = [document("RC", "1 Objet", path=f"RC{n}.pdf") for n in range(20)]  # a few pages of many are unread
    file = dossier(*long, document("CCTP", "1 Consistance", unread=unread))
    assert facts(file)["digital"].value == digital


def test_one_unread_page_of_many_does_not_make_works_digital(document: Any, dossier: Any) -> None:
    works = document("CCTP", "1 Objet", "Le marché a pour objet la réfection des toitures.", unread=(3, 4, 5))
    assert facts(dossier(works))["digital"].value == "no"


@pytest.mark.parametrize(
    ("hosted", "demand", "probability"),
    [((0.79, 0.7), 0.95, 0.9), ((0.79,), 0.95, 0.7), ((0.79, 0.7), 0.6, 0.7), ((0.95, 0.95), None, 0.9)],
)
def test_hosting_is_established_by_several_clauses_or_by_one_that_presupposes_it(
    document: Any, dossier: Any, finding: Any, hosted: tuple[float, ...], demand: float | None, probability: float
) -> None:
    found = [finding("ho_hosting_in_scope", probability=p) for p in hosted]
    found += [] if demand is None else [finding("ho_location_france", probability=demand)]
    hosting = facts(dossier(document("CCTP", "1 Consistance")), found)["hosting"]
    assert (hosting.value, hosting.probability) == ("contractor", probability)


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


# --- each fact with the passages it rests on --------------------------------------------------------------------------


def test_the_passages_of_a_fact_are_found_where_they_are_said_to_be(document: Any, dossier: Any) -> None:
    rules = document(
        "RC", "Acheteur : Commune de Valbrune", "Objet du marché : acquisition d'un logiciel de paie.",
        "Code CPV principal : 48450000-7", filler=False,
    )  # fmt: skip
    contract = document("CCP", "1 Données", "Chaque agent dispose d'un compte utilisateur nominatif.")
    file = dossier(rules, contract)
    said = facts(file)
    quotes = {name: [quote.quote for quote in fact.quotes] for name, fact in said.items()}
    assert quotes["buyer"] == ["Commune de Valbrune"]
    assert quotes["digital"] == ["acquisition d'un logiciel de paie", "48450000"]
    assert quotes["personal"] == ["Chaque agent dispose d'un compte utilisateur nominatif."]
    pieces = {piece.path: piece for piece in file.documents}
    for fact in said.values():
        assert all(find_quote(pieces[quote.document], quote) for quote in fact.quotes)


@pytest.mark.parametrize(
    ("buyer", "kind", "probability"),
    [
        ({"name": "Ministère des Affaires fluviales"}, "state", 0.9),
        ({"name": "Les Ateliers", "legal_category": "7364"}, "hospital", 0.7),
        ({"name": "Les Ateliers", "legal_category": "7344"}, "local_large", 0.7),
        ({"name": "Les Ateliers", "legal_category": "5710"}, "unknown", 0.5),
        ({"name": "Les Ateliers", "siren": "110 000 023"}, "state", 0.7),
        ({"name": "Les Ateliers", "siren": "not a number"}, "unknown", 0.5),
        ("Métropole de Sarvagne", "local_large", 0.9),
    ],
)
def test_a_notice_tells_the_buyer_by_name_legal_category_or_number(
    document: Any, dossier: Any, buyer: Any, kind: str, probability: float
) -> None:
    found = find_buyer(dossier(document("CCTP", "1 Objet"), notice={"buyer": buyer}))[1]
    assert (found.value, found.probability) == (kind, probability)


@pytest.mark.parametrize("given", ["local_large", "217500016", "217 500 016 00019"])
def test_the_buyer_given_by_the_user_prevails(document: Any, dossier: Any, given: str) -> None:
    found = find_buyer(dossier(document("RC", "Acheteur : Ministère des Affaires fluviales")), given)[1]
    assert found.value == ("local_large" if given == "local_large" else "local_small")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Métropole de Sarvagne", "local_large"), ("Commune de Valbrune", "local_small"), ("", "local_small")],
)
def test_a_number_given_by_the_user_leaves_the_size_of_a_local_authority_to_its_name(
    document: Any, dossier: Any, name: str, kind: str
) -> None:
    assert find_buyer(dossier(document("RC", f"Acheteur : {name}")), "217500016")[1].value == kind


@pytest.mark.parametrize("given", ["mairie", "12345", "LOCAL_LARGE", "217500016x"])
def test_a_buyer_that_is_no_class_and_no_number_is_refused(document: Any, dossier: Any, given: str) -> None:
    with pytest.raises(UsageError, match="unknown buyer"):
        find_buyer(dossier(document("RC", "1 Objet")), given)


# --- completeness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "missing", "dce"),
    [
        (("CCTP", "CCAP"), (), "complete"),
        (("CCP",), (), "complete"),
        (("CCTP", "AE"), (), "complete"),
        (("CCTP",), (), "partial"),
        (("RC", "CCAP"), (), "partial"),
        (("RC", "NOTICE"), (), "notice_or_rc_only"),
        (("CCTP", "CCAP"), ("Annexe 2 – Convention d'hébergement",), "partial"),
        (("CCTP", "CCAP"), ("DPGF",), "complete"),
    ],
)
def test_a_file_is_complete_with_a_technical_and_an_administrative_piece(
    document: Any, dossier: Any, roles: tuple[Any, ...], missing: tuple[str, ...], dce: str
) -> None:
    assert facts(dossier(*(document(role, "1 Objet") for role in roles), missing=missing))["dce"].value == dce


def test_a_piece_of_a_few_words_does_not_count_as_read(document: Any, dossier: Any) -> None:
    short = document("CCTP", "1 Objet", "Le marché a pour objet un logiciel.", filler=False)
    found = facts(dossier(short, document("CCAP", "1 Objet")))["dce"]
    assert (found.value, "200 readable words" in found.why) == ("partial", True)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Le traitement est décrit à l'annexe RGPD du présent marché.", True),
        ("Le traitement est décrit à l'annexe relative à la protection des données.", True),
        ("Les pénalités figurent à l'annexe financière.", False),
        ("Le titulaire respecte le RGPD.", False),
    ],
)
def test_an_annex_on_personal_data_referred_to_and_absent_is_missing(
    document: Any, dossier: Any, text: str, missing: bool
) -> None:
    file = dossier(document("CCTP", "1 Objet"), document("CCAP", "1 Données", text))
    assert read_facts(file, (), min_words=200).annex_missing is missing
    with_annex = dossier(*file.documents, document("ANNEX_GDPR", "1 Traitement"))
    assert read_facts(with_annex, (), min_words=200).annex_missing is False


def test_what_keeps_a_file_from_being_complete_does_not_hang_on_the_names_of_its_pieces(
    document: Any, dossier: Any
) -> None:
    ccap = document("CCAP", "Le présent marché est un marché public de fournitures et de services informatiques.")
    unread = document(
        "CCTP", "Le titulaire héberge la plateforme.", unread=(3,), path="a; announced and missing: b.pdf"
    )
    read = document("CCTP", "Le titulaire héberge la plateforme.")
    assert read_facts(dossier(unread, ccap), (), min_words=200).gaps == ("pages",)
    assert read_facts(dossier(ccap), (), min_words=200).gaps == ("pieces",)
    assert read_facts(dossier(read, ccap), (), min_words=200).gaps == ()
