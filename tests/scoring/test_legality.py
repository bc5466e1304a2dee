"""Legal warnings: what accuses a call rests on what is certain."""

from __future__ import annotations

from typing import Any

import pytest

from crible.scoring.aggregate import aggregate
from crible.scoring.legality import _french_location
from crible.scoring.policy import load_policy
from crible.types import Fact

PACK = load_policy("seed")
FACTS = {
    name: Fact(value, 1.0, ()) for name, value in (("sensitive", "no"), ("buyer", "local_large"), ("digital", "yes"))
}


@pytest.mark.parametrize(("probability", "codes"), [(0.95, ["LR-02", "LR-12"]), (0.79, [])])
def test_a_place_that_is_only_likely_raises_no_warning(finding: Any, probability: float, codes: list[str]) -> None:
    found = [finding("ho_location_france", "mandatory", probability=probability)]
    said = aggregate(found, PACK)
    assert said.labels["ho_location_france"] == "mandatory"
    assert [w.code for w in _french_location(found, said, FACTS)] == codes
