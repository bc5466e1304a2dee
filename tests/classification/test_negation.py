"""Negation, restriction and exceptions (rubric B.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Read = Callable[..., dict[str, dict[str, Any]]]


@pytest.mark.parametrize(
    "text",
    [
        "Le prestataire n'emploie que des services qualifiés SecNumCloud.",
        "Le titulaire ne recourt plus qu'à une infrastructure qualifiée SecNumCloud.",
    ],
)
def test_ne_que_restricts_and_does_not_deny(read: Read, text: str) -> None:
    assert read(text)["sv_secnumcloud"]["strength"] == "mandatory"
    assert "ad_requirement_waived" not in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "Le titulaire ne peut pas stocker les données hors de l'Union européenne.",
        "Il est interdit d'héberger les données en dehors de l'Espace économique européen.",
        "Data shall not be hosted outside the European Union.",
    ],
)
def test_a_permission_denied_is_a_requirement_not_an_adverse_clause(read: Read, text: str) -> None:
    found = read(text)
    assert found["ho_location_eu"]["strength"] == "mandatory"
    assert not [label for label in found if label.startswith("ad_")]


@pytest.mark.parametrize(
    "text", ["Aucun transfert de données hors de l'Union n'est admis.", "Personal data must never leave the Union."]
)
def test_a_transfer_denied_is_the_ban_itself(read: Read, text: str) -> None:
    found = read(text)
    assert found["dp_no_transfer_outside_eu"]["strength"] == "mandatory"
    assert "ad_non_eu_allowed" not in found


def test_a_transfer_with_prior_consent_keeps_the_ban(read: Read) -> None:
    text = "Aucun transfert de données vers un pays tiers n'a lieu sans l'autorisation préalable de l'acheteur."
    found = read(text)
    assert found["dp_no_transfer_outside_eu"]["params"]["mode"] == "prior_authorisation"
    assert "ad_non_eu_allowed" not in found


@pytest.mark.parametrize("text", ["Hébergement exclu du présent marché.", "Le titulaire n'assure aucun hébergement."])
def test_hosting_left_out_is_hosting_by_the_buyer(read: Read, text: str) -> None:
    found = read(text)
    assert "ho_buyer_premises" in found
    assert "ho_hosting_in_scope" not in found


def test_an_exception_is_kept_with_the_label(read: Read) -> None:
    found = read("Les données sont hébergées en France, sauf en cas de support de niveau 3.")
    assert found["ho_location_france"]["params"]["exception_text"].startswith("sauf en cas de support")
    assert "exception_text" not in read("Les données sont hébergées en France.")["ho_location_france"]["params"]


def test_a_waiver_names_what_it_waives(read: Read) -> None:
    found = read("La certification HDS n'est pas exigée.")
    assert found["ad_requirement_waived"]["params"]["target"] == "hds"
    assert "dp_hds" not in found


def test_a_proof_not_due_with_the_bid_but_later_is_mandatory(read: Read) -> None:
    text = "La qualification SecNumCloud n'est pas exigée au stade de l'offre, mais elle est acquise au démarrage."
    found = read(text)
    assert found["sv_secnumcloud"]["strength"] == "mandatory"
    assert found["sv_secnumcloud"]["params"]["timing"] == "during_contract"
    assert "ad_requirement_waived" not in found


def test_a_promise_gutted_by_the_applicable_law_says_so(read: Read) -> None:
    text = "Le prestataire garantit l'immunité aux lois étrangères, dans la limite permise par la loi applicable."
    assert read(text)["sv_extra_eu_immunity"]["params"]["gutted"]


def test_the_sovereign_adjective_alone_is_weak(read: Read) -> None:
    found = read("La solution repose sur un cloud souverain.")["sv_extra_eu_immunity"]
    assert found["strength"] == "desirable"
    assert found["probability"] <= 0.5
