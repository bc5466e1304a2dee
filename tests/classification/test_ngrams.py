"""Hashed n-grams against the same n-grams counted one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crible.classification.ngrams import PIECES, Hashed, column, counted, words_of

BITS = 18
texts = st.lists(st.text(alphabet="aàbcéœ'’-0 19.;ÈZ\n", max_size=40), max_size=6)


def alone(word: str) -> int:
    """The hash of a word that is all there is."""
    (found,) = Hashed([word]).words.tolist()
    return int(found)


def test_words_are_folded_and_cut_at_apostrophes_and_hyphens() -> None:
    assert words_of("L’Hébergement, sous-traité à 25 °C : ŒUVRE") == [
        "l", "hebergement", "sous", "traite", "a", "00", "c", "oeuvre",
    ]  # fmt: skip


@given(texts)
def test_a_word_has_the_hash_it_has_alone_wherever_it_stands(given_texts: list[str]) -> None:
    hashed = Hashed(given_texts)
    expected = [(row, alone(word)) for row, text in enumerate(given_texts) for word in words_of(text)]
    assert list(zip(hashed.rows.tolist(), hashed.words.tolist(), strict=True)) == expected


@given(texts)
def test_pairs_stay_within_their_text(given_texts: list[str]) -> None:
    _, rows = Hashed(given_texts).pairs()
    expected = Counter({row: max(len(words_of(text)) - 1, 0) for row, text in enumerate(given_texts)})
    assert Counter(rows.tolist()) == +expected


@given(texts)
def test_pieces_are_those_of_the_words_with_a_space_on_either_side(given_texts: list[str]) -> None:
    hashes, rows = Hashed(given_texts).pieces()
    expected: Counter[int] = Counter()
    for row, text in enumerate(given_texts):
        for word in words_of(text):
            expected[row] += sum(max(len(word) + 2 - size + 1, 0) for size in PIECES)
    assert Counter(rows.tolist()) == +expected
    one_by_one = [set(Hashed([text]).pieces()[0].tolist()) for text in given_texts]
    for row, found in enumerate(one_by_one):
        assert set(hashes[rows == row].tolist()) == found


def test_different_words_and_orders_take_different_columns() -> None:
    words = [f"mot{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    columns = column(Hashed([" ".join(words)]).words, BITS)
    assert len(set(columns.tolist())) >= 99  # one collision in a hundred words of 262,144 columns is already rare
    one, other = (Hashed([text]).pairs()[0][0] for text in ("hors union", "union hors"))
    assert one != other


def test_counts_are_counts() -> None:
    hashed = Hashed(["un deux un", "", "deux"])
    matrix = counted(hashed.words, hashed.rows, (3, 1 << BITS))
    assert matrix.shape == (3, 1 << BITS)
    assert sorted(matrix[0].data.tolist()) == [1.0, 2.0]
    assert matrix[1].nnz == 0
    assert matrix.dtype == np.float32


def test_nothing_at_all_gives_nothing() -> None:
    assert Hashed([]).words.size == 0
    assert Hashed([""]).pieces()[0].size == 0
