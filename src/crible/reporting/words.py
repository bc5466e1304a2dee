"""Words for readers: the frame of every report in French and English, and a bridge to the messages of the policies.

Codes (reasons, criteria, warnings …) are worded once, in the message files read by ``crible.scoring.reasons``. This
module words only what a report adds around them, and makes foreign text safe to print.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.types import Warned

Lang = Literal["fr", "en"]
LANGUAGES: tuple[Lang, ...] = ("fr", "en")

# A mark doubles each word, so that neither colour nor the mark alone carries the meaning.
MARKS = {
    "met": "✓", "unmet": "✗", "unclear": "?", "not_applicable": "–", "unread": "!",
    "compliant": "✓", "non_compliant": "✗", "needs_review": "?", "out_of_scope": "–",
}  # fmt: skip
EFFECTS: dict[Lang, dict[str, str]] = {
    "fr": {"operative": "contraire", "non_operative": "sans effet"},
    "en": {"operative": "adverse", "non_operative": "no effect"},
}
FRAME: dict[Lang, dict[str, str]] = {
    "fr": {
        "policy": "politique {id} {version} (au {date})",
        "models": "modèles {models}",
        "seconds": "{seconds} s",
        "untitled": "Objet non trouvé",
        "buyer_unknown": "acheteur non trouvé",
        "score": "{score} / 100",
        "pieces": "{n} pièce{s}",
        "pages_read": "{read}/{total} pages lues",
        "criterion": "Critère",
        "status": "Avis",
        "strength": "Force",
        "evidence": "Preuve",
        "why": "Pourquoi",
        "unread": "Non lu",
        "missing": "Pièces annoncées et absentes",
        "to_confirm": "à confirmer",
        "lots": "Lots",
        "lot": "lot {n}",
        "conflicts": "Contradictions",
        "adverse": "Clauses contraires",
        "legality": "Points de droit de la consultation (sans effet sur l'avis)",
        "warnings": "Avertissements",
        "profiles": "Toutes les politiques",
        "whole_file": "fichier entier",
        "page": "p. {page}",
        "pages": "p. {first}-{last}",
        "more": "… et {n} de plus",
        "quote": "« {text} »",
        "like": "Ressemble à l'exemple « {text} » ({cosine})",
        "closing": "crible indique, une personne décide.",
        "no_criteria": "Aucun critère évalué : la consultation est hors du champ de cette politique.",
    },
    "en": {
        "policy": "policy {id} {version} (as of {date})",
        "models": "models {models}",
        "seconds": "{seconds} s",
        "untitled": "Subject not found",
        "buyer_unknown": "buyer not found",
        "score": "{score} / 100",
        "pieces": "{n} document{s}",
        "pages_read": "{read}/{total} pages read",
        "criterion": "Criterion",
        "status": "Finding",
        "strength": "Strength",
        "evidence": "Evidence",
        "why": "Why",
        "unread": "Unread",
        "missing": "Announced and absent",
        "to_confirm": "to be confirmed",
        "lots": "Lots",
        "lot": "lot {n}",
        "conflicts": "Contradictions",
        "adverse": "Contrary clauses",
        "legality": "Legal points on the call itself (no effect on the verdict)",
        "warnings": "Warnings",
        "profiles": "All the policies",
        "whole_file": "whole file",
        "page": "p. {page}",
        "pages": "pp. {first}-{last}",
        "more": "… and {n} more",
        "quote": "“{text}”",
        "like": "Resembles the example “{text}” ({cosine})",
        "closing": "crible indicates, a person decides.",
        "no_criteria": "No criterion assessed: the call is outside the scope of this policy.",
    },
}


def frame(key: str, lang: Lang, **values: Any) -> str:
    """A phrase of the report's own frame."""
    return FRAME[lang][key].format(**values)


def say(code: str, lang: Lang, **particulars: Any) -> str:
    """The words for a code of the policies; the code itself when it has none, so that nothing goes unsaid."""
    from crible.scoring.reasons import message

    return message(code, lang, **particulars)


def term(group: str, value: str, lang: Lang) -> str:
    """The words for one value of a fact, ``term("buyer", "state", "fr")``; the value itself when it has none."""
    code = f"{group}:{value}"
    words = say(code, lang)
    return value if words == code else words


def warned(warning: Warned, lang: Lang) -> str:
    """The words of a warning, its document left out: who shows it says of which document it is."""
    text = say(warning.code, lang, detail=warning.detail, document=warning.document or "")
    return f"{warning.code} ({warning.detail})" if text == warning.code and warning.detail else text


def decimal(value: float, lang: Lang, *, digits: int = 1) -> str:
    """A number as the reader writes it: 41,5 in French, 41.5 in English."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if lang == "fr" else text


def like_told(text: str, cosine: float, lang: Lang) -> str:
    """The training wording that a clause resembles, and how much."""
    return frame("like", lang, text=printable(text), cosine=decimal(cosine, lang, digits=2))


def day(iso: str, lang: Lang) -> str:
    """24/09/2026 in French; ISO, which nobody can misread, in English."""
    parts = iso.split("-")
    return "/".join(reversed(parts)) if lang == "fr" and len(parts) == 3 else iso


def printable(text: str) -> str:
    """``text`` on one line without control, direction or private characters.

    Quotes and file names come from strangers: an escape sequence must not drive the terminal, and a direction mark
    must not disguise a name.
    """
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())


def shorten(text: str, length: int) -> str:
    """``text`` cut at a word within ``length`` characters, the cut shown by « … »."""
    text = printable(text)
    if len(text) <= length:
        return text
    cut = text[: length - 2]
    if " " in cut[length // 2 :]:  # a cut word is dropped, unless it is most of what there is
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.") + " …"


def excerpt(text: str, cues: Sequence[str], length: int) -> str:
    """At most ``length`` characters of a quote, around the first of the words that made it a finding.

    A quote that fits is whole; elsewhere « … » shows each cut.
    """
    text = printable(text).lstrip("•▪◦‣➢-–*· ")
    folded = text.casefold()
    # Offsets in the folded text are those of the text, except after the rare letters that fold to two (ß, ŉ).
    places = [place for cue in cues if (place := folded.find(printable(cue).casefold())) >= 0]
    start = min(places, default=0) - length // 4  # some words before, more after: French puts the object last
    if len(text) <= length or start <= 0:
        return shorten(text, length)
    start = min(start, len(text) - length + 2)
    start = text.find(" ", start) + 1 or start
    return "… " + shorten(text[start:], length - 2)
