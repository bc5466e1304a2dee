"""Single glyphs as a reader sees them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.extraction.pdf_glyphs import clean_word, is_private


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ﬁnal", "final"),
        ("oﬃce", "office"),
        ("e\u0301tat", "état"),
        ("co\u00adopérer", "coopérer"),
        ("\uf0a8", "☐"),
        ("\uf0fe", "☑"),
        ("\uf0fd", "☒"),
        ("\uf0b7", "•"),
        ("a\u200bb", "ab"),
        ("a\x07b", "ab"),
        ("lo\x02", "lo\ufffe"),
        ("\ufeff", ""),
    ],
)
def test_a_glyph_is_made_readable(word: str, expected: str) -> None:
    assert clean_word(word) == expected


@pytest.mark.parametrize("word", ["m²", "½", "n°", "œuvre", "«", "≤", "10^3", "ŒUVRE", "É", "lo\ufffe", "A’B", "€"])
def test_what_is_readable_stays(word: str) -> None:
    assert clean_word(word) == word


@given(st.text(max_size=20))
def test_cleaning_twice_changes_nothing_more(word: str) -> None:
    once = clean_word(word)
    assert clean_word(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_private_characters_are_told() -> None:
    assert is_private("\ue123")
    assert not is_private("é")
