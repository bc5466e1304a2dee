"""The gazetteer (rubric E): who may block, how names are told from ordinary words, which qualifications end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crible.classification import classify_texts
from crible.scoring.gazetteer import entries, may_block, qualification_warnings


def labels(text: str, part: str = "CCTP") -> dict[str, dict[str, Any]]:
    (record,) = classify_texts([{"id": "1", "text": text, "part": part}])
    return {entry["label"]: entry for entry in record["labels"]}


def test_only_rows_that_are_exposed_and_verified_may_block() -> None:
    for entry in entries().values():
        assert may_block(entry.id) == (entry.exposure == "yes" and entry.certainty in ("V", "P")), entry.id


@pytest.mark.parametrize(
    ("entity", "blocks"),
    [
        ("aws", True), ("ms_azure", True), ("oracle_cloud", True), ("palantir", True), ("meta_whatsapp", True),
        ("salesforce", False), ("docusign", False), ("ovhcloud", False), ("outscale", False), ("bleu", False),
        ("solocal", False), ("nobody", False),
    ],
)  # fmt: skip
def test_the_cases_of_the_opinion_piece_block_as_the_rubric_says(entity: str, blocks: bool) -> None:
    assert may_block(entity) == blocks


@pytest.mark.parametrize(
    "text",
    [
        "La plateforme est hébergée sur Amazon Web Services.",
        "Le titulaire fournit les licences Microsoft 365 pour tous les agents.",
        "Les données sont stockées sur la plateforme cloud Azure, région France Centre.",
    ],
)
def test_an_imposed_exposed_service_is_found(text: str) -> None:
    assert labels(text)["ad_named_exposed_provider"]["effect"] == "operative"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Les façades sont peintes en bleu azur, teinte Azure 4210.", "CCTP"),
        ("Le stationnement est limité en zone bleue aux abords du chantier.", "CCTP"),
        ("Les plis sont déposés sur AWS, profil d’acheteur accessible par marches-publics.info.", "RC"),
        ("Le contact du support est joignable à l’adresse aide@aws-achat.example.", "CCTP"),
        ("La centrale Thales Alenia Space assemble les satellites.", "CCTP"),
        ("Le signal sonore retentit à chaque ouverture des portes.", "CCTP"),
        ("L’annonce a paru dans les pages de Solocal.", "CCTP"),
    ],
)
def test_a_name_that_means_something_else_is_no_provider(text: str, part: str) -> None:
    assert "ad_named_exposed_provider" not in labels(text, part)


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("Le service d’hébergement repose sur l’offre IaaS Outscale.", date(2026, 11, 23), "QUALIFICATION_ENDS_SOON"),
        ("Le service d’hébergement repose sur l’offre IaaS Outscale.", date(2026, 12, 1), "QUALIFICATION_EXPIRED"),
        ("Le service d’hébergement repose sur l’offre IaaS Outscale.", date(2026, 11, 30), "QUALIFICATION_ENDS_SOON"),
        ("Les données sont hébergées chez Cloud Temple.", date(2026, 11, 23), None),
        ("Le plan est remis au format des logiciels de Dassault Systèmes.", date(2027, 1, 1), None),
        ("La qualification SecNumCloud est exigée.", date(2027, 1, 1), None),
    ],
)
def test_the_end_of_a_named_qualification_is_told(
    document: Any, dossier: Any, text: str, day: date, code: str | None
) -> None:
    piece = document("CCTP", "1 Livrables", text, filler=False)
    assert [w.code for w in qualification_warnings(dossier(piece), day)] == ([code] if code else [])


def test_a_company_with_several_qualified_services_is_told_of_each_that_ends(document: Any, dossier: Any) -> None:
    piece = document("CCTP", "1 Hébergement", "Hébergement chez OVHcloud ou équivalent.", filler=False)
    told = [w.detail for w in qualification_warnings(dossier(piece), date(2027, 1, 1))]
    assert told == ["OVHcloud, Hosted Private Cloud VMware (2026-12-29)"]
