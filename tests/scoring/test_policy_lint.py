"""What is refused in a pack is told by path and line, in both languages; what is only unwise is a warning."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import crible.scoring.policy_checks
import crible.scoring.policy_file
from crible.errors import ConfigurationError
from crible.scoring.policy import PolicyPack, examine, list_policies, load_policy
from crible.scoring.policy_checks import periods, warnings
from crible.scoring.policy_file import Problem, told
from crible.scoring.reasons import LANGUAGES, known_codes
from crible_models import resource

Edit = Callable[[dict[str, Any]], Any]


def problems(tmp_path: Path, edit: Edit, *, policy: str = "seed-2026.1") -> list[Problem]:
    raw = yaml.safe_load(resource("policies", f"{policy}.yaml").read_text(encoding="utf-8"))
    raw |= {"id": "maison", "based_on": raw["id"]}
    edit(raw)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return examine(path)[1]


@pytest.mark.parametrize("pack", list_policies(), ids=lambda p: p.name)
def test_every_pack_that_ships_is_sound(pack: PolicyPack) -> None:
    path = resource("policies", f"{pack.id}-{pack.version}.yaml")
    assert examine(path) == (pack, [])
    assert not [w for w in warnings(pack, pack.reviewed_on) if w.code != "no-url"]


def test_the_versions_that_ship_neither_overlap_nor_leave_a_gap() -> None:
    assert periods(list_policies()) == []


def test_a_copy_with_a_name_of_its_own_is_sound(tmp_path: Path) -> None:
    assert problems(tmp_path, lambda raw: None) == []


@pytest.mark.parametrize(
    ("edit", "code", "path"),
    [
        (lambda r: r["components"][0].update(weight=31), "weights", "components"),
        (lambda r: r["components"][0]["best_of"][0].update(label="ho_nowhere"), "unknown-label",
         "components.0.best_of.0.label"),
        (lambda r: r["components"][0]["best_of"][0].update(label="ad_non_eu_allowed"), "wrong-label",
         "components.0.best_of.0.label"),
        (lambda r: r["penalties"].update(sv_secnumcloud={"any": 3}), "wrong-label", "penalties.sv_secnumcloud"),
        (lambda r: r["penalties"]["ad_non_eu_allowed"].update(stockage=3), "unknown-name",
         "penalties.ad_non_eu_allowed.stockage"),
        (lambda r: r["penalties"]["ad_non_eu_allowed"].update(storage=-3), "order",
         "penalties.ad_non_eu_allowed.storage"),
        (lambda r: r["components"][3].update(not_applicable_when={"personnal": "no"}), "unknown-name",
         "components.3.not_applicable_when.personnal"),
        (lambda r: r["components"][3].update(not_applicable_when={"personal": "non"}), "unknown-name",
         "components.3.not_applicable_when.personal"),
        (lambda r: r.update(effective_to=date(2019, 1, 1)), "dates", "effective_to"),
        (lambda r: r.update(review_by=date(2019, 1, 1)), "dates", "review_by"),
        (lambda r: r["thresholds"].update(label_min=0.9), "order", "thresholds.label_min"),
        (lambda r: r["strengths"].update(scored=0.1), "order", "strengths"),
        (lambda r: r["strengths"].pop("scored"), "missing-key", "strengths"),
        (lambda r: r["verdict_caps"].update(needs_review=20), "order", "verdict_caps"),
        (lambda r: r["flags"].update(include_all=True), "unknown-flag", "flags.include_all"),
        (lambda r: r["flags"].pop("include_non_strategic"), "missing-flag", "flags.include_non_strategic"),
        (lambda r: r["flags"].update(include_non_strategic=1), "wrong-flag", "flags.include_non_strategic"),
        (lambda r: r["components"][2].update(key="immunite"), "missing-keys", "components"),
        (lambda r: r["rules"].append(dict(r["rules"][0])), "twice", "rules.8.id"),
        (lambda r: r["title"].pop("en"), "missing-key", "title"),
        (lambda r: r.update(id="seed"), "taken-id", "id"),
        (lambda r: r.pop("based_on"), "no-rules", "based_on"),
        (lambda r: r.update(based_on="eu-seal", flags={"target": 2, "include_non_strategic": False}), "wrong-shape",
         "objectives"),
        (lambda r: r.update(buyers=["ministere"]), "unknown-name", "buyers.0"),
        (lambda r: r.update(wieghts={}), "unknown-key", "wieghts"),
        (lambda r: r.pop("thresholds"), "missing-key", "thresholds"),
        (lambda r: r.update(penalty_cap="much"), "wrong-value", "penalty_cap"),
        (lambda r: r["part_weights"].update(CCTB=1), "wrong-value", "part_weights.CCTB.[key]"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_code_and_path(tmp_path: Path, edit: Edit, code: str, path: str) -> None:
    found = problems(tmp_path, edit)
    assert (code, path) in [(p.code, p.path) for p in found]
    assert all(p.severity == "error" for p in found)
    for lang in LANGUAGES:
        words = [told(p, lang) for p in found]  # type: ignore[arg-type]
        assert all("{" not in text and "lint:" not in text for text in words)


def test_the_line_of_a_fault_is_that_of_its_key(tmp_path: Path) -> None:
    lines = resource("policies", "seed-2026.1.yaml").read_text(encoding="utf-8").splitlines()
    at = lines.index("    weight: 30")
    lines[at] = "    wieght: 30"
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = {p.code: p.line for p in examine(path)[1]}
    assert found["unknown-key"] == at + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: a\nid: b\n", "line 2: 'id' is given twice"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: " + "[" * 40 + "]" * 40, "nested too deeply"),
        ("a: " + "[" * 5000 + "]" * 5000, "mine.yaml"),
        ("effective_from: 2026-02-30\n", "mine.yaml"),
        ("a: !!python/object/apply:os.system [ls]\n", "mine.yaml"),
        ("a: " + "x" * 1_100_000, "bytes"),
    ],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        examine(path)


def test_overlaps_and_the_same_version_twice_are_errors_and_a_gap_a_warning() -> None:
    old, new = load_policy("fr-etat@2026.1"), load_policy("fr-etat@2026.2")

    def told_of(first: PolicyPack, second: PolicyPack) -> list[tuple[str, str]]:
        return [(p.code, p.severity) for _, p in periods([first, second])]

    assert told_of(old, new) == []
    assert told_of(old.model_copy(update={"effective_to": date(2026, 8, 15)}), new) == [("overlap", "error")]
    assert told_of(old.model_copy(update={"effective_to": None}), new) == [("overlap", "error")]
    assert told_of(old.model_copy(update={"effective_to": date(2026, 8, 10)}), new) == [("gap", "warning")]
    assert told_of(new, new) == [("same-version", "error")]


def test_a_past_review_is_a_warning_while_the_pack_is_in_force() -> None:
    old, new = load_policy("fr-etat@2026.1"), load_policy("fr-etat@2026.2")
    assert [w.code for w in warnings(new, date(2030, 1, 1))] == ["past-review"]
    assert [w.code for w in warnings(new, new.review_by)] == []
    assert [w.code for w in warnings(old, date(2030, 1, 1))] == []


def test_every_code_of_the_checks_has_words_in_both_languages() -> None:
    sources = [Path(m.__file__ or "").read_text() for m in (crible.scoring.policy_checks, crible.scoring.policy_file)]
    codes = {code for text in sources for code in re.findall(r'(?:Problem|_warning)\(\s*"([a-z-]+)"', text)}
    assert {"weights", "overlap", "gap", "past-review", "unknown-key", "no-rules"} <= codes
    for lang in LANGUAGES:
        assert {f"lint:{code}" for code in codes} <= known_codes(lang)
