"""Whether a hyphen at the end of a line belongs to the word: « sous-traitance » keeps it, « lo-giciels » does not."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING

import crible_models

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "\ufffe"  # what the words of a page have in place of a hyphen that pdfium took for the end of a line
_LOOKED_UP = 60  # words searched one by one; beyond, counting every word of the document once is cheaper
_OFTEN = 500  # places where a word is looked at: more change no decision
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_LETTERS = re.compile(r"[^\W\d_]+")
_TAIL = re.compile(r"(?:[^\W\d_]+[-\u2010\u2011’'])*([^\W\d_]+)$")


@functools.cache
def _lexicon() -> tuple[frozenset[str], tuple[str, ...], frozenset[str]]:
    """(prefixes that keep their hyphen, beginnings of words that are joined all the same, words with a hyphen)."""
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
    """Decides for one document, by its own words first: it writes « cahier » whole, « sous-traitant » hyphenated."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self._asked = 0

    @functools.cached_property
    def _whole(self) -> str:
        text = " ".join(self._texts).lower()
        return text.replace("\u2010", "-").replace("\u2011", "-") if not text.isascii() else text

    @functools.cached_property
    def _counted(self) -> tuple[Counter[str], Counter[str]]:
        # Words between spaces first: a pattern is slow, and most need none.
        pieces = self._whole.split()
        words = Counter([piece for piece in pieces if piece.isalpha()])
        words.update(_LETTERS.findall(" ".join([piece for piece in pieces if not piece.isalpha()])))
        return words, Counter(_COMPOUND.findall(" ".join([piece for piece in pieces if "-" in piece])))

    def _count(self, word: str) -> int:
        """How often the document writes a word, or a compound with its hyphen."""
        self._asked += 1
        if self._asked > _LOOKED_UP:
            return self._counted["-" in word][word]
        found, at = 0, self._whole.find(word)
        for _ in range(_OFTEN):
            if at < 0:
                break
            end = at + len(word)
            before, after = self._whole[at - 1 : at], self._whole[end : end + 1]
            # In « co-traitance », « traitance » is a word; in « e-sous-traitance », « sous-traitance » is no compound.
            signs = "-" if "-" in word else ""
            found += not (
                before.isalpha() or after.isalpha() or (before and before in signs) or (after and after in signs)
            )
            at = self._whole.find(word, end)
        return found

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
        whole_word, compound = self._count(joined), self._count(hyphened)
        if whole_word or compound:
            return compound > whole_word
        # « mise-à-\njour », « c’est-à-\ndire »: the part before already has a hyphen of its own.
        whole = f"{before.lower()}-{rest}"
        if hyphened in words or whole in words or self._count(whole):
            return True
        return first in prefixes and not joined.startswith(exceptions)
