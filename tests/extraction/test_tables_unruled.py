"""Tables set by white space alone, and what stands in columns without being one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES = [
    ["Poste", "Unité", "Quantité", "Prix unitaire"],
    ["Hébergement de la plateforme", "mois", "48", "1 200,00 €"],
    ["Maintenance corrective", "jour", "120", "450,00 €"],
    ["Réversibilité en fin de marché", "forfait", "1", "8 000,00 €"],
]
WIDTHS = [200, 80, 80, 100]


def test_rows_set_in_columns_are_rows_of_a_table(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.bold(72, 60, "3. Décomposition du prix", size=12)
    made.lines(72, 84, ["Le candidat remplit le tableau suivant, dont les montants sont exprimés hors taxes."])
    after = made.table(72, 120, WIDTHS, PRICES, rules=False)
    made.lines(72, after + 10, ["Les prix sont fermes la première année, puis révisés à la date anniversaire."])
    document = read(made.pdf())
    kinds = ["heading", "paragraph", *["table_row"] * 4, "paragraph"]
    assert [b.kind for b in document.blocks] == kinds
    assert [b.row for b in rows(document)] == [tuple(row) for row in PRICES]
    assert [b.header for b in rows(document)] == [(), *[tuple(PRICES[0])] * 3]
    assert {b.section for b in document.blocks} == {"3 Décomposition du prix"}


def test_figures_aligned_on_the_right_stay_in_their_column(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    for n, (name, first, other) in enumerate((("Lot 1", "9", "1 200"), ("Lot 2", "1 250", "8"), ("Lot 3", "12", "75"))):
        made.text(72, 100 + 16 * n, name)
        made.text(300 - 5 * len(first), 100 + 16 * n, first)
        made.text(420 - 5 * len(other), 100 + 16 * n, other)
    assert [b.row for b in rows(read(made.pdf()))] == [
        ("Lot 1", "9", "1 200"), ("Lot 2", "1 250", "8"), ("Lot 3", "12", "75"),
    ]  # fmt: skip


PROSE = ["Le titulaire héberge les", "données de la commune sur", "le territoire français et", "il en rend compte."]

NO_TABLE: dict[str, list[list[str]]] = {
    "labels": [["Objet :", "Maintenance"], ["Durée :", "48 mois"], ["Lieu :", "Nantes"], ["Lots :", "1"]],
    "two rows": PRICES[:2],
    "contents": [["1.", "Objet du marché", "3"], ["2.", "Durée du marché", "5"], ["3.", "Prix du marché", "8"]],
    "blanks": [["Nom", "........", "........"], ["Date", "........", "........"], ["Visa", "........", "........"]],
    "bullets": [["•", "un mémoire", "avant le 3"], ["•", "un planning", "avant le 5"], ["•", "un devis", "avant le 8"]],
    "prose": [[line, line, line] for line in PROSE],
}


@pytest.mark.parametrize("name", NO_TABLE)
def test_what_only_stands_in_columns_is_no_table(sheets: Callable, read: Callable, rows: Callable, name: str) -> None:
    made = sheets()
    made.table(72, 100, [160] * 3, NO_TABLE[name], header=False, rules=False)
    assert rows(read(made.pdf())) == []


def test_rows_far_apart_are_no_table(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 100, WIDTHS, PRICES, height=60, rules=False)
    assert rows(read(made.pdf())) == []


def test_a_word_that_runs_into_the_next_column_is_no_table(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    wide = ["Hébergement de la plateforme et de ses", "", "48", "9,00 €"]
    made.table(72, 100, WIDTHS, [*PRICES[:2], wide, PRICES[3]], rules=False)
    assert rows(read(made.pdf())) == []
