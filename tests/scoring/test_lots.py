"""The lots of a tender (rubric B.4.7): found where the pieces name them, each with its clauses, facts and verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crible.reporting.card import card_text
from crible.reporting.json import assessment_to_dict
from crible.scoring import assess
from crible.scoring.facts.duration import find_months
from crible.scoring.lots import LOTS_MAX, lots_of
from crible.types import Block

SAAS = "Le marché a pour objet la fourniture en mode SaaS d’une plateforme de consultation et son hébergement."


def row(*cells: str, header: tuple[str, ...] = ("Lot", "Désignation", "Montant")) -> Block:
    return Block("r", "table_row", " | ".join(cells), 0, 1, 1, None, row=cells, header=header)


@pytest.mark.parametrize(
    ("texts", "titles"),
    [
        (
            ("Lot n° 1 – Travaux de couverture", "Lot n° 2 – Plateforme en ligne"),
            {"1": "Travaux de couverture", "2": "Plateforme en ligne"},
        ),
        (("Lot 1 : Logiciels", "Lot 2 : Formation"), {"1": "Logiciels", "2": "Formation"}),
        (("Lot 1 : 68 645 €", "Lot 2 : 12 000 € HT"), {}),
        (("Lot 1 : Logiciels",), {}),
        (("Les lots 1 et 2 sont attribués séparément.",), {}),
        (("Le lot 1 et le lot 2 sont attribués séparément.",), {}),
    ],
)
def test_the_lots_are_those_that_the_rules_list(
    document: Any, dossier: Any, texts: tuple[str, ...], titles: dict[str, str]
) -> None:
    found, _ = lots_of(dossier(document("RC", "1 Objet", *texts)), [])
    assert {lot.id: lot.title for lot in found} == titles


def test_a_table_of_lots_is_read_by_its_columns(document: Any, dossier: Any) -> None:
    rows = (row("1", "68 645 €", "Reprise des données"), row("02", "Hébergement du site", "20 000 €"))
    rules = replace(document("RC", "1 Objet"), blocks=rows)
    found, _ = lots_of(dossier(rules), [])
    assert [(lot.id, lot.title) for lot in found] == [("1", "Reprise des données"), ("2", "Hébergement du site")]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("CCTP_LOT-02_Plateforme_en_ligne.pdf", "Plateforme en ligne"),
        ("DCE.zip!/Lot 2/CCTP lot 2 Hébergement.pdf", "Hébergement"),
        ("CCTP lot 2.pdf", ""),
        ("Lot 2/CCTP.pdf", ""),
    ],
)
def test_a_lot_that_nobody_lists_takes_the_name_of_its_file(document: Any, dossier: Any, path: str, title: str) -> None:
    pieces = (replace(document("CCTP", "1 Objet", path=p), lot=n) for p, n in (("CCTP lot 1.pdf", "1"), (path, "2")))
    assert [lot.title for lot in lots_of(dossier(*pieces), [])[0]] == ["", title]


def test_a_lot_has_its_pieces_the_common_ones_and_no_other(document: Any, dossier: Any, finding: Any) -> None:
    pieces = [
        document("RC", "1 Objet"),
        replace(document("CCTP", "1 Objet", path="CCTP lot 1.pdf"), lot="1"),
        replace(document("CCTP", "1 Objet", path="CCTP lot 2.pdf"), lot="2"),
    ]
    common, one, two = finding("dp_hds", part="RC"), finding("dp_hds", lot="1"), finding("dp_hds", lot="2")
    first, second = lots_of(dossier(*pieces), [common, one, two])[0]
    assert [d.path for d in first.dossier.documents] == ["RC.pdf", "CCTP lot 1.pdf"]
    assert [f.id for f in first.findings] == [common.id, one.id]
    assert [f.id for f in second.findings] == [common.id, two.id]


def mixed(document: Any, dossier: Any, finding: Any) -> Any:
    """Works and a hosted platform in one call; nothing protects the data of the platform."""
    rules = document("RC", "1 Objet", "Lot n° 1 – Travaux de couverture", "Lot n° 2 – Plateforme en mode SaaS")
    works = replace(document("CCTP", "1 Couverture", "Les tuiles sont posées.", path="CCTP lot 1.pdf"), lot="1")
    platform = replace(document("CCTP", "1 Objet", SAAS, path="CCTP lot 2.pdf"), lot="2")
    file = dossier(
        rules, document("CCAP", "1 Acheteur", "Acheteur : Ministère des Affaires fluviales"), works, platform
    )
    here = {"lot": "2", "document": "CCTP lot 2.pdf", "page": 1}
    findings = [
        finding("ds_cloud_service", service_model="saas", **here),
        finding("ho_hosting_in_scope", **here),
        finding("sv_sensitivity_statement", basis="declared", **here),
        finding("dp_personal_data_terms", **here),
    ]
    return assess(file, findings, policy="fr-etat")


def test_a_digital_lot_among_works_decides_and_stays_in_sight(document: Any, dossier: Any, finding: Any) -> None:
    found = mixed(document, dossier, finding)
    verdicts = {lot.lot: lot.profiles["fr-etat"].verdict for lot in found.lots}
    assert verdicts == {"1": "out_of_scope", "2": "non_compliant"}
    assert (found.verdict, found.facts["digital"].value) == ("non_compliant", "yes")
    assert "WORST_LOT:2" in found.headline.notes
    data = assessment_to_dict(found)["lots"]
    assert [lot["facts"]["digital"]["value"] for lot in data] == ["no", "yes"]
    assert set(data[1]["findings"]) == {f.id for f in found.findings}
    shown = card_text(found, width=160)
    assert "lot 1 — Travaux de couverture : – hors champ" in shown
    assert "lot 2 — Plateforme en mode SaaS : ✗ non conforme" in shown
    assert "lot 2 — Plateforme en mode SaaS: ✗ non compliant" in card_text(found, lang="en", width=160)


@pytest.mark.parametrize(("lots", "judged", "warned"), [(3, 3, []), (LOTS_MAX + 1, 0, ["LOTS_NOT_JUDGED"])])
def test_a_file_that_names_too_many_lots_is_judged_as_a_whole_and_says_so(
    document: Any, dossier: Any, lots: int, judged: int, warned: list[str]
) -> None:
    rules = document("RC", "1 Objet", *(f"Lot n° {n} – Fourniture de logiciels" for n in range(1, lots + 1)))
    found = assess(dossier(rules), [])
    assert (len(found.lots), [w.code for w in found.warnings]) == (judged, warned)


def test_a_call_without_lots_has_none(document: Any, dossier: Any, finding: Any) -> None:
    found = assess(dossier(document("CCTP", "1 Objet", SAAS)), [finding("ds_cloud_service")])
    assert found.lots == ()
    assert not any(note.startswith("WORST_LOT") for note in found.headline.notes)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("Le marché est conclu pour une durée de quarante-huit mois à compter de sa notification.", 48),
        ("Le marché est conclu pour quatre ans.", 48),
        ("L’accord-cadre est conclu pour une durée de 2 ans, reconductible deux fois.", 24),
        ("La durée du marché est de 36 (trente-six) mois.", 36),
        ("Les données sont conservées pour une durée de cinq ans.", None),
        ("Le candidat reste tenu par son offre pendant cent vingt jours.", None),
    ],
)
def test_the_duration_is_that_of_the_contract(document: Any, dossier: Any, text: str, months: int | None) -> None:
    assert find_months(dossier(document("CCAP", "3 Durée", text))) == months
