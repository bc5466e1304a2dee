"""What a model must beat: the list of words that a person would search for, and the answer that is most often right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from crible.classification.folding import fold
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.evaluation.candidates import ACTORS, HOW, Predicted

KEYWORDS = Path(__file__).with_name("keywords.yaml")
# A word shorter than this has no plural in the list: « pra » must not find « pras ».
_PLURAL_FROM = 4


@cache
def keywords() -> dict[str, tuple[str, ...]]:
    """The usual words of each label. Raises ConfigurationError unless every label has some, and only labels do."""
    told = yaml.safe_load(KEYWORDS.read_text(encoding="utf-8"))
    if told.keys() != labels().keys():
        raise ConfigurationError(f"{KEYWORDS.name}: not the labels: {sorted(told.keys() ^ labels().keys())}")
    return {label: tuple(str(word) for word in told[label]) for label in labels()}


@cache
def _searches() -> tuple[re.Pattern[str], ...]:
    found = []
    for words in keywords().values():
        found.append(re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(_search, words), key=len, reverse=True)) + ")"))
    return tuple(found)


def _search(phrase: str) -> str:
    stem = phrase.removesuffix("*")
    words = [re.escape(word) + ("(?:s|x)?" if len(word) >= _PLURAL_FROM else "") for word in fold(stem).split()]
    if stem != phrase:
        words[-1] = re.escape(fold(stem).split()[-1]) + r"\w*"
    return " +".join(words) + r"(?!\w)"


def keywords_in(texts: Sequence[str]) -> Any:
    """bool (texts, labels of the catalogue): whether a usual word of the label stands in the text."""
    folded = [fold(text) for text in texts]
    found = [[bool(search.search(text)) for search in _searches()] for text in folded]
    return np.array(found, dtype=bool).reshape(len(texts), len(labels()))


def _commonest(shape: tuple[int, int]) -> Any:
    """What is most often said beside a label: it binds, and if it is adverse it has effect."""
    how = [HOW.index("operative" if label.adverse else "mandatory") for label in labels().values()]
    return np.broadcast_to(np.array(how, np.int8), shape)


@dataclass(frozen=True, slots=True)
class KeywordList:
    """A label wherever one of its usual words stands."""

    name: str = "keywords"

    def predict(self, clauses: Sequence[Clause]) -> Predicted:
        found = keywords_in([clause.text for clause in clauses])
        how = np.where(found, _commonest(found.shape), -1).astype(np.int8)
        actor = np.full(len(clauses), ACTORS.index("contractor"), np.int8)
        return Predicted(found.astype(np.float32), found, how, actor)


@dataclass(frozen=True, slots=True)
class Majority:
    """Most clauses carry no label: never one. Told the labels, it says the commonest strength, effect and actor."""

    name: str = "majority"

    def predict(self, clauses: Sequence[Clause]) -> Predicted:
        shape = (len(clauses), len(labels()))
        actor = np.full(len(clauses), ACTORS.index("contractor"), np.int8)
        return Predicted(np.zeros(shape, np.float32), np.zeros(shape, bool), _commonest(shape), actor)
