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


# The characters of nearly every French text are those of this encoding of one byte each: a table of bytes folds them
# ten times as fast as one of characters.
_USUAL = "cp1252"


@cache
def _bytes() -> bytes:
    table = bytearray(range(256))
    for code in range(256):
        try:
            table[code] = _fold_any(bytes([code]).decode(_USUAL)).encode(_USUAL)[0]
        except UnicodeDecodeError:  # five codes are nobody's: no text is encoded with them
            continue
    return bytes(table)


def fold(text: str) -> str:
    """Lower case, no accents, plain quotes and dashes; ``len(fold(s)) == len(s)`` so that offsets hold."""
    try:
        return text.encode(_USUAL).translate(_bytes()).decode(_USUAL)
    except UnicodeEncodeError:
        return _fold_any(text)


def _fold_any(text: str) -> str:
    folded = text.translate(_table()).lower()
    if len(folded) == len(text):
        return folded
    # A few capitals grow when lowered (İ); fold those texts character by character.
    return "".join(c.translate(_table()).lower()[:1] or c for c in text)
