"""Whether a hyphen at the end of a line belongs to the word: « sous-traitance » keeps it, « lo-giciels » does not."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING

import crible_models

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKS = "\ufffe\x02"  # what pdfium writes in place of a hyphen that ends a line
_COMPOUND = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)+")
_LETTERS = re.compile(r"[^\W\d_]+")
_TAIL = re.compile(r"(?:[^\W\d_]+[-\u2010\u2011’'])*([^\W\d_]+)$")


@functools.cache
def _lexicon() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """(prefixes that keep their hyphen, beginnings of words that are joined all the same, whole words with a hyphen)."""
    prefixes, joined, words = set(), set(), set()
    for line in crible_models.resource("lexicon", "hyphens.txt").read_text(encoding="utf-8").splitlines():
        entry = line.split("#", 1)[0].strip().lower()
        if entry.startswith("!"):
            joined.add(entry[1:])
        elif entry.endswith("-"):
            prefixes.add(entry[:-1])
        elif entry:
            words.add(entry)
    return frozenset(prefixes), tuple(sorted(joined)), frozenset(words)


class HyphenJoiner:
    """Decides for one document, from its own words first: it writes « cahier » whole, « sous-traitant » with a hyphen."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._compounds: Counter[str] = Counter()
        self._words: Counter[str] = Counter()
        for text in texts:
            lowered = text.lower()
            self._words.update(_LETTERS.findall(lowered))
            if "-" in lowered or "\u2010" in lowered or "\u2011" in lowered:
                for compound in _COMPOUND.findall(lowered):
                    compound = re.sub(r"[\u2010\u2011]", "-", compound)
                    self._compounds[compound] += 1

    def keeps(self, before: str, after: str) -> bool:
        """Whether the hyphen between the end of one line and the beginning of the next stays.

        ``before`` is the word cut, without its mark; ``after`` the word that follows.
        """
        tail, head = _TAIL.search(before.lower()), _LETTERS.match(after.lower())
        if tail is None or head is None:
            return True  # « 2024-\n2026 », « art. L.-\n3 »: figures and signs keep what is printed
        first, rest = tail[1], head[0]
        if not after[0].islower() and not before.isupper():
            return True  # « Île-de-\nFrance »
        prefixes, exceptions, words = _lexicon()
        joined, hyphened = first + rest, f"{first}-{rest}"
        if self._words[joined] or self._compounds[hyphened]:
            return self._compounds[hyphened] > self._words[joined]
        # « mise-à-\njour », « c’est-à-\ndire »: the part before already has a hyphen of its own.
        whole = f"{before.lower()}-{rest}"
        if hyphened in words or whole in words or self._compounds[whole]:
            return True
        return first in prefixes and not joined.startswith(exceptions)
