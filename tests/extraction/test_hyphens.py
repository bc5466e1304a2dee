"""A hyphen at the end of a line: part of the word, or of the typesetting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crible.extraction.hyphens import HyphenJoiner

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = [
    ("sous", "traitance", "un sous-traitant, sa sous-traitance"),
    ("sous", "ensemble", ""),
    ("non", "conformité", ""),
    ("c'est-à", "dire", ""),
    ("Île-de", "France", ""),
    ("2024", "2026", ""),
    ("L.2113", "10", ""),
    ("cahier", "type", "un cahier-type et un cahier-type"),  # the document writes it so
    ("co", "traitants", ""),
]
JOINED = [
    ("lo", "giciels", ""),
    ("mainte", "nance", ""),
    ("héber", "gement,", ""),
    ("développe", "ment", "le développement du service"),
    ("sous", "crire", "souscrire un contrat"),
    ("inter", "venir", "le titulaire doit intervenir"),
    ("LO", "giciels", ""),
    ("nu", "mérique", ""),
]


@pytest.mark.parametrize(("before", "after", "document"), KEPT)
def test_a_hyphen_of_the_word_is_kept(before: str, after: str, document: str) -> None:
    assert HyphenJoiner([document]).keeps(before, after)


@pytest.mark.parametrize(("before", "after", "document"), JOINED)
def test_a_hyphen_of_the_line_is_dropped(before: str, after: str, document: str) -> None:
    assert not HyphenJoiner([document]).keeps(before, after)


@pytest.mark.parametrize("rest", ["traitance", "traitant", "traiter"])
def test_sous_traitance_keeps_its_hyphen_where_the_document_does_not_say_it_twice(rest: str) -> None:
    assert HyphenJoiner([]).keeps("sous", rest)


def test_a_word_inside_another_is_not_the_word() -> None:
    joiner = HyphenJoiner(["des paralogiciels"])
    assert joiner._count("logiciels") == 0
    assert HyphenJoiner(["des logiciels, un logiciel"])._count("logiciels") == 1


def test_many_hyphens_are_decided_like_the_first() -> None:
    joiner = HyphenJoiner(["la sous-traitance et les logiciels"])
    answers = {(joiner.keeps("sous", "traitance"), joiner.keeps("lo", "giciels")) for _ in range(300)}
    assert answers == {(True, False)}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "La sous-traitance : le candidat déclare sa sous-",
            "traitance au plus tôt",
            "déclare sa sous-traitance au plus",
        ),
        ("Le titulaire fournit les lo-", "giciels nécessaires", "fournit les logiciels nécessaires"),
        ("Toute non-", "conformité est signalée", "Toute non-conformité est signalée"),
        ("La période court de 2024-", "2026 sans reconduction", "court de 2024-2026 sans reconduction"),
    ],
)
def test_lines_of_a_pdf_are_joined(sheets: Callable, read: Callable, first: str, second: str, expected: str) -> None:
    made = sheets()
    made.lines(72, 100, [first, second, "et jusqu'au terme du marché."])
    (block,) = read(made.pdf()).blocks
    assert expected in block.text
    assert not set(block.text) & {"\ufffe", "\x02", "\xad"}


def test_a_dash_at_the_end_of_a_line_stays_apart(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 100, ["Le prix comprend les fournitures –", "le transport et la pose."])
    (block,) = read(made.pdf()).blocks
    assert "fournitures – le transport" in block.text


def test_a_hyphen_across_two_pages_is_joined(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 700, ["Les données du service sont conservées dans les centres d'héber-"])
    made.page()
    made.lines(72, 72, ["gement du titulaire pendant toute la durée du marché."])
    (block,) = read(made.pdf()).blocks
    assert "centres d'hébergement du titulaire" in block.text
    assert (block.page, block.page_end) == (1, 2)
