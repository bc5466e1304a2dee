"""One strength per label, and only certain adverse clauses count (rubric B.6, C.8)."""

from __future__ import annotations

from typing import Any

import pytest

from crible.scoring.aggregate import aggregate, merge_params
from crible.scoring.policy import load_policy

PACK = load_policy("seed")


@pytest.mark.parametrize(
    ("strength", "part", "params", "expected"),
    [
        ("mandatory", "CCTP", {}, "mandatory"),
        ("mandatory", "CCAP", {}, "mandatory"),
        ("mandatory", "QA", {}, "mandatory"),
        ("mandatory", "ANNEX_HOST", {}, "mandatory"),
        ("mandatory", "RC", {"timing": "at_bid"}, "mandatory"),  # a proof due with the bid binds
        ("mandatory", "RC", {}, "scored"),  # the RC is not contractual
        ("mandatory", "NOTICE", {}, "scored"),
        ("mandatory", "OTHER", {}, "scored"),
        ("scored", "RC", {}, "scored"),
        ("desirable", "CCTP", {}, "desirable"),
    ],
)
def test_the_strength_depends_on_the_piece(
    finding: Any, strength: str, part: str, params: dict[str, Any], expected: str
) -> None:
    said = aggregate([finding("sv_secnumcloud", strength, part=part, **params)], PACK)
    assert said.labels == {"sv_secnumcloud": expected}


@pytest.mark.parametrize("section", ["definition", "context", "existing_system"])
def test_a_description_is_informative_whatever_its_words(finding: Any, section: str) -> None:
    said = aggregate([finding("ho_location_france", "mandatory", section=section)], PACK)
    assert said.labels == {"ho_location_france": "informative"}
    assert aggregate([finding("ad_non_eu_allowed", section=section, kind="storage")], PACK).adverse == {}


def test_the_highest_strength_wins_and_keeps_only_its_own_evidence(finding: Any) -> None:
    wish = finding("sv_secnumcloud", "desirable")
    scored = finding("sv_secnumcloud", "scored", part="RC")
    said = aggregate([wish, scored], PACK)
    assert said.labels == {"sv_secnumcloud": "scored"}
    assert said.evidence["sv_secnumcloud"] == (scored.id,)


@pytest.mark.parametrize(
    ("probability", "part", "used", "sure"),
    [
        (0.95, "CCTP", True, True),
        (0.80, "CCTP", True, True),
        (0.79, "CCTP", True, False),
        (0.50, "CCTP", True, False),
        (0.49, "CCTP", False, False),
        (0.95, "CRT", True, False),  # 0.95 × 0.8
        (0.95, "RC", True, False),  # 0.95 × 0.7
        (0.70, "RC", False, False),
    ],
)
def test_the_probability_decides_whether_a_label_is_used_and_sure(
    finding: Any, probability: float, part: str, used: bool, sure: bool
) -> None:
    said = aggregate([finding("rv_reversibility", probability=probability, part=part)], PACK)
    assert ("rv_reversibility" in said.labels, "rv_reversibility" in said.sure) == (used, sure)


def test_a_sure_wish_beside_an_unsure_requirement_is_only_a_sure_wish(finding: Any) -> None:
    said = aggregate([finding("dp_hds", "mandatory", probability=0.6), finding("dp_hds", "desirable")], PACK)
    assert (said.labels["dp_hds"], said.sure["dp_hds"]) == ("mandatory", "desirable")


def test_a_negated_clause_gives_nothing(finding: Any) -> None:
    assert aggregate([finding("ho_hosting_in_scope", negated=True)], PACK).labels == {}


@pytest.mark.parametrize(
    ("label", "params", "probability", "expected", "note"),
    [
        ("ad_non_eu_allowed", {"kind": "storage"}, 0.9, ("storage",), None),
        ("ad_non_eu_allowed", {"kind": ["access", "transfer"]}, 0.9, ("access", "transfer"), None),
        ("ad_non_eu_allowed", {}, 0.9, ("storage",), None),  # the worst kind when it is not said
        ("ad_requirement_waived", {"target": "hds"}, 0.8, ("hds",), None),
        ("ad_named_exposed_provider", {"entity_id": "aws"}, 0.9, ("aws",), None),
        ("ad_non_eu_allowed", {"kind": "storage"}, 0.79, None, "ADVERSE_TO_CONFIRM"),
        ("ad_named_exposed_provider", {"entity_id": "salesforce"}, 0.9, None, "ADVERSE_TO_CONFIRM"),  # row from memory
        ("ad_named_exposed_provider", {"entity_id": "equinix"}, 0.9, None, "ADVERSE_TO_CONFIRM"),  # contested
        ("ad_named_exposed_provider", {"entity_id": "aws", "certainty": "K"}, 0.9, None, "ADVERSE_TO_CONFIRM"),
        ("ad_named_exposed_provider", {"entity_id": "nobody"}, 0.9, None, "ADVERSE_TO_CONFIRM"),
        ("ad_brand_no_equivalent", {"brand": "X"}, 0.6, None, None),  # legality only: no verdict to withhold
        ("ad_non_eu_allowed", {"kind": "storage"}, 0.4, None, None),
    ],
)
def test_only_certain_adverse_clauses_count(
    finding: Any, label: str, params: dict[str, Any], probability: float, expected: Any, note: str | None
) -> None:
    said = aggregate([finding(label, probability=probability, **params)], PACK)
    assert said.adverse.get(label) == expected
    assert ("ADVERSE_TO_CONFIRM" in said.notes) == (note == "ADVERSE_TO_CONFIRM")


def test_a_mention_without_effect_is_kept_for_information(finding: Any) -> None:
    said = aggregate([finding("ad_named_exposed_provider", "non_operative", entity_id="ms_azure")], PACK)
    assert said.adverse == {}
    assert said.summaries["ad_named_exposed_provider"].effect == "non_operative"


def test_the_rules_of_consultation_may_be_weaker_and_that_is_noted(finding: Any) -> None:
    firm, wish = (
        finding("ho_location_eu", "mandatory"),
        finding("ho_location_eu", "desirable", part="RC", probability=0.99),
    )
    assert "RC_WEAKER" in aggregate([firm, wish], PACK).notes
    assert "RC_WEAKER" not in aggregate([firm], PACK).notes


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ([{"open_format": False}, {"open_format": True}], {"open_format": True}),
        ([{"conditional": True}, {"conditional": False}], {"conditional": False}),
        ([{"discloses": ["location"]}, {"discloses": ["extra_eu_laws"]}], {"discloses": ["location", "extra_eu_laws"]}),
        ([{"timing": "at_bid"}, {"timing": "in_progress_ok"}], {"timing": "in_progress_ok"}),
        ([{"version": "v1"}, {"version": "v2"}], {"version": "v2"}),
        ([{"scheme": "SEAL", "level": "SEAL-3"}], {"scheme": "SEAL", "level": "SEAL-3", "seal": 3, "high_tier": True}),
        ([{"scheme": "SEAL", "level": "SEAL-2"}], {"scheme": "SEAL", "level": "SEAL-2", "seal": 2}),
        ([{"kind": "dev"}, {"kind": "tma"}], {"kind": "dev"}),
        ([], {}),
    ],
)
def test_parameters_of_several_clauses_become_one(clauses: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    assert merge_params(clauses) == expected
