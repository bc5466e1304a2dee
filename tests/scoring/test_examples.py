"""The twelve worked examples of the rubric (section F): verdict, score, raw, reasons and SEAL levels are exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crible.scoring.policy import POLICY_IDS, load_policy
from crible.scoring.profiles import judge
from crible.scoring.tender import TenderFacts

EXAMPLES = json.loads((Path(__file__).parents[1] / "resources" / "worked_examples.json").read_text(encoding="utf-8"))
PACKS = {name: load_policy(name) for name in POLICY_IDS}


def tender_of(example: dict[str, Any]) -> TenderFacts:
    return TenderFacts(
        facts=example["facts"],
        labels=example["labels"],
        adverse={label: tuple(kinds) for label, kinds in example["adverse"].items()},
        params=example["params"],
        conflicts=tuple(example["conflicts"]),
    )


def test_there_are_twelve_examples() -> None:
    assert len(EXAMPLES) == 12


@pytest.mark.parametrize("policy", POLICY_IDS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["id"])
def test_example_gives_the_expected_result(example: dict[str, Any], policy: str) -> None:
    found = judge(tender_of(example), PACKS)[policy]
    expected = example["expected"][policy]
    assert found.verdict == expected["verdict"]
    assert (found.score, found.raw) == (expected["score"], expected["raw"])
    assert list(found.reasons) == expected["reasons"]
    for key in ("advisory", "levels", "potential", "seal_core", "seal_full"):
        assert found.extra.get(key) == expected.get(key)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["id"])
def test_both_versions_of_the_state_policy_agree(example: dict[str, Any]) -> None:
    # The order of 12 August 2026 names the référentiel: it changes the legal basis, not the rules.
    older = judge(tender_of(example), {"fr-etat": load_policy("fr-etat", version="2026.1")})["fr-etat"]
    newer = judge(tender_of(example), {"fr-etat": PACKS["fr-etat"]})["fr-etat"]
    assert (older.verdict, older.score, older.reasons) == (newer.verdict, newer.score, newer.reasons)
