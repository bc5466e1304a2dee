"""Two packs differ in words exactly where they differ in data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crible.scoring.policy import POLICY_IDS, PolicyPack, list_policies, load_policy, read_policy
from crible.scoring.policy_diff import diff


def test_what_the_order_of_august_changed_is_told() -> None:
    found = {(d.section, d.entry): d for d in diff(load_policy("fr-etat@2026.1"), load_policy("fr-etat@2026.2"))}
    assert found["legal_basis", "arrete-2026-08-12"].change == "added"
    assert found["citations", "qualification:cloud-au-centre"].change == "removed"
    assert found["dates", "effective_to"].after is None
    assert {section for section, _ in found} == {"identity", "dates", "legal_basis", "citations"}


@pytest.mark.parametrize("pack", list_policies(), ids=lambda p: p.name)
def test_a_pack_written_and_read_again_does_not_differ(pack: PolicyPack, tmp_path: Path) -> None:
    path = tmp_path / "copy.yaml"
    path.write_text(yaml.safe_dump(pack.model_dump(mode="json", by_alias=True), allow_unicode=True), encoding="utf-8")
    assert diff(pack, read_policy(path)) == []


@pytest.mark.parametrize(("one", "other"), [("seed", "fr-etat"), ("fr-sante", "eu-seal"), ("seed", "eu-seal")])
def test_the_way_back_undoes_the_way_there(one: str, other: str) -> None:
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    there, back = diff(load_policy(one), load_policy(other)), diff(load_policy(other), load_policy(one))
    assert {(d.section, d.entry, mirror[d.change]) for d in there} == {(d.section, d.entry, d.change) for d in back}
    assert {(d.section, d.entry): (d.after, d.before) for d in there} == {
        (d.section, d.entry): (d.before, d.after) for d in back
    }


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for i, item in enumerate(value) for leaf in _leaves(item, (*path, i))]
    return [path]


def _moved(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x" if isinstance(value, str) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_number_or_name_of_a_pack_escapes_the_comparison(data: st.DataObject) -> None:
    pack = load_policy(data.draw(st.sampled_from(POLICY_IDS)))
    raw = pack.model_dump(mode="json", by_alias=True)
    path = data.draw(st.sampled_from([leaf for leaf in _leaves(raw) if leaf]))
    at: Any = raw
    for part in path[:-1]:
        at = at[part]
    before = at[path[-1]]
    if before is None:
        return
    at[path[-1]] = _moved(before)
    try:
        other = PolicyPack.model_validate(raw)
    except ValueError:
        return  # a value that the schema refuses is no other pack
    assert (diff(pack, other) == []) == (pack == other)
