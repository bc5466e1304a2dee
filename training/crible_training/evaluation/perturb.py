"""The same clauses as a poorer reading would give them: what they mean, and so their labels, does not change."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from crible.classification.segments import Clause
from crible_training import SEED

# Share of the characters that a mediocre scan gets wrong.
_NOISE = 0.02
# What tesseract's French model reads for what is printed: accents taken for one another, strokes joined or parted.
_CONFUSIONS: Mapping[str, tuple[str, ...]] = {
    "é": ("è", "e", "ê"), "è": ("é", "e"), "ê": ("é", "e"), "à": ("a", "â"), "â": ("à", "a"), "ù": ("u",),
    "û": ("u", "ü"), "ç": ("c",), "î": ("i", "ï"), "ô": ("o", "ö"), "œ": ("oe", "ce"), "É": ("E",), "È": ("E",),
    "À": ("A",), "l": ("I", "1", "|", "t"), "I": ("l", "1", "|"), "i": ("l", "j", "1"), "1": ("l", "I"), "j": ("i",),
    "m": ("rn", "nn"), "n": ("u", "ri", "r"), "u": ("n", "ii"), "h": ("b", "li"), "b": ("h", "6"), "d": ("cl",),
    "w": ("vv",), "v": ("y",), "c": ("e", "o"), "e": ("c", "o"), "o": ("0", "c"), "a": ("o", "n"), "s": ("5", "8"),
    "f": ("t", "l"), "t": ("l", "f"), "r": ("n", "t"), "g": ("q", "9"), "q": ("g",), "O": ("0", "Q"), "0": ("O",),
    "S": ("5", "8"), "5": ("S",), "B": ("8", "R"), "8": ("B",), "E": ("F",), "C": ("G",), "D": ("O",), "G": ("6", "C"),
    "’": ("'", "‘", " "), "'": ("’", " "), ".": (",",), ",": (".",), ";": (":",), "-": (" ", "—"), "«": ("<", "("),
    "»": (">", ")"),
}  # fmt: skip
# A word is cut at the end of a line when it is this long, leaving this many letters on each side …
_LONG, _SIDE = 8, 3
# … and one long word in this many ends a line (90 characters on a line, one long word in 20 characters).
_LINES = 5


def without_accents(text: str, draw: random.Random) -> str:
    decomposed = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def upper(text: str, draw: random.Random) -> str:
    return text.upper()


def ocr_noise(text: str, draw: random.Random) -> str:
    """Two characters in a hundred misread, and at least one."""
    places = [i for i, c in enumerate(text) if c in _CONFUSIONS]
    wrong = set(draw.sample(places, min(len(places), max(1, round(_NOISE * len(text))))))
    return "".join(draw.choice(_CONFUSIONS[c]) if i in wrong else c for i, c in enumerate(text))


def hyphenated(text: str, draw: random.Random) -> str:
    """Words cut where a line ended: « héberge- ment »."""
    return _cut(text, draw, "- ")


def parted(text: str, draw: random.Random) -> str:
    """The same where the hyphen was lost: « héberge ment »."""
    return _cut(text, draw, " ")


def _cut(text: str, draw: random.Random, mark: str) -> str:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= _LONG and word.isalpha()]
    for i in draw.sample(long, -(-len(long) // _LINES)):
        word = words[i]
        places = [k for k in range(_SIDE, len(word) - _SIDE + 1) if _is_vowel(word[k - 1]) and not _is_vowel(word[k])]
        place = draw.choice(places or [len(word) // 2])
        words[i] = word[:place] + mark + word[place:]
    return " ".join(words)


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0].lower() in "aeiouyœ"


PERTURBATIONS: Mapping[str, Callable[[str, random.Random], str]] = {
    "no_accents": without_accents, "ocr_noise": ocr_noise, "upper_case": upper, "hyphenation": hyphenated,
    "hyphen_lost": parted,
}  # fmt: skip


NO_HEADING = "no_heading"
CHANGES = (*PERTURBATIONS, NO_HEADING)


def perturbed(clauses: Sequence[Clause], name: str) -> list[Clause]:
    """Each clause with its text, lead and heading changed, the draw hanging on the clause alone; or without heading."""
    if name == NO_HEADING:
        return [replace(clause, heading="") for clause in clauses]
    change = PERTURBATIONS[name]
    found = []
    for clause in clauses:
        draw = random.Random(f"{SEED}:{name}:{clause.id}")
        text, lead, heading = (change(t, draw) if t else t for t in (clause.text, clause.lead, clause.heading))
        found.append(replace(clause, text=text, lead=lead, heading=heading))
    return found
