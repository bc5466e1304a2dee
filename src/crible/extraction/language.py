"""The language of a text by its little words: a page of prose is enough to tell eight languages apart."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crible.types import Block, Document

# Frequent words of each language, most of them rare in the others. Written from general knowledge of each language; a
# word shared by two (« la », « de », « que ») stands in both lists, so that it favours neither.
_WORDS: dict[str, str] = {
    "fr": "le les des du et est dans pour par sur au aux une un ce cette ces qui que ou avec sont être sera leur "
    "ses son sa la de l d qu n s dont elle ils il nous vous plus ainsi titulaire marché",
    "en": "the of and to in is for that with on be are as by this shall will or at from an not which their its has "
    "have may must any all contractor",
    "de": "der die das und ist in zu den von mit für auf nicht ein eine dem des im sich werden wird auch oder sind "
    "als bei nach durch einer eines zur zum",
    "es": "el los las y es en del por con para una un se al lo su sus como más este esta o deberá ser será son "
    "entre desde no sobre que de la",
    "it": "il gli della delle dei degli di e è in del per con una un che si al alla nel nella sono come più da dal "
    "o le la i lo ai non anche essere",
    "nl": "de het een en van is in op te dat die voor met zijn niet aan er worden wordt door bij ook of als naar "
    "uit dan deze dit om tot",
    "sv": "och att det som en är för av på den till med inte ett har de i om ska kan vid eller från samt enligt "
    "skall denna detta inom under",
    "pt": "o os as e é em do da dos das por com para uma um se ao à no na nos nas que de como mais não ou ser são "
    "pelo pela deverá",
}
_TELLING = 80  # characters: a dozen words
_TOKEN = re.compile(r"[^\W\d_]+")


def detect(text: str) -> str | None:
    """``fr``, ``en``, ``de``, ``es``, ``it``, ``nl``, ``sv``, ``pt``, ``other``, or None under eight words."""
    words = _TOKEN.findall(text.lower())
    if len(words) < 8:  # a title alone does not tell
        return None
    shares = {lang: sum(w in little for w in words) / len(words) for lang, little in _little_words().items()}
    best = max(shares, key=lambda lang: shares[lang])
    # Prose of these languages holds 30 to 45 % of such words, price lists about 10 %; under 5 % nothing is known.
    return best if shares[best] >= 0.05 else "other"


def with_languages(document: Document) -> Document:
    """The document with its language, and the language of its blocks that are in another one.

    A block says its language when it is long enough to tell and has next to no little word of the document's.
    """
    whole = document.language or detect(_sample(document))
    usual = _little_words().get(whole or "", frozenset())
    blocks = tuple(
        replace(block, language=other) if (other := _other_language(block, whole, usual)) else block
        for block in document.blocks
    )
    return replace(document, language=whole, blocks=blocks)


def _other_language(block: Block, whole: str | None, usual: frozenset[str]) -> str | None:
    if block.kind == "furniture" or len(block.text) < _TELLING:
        return None
    words = _TOKEN.findall(block.text.lower())
    if sum(w in usual for w in words) >= 0.15 * len(words):  # prose holds 30 to 45 %
        return None
    found = detect(block.text)
    return found if found not in (None, "other", whole) and _is_prose(words, found) else None


def _is_prose(words: list[str], language: str | None) -> bool:
    little = _little_words()[language or "fr"]
    return sum(w in little for w in words) >= 0.25 * len(words)


def _sample(document: Document) -> str:
    """Enough text to tell the language: the first 20,000 characters that are not furniture."""
    parts: list[str] = []
    size = 0
    for block in document.blocks:
        if block.kind != "furniture":
            parts.append(block.text)
            size += len(block.text)
            if size > 20_000:
                break
    return "\n".join(parts)


@cache
def _little_words() -> dict[str, frozenset[str]]:
    return {lang: frozenset(words.split()) for lang, words in _WORDS.items()}
