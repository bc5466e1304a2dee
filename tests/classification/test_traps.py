"""Sentences that fool keyword lists: the 55 of the rubric where they are at hand, and our own with look-alikes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from crible.classification.findings import classify_texts
from crible.classification.patterns import PatternDetector

ROOT = Path(__file__).resolve().parents[2]
TRAPS = ROOT.parent / "shared" / "spec" / "rubric" / "traps.py"
STRENGTH = {"M": "mandatory", "S": "scored", "D": "desirable", "I": "informative"}
SECTIONS = {"contexte": "context", "définitions": "definition", "critères": "criteria"}
# Differences that we know and accept, by number, each with its reason.
KNOWN = {53: "a course on safety taken online is not read as software: nothing says that a tool is bought"}
FLOOR = 50


def _answer(part: str, text: str) -> set[tuple[str, str]]:
    name, _, section = part.partition("/")
    record = {"id": "1", "part": {"Annexe RGPD": "ANNEX_GDPR"}.get(name, name)}
    record["text"] = text.replace(" / ", " | ") if section == "tableau" else text
    if section in SECTIONS:
        record["section"] = SECTIONS[section]
    (answer,) = classify_texts([record], detector=PatternDetector())
    return {(found["label"], found["strength"] or found["effect"]) for found in answer["labels"]}


def _traps() -> list[tuple[str, str, list[Any]]]:
    spec = importlib.util.spec_from_file_location("rubric_traps", TRAPS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.T)


@pytest.mark.skipif(not TRAPS.exists(), reason="the rubric's trap sentences are not beside this checkout")
def test_the_sentences_of_the_rubric_are_read_as_it_says_but_for_the_known_ones() -> None:
    traps = _traps()
    wrong = {
        n
        for n, (part, text, expected) in enumerate(traps, 1)
        if _answer(part, text) != {(label, STRENGTH.get(how, how)) for label, how, *_ in expected}
    }
    assert len(traps) - len(wrong) >= FLOOR
    assert wrong <= set(KNOWN), f"no longer read as the rubric says: {sorted(wrong - set(KNOWN))}"


def _ours() -> list[tuple[str, str, str]]:
    rows = []
    for line in (Path(__file__).parent / "look_alikes.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            part, text, *labels = line.split("\t")
            rows.append((part, text, labels[0] if labels else ""))
    return rows


OURS = _ours()
LETTERS = STRENGTH | {"O": "operative", "N": "non_operative"}


@pytest.mark.parametrize(("part", "text", "expected"), OURS, ids=[text[:48] for _, text, _ in OURS])
def test_a_sentence_and_its_look_alike_are_told_apart(part: str, text: str, expected: str) -> None:
    words = expected.split()
    assert _answer(part, text) == {(label, LETTERS[how]) for label, how in zip(words[::2], words[1::2], strict=True)}


def test_the_table_holds_as_many_no_match_as_match_within_ten() -> None:
    silent = sum(not expected for _, _, expected in OURS)
    assert len(OURS) >= 60
    assert abs(silent - (len(OURS) - silent)) <= 10
