"""Folding keeps every offset, and its fast way says what its slow way says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.classification.folding import _fold_any, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hébergé à l’Étranger", "heberge a l'etranger"),
        ("Cœur – cÉdille : ÇA", "cœur - cedille : ca"),
        ("a\u00a0b\u202fc\td\ne", "a b c d e"),
        ("☐ Oui ☒ Non", "☐ oui ☒ non"),
        ("« PRÊT » • 100 €", "« pret » • 100 €"),
    ],
)
def test_case_accents_and_typography_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_every_character_is_folded_alike_by_both_ways() -> None:
    assert all(fold(chr(code)) == _fold_any(chr(code)) for code in range(0x3000))


@given(st.text())
def test_every_offset_is_kept(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(text) == _fold_any(text)
