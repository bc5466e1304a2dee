"""Cue patterns kept as data: lists of regular expressions over folded text, each entry with where it comes from.

A clause is asked for some seven hundred expressions and holds three. Each expression cannot match without one of a few
words, or pieces of words, that are read off it once; the words of a clause, each looked up once in a tender, say which
expressions are worth trying.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# The parser of the standard library, which tells what an expression is made of; its name begins with an underscore
# since Python 3.11.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

from crible.errors import ConfigurationError

_TOKEN = re.compile(r"\w+|[^\w\s]")


def compile_cues(entries: Iterable[dict[str, Any]]) -> re.Pattern[str]:
    """One pattern for a list of ``{from, patterns}`` entries. Raises as :func:`sources`."""
    return re.compile("|".join(f"(?:{source})" for source in sources(entries)))


def sources(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The expressions of a list of ``{from, patterns}`` entries.

    Raises ConfigurationError naming the pattern that does not compile or the entry that hides its origin.
    """
    for entry in entries:
        if not entry.get("from"):
            raise ConfigurationError(f"cue entry without origin: {entry}")
        for pattern in entry["patterns"]:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigurationError(f"cue pattern {pattern!r}: {error}") from error
            yield pattern


class Cues:
    """Named lists of expressions, searched as one alternation each would be."""

    def __init__(self, lists: Mapping[str, Iterable[dict[str, Any]]]) -> None:
        """Raises as :func:`sources`."""
        self._patterns: list[re.Pattern[str]] = []
        self._bits: dict[str, int] = {}
        self._always = 0  # expressions that no word announces
        self._pieces: dict[str, int] = {}  # pieces of words, and the expressions that need one of them
        for name, entries in lists.items():
            begin = len(self._patterns)
            for source in sources(entries):
                bit = 1 << len(self._patterns)
                self._patterns.append(re.compile(source))
                pieces = needed(source)
                for piece in pieces:
                    self._pieces[piece] = self._pieces.get(piece, 0) | bit
                self._always |= 0 if pieces else bit
            self._bits[name] = (1 << len(self._patterns)) - (1 << begin)
        self._starting: dict[str, list[str]] = {}
        for piece in self._pieces:
            self._starting.setdefault(piece[0], []).append(piece)
        self._known: dict[str, int] = {}

    def heard(self, text: str) -> Heard:
        """What the words of a folded text may say."""
        worth = self._always
        known = self._known
        for word in _TOKEN.findall(text):
            worth |= known[word] if word in known else self._learn(word)
        return Heard(text, self, worth)

    def _learn(self, word: str) -> int:
        """The expressions that a word announces."""
        found = 0
        for start, letter in enumerate(word):
            for piece in self._starting.get(letter, ()):
                if word.startswith(piece, start):
                    found |= self._pieces[piece]
        self._known[word] = found
        return found

    def worth(self, name: str, bits: int) -> Iterator[re.Pattern[str]]:
        """The expressions of a list, in its order, that are among ``bits``."""
        bits &= self._bits[name]
        while bits:
            lowest = bits & -bits
            yield self._patterns[lowest.bit_length() - 1]
            bits ^= lowest


@dataclass(frozen=True, slots=True)
class Heard:
    """A folded text, and the expressions that may match in it."""

    text: str
    _cues: Cues = field(repr=False)
    _worth: int = field(repr=False)

    def search(self, name: str) -> re.Match[str] | None:
        """The first match of a list; of two that begin at the same place, that of the earlier expression."""
        best: re.Match[str] | None = None
        for pattern in self._cues.worth(name, self._worth):
            found = pattern.search(self.text)
            if found is not None and (best is None or found.start() < best.start()):
                best = found
        return best

    def says(self, name: str) -> bool:
        """Whether an expression of the list matches."""
        return any(pattern.search(self.text) for pattern in self._cues.worth(name, self._worth))

    def every(self, name: str) -> Iterator[re.Match[str]]:
        """All matches, expression by expression."""
        for pattern in self._cues.worth(name, self._worth):
            yield from pattern.finditer(self.text)


def needed(source: str) -> frozenset[str]:
    """Pieces of words, or signs, of which one stands in every text that an expression matches; empty: none known."""
    return _needed(sre_parse.parse(source)) or frozenset()


def _needed(nodes: Any) -> frozenset[str] | None:
    """Of the choices that a sequence makes necessary, the one whose shortest piece is the longest."""
    offers: list[frozenset[str] | None] = []
    run = ""
    for kind, value in [*nodes, (None, None)]:
        if kind is sre.LITERAL and chr(value).isalnum():
            run += chr(value)
            continue
        offers.append(frozenset({run}) if run else None)
        run = ""
        offers.append(_of_node(kind, value))
    known = [offer for offer in offers if offer]
    return max(known, key=lambda pieces: min(map(len, pieces)), default=None)


def _of_node(kind: Any, value: Any) -> frozenset[str] | None:
    if kind is sre.LITERAL:
        return None if chr(value).isspace() or chr(value) == "_" else frozenset({chr(value)})
    if kind is sre.SUBPATTERN:
        return _needed(value[3])
    if kind is sre.BRANCH:
        branches = [_needed(branch) for branch in value[1]]
        return frozenset().union(*branches) if all(branches) else None  # type: ignore[arg-type]
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] >= 1:
        return _needed(value[2])
    return None
