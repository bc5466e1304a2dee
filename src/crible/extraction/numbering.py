"""The number of a heading and what it titles: « Article 5.2 – Hébergement » is ("5.2", "Hébergement")."""

from __future__ import annotations

import re

# A number is at most 3 digits a level: « 2026 » is a year, « 75011 » a postcode. Levels: at most 6 (« 1.2.3.4.5.6 »).
_ARABIC = r"\d{1,3}(?:\.\d{1,3}){0,5}"
_WORD = re.compile(
    rf"(?P<word>article|art\.|chapitre|titre|section|partie|clause|annexe|appendix|annex|attachment|chapter)"
    rf"(?:\s+|(?<=\.)(?=\d))(?:n\s?[°º]\s*)?(?P<number>{_ARABIC}|[IVX]{{1,5}}(?:\.\d{{1,3}})*|[A-Z](?:\.?\d{{1,3}}(?:\.\d{{1,3}})*)?)"
    r"(?P<sep>\s*[.:)–—-]+\s*|\s+|$)(?P<title>.*)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"(?P<number>{_ARABIC})(?P<sep>\s*[.):/]?\s*[–—-]?\s+|\s*[.)/]\s*(?=[^\W\d_]))(?P<title>\S.*)$")
_LETTERED = re.compile(
    r"(?P<number>[IVX]{1,5}(?:\.\d{1,2})*|[A-H](?:\.\d{1,2}(?:\.\d{1,2})*|\d{1,2})?)"
    r"(?P<sep>\s*[.):/]\s*[–—-]?\s*|\s*[–—-]\s+)(?P<title>\S.*)$"
)
# « 3 mois », « 12 heures ouvrées », « 5 % », « 1er »: an amount at the beginning of a sentence, not a heading.
_AMOUNT = re.compile(
    r"%|(?:€|h|k€|er|e|ème|mois|ans?|ann[ée]es?|jours?|heures?|minutes?|points?|euros?|pages?|fois|go|to|mo|janvier|février"
    r"|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|days?|hours?|years?|months?)(?!\w)",
    re.IGNORECASE,
)


# How the words that name a division begin, those of headings.py included.
BEGINNINGS = frozenset(("art", "cha", "tit", "sec", "par", "cla", "ann", "app", "att", "lot"))


def may_have_number(text: str) -> bool:
    """Whether a text begins with what no number of a heading begins without: settles nearly every line, at once."""
    first, second = text[:1], text[1:2]
    return (
        first.isdigit()
        or not second.isalpha()  # « A. », « I – »
        or (first in "IVX" and second in "IVX")
        or text[:3].lower() in BEGINNINGS
    )


def parse_heading_number(text: str, *, any_case: bool = False) -> tuple[str, str] | None:
    """The (number, title) at the beginning of a heading, or None when the text does not begin with one.

    Only the form is judged: « 2 serveurs sont fournis » is refused for its lower case, but whether a line that passes
    is a heading or a list item is for the reader to decide, who knows its size, weight and place. ``any_case`` accepts
    a lower-case title after a number of two levels or more (« 6.1 organisation du support »).
    """
    text = text.strip()
    # 200: the longest real headings of tenders run over two lines, about 160 characters.
    if not text or len(text) > 200 or not may_have_number(text):
        return None
    if text[0].isdigit():
        return _digits(text, any_case=any_case)
    named = _WORD.match(text)
    if named is not None:
        word, number, title = named["word"].lower(), named["number"], named["title"].strip()
        if number.isalpha() and number != number.upper():  # « article en cause », « section a »
            return None
        # « Article 5 du présent CCAP s'applique » is a sentence; a heading's title begins with a capital or a digit.
        if title and title[0].islower() and not named["sep"].strip():
            return None
        prefix = "Annexe " if word == "annexe" else "Annex " if word in ("annex", "appendix", "attachment") else ""
        return prefix + number, title
    match = _LETTERED.match(text)
    # « C.C.T.P. » is an abbreviation.
    if match is not None and _begins_like_a_title(match["title"]) and not re.match(r"[A-Z]\.", match["title"]):
        return match["number"], match["title"].strip()
    return None


def _digits(text: str, *, any_case: bool) -> tuple[str, str] | None:
    match = _NUMBERED.match(text)
    if match is None:
        return None
    number, title = match["number"], match["title"].strip()
    lower_allowed = any_case and "." in number and title[0].isalpha()
    if _AMOUNT.match(title) or not (lower_allowed or _begins_like_a_title(title)):
        return None
    return number, title


def heading_depth(number: str) -> int:
    """How deep a number is: « 5 » and « A » are 1, « 5.2 » is 2, « Annexe 3 » is 1."""
    bare = number.removeprefix("Annexe ").removeprefix("Annex ")
    return bare.count(".") + 1


def _begins_like_a_title(title: str) -> bool:
    first = title.lstrip("«\"“(' ")[:1]
    return first.isalpha() and not first.islower()
