"""The corpus: every line holds to its format, and no authority stands on both sides of a measure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crible.errors import ConfigurationError
from crible_training.corpus import MAX_WORDINGS, load_corpus, segments
from crible_training.splits import OPEN, part_of, take

GOOD: dict[str, Any] = {
    "family": "t-1", "lang": "fr", "register": "state", "authority": "Agence des essais", "part": "CCTP",
    "section": "requirement", "heading": "5 Hébergement", "labels": [
        {"label": "ho_location_france", "strength": "mandatory", "params": {"perimeter": "all"}}
    ], "actor": "contractor", "texts": ["Les données demeurent sur le sol national."],
}  # fmt: skip


def written(folder: Path, *lines: dict[str, Any]) -> list[Path]:
    path = folder / "some.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return [path]


def test_the_corpus_that_ships_holds_to_its_format() -> None:
    families = load_corpus()
    assert len(families) > 500
    assert len({segment.id for segment in segments(families)}) == len(list(segments(families)))


def test_a_family_gives_a_segment_per_wording(tmp_path: Path) -> None:
    (family,) = load_corpus(written(tmp_path, GOOD | {"texts": ["Une première tournure.", "Une seconde tournure."]}))
    assert [s.id for s in segments([family])] == ["t-1#1", "t-1#2"]
    assert family.labels[0].params == {"perimeter": "all"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": [{"label": "ho_location_mars", "strength": "mandatory"}]}, "unknown label"),
        ({"labels": [{"label": "ho_location_france", "strength": "firm"}]}, "allowed: mandatory"),
        ({"labels": [{"label": "ad_non_eu_allowed", "strength": "mandatory"}]}, "allowed: operative"),
        ({"labels": [{"label": "dp_health_data", "strength": "mandatory"}]}, "states a fact"),
        ({"labels": [GOOD["labels"][0]] * 2}, "stands twice"),
        ({"part": "CDC"}, "allowed: NOTICE"),
        ({"texts": []}, "wordings"),
        ({"texts": [f"Tournure numéro {n} de la famille." for n in range(MAX_WORDINGS + 1)]}, "wordings"),
        ({"texts": ["court"]}, "characters"),
        ({"authority": ""}, "missing"),
        ({"stength": "mandatory"}, "unknown key"),
    ],
)
def test_a_line_that_breaks_the_format_is_an_error_that_says_so(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        load_corpus(written(tmp_path, GOOD | change))


@pytest.mark.parametrize("change", [{"texts": ["Une autre tournure encore."]}, {"family": "t-2"}])
def test_a_name_or_a_wording_met_twice_is_an_error(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="stands already"):
        load_corpus(written(tmp_path, GOOD, GOOD | change))


def test_no_authority_stands_on_two_sides() -> None:
    families = load_corpus()
    sides: dict[str, set[str]] = {}
    for family in families:
        sides.setdefault(family.authority.casefold(), set()).add(part_of(family))
    assert [name for name, parts in sides.items() if len(parts) > 1] == []
    assert {part for parts in sides.values() for part in parts} == {*OPEN, "sealed"}


def test_the_sealed_part_is_not_read_by_accident() -> None:
    families = load_corpus()
    sealed = take(families, sealed=True)
    assert sealed
    assert not {f.name for f in sealed} & {f.name for f in take(families, *OPEN)}
    with pytest.raises(ValueError, match="open"):
        take(families, "sealed")
    with pytest.raises(ValueError, match="alone"):
        take(families, "train", sealed=True)
