"""Tables of a page: what is one and what is not, their cells, headers and continuations."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LOTS = [["Lot", "Désignation", "Montant"], ["1", "Hébergement", "12 000 €"], ["2", "Maintenance", "8 500 €"]]
LONG = "Le titulaire remet chaque mois un tableau de bord des incidents et des demandes de la commune"


def cells(blocks: list) -> list[tuple[str, ...]]:
    return [b.row for b in blocks]


def test_each_cell_of_a_ruled_table_stands_in_its_row(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 100, [60, 200, 100], LOTS)
    found = rows(read(made.pdf()))
    assert cells(found) == [tuple(row) for row in LOTS]
    assert [b.text for b in found] == [" | ".join(row) for row in LOTS]


def test_the_header_applies_to_the_rows_below_it(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 100, [60, 200, 100], LOTS)
    first, *others = rows(read(made.pdf()))
    assert first.header == ()
    assert [b.header for b in others] == [("Lot", "Désignation", "Montant")] * 2


@pytest.mark.parametrize(
    ("table", "bold"),
    [
        ([["Nom", "Ville"], ["Mairie", "Sainte-Anselme"], ["Piscine", "Sainte-Anselme"]], True),
        ([["Poste", "Unité", "Prix"], ["Serveur", "1", "900 €"], ["Baie", "2", "400 €"], ["Câble", "9", "5 €"]], False),
    ],
    ids=["bold", "words above figures"],
)
def test_a_first_row_set_apart_is_a_header(
    sheets: Callable, read: Callable, rows: Callable, table: list[list[str]], *, bold: bool
) -> None:
    made = sheets()
    made.table(72, 100, [150] * len(table[0]), table, header=bold)
    assert [b.header for b in rows(read(made.pdf()))] == [(), *[tuple(table[0])] * (len(table) - 1)]


@pytest.mark.parametrize(
    "table",
    [
        [["Objet", "Denrées"], ["Procédure", "Appel d'offres"], ["Durée", "12 mois"]],  # labels and values
        [["P1", "50 €"], ["P2", "100 €"], ["P3", "150 €"]],
    ],
    ids=["labels", "figures"],
)
def test_a_first_row_like_the_others_is_no_header(
    sheets: Callable, read: Callable, rows: Callable, table: list[list[str]]
) -> None:
    made = sheets()
    made.table(72, 100, [150, 150], table, header=False)
    assert {b.header for b in rows(read(made.pdf()))} == {()}


def test_a_cell_over_two_columns_heads_both(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    x, top = (72, 172, 272, 372), (100, 118, 136, 154, 172)
    for edge in (x[0], x[1], x[3]):
        made.rule(edge, top[0], edge, top[4])
    made.rule(x[2], top[1], x[2], top[4])
    for n, y in enumerate(top):
        made.rule(x[0] if n != 1 else x[1], y, x[3], y)
    made.bold(76, 110, "Lot", size=9)
    made.bold(240, 104, "Montants", size=9)
    made.bold(176, 122, "Minimum", size=9)
    made.bold(276, 122, "Maximum", size=9)
    for n, row in enumerate((("1", "10 €", "20 €"), ("2", "30 €", "40 €"))):
        for edge, cell in zip(x, row, strict=False):
            made.text(edge + 4, top[2] + 18 * n + 4, cell, size=9)
    found = rows(read(made.pdf()))
    assert cells(found)[2:] == [("1", "10 €", "20 €"), ("2", "30 €", "40 €")]
    assert found[2].header == ("Lot", "Montants Minimum", "Montants Maximum")


def test_columns_ruled_in_the_header_only_are_columns_of_every_row(
    sheets: Callable, read: Callable, rows: Callable
) -> None:
    made = sheets()
    table = [["Niveau", "Palier 1", "Palier 2"], ["P1", "50 €", "100 €"], ["P2", "100 €", "200 €"]]
    for n in range(3):
        made.fill(72 + 120 * n, 100, 192 + 120 * n, 118, grey=0.5)
    made.table(72, 100, [120] * 3, table, rules=False)
    for n in range(4):
        made.rule(72, 100 + 18 * n, 432, 100 + 18 * n)
    made.rule(72, 100, 72, 154)
    made.rule(432, 100, 432, 154)
    assert cells(rows(read(made.pdf()))) == [tuple(row) for row in table]


def test_white_bands_part_the_columns_of_ruled_rows(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    table = [[f"KPI {n}", f"Délai de traitement de la demande {n}", f"{n} h", "95 %"] for n in range(1, 6)]
    made.table(72, 100, [60, 220, 60, 60], table, rules=False, header=False)
    for n in range(6):
        made.rule(72, 100 + 18 * n, 472, 100 + 18 * n)
    made.rule(72, 100, 72, 190)
    made.rule(472, 100, 472, 190)
    assert cells(rows(read(made.pdf()))) == [tuple(row) for row in table]


def test_lines_shaded_one_by_one_are_one_row(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.fill(72, 100, 272, 130)
    made.fill(272, 100, 472, 130)
    for top in (103, 115):  # the shade of each line of text, in the colour of its cell
        made.fill(76, top, 268, top + 12)
        made.fill(276, top, 468, top + 12)
    made.lines(76, 103, ["Délai maximum", "de livraison"])
    made.lines(276, 103, ["Délai maximum", "de correction"])
    for edge in (72, 272, 472):
        made.rule(edge, 100, edge, 160)
    for y in (100, 130, 160):
        made.rule(72, y, 472, y)
    made.text(76, 138, "30 jours")
    made.text(276, 138, "10 jours")
    assert cells(rows(read(made.pdf()))) == [
        ("Délai maximum de livraison", "Délai maximum de correction"),
        ("30 jours", "10 jours"),
    ]


def test_a_table_goes_on_over_a_page_break_with_its_header(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 700, [60, 200, 100], LOTS)
    made.page()
    made.table(72, 60, [60, 200, 100], [["3", "Formation", "900 €"], ["4", "Reprise", "700 €"]], header=False)
    found = rows(read(made.pdf()))
    assert [b.page for b in found] == [1, 1, 1, 2, 2]
    assert {b.header for b in found[1:]} == {("Lot", "Désignation", "Montant")}


def test_text_between_two_tables_ends_the_first(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    top = made.table(72, 100, [60, 200, 100], LOTS)
    made.text(72, top, "Les montants du tableau suivant sont indicatifs.")
    made.table(72, top + 30, [60, 200, 100], [["3", "Formation", "900 €"], ["4", "Reprise", "700 €"]], header=False)
    assert rows(read(made.pdf()))[-1].header == ()


def test_a_hyphen_inside_a_cell_is_joined(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 100, [100, 100], [["Service", "Détail"], ["", ""]], height=40)
    made.lines(76, 144, ["Mainte-", "nance"], size=9)
    made.lines(176, 144, ["Reprise des", "données"], size=9)
    assert cells(rows(read(made.pdf())))[1] == ("Maintenance", "Reprise des données")


def test_a_table_without_rules_is_read_row_by_row(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.table(72, 100, [120, 120], [["Poste", "Prix"], ["Serveur", "900 €"], ["Baie", "400 €"]], rules=False)
    document = read(made.pdf())
    text = " ".join(b.text for b in document.blocks)
    assert "Serveur 900 €" in text
    assert "Baie 400 €" in text


# Grids that are no tables: (what is drawn).
def _frame(made) -> None:  # type: ignore[no-untyped-def]
    for edge in (60, 540):
        made.rule(edge, 90, edge, 200)
    for y in (90, 200):
        made.rule(60, y, 540, y)
    made.lines(72, 100, [LONG, "et le présente en comité de suivi."])


def _boxes(made) -> None:  # type: ignore[no-untyped-def]
    for n in range(3):
        for y in (100 + 60 * n, 150 + 60 * n):
            made.rule(60, y, 540, y)
        for edge in (60, 540):
            made.rule(edge, 100 + 60 * n, edge, 150 + 60 * n)
        made.lines(72, 110 + 60 * n, [LONG, "et le présente en comité de suivi."])


def _bullets(made) -> None:  # type: ignore[no-untyped-def]
    for n in range(5):
        made.rule(60, 100 + 20 * n, 540, 100 + 20 * n)
    for edge in (60, 540):
        made.rule(edge, 100, edge, 180)
    for n in range(4):
        made.text(72, 104 + 20 * n, "•")
        made.text(90, 104 + 20 * n, f"{LONG[:70]} {n}")


def _cover(made) -> None:  # type: ignore[no-untyped-def]
    made.fill(40, 40, 300, 400, grey=0.7)
    made.fill(200, 100, 550, 500, grey=0.5)
    made.fill(40, 300, 360, 700, grey=0.6)
    for n in range(8):
        made.text(120, 120 + 40 * n, f"{n} {LONG}"[:60], size=12)


def _lines(made) -> None:  # type: ignore[no-untyped-def]
    for n in range(6):
        made.text(72, 100 + 30 * n, LONG)
        made.rule(72, 114 + 30 * n, 540, 114 + 30 * n)


@pytest.mark.parametrize(
    "draw", [_frame, _boxes, _bullets, _cover, _lines], ids=["frame", "boxes", "bullets", "cover", "rules"]
)
def test_what_only_looks_ruled_is_no_table(
    sheets: Callable, read: Callable, rows: Callable, draw: Callable[[object], None]
) -> None:
    made = sheets()
    draw(made)
    document = read(made.pdf())
    assert not rows(document)
    assert document.blocks


@pytest.mark.parametrize("seed", range(6))
def test_the_grid_agrees_with_pdfplumber(sheets: Callable, read: Callable, rows: Callable, seed: int) -> None:
    import random

    import pdfplumber

    random_ = random.Random(seed)
    made = sheets()
    widths = [random_.choice((60, 90, 120)) for _ in range(random_.randint(2, 4))]
    table = [[f"c{r}.{c}" for c in range(len(widths))] for r in range(random_.randint(2, 8))]
    made.table(60, 80, widths, table, height=random_.choice((16, 24)), header=seed % 2 == 0)
    data = made.pdf()
    with pdfplumber.open(io.BytesIO(data)) as document:
        (expected,) = document.pages[0].extract_tables()
    assert cells(rows(read(data))) == [tuple(row) for row in expected] == [tuple(row) for row in table]


def test_a_cell_that_is_no_rectangle_is_settled_by_pdfplumber_or_kept(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.table(72, 100, [100, 100, 100], [["A", "B", "C"], ["1", "2", "3"], ["4", "5", "6"]], rules=False)
    for x0, top, x1, bottom in (
        (72, 100, 372, 100), (72, 154, 372, 154), (72, 100, 72, 154), (372, 100, 372, 154),
        (172, 100, 172, 136), (72, 118, 172, 118), (272, 118, 272, 154), (172, 136, 372, 136),
    ):  # fmt: skip
        made.rule(x0, top, x1, bottom)
    text = " ".join(b.text for b in read(made.pdf()).blocks)
    assert sorted(c for c in text if c.isalnum()) == sorted("ABC123456")


def test_a_turned_page_keeps_its_table(sheets: Callable, read: Callable, rows: Callable, altered: Callable) -> None:
    made = sheets()
    made.size = (842.0, 595.0)
    made.canvas.setPageSize((595.0, 842.0))
    made.canvas.translate(595, 0)
    made.canvas.rotate(90)
    made.table(72, 100, [60, 200, 100], LOTS)

    def turn(document) -> None:  # type: ignore[no-untyped-def]
        document.pages[0].rotate(90, relative=False)

    document = read(altered(made.pdf(), turn))
    assert document.page_sizes == ((842.0, 595.0),)
    assert cells(rows(document)) == [tuple(row) for row in LOTS]


def test_a_thousand_rules_are_read_in_time(sheets: Callable, read: Callable) -> None:
    import time

    made = sheets()
    for n in range(1000):
        made.rule(20, 20 + 0.8 * n, 575, 20 + 0.8 * n)
        made.rule(20 + 0.55 * n, 20, 20 + 0.55 * n, 820)
    made.text(72, 100, "Plan de masse des bâtiments")
    begun = time.process_time()
    assert read(made.pdf()).pages_read == 1
    assert time.process_time() - begun < 5


def test_a_cell_that_runs_down_is_said_beside_its_rows(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    x, y = (72, 192, 392, 472), (100, 118, 136, 154, 172)
    for edge in x:
        made.rule(edge, y[0], edge, y[-1])
    for n, top in enumerate(y):
        made.rule(x[1] if n in (2, 3) else x[0], top, x[-1], top)
    for edge, title in zip(x, ("Thème", "Exigence", "Priorité"), strict=False):
        made.bold(edge + 4, 104, title, size=9)
    made.text(76, 122, "Hébergement", size=9)
    for n, (need, priority) in enumerate((("En France", "1"), ("Certifié", "2"), ("Sauvegardé", "1"))):
        made.text(196, 122 + 18 * n, need, size=9)
        made.text(396, 122 + 18 * n, priority, size=9)
    found = rows(read(made.pdf()))[1:]
    assert cells(found) == [("Hébergement", "En France", "1"), ("", "Certifié", "2"), ("", "Sauvegardé", "1")]
    assert [row.header for row in found] == [
        ("Thème", "Exigence", "Priorité"),
        ("Thème : Hébergement", "Exigence", "Priorité"),
        ("Thème : Hébergement", "Exigence", "Priorité"),
    ]


HEAD = ["Réf.", "Exigence", "Délai"]


def over_two_pages(made: Any, first: list[list[str]], then: list[list[str]]) -> bytes:
    made.table(72, 842 - 60 - 18 * len(first), [60, 300, 90], first)
    made.page()
    made.table(72, 60, [60, 300, 90], then, header=False)
    return made.pdf()  # type: ignore[no-any-return]


def test_a_row_cut_by_a_page_break_is_one_row(sheets: Callable, read: Callable, rows: Callable) -> None:
    first = [HEAD, ["E1", "Données en France", "1 jour"], ["E2", "Les sauvegardes sont conservées", "30 jours"]]
    then = [["", "dans un autre centre de données", "au plus"], ["E3", "La réversibilité est gratuite", "3 mois"]]
    found = rows(read(over_two_pages(sheets(), first, then)))
    assert cells(found)[2:] == [
        ("E2", "Les sauvegardes sont conservées dans un autre centre de données", "30 jours au plus"),
        ("E3", "La réversibilité est gratuite", "3 mois"),
    ]
    cut = found[2]
    assert (cut.page, cut.page_end) == (1, 2)
    at = cut.text.index("dans un autre")
    assert [page for page, _ in cut.offsets.boxes(at, at + 5)] == [2]
    assert {row.header for row in found[1:]} == {tuple(HEAD)}


@pytest.mark.parametrize(
    ("last", "row"),
    [
        (["E2", "Les sauvegardes sont conservées.", "30 jours"], ["", "dans un autre centre", ""]),  # it is over
        (["E2", "Les sauvegardes sont conservées", "30 jours"], ["E3", "dans un autre centre", ""]),  # another number
        (["E2", "Les sauvegardes sont conservées", ""], ["", "Dans un autre centre", ""]),
        (["E2", "", "30 jours"], ["", "dans un autre centre", ""]),  # nothing to go on with
    ],
    ids=["ended", "numbered", "capital", "empty"],
)
def test_a_new_row_on_a_new_page_stays_one(
    sheets: Callable, read: Callable, rows: Callable, last: list[str], row: list[str]
) -> None:
    data = over_two_pages(sheets(), [HEAD, ["E1", "En France", "1 jour"], last], [row, ["E4", "Gratuite", "3 mois"]])
    assert len(rows(read(data))) == 5
