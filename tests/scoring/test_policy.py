"""Policies are dated data with a strict schema."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from crible.errors import ConfigurationError, PolicyNotFound
from crible.scoring.policy import POLICY_IDS, list_policies, load_policy, read_policy
from crible_models import resource


def test_every_policy_is_shipped_and_the_state_has_two_versions() -> None:
    names = [pack.name for pack in list_policies()]
    assert names == ["seed@2026.1", "fr-etat@2026.1", "fr-etat@2026.2", "fr-sante@2026.1", "eu-seal@2025.1"]


@pytest.mark.parametrize(
    ("policy", "day", "version"),
    [
        ("fr-etat", None, "2026.2"),
        ("fr-etat", date(2026, 8, 15), "2026.2"),
        ("fr-etat", date(2026, 8, 14), "2026.1"),
        ("fr-etat", date(2026, 4, 17), "2026.1"),
        ("seed", date(2024, 1, 1), "2026.1"),
    ],
)
def test_the_version_in_force_at_a_date_is_chosen(policy: str, day: date | None, version: str) -> None:
    assert load_policy(policy, as_of=day).version == version


def test_a_version_is_named_after_an_at_sign_or_by_keyword() -> None:
    assert load_policy("fr-etat@2026.1") == load_policy("fr-etat", version="2026.1")


@pytest.mark.parametrize(
    ("policy", "day", "said"),
    [
        ("fr-region", None, "known: seed, fr-etat, fr-sante, eu-seal"),
        ("fr-etat@1999.1", None, "known: 2026.1, 2026.2"),
        ("fr-etat", date(2026, 4, 16), "in force on 2026-04-16"),
        ("", None, "unknown policy"),
    ],
)
def test_an_unknown_policy_is_refused_with_what_exists(policy: str, day: date | None, said: str) -> None:
    with pytest.raises(PolicyNotFound, match=said):
        load_policy(policy, as_of=day)


def _changed(tmp_path: Path, **changes: object) -> Path:
    raw = yaml.safe_load(resource("policies", "seed-2026.1.yaml").read_text(encoding="utf-8"))
    raw.update(changes)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_an_unchanged_copy_is_accepted(tmp_path: Path) -> None:
    assert read_policy(_changed(tmp_path)) == load_policy("seed")


def test_an_unknown_key_is_refused_with_the_allowed_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"mine.yaml: line \d+: wieghts: unknown key 'wieghts'; allowed: .*components.*strengths",
    ):
        read_policy(_changed(tmp_path, wieghts={"location": 30}))


def test_an_unknown_key_deep_inside_names_the_keys_of_its_level(tmp_path: Path) -> None:
    component = {"id": "a", "key": "a", "weight": 1, "met_at": 1, "best_of": [{"label": "dp_hds", "facteur": 0.4}]}
    with pytest.raises(ConfigurationError, match=r"components\.0\.best_of\.0\.facteur.*allowed: all_of, factor, label"):
        read_policy(_changed(tmp_path, components=[component]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "../seed"}, "id"),
        ({"penalty_cap": "many"}, "penalty_cap"),
        ({"thresholds": {"label_auto": 1.8, "label_min": 0.5, "complete_min_words": 200}}, "thresholds.label_auto"),
        ({"legal_basis": []}, "unknown legal_basis"),
        ({"core": ["SOV-9"]}, "unknown objectives"),
        ({"status": "MAYBE"}, "status"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_policy(_changed(tmp_path, **changes))


@pytest.mark.parametrize("text", ["- a list", "just words", "a: [", ""])
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"broken\.yaml"):
        read_policy(path)


@pytest.mark.parametrize("policy", POLICY_IDS)
def test_a_pack_says_when_it_should_be_read_again(policy: str) -> None:
    pack = load_policy(policy)
    assert not pack.past_review(pack.reviewed_on)
    assert pack.past_review(date(2030, 1, 1))


@pytest.mark.parametrize("pack", list_policies(), ids=lambda p: p.name)
def test_the_weights_of_a_pack_make_a_hundred(pack: object) -> None:
    from crible.scoring.policy import PolicyPack

    assert isinstance(pack, PolicyPack)
    assert sum(c.weight for c in pack.components or pack.objectives) == 100


def test_the_arithmetic_reads_the_pack(tmp_path: Path) -> None:
    # A pack with other weights gives another score: no weight lives in the code.
    from crible.scoring.profiles import judge
    from crible.scoring.tender import TenderFacts

    raw = yaml.safe_load(resource("policies", "seed-2026.1.yaml").read_text(encoding="utf-8"))
    for component, weight in zip(raw["components"], (93, 3, 3, 1), strict=True):
        component["weight"] = weight
    other = read_policy(_changed(tmp_path, components=raw["components"]))
    tender = TenderFacts(
        facts={"digital": "yes", "cloud": "yes", "hosting": "contractor", "buyer": "state", "personal": "yes",
               "health": "no", "sensitive": "unknown", "strategic": "unknown", "dce": "complete"},
        labels={"ho_location_france": "mandatory"},
    )  # fmt: skip
    assert judge(tender, {"seed": load_policy("seed")})["seed"].raw == 30.0
    assert judge(tender, {"seed": other})["seed"].raw == 93.0


def test_a_pack_of_ones_own_is_judged_by_the_rules_it_is_based_on(tmp_path: Path) -> None:
    from crible.scoring.profiles import judge
    from crible.scoring.tender import TenderFacts

    mine = read_policy(_changed(tmp_path, id="maison", based_on="seed"))
    tender = TenderFacts(
        facts={"digital": "yes", "cloud": "yes", "hosting": "contractor", "buyer": "state", "personal": "yes",
               "health": "no", "sensitive": "unknown", "strategic": "yes", "dce": "complete"},
        labels={"ho_location_france": "mandatory"},
    )  # fmt: skip
    found = judge(tender, {"seed": load_policy("seed"), "maison": mine})
    assert (found["maison"].policy, found["maison"].verdict) == ("maison", found["seed"].verdict)
    assert (found["maison"].score, found["maison"].reasons) == (found["seed"].score, found["seed"].reasons)


def test_two_drafts_of_one_name_have_two_stamps_and_a_shipped_pack_keeps_its_name(tmp_path: Path) -> None:
    first = read_policy(_changed(tmp_path, id="maison", based_on="seed"))
    second = read_policy(_changed(tmp_path, id="maison", based_on="seed", penalty_cap=70))
    assert first.name == second.name == "maison@2026.1"
    assert first.stamp != second.stamp
    assert load_policy("seed").stamp == "seed@2026.1"


def test_no_number_of_the_rules_of_the_european_framework_lives_in_the_code(tmp_path: Path) -> None:
    from crible.scoring.profiles import judge
    from crible.scoring.tender import TenderFacts

    raw = yaml.safe_load(resource("policies", "eu-seal-2025.1.yaml").read_text(encoding="utf-8"))
    raw |= {"id": "maison", "based_on": "eu-seal"}
    raw["thresholds"] |= {"refusal_gap": 3}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    tender = TenderFacts(
        facts={"digital": "yes", "cloud": "yes", "hosting": "contractor", "buyer": "state", "personal": "yes",
               "health": "no", "sensitive": "unknown", "strategic": "yes", "dce": "complete"},
        labels={},
    )  # fmt: skip
    found = judge(tender, {"eu-seal": load_policy("eu-seal"), "maison": read_policy(path)})
    assert (found["eu-seal"].verdict, found["maison"].verdict) == ("non_compliant", "needs_review")
