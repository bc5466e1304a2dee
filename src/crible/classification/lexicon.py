"""Concepts found in a text: spaCy's PhraseMatcher over lexicons kept as data.

A concept (``france``, ``datacentre``, ``transfer`` …) is a list of phrases. A word that ends with ``*`` is a stem:
``heberg*`` matches hébergement, hébergées, HEBERGEUR; ``(deux|trois) sites`` stands for both phrases. Case, accents,
hyphens and apostrophes are ignored, except in a phrase written ``=PAS``: an acronym that would otherwise be an ordinary
word, matched as written and not in a text that is all capitals. A concept may *mask* others: « droit français » hides
the « français » inside it from the concept ``france``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import yaml

from crible.classification.folding import fold
from crible.classification.phrases import Doc, PhraseMatcher, Vocab
from crible.errors import ConfigurationError
from crible_models import resource

LEXICON_FILES = ("concepts_scope.yaml", "concepts_hosting.yaml", "concepts_sovereignty.yaml", "concepts_data.yaml")
_WORD = re.compile(r"[^\W_]+")
_OTHER = "\x00"  # any word that no phrase uses
_MAX_VARIANTS = 4000  # a phrase of many stems multiplies its variants; more than this is a mistake in the lexicon


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept in a text: characters ``[start, end)``, words ``[first, last)``, and the words as written."""

    concept: str
    start: int
    end: int
    first: int
    last: int
    words: str


@dataclass(frozen=True, slots=True)
class Concept:
    name: str
    phrases: tuple[tuple[str, ...], ...]
    masks: frozenset[str]
    acronyms: frozenset[str] = frozenset()  # as written, « PAS »; each is also a phrase


class Lexicon:
    """All concepts, compiled once; ``mentions(text)`` finds them in time linear in the text."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = {c.name: c for c in concepts}
        words = {w for c in self.concepts.values() for p in c.phrases for w in p}
        self._stems = sorted({w[:-1] for w in words if w.endswith("*")}, key=len, reverse=True)
        self._stem_set = set(self._stems)
        self._longest = len(self._stems[0]) if self._stems else 0
        self._literals = {w for w in words if not w.endswith("*")}
        self._symbols = sorted(self._literals | {s + "*" for s in self._stems})
        self._seen: dict[str, str] = {}
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        for concept in self.concepts.values():
            variants = [v for p in concept.phrases for v in self._variants(p)]
            self._matcher.add(concept.name, [Doc(self._vocab, words=list(v)) for v in variants])

    def mentions(self, text: str) -> list[Mention]:
        """Concepts of ``text`` in order of position, masked ones left out."""
        folded = fold(text)
        spans = [m.span() for m in _WORD.finditer(folded)]
        if not spans:
            return []
        symbols = [self._symbol(folded[a:b]) for a, b in spans]
        if all(s is _OTHER for s in symbols):
            return []
        doc = Doc(self._vocab, words=symbols)
        shouting = text.isupper()
        found = []
        for key, first, last in self._matcher(doc):
            start, end = spans[first][0], spans[last - 1][1]
            mention = Mention(self._vocab.strings[key], start, end, first, last, text[start:end])
            if self._is_word_not_acronym(mention, shouting):
                continue
            found.append(mention)
        found.sort(key=lambda m: (m.first, -m.last, m.concept))
        maskers = [m for m in found if self.concepts[m.concept].masks]
        maskable = frozenset[str]().union(*(self.concepts[m.concept].masks for m in maskers))
        return [m for m in found if m.concept not in maskable or not self._masked(m, maskers)]

    def _is_word_not_acronym(self, mention: Mention, shouting: bool) -> bool:
        acronyms = self.concepts[mention.concept].acronyms
        return mention.words.upper() in acronyms and (shouting or mention.words not in acronyms)

    def _masked(self, mention: Mention, maskers: list[Mention]) -> bool:
        return any(
            other.first <= mention.first
            and mention.last <= other.last
            and other is not mention
            and mention.concept in self.concepts[other.concept].masks
            for other in maskers
        )

    def _symbol(self, word: str) -> str:
        symbol = self._seen.get(word)
        if symbol is None:
            symbol = self._seen[word] = self._lookup(word)
        return symbol

    def _lookup(self, word: str) -> str:
        if word in self._literals:
            return word
        for size in range(min(len(word), self._longest), 0, -1):
            if word[:size] in self._stem_set:
                return word[:size] + "*"
        return _OTHER

    def _variants(self, phrase: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
        """Every sequence of symbols that the phrase matches: a stem stands for all symbols that begin with it."""
        choices = [self._starting_with(w[:-1]) if w.endswith("*") else [w] for w in phrase]
        total = 1
        for c in choices:
            total *= len(c)
        if total > _MAX_VARIANTS:
            raise ConfigurationError(f"lexicon phrase too loose: {' '.join(phrase)!r} ({total} variants)")
        return product(*choices)

    def _starting_with(self, stem: str) -> list[str]:
        at = bisect_left(self._symbols, stem)
        found = []
        while at < len(self._symbols) and self._symbols[at].startswith(stem):
            found.append(self._symbols[at])
            at += 1
        return found


def load_yaml(*parts: str) -> Any:
    """A data file of the models package, parsed with the fast loader when libyaml is there."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with resource(*parts).open(encoding="utf-8") as file:
        return yaml.load(file, Loader=loader)


_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


def expand(phrase: str) -> list[str]:
    """« (deux|trois) sites » → « deux sites », « trois sites »; brackets without a bar are left as they are."""
    pieces = _CHOICE.split(phrase)
    choices = [[p] if n % 2 == 0 else p.split("|") for n, p in enumerate(pieces)]
    return ["".join(chosen) for chosen in product(*choices)]


def parse_phrase(phrase: str) -> tuple[str, ...]:
    """« centre* de données » → ("centre*", "de", "donnees")."""
    words = tuple(re.findall(r"[^\W_]+\*?", fold(phrase)))
    if not words:
        raise ConfigurationError(f"empty lexicon phrase {phrase!r}")
    return words


@cache
def load_lexicon() -> Lexicon:
    """The shipped concepts. Each entry of the files says where it comes from; an unknown key is an error."""
    concepts: dict[str, Concept] = {}
    for file in LEXICON_FILES:
        for name, body in load_yaml("lexicon", file).items():
            if unknown := set(body) - {"masks", "entries"}:
                raise ConfigurationError(f"{file}: {name}: unknown key {sorted(unknown)}; allowed: masks, entries")
            phrases: dict[tuple[str, ...], None] = {}
            acronyms: set[str] = set()
            for entry in body["entries"]:
                if unknown := set(entry) - {"from", "fr", "en"}:
                    raise ConfigurationError(f"{file}: {name}: unknown key {sorted(unknown)}; allowed: from, fr, en")
                if not entry.get("from"):
                    raise ConfigurationError(f"{file}: {name}: an entry does not say where it comes from")
                for phrase in (p for raw in (*entry.get("fr", ()), *entry.get("en", ())) for p in expand(raw)):
                    phrases[parse_phrase(phrase)] = None
                    if phrase.startswith("="):
                        acronyms.add(phrase[1:])
            if name in concepts:
                raise ConfigurationError(f"{file}: concept {name} is defined twice")
            concepts[name] = Concept(name, tuple(phrases), frozenset(body.get("masks", ())), frozenset(acronyms))
    for concept in concepts.values():
        if strangers := concept.masks - set(concepts):
            raise ConfigurationError(f"concept {concept.name} masks unknown concepts {sorted(strangers)}")
    return Lexicon(concepts.values())
