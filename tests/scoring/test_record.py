"""A record of what was judged gives the same tender back, and so the same verdicts; a wrong one is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crible.errors import DamagedDocument
from crible.scoring.policy import POLICY_IDS, load_policy
from crible.scoring.profiles import judge
from crible.scoring.record import from_record, to_record
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
        sure=dict(list(example["labels"].items())[1:]),
        doubtful=("hosting",),
        caps=("UNREAD_PAGES",),
        gaps=("pages",),
        unread=True,
        searched={"documents": 3, "pages": 40},
        as_of=date(2026, 11, 23),
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["id"])
def test_a_tender_comes_back_from_json_as_it_was(example: dict[str, Any]) -> None:
    tender = tender_of(example)
    back = from_record(json.loads(json.dumps(to_record(tender))))
    assert back == tender
    assert judge(back, PACKS) == judge(tender, PACKS)


def test_every_field_of_a_tender_is_in_its_record() -> None:
    tender = tender_of(EXAMPLES[0])
    assert set(to_record(tender)) == set(TenderFacts.__dataclass_fields__)
    assert from_record(to_record(replace(tender, sure=None))).sure is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("labels", {"sv_secnumcloud": "must"}, "judged.labels.sv_secnumcloud"),
        ("labels", None, "judged.labels"),
        ("adverse", ["x"], "judged.adverse"),
        ("as_of", "yesterday", "judged.as_of"),
        ("facts", {}, "judged.facts.digital"),
    ],
)
def test_a_wrong_record_is_refused_by_name(key: str, value: Any, said: str) -> None:
    with pytest.raises(DamagedDocument, match=said):
        from_record({**to_record(tender_of(EXAMPLES[0])), key: value})
