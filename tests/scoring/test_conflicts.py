"""Contradictions are raised with both sides (rubric B.5); what merely differs is not one."""

from __future__ import annotations

from typing import Any

import pytest

from crible.scoring.conflicts import find_conflicts
from crible.scoring.policy import load_policy

PACK = load_policy("seed")
FRANCE = ("ho_location_france", "mandatory", {"part": "CCTP"})
# Each side: label, strength or effect, and how it is built.
CASES = {
    "RC wider than the CCTP": (
        [FRANCE, ("ad_non_eu_allowed", "mandatory", {"part": "RC", "kind": "storage"})],
        "CONFLICT_LOCATION",
    ),
    "CCAP wider than the CCTP": (
        [FRANCE, ("ad_non_eu_allowed", "mandatory", {"part": "CCAP", "kind": "storage"})],
        "CONFLICT_LOCATION",
    ),
    "location waived elsewhere": (
        [FRANCE, ("ad_requirement_waived", "mandatory", {"part": "QA", "target": "location"})],
        "CONFLICT_LOCATION",
    ),
    "mandatory and desirable at one rank": (
        [
            ("dp_hds", "mandatory", {"part": "CCTP"}),
            ("dp_hds", "desirable", {"part": "CCTP", "document": "CCTP_lot2.pdf"}),
        ],
        "CONFLICT_STRENGTH",
    ),
    "SecNumCloud required and waived": (
        [("sv_secnumcloud", "mandatory", {}), ("ad_requirement_waived", "mandatory", {"target": "secnumcloud"})],
        "CONFLICT_STRENGTH",
    ),
    "immunity gutted": ([("sv_extra_eu_immunity", "mandatory", {"gutted": True})], "CONFLICT_IMMUNITY"),
    "immunity and an imposed exposed provider": (
        [("sv_extra_eu_immunity", "mandatory", {}), ("ad_named_exposed_provider", "mandatory", {"entity_id": "aws"})],
        "CONFLICT_IMMUNITY",
    ),
    "HDS and no health data": (
        [("dp_hds", "mandatory", {}), ("dp_health_data", "informative", {"negated": True})],
        "CONFLICT_HDS",
    ),
    "HDS waived elsewhere": (
        [("dp_hds", "mandatory", {}), ("ad_requirement_waived", "mandatory", {"part": "CCAP", "target": "hds"})],
        "CONFLICT_HDS",
    ),
    "brand with and without equivalent": (
        [
            ("ad_brand_no_equivalent", "mandatory", {"brand": "Orlane"}),
            ("ad_brand_no_equivalent", "non_operative", {"brand": "Orlane", "general_equivalence_clause": True}),
        ],
        "CONFLICT_EQUIVALENCE",
    ),
    "hosting priced and excluded": (
        [("ho_hosting_in_scope", "mandatory", {"part": "BPU"}), ("ho_buyer_premises", "mandatory", {})],
        "CONFLICT_SCOPE",
    ),
}
NO_CASES = {
    "exception within one document": [FRANCE, ("ad_non_eu_allowed", "mandatory", {"part": "CCTP", "kind": "storage"})],
    "remote access is not storage": [FRANCE, ("ad_non_eu_allowed", "mandatory", {"part": "RC", "kind": "access"})],
    "description of today": [
        FRANCE,
        ("ad_non_eu_allowed", "mandatory", {"part": "RC", "kind": "storage", "section": "existing_system"}),
    ],
    "mandatory and scored": [("sv_secnumcloud", "mandatory", {}), ("sv_secnumcloud", "scored", {"part": "RC"})],
    "desirable in the RC": [("sv_secnumcloud", "mandatory", {}), ("sv_secnumcloud", "desirable", {"part": "RC"})],
    "desirable at another rank": [("dp_hds", "mandatory", {"part": "CCAP"}), ("dp_hds", "desirable", {"part": "CCTP"})],
    "waiver of something else": [
        ("sv_secnumcloud", "mandatory", {}),
        ("ad_requirement_waived", "mandatory", {"target": "reversibility"}),
    ],
    "conditional HDS and no health data": [
        ("dp_hds", "mandatory", {"conditional": True}),
        ("dp_health_data", "informative", {"negated": True}),
    ],
    "provider from an unverified row": [
        ("sv_extra_eu_immunity", "mandatory", {}),
        ("ad_named_exposed_provider", "mandatory", {"entity_id": "salesforce"}),
    ],
    "premises described": [
        ("ho_hosting_in_scope", "mandatory", {"part": "BPU"}),
        ("ho_buyer_premises", "informative", {}),
    ],
    "two brands": [
        ("ad_brand_no_equivalent", "mandatory", {"brand": "Orlane"}),
        ("ad_brand_no_equivalent", "non_operative", {"brand": "Vexal", "general_equivalence_clause": True}),
    ],
    "nothing at all": [],
}


@pytest.mark.parametrize("name", CASES)
def test_a_contradiction_is_raised_with_both_sides(finding: Any, name: str) -> None:
    sides, code = CASES[name]
    findings = [finding(label, strength, **how) for label, strength, how in sides]
    (conflict,) = find_conflicts(findings, PACK)
    assert conflict.code == code
    assert set(conflict.findings) == {f.id for f in findings}


@pytest.mark.parametrize("name", NO_CASES)
def test_a_mere_difference_is_not_a_contradiction(finding: Any, name: str) -> None:
    assert find_conflicts([finding(label, strength, **how) for label, strength, how in NO_CASES[name]], PACK) == ()


@pytest.mark.parametrize(("probability", "certain"), [(0.6, False), (0.79, False), (0.8, True)])
def test_a_contradiction_with_a_clause_that_is_only_likely_is_shown_and_not_certain(
    finding: Any, probability: float, certain: bool
) -> None:
    sides = [
        finding("ho_location_france"),
        finding("ad_non_eu_allowed", part="RC", kind="storage", probability=probability),
    ]
    (conflict,) = find_conflicts(sides, PACK)
    assert (conflict.code, conflict.certain) == ("CONFLICT_LOCATION", certain)


def test_clauses_of_two_lots_do_not_contradict_one_another(finding: Any) -> None:
    one = finding("ho_location_france", lot="1")
    other = finding("ad_non_eu_allowed", part="RC", kind="storage", lot="2")
    assert find_conflicts([one, other], PACK) == ()


def test_a_contradiction_seen_from_every_lot_concerns_the_tender_and_is_raised_once(finding: Any) -> None:
    findings = [
        finding("ho_location_france"),
        finding("ad_non_eu_allowed", part="RC", kind="storage"),
        finding("ds_software", lot="1"),
        finding("ds_software", lot="2"),
    ]
    (conflict,) = find_conflicts(findings, PACK)
    assert conflict.lot is None
