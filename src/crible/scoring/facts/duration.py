"""How long the contract lasts, in months: a requirement that comes after half of it is a wish (rubric B.4.8)."""

from __future__ import annotations

import re

from crible.scoring.facts.texts import body, folded_text, ordered, speaks_of
from crible.types import Dossier

_NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "douze": 12, "dix-huit": 18, "vingt-quatre": 24, "trente-six": 36, "quarante-huit": 48, "soixante": 60,
}  # fmt: skip
_NUMBER = r"(\d{1,2}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")(?: \([\w-]+\))? (mois|ans?|annees?)\b"
_DURATION = re.compile(
    r"\b(?:marche|accord-cadre|contrat)\b[^.;]{0,60}\b(?:est conclu|est passe|conclu|prend effet)\b[^.;]{0,60}?"
    r"\b(?:pour|duree de)\b[^.;\d]{0,30}?" + _NUMBER + r"|"
    r"\bduree (?:\w+ ){0,3}(?:du marche|de l'accord-cadre|du contrat)\b[^.;\d]{0,40}?" + _NUMBER
)
_PIECES = ("CCAP", "CCP", "AE", "RC", "NOTICE")


def find_months(dossier: Dossier) -> int | None:
    """The firm duration as the first piece says it, renewals left out; None when no piece does."""
    for document in ordered(dossier):
        if document.role not in _PIECES:
            continue
        for block in body(document):
            if not speaks_of(block.text, "dur", "conclu"):
                continue
            if found := _DURATION.search(folded_text(block.text)):
                number, unit = found[1] or found[3], found[2] or found[4]
                return (_NUMBERS.get(number) or int(number)) * (1 if unit == "mois" else 12)
    return None
