"""A policy that should have been read again, or that is applied out of its time, says so and moves no verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crible.reporting.card import card_text
from crible.scoring import assess
from crible.scoring.policy import load_policy
from crible.scoring.record import from_record
from crible.types import Document, Dossier, Finding

MakeDocument = Callable[..., Document]
MakeDossier = Callable[..., Dossier]
MakeFinding = Callable[..., Finding]


@pytest.fixture
def tender(document: MakeDocument, dossier: MakeDossier) -> Dossier:
    return dossier(document("CCTP", "1 Objet", "Le marché a pour objet une application."), document("CCAP"))


def codes(tender: Dossier, **options: Any) -> dict[str, str]:
    return {w.code: w.detail for w in assess(tender, (), **options).warnings}


def test_a_pack_past_its_review_date_says_so_in_the_assessment_and_on_the_card(tender: Dossier) -> None:
    late = assess(tender, (), policy="fr-etat", today=date(2030, 1, 1))
    told = [w.detail for w in late.warnings if w.code == "POLICY_PAST_REVIEW"]
    assert "fr-etat@2026.2, 2027-05-31" in told
    card = " ".join(card_text(late).split())
    assert "La date de relecture de cette politique est dépassée : fr-etat@2026.2, 2027-05-31." in card
    on_time = assess(tender, (), policy="fr-etat", today=date(2026, 11, 24))
    assert "POLICY_PAST_REVIEW" not in {w.code for w in on_time.warnings}
    assert (late.id, late.profiles) == (on_time.id, on_time.profiles)


def test_an_older_version_is_said_to_be_out_of_its_period(tender: Dossier) -> None:
    assert codes(tender, policy="fr-etat@2026.1", today=date(2026, 11, 24)) == {
        "POLICY_OUTSIDE_PERIOD": "fr-etat@2026.1"
    }
    # In its own time, only the policy that did not exist yet is told of.
    assert "POLICY_OUTSIDE_PERIOD" not in codes(tender, policy="fr-etat@2026.1", as_of=date(2026, 5, 1))


def test_as_of_judges_by_the_version_in_force_on_that_day(tender: Dossier) -> None:
    judged = assess(tender, (), policy="fr-etat", as_of=date(2026, 5, 1))
    assert judged.headline.version == "2026.1"
    assert judged.profiles["fr-etat"].version == "2026.1"


def test_a_pack_of_ones_own_stands_first_beside_the_four_and_changes_the_id_with_its_content(tender: Dossier) -> None:
    own = load_policy("seed").model_copy(update={"id": "maison", "based_on": "seed"})
    judged = assess(tender, (), policy=own)
    assert list(judged.profiles) == ["maison", "seed", "fr-etat", "fr-sante", "eu-seal"]
    assert judged.policy == "maison"
    assert judged.id != assess(tender, (), policy=own.model_copy(update={"penalty_cap": 70.0})).id
    assert judged.id == assess(tender, (), policy=own).id


def test_what_keeps_a_file_from_being_complete_is_kept_with_what_was_judged(
    document: MakeDocument, dossier: MakeDossier
) -> None:
    def gaps(*documents: Document, **options: Any) -> tuple[str, ...]:
        return from_record(assess(dossier(*documents, **options), ()).judged[""]).gaps

    whole, scanned = document("CCTP"), document("CCTP", unread=(3, 4))
    assert gaps(whole, document("CCAP")) == ()
    assert gaps(scanned, document("CCAP")) == ("pages",)
    assert gaps(whole) == ("pieces",)
    assert gaps(scanned) == ("pages", "pieces")


def test_the_cpv_codes_read_in_the_file_are_kept(document: MakeDocument, dossier: MakeDossier) -> None:
    tender = dossier(document("RC", "1 Objet", "Code CPV principal : 72415000-2 hébergement."), document("CCTP"))
    assert [code[:8] for code in assess(tender, ()).cpv] == ["72415000"]
    assert assess(replace(tender, notice={"published_on": "2026-09-01"}), ()).cpv
