"""CPV codes printed in the pieces, and what they say (rubric C.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crible.scoring.facts.lexicon import data
from crible.scoring.facts.texts import body, ordered, quoted, speaks_of
from crible.types import Dossier, Evidence

_CODE = re.compile(r"(?<![\d.])(\d{8})(?:\s?-\s?\d)?(?![\d.])")
_MENTION = re.compile(r"\bC\.?P\.?V\b|vocabulaire commun des march", re.IGNORECASE)
# A code stands beside the word, or in the cells and lines that follow it.
_AFTER = 300
# The 45 divisions of the 2008 list: eight digits of another kind (a date, a SIRET) rarely begin so.
_DIVISIONS = frozenset(
    {
        "03", "09", "14", "15", "16", "18", "19", "22", "24", "30", "31", "32", "33", "34", "35",
        "37", "38", "39", "41", "42", "43", "44", "45", "48", "50", "51", "55", "60", "63", "64",
        "65", "66", "70", "71", "72", "73", "75", "76", "77", "79", "80", "85", "90", "92", "98",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CpvSignals:
    """The codes in the order met (the first is the main one) and the signal of each."""

    codes: tuple[str, ...]
    main: str
    additional: tuple[str, ...]
    hosting: tuple[str, ...]
    hints: tuple[str, ...]


def find_codes(dossier: Dossier) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """The codes near the word « CPV », and those of the notice, each once, in order; and where the first is printed."""
    found: list[tuple[str, Evidence | None]] = [(code, None) for code in _in_notice(dossier.notice)]
    for document in ordered(dossier):
        near = 0
        for block in body(document):
            text = block.text
            mention = _MENTION.search(text) if speaks_of(text, "pv", "Pv", "p.v", "ocabulaire") else None
            if mention:
                near = _AFTER
            if near > 0:
                start = mention.end() if mention else 0
                codes = [m[1] for m in _CODE.finditer(text, start) if m.start() < start + near]
                found += [(code, quoted(document, block, code)) for code in codes]
                near -= len(text) - start
    ignored = data("cpv.yaml")["ignored"]
    kept = [(code, quote) for code, quote in found if code not in ignored and code[:2] in _DIVISIONS]
    quotes = [quote for _, quote in kept if quote is not None]
    return tuple(dict.fromkeys(code for code, _ in kept)), tuple(quotes[:1])


def _in_notice(notice: Mapping[str, object] | None) -> list[str]:
    value = (notice or {}).get("cpv", ())
    codes = value if isinstance(value, (list, tuple)) else [value]
    return [m[1] for code in codes if (m := _CODE.match(str(code)))]


def signals(codes: tuple[str, ...]) -> CpvSignals:
    """What each code says, the longest known prefix speaking for it."""
    table = data("cpv.yaml")["prefixes"]
    entries = [_entry(code, table) for code in codes]
    kinds = [e.get("signal", "neutral") for e in entries]
    return CpvSignals(
        codes=codes,
        main=kinds[0] if kinds else "",
        additional=tuple(kinds[1:]),
        hosting=tuple(e["hosting"] for e in entries if "hosting" in e),
        hints=tuple(dict.fromkeys(e["hint"] for e in entries if "hint" in e)),
    )


def _entry(code: str, table: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    for length in range(len(code), 1, -1):
        if code[:length] in table:
            return table[code[:length]]
    return {}
