"""What is announced of a change is what judging again gives, and nothing in it can be spared."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crible.scoring.changes import Change, apply
from crible.scoring.counterfactual import MOST_CHANGES, Counterfactual, Search, outcome, search
from crible.scoring.policy import POLICY_IDS, load_policy
from crible.scoring.record import from_record
from crible.scoring.tender import TenderFacts

EXAMPLES = json.loads((Path(__file__).parents[1] / "resources" / "worked_examples.json").read_text(encoding="utf-8"))
PACKS = {name: load_policy(name) for name in POLICY_IDS}
RANK = {"non_compliant": 0, "needs_review": 1, "compliant": 2}


def named(name: str) -> TenderFacts:
    return from_record(next(e for e in EXAMPLES if e["id"] == name))


def asked(found: tuple[Counterfactual, ...], verdict: str) -> set[frozenset[tuple[str, str]]]:
    return {frozenset((c.kind, c.target) for c in one.changes) for one in found if one.verdict == verdict}


def check(case: dict[str, TenderFacts], policy: str, found: Search) -> None:
    """Every set gives its verdict, no proper subset does, and none is longer than promised."""
    pack = PACKS[policy]
    assert found.verdict == outcome(case, pack).verdict
    for one in (*found.better, *found.worse, *found.other):
        assert 1 <= len(one.changes) <= MOST_CHANGES
        assert one.verdict != found.verdict
        after = outcome(apply(case, one.changes), pack)
        assert (after.verdict, after.score) == (one.verdict, one.score)
        for size in range(len(one.changes)):
            for fewer in combinations(one.changes, size):
                assert outcome(apply(case, fewer), pack).verdict != one.verdict
    assert all(RANK[one.verdict] > RANK[found.verdict] for one in found.better)
    assert all(RANK[one.verdict] < RANK[found.verdict] for one in found.worse)


@pytest.mark.parametrize("policy", POLICY_IDS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["id"])
def test_the_changes_of_an_example_do_what_they_announce(example: dict[str, Any], policy: str) -> None:
    case = {"": from_record(example)}
    found = search(case, PACKS[policy])
    check(case, policy, found)
    assert found.complete


def test_secnumcloud_made_mandatory_is_what_a_wish_for_it_lacks() -> None:
    # T08: judicial data, SecNumCloud only desirable.
    found = search({"": named("T08")}, PACKS["fr-etat"])
    assert found.better[0].verdict == "compliant"
    assert asked(found.better, "compliant") == {frozenset({("require", "sv_secnumcloud")})}


def test_an_imposed_provider_must_go_before_a_qualification_helps() -> None:
    # T02: SecNumCloud alone changes nothing while the exposed provider and the transfer remain.
    found = search({"": named("T02")}, PACKS["fr-etat"])
    needed = {("withdraw", "ad_named_exposed_provider"), ("withdraw", "ad_non_eu_allowed")}
    assert asked(found.better, "compliant")
    assert all(needed <= one for one in asked(found.better, "compliant"))


def test_a_contradiction_is_settled_either_way() -> None:
    # T07: once the contradiction is closed, the wider permission decides, unless it is taken out too.
    found = search({"": named("T07")}, PACKS["seed"])
    close = ("close", "location CCTP 4.1 vs RC 6.2")
    assert asked(found.worse, "non_compliant") == {frozenset({close})}
    assert asked(found.better, "compliant") == {frozenset({close, ("withdraw", "ad_non_eu_allowed")})}


def test_a_compliant_tender_is_told_which_clause_its_verdict_hangs_on() -> None:
    found = search({"": named("T03")}, PACKS["fr-sante"])
    assert asked(found.worse, "non_compliant") == {frozenset({("weaken", "dp_hds")})}
    assert found.better == ()


def test_a_certain_fact_is_never_changed() -> None:
    # T12: the buyer hosts, which no clause can alter.
    assert asked(search({"": named("T12")}, PACKS["seed"]).other, "compliant") == set()
    for example in EXAMPLES:
        tender = from_record(example)
        for policy in POLICY_IDS:
            found = search({"": tender}, PACKS[policy])
            settled = {c.target for o in (*found.better, *found.worse, *found.other) for c in o.changes
                       if c.kind == "settle"}  # fmt: skip
            assert all("unknown" in tender.facts[f] or "inferred" in tender.facts[f] for f in settled)


def test_a_qualification_in_progress_is_asked_for_in_full() -> None:
    tender = named("T01")
    reserved = replace(tender, params={**tender.params, "sv_secnumcloud": {"timing": "in_progress_ok"}})
    found = search({"": reserved}, PACKS["fr-etat"])
    assert frozenset({("require", "sv_secnumcloud")}) in asked(found.better, "compliant")


@pytest.mark.parametrize(
    ("changes", "gaps", "caps", "complete"),
    [
        (("read",), ("pages",), ("UNREAD_PAGES",), True),
        (("supply",), ("pages",), ("UNREAD_PAGES",), False),
        (("read",), ("pages", "pieces"), ("UNREAD_PAGES", "ANNOUNCED_PIECE_MISSING"), False),
        (("read", "supply"), ("pages", "pieces"), ("UNREAD_PAGES", "ANNOUNCED_PIECE_MISSING"), True),
        (("supply",), (), (), True),  # nobody said what is missing: pieces
        (("read",), (), (), False),
    ],
)
def test_a_file_is_complete_once_every_gap_is_filled(
    changes: tuple[str, ...], gaps: tuple[str, ...], caps: tuple[str, ...], complete: bool
) -> None:
    tender = named("T01")
    partial = replace(tender, facts={**tender.facts, "dce": "partial"}, gaps=gaps, caps=caps)
    made = tuple(Change(kind, {"read": "pages", "supply": "pieces"}[kind]) for kind in changes)  # type: ignore[arg-type]
    after = apply({"": partial}, made)[""]
    assert (after.facts["dce"] == "complete") == complete


def test_unread_pages_are_all_that_stands_between_a_full_set_of_clauses_and_its_verdict() -> None:
    tender = replace(named("T01"), caps=("UNREAD_PAGES",), unread=True)
    found = search({"": tender}, PACKS["seed"])
    assert found.verdict == "needs_review"
    assert asked(found.better, "compliant") == {frozenset({("read", "pages")})}


def test_unsure_labels_and_facts_are_confirmed_one_by_one() -> None:
    tender = named("T01")
    sure = {label: s for label, s in tender.labels.items() if label != "sv_secnumcloud"}
    found = search({"": replace(tender, sure=sure, doubtful=("hosting",))}, PACKS["fr-etat"])
    assert found.verdict == "needs_review"
    assert frozenset({("confirm", "sv_secnumcloud"), ("confirm", "hosting")}) in asked(found.better, "compliant")
    check({"": replace(tender, sure=sure, doubtful=("hosting",))}, "fr-etat", found)


def test_a_tender_with_lots_takes_the_change_in_each_of_them() -> None:
    case = {"1": named("T08"), "2": replace(named("T08"), labels={})}
    found = search(case, PACKS["fr-etat"])
    check(case, "fr-etat", found)
    assert asked(found.better, "compliant") == {frozenset({("require", "sv_secnumcloud")})}


def test_a_search_that_reaches_its_budget_says_so_and_stays_true() -> None:
    case = {"": named("T02")}
    found = search(case, PACKS["eu-seal"], budget=50)
    assert not found.complete
    assert found.judged <= 100
    check(case, "eu-seal", found)


STRENGTHS = st.sampled_from(["mandatory", "scored", "desirable", "informative"])
LABELS = st.dictionaries(
    st.sampled_from(
        ["ho_location_france", "ho_location_eu", "ho_multi_dc_france", "ho_multi_site", "sv_extra_eu_immunity",
         "sv_secnumcloud", "sv_other_trust_label", "sv_derogation", "dp_personal_data_terms", "dp_hds",
         "dp_security_baseline", "rv_reversibility", "rv_data_return_deletion"]
    ),
    STRENGTHS, max_size=8,
)  # fmt: skip
FACTS = st.fixed_dictionaries(
    {
        "digital": st.sampled_from(["yes", "yes", "unknown", "incidental"]),
        "cloud": st.just("yes"),
        "hosting": st.sampled_from(["contractor", "contractor", "unknown", "buyer"]),
        "buyer": st.sampled_from(["state", "hospital", "local_large", "unknown"]),
        "personal": st.sampled_from(["yes", "no", "unknown"]),
        "health": st.sampled_from(["yes", "no", "inferred"]),
        "sensitive": st.sampled_from(["declared_yes", "strong_inferred", "weak_inferred", "declared_no", "unknown"]),
        "strategic": st.sampled_from(["yes", "no", "unknown"]),
        "dce": st.sampled_from(["complete", "partial", "notice_or_rc_only"]),
    }
)
ADVERSE = st.dictionaries(
    st.sampled_from(["ad_non_eu_allowed", "ad_named_exposed_provider", "ad_requirement_waived"]),
    st.sampled_from([("storage",), ("immunity",), ("location", "hds")]), max_size=2,
)  # fmt: skip
TENDERS = st.builds(
    TenderFacts, facts=FACTS, labels=LABELS, adverse=ADVERSE,
    params=st.sampled_from([{}, {"dp_hds": {"timing": "in_progress_ok"}}, {"dp_personal_data_terms": {"x": 1}}]),
    conflicts=st.sampled_from([(), (), ("CONFLICT_LOCATION",)]), sure=st.none() | LABELS,
    doubtful=st.sampled_from([(), ("hosting",), ("health", "strategic")]),
    caps=st.sampled_from([(), ("UNREAD_PAGES",), ("ANNOUNCED_PIECE_MISSING",), ("ADVERSE_TO_CONFIRM",)]),
    gaps=st.sampled_from([(), ("pages",), ("pages", "pieces")]),
)  # fmt: skip


# 60 tenders, four policies: about a quarter of a million judgements at most, some ten seconds.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TENDERS, st.sampled_from(POLICY_IDS))
def test_on_any_tender_the_changes_give_exactly_the_verdict_announced(tender: TenderFacts, policy: str) -> None:
    case = {"": tender}
    check(case, policy, search(case, PACKS[policy], budget=1_500))
