"""Case and accent folding that keeps every offset: one character in, one character out."""

from __future__ import annotations

import unicodedata
from functools import cache


@cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0x80, 0x250):
        base = unicodedata.normalize("NFD", chr(code).lower())[0]
        table[code] = base
    # Typographic signs that drafters and word processors use for one another.
    table |= {ord(c): "'" for c in "’‘ʼ´`"}
    table |= {ord(c): "-" for c in "‐‑‒–—"}
    table |= {ord(c): " " for c in "\u00a0\u202f\u2009\t\n\r"}
    table |= {ord("œ"): "œ", ord("Œ"): "œ"}
    return table


def fold(text: str) -> str:
    """Lower case, no accents, plain quotes and dashes; ``len(fold(s)) == len(s)`` so that offsets hold."""
    folded = text.translate(_table()).lower()
    if len(folded) == len(text):
        return folded
    # A few capitals grow when lowered (İ); fold those texts character by character.
    return "".join(c.translate(_table()).lower()[:1] or c for c in text)
