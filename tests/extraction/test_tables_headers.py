"""Which row of a table names its columns, wherever it stands and however it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = ["Critère", "Notation", "Points"]


def banner(made: Any, top: float, text: str) -> None:
    """A row of one cell over a table 72 to 432 points wide."""
    for edge in (72, 432):
        made.rule(edge, top, edge, top + 18)
    made.rule(72, top, 432, top)
    made.rule(72, top + 18, 432, top + 18)
    made.bold(180, top + 4, text, size=9)


def profiles(made: Any, *, second: list[str]) -> bytes:
    """Two tables that touch, each under a title as wide as itself."""
    for n, (title, head) in enumerate((("Profil 1 : chef de projet", HEAD), ("Profil 2 : architecte", second))):
        top = 100 + n * 72
        banner(made, top, title)
        rows = [head, ["Diplôme", "bac + 5 : quatre points", "4"], ["Expérience", "cinq ans : quatre points", "4"]]
        made.table(72, top + 18, [120, 180, 60], rows)
    return made.pdf()  # type: ignore[no-any-return]


def test_a_title_over_a_table_does_not_hide_its_header(sheets: Callable, read: Callable, rows: Callable) -> None:
    found = rows(read(profiles(sheets(), second=["Diplôme", "bac + 3 : deux points", "2"])))
    assert found[0].row == ("Profil 1 : chef de projet", "", "")
    assert found[1].row == tuple(HEAD)
    assert [b.header for b in found[:2]] == [(), ()]
    assert {b.header for b in found[2:] if b.row[1]} == {tuple(HEAD)}


def test_a_header_that_comes_again_inside_a_table_is_furniture(
    sheets: Callable, read: Callable, rows: Callable
) -> None:
    document = read(profiles(sheets(), second=HEAD))
    assert [b.row for b in rows(document)] == [
        ("Profil 1 : chef de projet", "", ""),
        tuple(HEAD),
        ("Diplôme", "bac + 5 : quatre points", "4"),
        ("Expérience", "cinq ans : quatre points", "4"),
        ("Profil 2 : architecte", "", ""),
        ("Diplôme", "bac + 5 : quatre points", "4"),
        ("Expérience", "cinq ans : quatre points", "4"),
    ]
    assert [b.text for b in document.blocks if b.kind == "furniture"] == [" | ".join(HEAD)]


@pytest.mark.parametrize("titled", [True, False])
def test_a_label_in_bold_before_its_value_names_no_column(
    sheets: Callable, read: Callable, rows: Callable, titled: bool
) -> None:
    made = sheets()
    if titled:
        banner(made, 82, "Comité de pilotage")
    pairs = (("Périodicité", "Mois"), ("Participants", "Les représentants de la commune et du titulaire"))
    made.table(72, 100, [140, 220], [("", "")] * 3, header=False)
    for n, (label, value) in enumerate((*pairs, ("Compte rendu", "Dix jours après la réunion du comité"))):
        made.bold(76, 104 + 18 * n, label, size=9)
        made.text(216, 104 + 18 * n, value, size=9)
    assert {b.header for b in rows(read(made.pdf()))} == {()}


def lines_of(made: Any, *titles: tuple[str, ...], strong: bool = True) -> bytes:
    """A table of three columns whose header cells take several lines."""
    x, tops = (72, 192, 312, 432), (100, 150, 168, 186)
    for edge in x:
        made.rule(edge, tops[0], edge, tops[-1])
    for top in tops:
        made.rule(x[0], top, x[-1], top)
    for edge, title in zip(x, titles, strict=False):
        for n, line in enumerate(title):
            (made.bold if strong else made.text)(edge + 4, tops[0] + 4 + 10 * n, line, size=9)
    for top, row in zip(tops[1:], (("A1", "20", "10"), ("A2", "40", "15")), strict=False):
        for edge, cell in zip(x, row, strict=False):
            made.text(edge + 4, top + 4, cell, size=9)
    return made.pdf()  # type: ignore[no-any-return]


LONG = ("Délai maximum de", "correction des livrables", "par le titulaire après", "leur remise")


def test_a_long_title_in_bold_names_its_column(sheets: Callable, read: Callable, rows: Callable) -> None:
    found = rows(read(lines_of(sheets(), ("Code",), LONG, ("Validation",))))
    assert {b.header for b in found[1:]} == {("Code", " ".join(LONG), "Validation")}


def test_a_long_cell_like_the_others_names_nothing(sheets: Callable, read: Callable, rows: Callable) -> None:
    found = rows(read(lines_of(sheets(), ("Code",), LONG, ("Validation",), strong=False)))
    assert {b.header for b in found} == {()}


def test_a_long_cell_that_opens_a_list_names_nothing(sheets: Callable, read: Callable, rows: Callable) -> None:
    found = rows(read(lines_of(sheets(), ("Code",), (*LONG[:3], "dans la liste :"), ("Validation",))))
    assert {b.header for b in found} == {()}


def test_a_word_cut_in_a_header_is_joined(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.text(72, 60, "Les moyens techniques et les sous-traitants sont décrits.")
    found = rows(read(lines_of(made, ("Code",), ("Moyens tech-", "niques"), ("Part des sous-", "traitants"))))
    assert {b.header for b in found[1:]} == {("Code", "Moyens techniques", "Part des sous-traitants")}
    assert found[0].row == found[1].header


def test_a_title_over_a_table_that_is_all_the_page_holds_is_a_heading(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.bold(72, 60, "5 Pénalités", size=12)
    made.table(72, 90, [200, 100], [["Manquement", "Pénalité"], ["Retard", "500 €"], ["Perte de données", "900 €"]])
    assert [(b.kind, b.section) for b in read(made.pdf()).blocks[:2]] == [
        ("heading", "5 Pénalités"),
        ("table_row", "5 Pénalités"),
    ]
