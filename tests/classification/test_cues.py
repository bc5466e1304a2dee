"""Cues: the words that announce an expression never hide a match of it."""

from __future__ import annotations

import re

import pytest

from crible.classification.cues import Cues, compile_cues, needed, sources
from crible.classification.folding import fold
from crible.classification.lexicon import load_yaml
from crible.errors import ConfigurationError


def entry(*patterns: str) -> list[dict[str, object]]:
    return [{"from": "a test", "patterns": list(patterns)}]


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        (r"\bsouhait", {"souhait"}),
        (r"\bsous[- ]traitants?\b", {"traitant"}),
        (r"\b(doit|peut)\b", {"doit", "peut"}),
        (r"candidats?\b", {"candidat"}),
        (r"(?:pas )?exige\w* (que|de)", {"exige"}),
        (r"\?$", {"?"}),
        (r"\d{1,3} ?%", {"%"}),
        (r"\b[oe]\b", set()),
        (r"(a|\d+)", set()),
        (r"(?!jamais)\bavec\b", {"avec"}),
    ],
)
def test_an_expression_needs_one_of_some_pieces_of_words(source: str, pieces: set[str]) -> None:
    assert needed(source) == pieces


def test_the_first_match_wins_and_then_the_earlier_expression() -> None:
    cues = Cues({"a": entry("devra garantir", "devra", "titulaire"), "b": entry(r"\d+ ans")})
    heard = cues.heard("le titulaire devra garantir, pendant 3 ans")
    found = heard.search("a")
    assert found is not None
    assert found[0] == "titulaire"
    assert cues.heard("il devra garantir").search("a")[0] == "devra garantir"  # type: ignore[index]
    assert heard.says("b")
    assert not cues.heard("pendant trois ans").says("b")


def test_searching_is_that_of_one_alternation_on_every_shipped_list() -> None:
    data, actors = load_yaml("lexicon", "obligation.yaml"), load_yaml("lexicon", "actors.yaml")["actors"]
    groups = (data, data["strength"], data["modality"], load_yaml("priorities.yaml"), actors)
    lists = {name: found for group in groups for name, found in group.items() if isinstance(found, list)}
    assert len(lists) > 30
    cues = Cues(lists)
    # A text of our own for each expression: its source with the signs of the syntax taken out comes close to matching.
    texts = [
        fold(f"Le titulaire {re.sub(r'[^a-z0-9 ?%]', '', source)} ; il n'est pas exigé que le candidat soit certifié.")
        for entries in lists.values() for source in sources(entries)
    ]  # fmt: skip
    met = 0
    for name, entries in lists.items():
        whole = compile_cues(entries)
        for text in texts:
            expected, found = whole.search(text), cues.heard(text).search(name)
            assert (found and found.span()) == (expected and expected.span()), (name, text)
            met += expected is not None
    assert met > 300


def test_a_cue_without_origin_or_that_does_not_compile_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="without origin"):
        Cues({"a": [{"patterns": ["x"]}]})
    with pytest.raises(ConfigurationError, match="cue pattern"):
        Cues({"a": entry("(")})
