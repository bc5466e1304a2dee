"""Concepts are data: phrases, stems, acronyms and masks; every entry says where it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from crible.classification import lexicon as room
from crible.classification import params, patterns
from crible.classification.lexicon import LEXICON_FILES, Concept, Lexicon, expand, load_lexicon, load_yaml, parse_phrase
from crible.errors import ConfigurationError

ENTRY = {"from": "a test", "fr": ["serveur*"]}


def _small(**concepts: list[str]) -> Lexicon:
    return Lexicon(
        Concept(name, tuple(parse_phrase(p) for p in phrases), frozenset()) for name, phrases in concepts.items()
    )


def _found(lexicon: Lexicon, text: str) -> list[tuple[str, str]]:
    return [(m.concept, m.words) for m in lexicon.mentions(text)]


def test_a_stem_matches_every_ending_whatever_the_case_and_the_accents() -> None:
    small = _small(hosting=["héberg*"])
    assert _found(small, "HÉBERGEMENT, hébergées; heberger") == [
        ("hosting", "HÉBERGEMENT"), ("hosting", "hébergées"), ("hosting", "heberger"),
    ]  # fmt: skip
    assert _found(small, "Le berger garde") == []


def test_hyphens_and_apostrophes_join_words_like_spaces() -> None:
    small = _small(cloud=["sous traitant ultérieur", "plan d'assurance sécurité"])
    assert len(_found(small, "le sous-traitant ultérieur et le Plan d’Assurance Sécurité")) == 2


def test_brackets_with_a_bar_stand_for_each_choice_and_others_for_themselves() -> None:
    assert expand("(deux|trois) sites (distants|miroirs)") == [
        "deux sites distants", "deux sites miroirs", "trois sites distants", "trois sites miroirs",
    ]  # fmt: skip
    assert expand("règlement (UE) 2016") == ["règlement (UE) 2016"]


def test_an_acronym_is_matched_as_written_and_not_in_a_text_of_capitals() -> None:
    small = Lexicon([Concept("pas", (("pas",),), frozenset(), frozenset({"PAS"}))])
    assert _found(small, "Le PAS est remis") == [("pas", "PAS")]
    assert _found(small, "Il n'est pas remis") == []
    assert _found(small, "IL N'EST PAS REMIS") == []


def test_a_mask_hides_the_concept_inside_it_and_nothing_else() -> None:
    lexicon = load_lexicon()
    assert "france" not in {m.concept for m in lexicon.mentions("Le marché relève du droit français.")}
    assert "france" in {m.concept for m in lexicon.mentions("Droit français ; données en France.")}


def test_a_phrase_too_loose_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="too loose"):
        _small(**{f"c{n}": [f"a{chr(97 + n)}{chr(97 + m)}" for m in range(20)] for n in range(4)}, loose=["a* a* a*"])


@pytest.mark.parametrize("phrase", ["", "…", "()"])
def test_an_empty_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ConfigurationError, match="empty"):
        parse_phrase(phrase)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"c": {"entries": [ENTRY], "mask": ["c"]}}, "allowed: masks, entries"),
        ({"c": {"entries": [{**ENTRY, "de": ["Rechner"]}]}}, "allowed: from, fr, en"),
        ({"c": {"entries": [{"fr": ["serveur*"]}]}}, "does not say where it comes from"),
        ({"c": {"entries": [ENTRY], "masks": ["nobody"]}}, "masks unknown concepts"),
    ],
)
def test_a_bad_entry_is_an_error_that_names_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(room, "LEXICON_FILES", ("only.yaml",))
    monkeypatch.setattr(room, "load_yaml", lambda *parts: body)
    with pytest.raises(ConfigurationError, match=message):
        load_lexicon.__wrapped__()


def test_a_concept_defined_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEXICON_FILES", ("one.yaml", "two.yaml"))
    monkeypatch.setattr(room, "load_yaml", lambda *parts: {"c": {"entries": [ENTRY]}})
    with pytest.raises(ConfigurationError, match="defined twice"):
        load_lexicon.__wrapped__()


RULE = {"label": "dp_hds", "from": "a test", "all": ["hds"], "p": 0.9}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unless": ["x"]}, r"unknown key \['unless'\]; allowed: \["),
        ({"label": "dp_nothing"}, "unknown label"),
        ({"all": ["nobody"]}, "unknown concept"),
        ({"none": ["nobody"]}, "unknown concept"),
        ({"all": ["hds~"]}, "no element must stand in the clause itself"),
    ],
)
def test_a_bad_rule_is_an_error(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str) -> None:
    book = {"version": "1", "rules": [{**RULE, **change}], "waived": [], "under_heading": []}
    monkeypatch.setattr(patterns, "load_yaml", lambda *parts: book)
    with pytest.raises(ConfigurationError, match=message):
        patterns.load_rules.__wrapped__()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"param": "p", "from": "a test", "pattern": "x"}, "allowed: "),
        ({"param": "p", "flag": "x"}, "needs « param » and « from »"),
        ({"param": "p", "from": "a test", "flag": "("}, "p: "),
    ],
)
def test_a_bad_particular_is_an_error(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        params.parse_reader("dp_hds", raw)


def test_every_shipped_entry_says_where_it_comes_from() -> None:
    for file in LEXICON_FILES:
        for name, body in load_yaml("lexicon", file).items():
            assert all(entry.get("from") for entry in body["entries"]), f"{file}: {name}"
    book = load_yaml("lexicon", "rules.yaml")
    assert all(rule.get("from") for rule in book["rules"])
    for label, readers in load_yaml("lexicon", "params.yaml").items():
        assert label == "version" or all(reader.get("from") for reader in readers)


def test_every_concept_is_used_by_a_rule_a_mask_or_a_reader() -> None:
    book = patterns.load_rules()
    used = {c for rule in book.rules for e in rule.all for c, _, _ in e.options}
    used |= {c for rule in book.rules for c in rule.none} | {c for c, _, _ in book.under_heading}
    used |= {c for _, elements, none in book.waived for e in elements for c, _, _ in e.options} | {
        c for _, _, none in book.waived for c in none
    }
    used |= {c for readers in params.load_readers().values() for r in readers for c, _ in r.concepts}
    used |= {name for name, concept in load_lexicon().concepts.items() if concept.masks}
    # read by name in the code
    used |= {"authority_request", "or_eu", "environment_metric", "equivalent", "subprocessor"}
    assert sorted(set(load_lexicon().concepts) - used) == []
