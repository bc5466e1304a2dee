"""Forms that a buyer has filled: what was typed and what was ticked are read where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crible.extraction import document_text
from crible.extraction.drawing import draw_pages

if TYPE_CHECKING:
    from collections.abc import Callable


def ticked(made: Any, top: float, text: str, *, on: bool, name: str = "") -> None:
    made.canvas.acroForm.checkbox(name=name or text[:9], x=84, y=842 - top - 10, size=10, checked=on)
    made.text(100, top, text)


def typed(made: Any, top: float, value: str, **look: Any) -> None:
    made.canvas.acroForm.textfield(name=value[:9], x=180, y=842 - top - 13, width=300, height=16, value=value, **look)


def test_a_ticked_box_is_told_from_an_empty_one(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    ticked(made, 100, "le titulaire accepte de percevoir l'avance ;", on=True)
    ticked(made, 118, "le titulaire refuse de percevoir l'avance.", on=False)
    assert shown(read(made.pdf())) == [
        ("list_item", "☑ le titulaire accepte de percevoir l'avance ;"),
        ("list_item", "☐ le titulaire refuse de percevoir l'avance."),
    ]


@pytest.mark.parametrize("state", ["Oui", "1", "On", "Cochée"])
@pytest.mark.parametrize("shows", [True, False], ids=["state", "value"])
def test_a_box_is_ticked_whatever_its_program_calls_that(
    sheets: Callable, read: Callable, altered: Callable, state: str, shows: bool
) -> None:
    import pikepdf

    made = sheets()
    ticked(made, 100, "avec sous-traitance", on=True)
    ticked(made, 118, "sans sous-traitance", on=False)

    def renamed(document: Any) -> None:
        for box in document.pages[0].Annots:
            name, drawn = pikepdf.Name(f"/{state}"), box.AP.N
            box.AP = pikepdf.Dictionary(N=pikepdf.Dictionary({f"/{state}": drawn["/Yes"], "/Off": drawn["/Off"]}))
            box.V = name if box.V == "/Yes" else pikepdf.Name.Off
            box.AS = box.V
            if not shows:
                del box.AS

    assert [b.text for b in read(altered(made.pdf(), renamed)).blocks] == [
        "☑ avec sous-traitance",
        "☐ sans sous-traitance",
    ]


def test_one_of_several_buttons_is_ticked(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n, (value, chosen) in enumerate((("seul", False), ("conjoint", True), ("solidaire", False))):
        made.canvas.acroForm.radio(name="groupement", value=value, selected=chosen, x=84, y=842 - 110 - 20 * n, size=10)
        made.text(100, 100 + 20 * n, f"candidat {value}")
    assert [b.text for b in read(made.pdf()).blocks] == [
        "☐ candidat seul",
        "☑ candidat conjoint",
        "☐ candidat solidaire",
    ]


def test_what_was_typed_stands_on_the_line_of_its_label(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 100, "Acheteur :")
    typed(made, 98, "Commune de Sainte-Anselme")
    made.text(72, 140, "Le titulaire assure la maintenance de la plateforme.")
    document = read(made.pdf())
    assert [b.text for b in document.blocks] == [
        "Acheteur : Commune de Sainte-Anselme",
        "Le titulaire assure la maintenance de la plateforme.",
    ]
    at = document.blocks[0].text.index("Sainte")
    ((page, (x0, top, x1, bottom)),) = document.blocks[0].offsets.boxes(at, at + 6)
    assert page == 1
    assert 180 <= x0 < x1 <= 480
    assert 94 <= top < bottom <= 116


def test_what_was_typed_is_no_heading(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.bold(72, 60, "Article 1 : objet", size=14)
    made.lines(72, 90, ["Le titulaire assure la maintenance de la plateforme de la commune."] * 3, size=9)
    typed(made, 200, "COMMUNE DE SAINTE-ANSELME")
    made.page()
    made.text(72, 100, "Fait à", size=14)
    typed(made, 130, "2 Place de la Mairie")
    made.page()
    assert [b.text for b in read(made.pdf()).blocks if b.kind == "heading"] == ["Article 1 : objet", "Fait à"]


def test_what_was_typed_on_several_lines_is_read_in_order(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 80, "Objet du marché :")
    text = "Hébergement de la plateforme de la commune, sauvegardes comprises, sur le territoire français. " * 3
    made.canvas.acroForm.textfield(
        name="objet", x=72, y=842 - 180, width=400, height=80, value=text.strip(), fieldFlags="multiline", maxlen=1_000
    )
    assert text.strip() in document_text(read(made.pdf())).replace("\n", " ")


def test_a_field_in_a_cell_is_part_of_its_row(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = sheets()
    made.table(72, 100, [100, 320], [["Pièce", "Réponse"], ["Délai", ""], ["Lieu", "France"]])
    typed(made, 119, "dix jours")
    assert [b.row for b in rows(read(made.pdf()))] == [("Pièce", "Réponse"), ("Délai", "dix jours"), ("Lieu", "France")]


def test_a_box_that_is_printed_under_its_field_is_read_once(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(84, 100, "\u274f", font="ZapfDingbats")
    ticked(made, 100, "avec variantes", on=True)
    made.text(84, 118, "\u274f", font="ZapfDingbats")
    made.text(100, 118, "sans variantes")
    assert [b.text for b in read(made.pdf()).blocks] == ["☑ avec variantes", "❏ sans variantes"]


@pytest.mark.parametrize("flags", [2, 32, 0], ids=["hidden", "no view", "shown"])
def test_a_field_that_nobody_sees_is_not_read(
    sheets: Callable, read: Callable, altered: Callable, flags: int
) -> None:  # fmt: skip
    made = sheets()
    made.text(72, 100, "Le titulaire assure la maintenance de la plateforme.")
    typed(made, 140, "mention effacée")

    def flagged(document: Any) -> None:
        document.pages[0].Annots[0].F = flags

    assert ("effacée" in document_text(read(altered(made.pdf(), flagged)))) is (flags == 0)


@pytest.mark.parametrize("turns", [90, 180, 270])
def test_fields_of_a_turned_page_stand_where_they_are_displayed(
    sheets: Callable, read: Callable, altered: Callable, turns: int
) -> None:
    made = sheets()
    typed(made, 100, "Commune")
    made.page()

    def turn(document: Any) -> None:
        document.pages[0].rotate(turns, relative=False)

    (block,) = read(altered(made.pdf(), turn)).blocks
    left, top, right, bottom = {90: (729, 180, 745, 480), 180: (115, 729, 415, 745), 270: (97, 115, 113, 415)}[turns]
    assert left <= block.bbox[0] < block.bbox[2] <= right
    assert top <= block.bbox[1] < block.bbox[3] <= bottom


def test_a_page_is_drawn_with_what_was_typed(sheets: Callable) -> None:
    def ink(value: str) -> int:
        made = sheets()
        typed(made, 100, value, borderWidth=0)
        made.page()
        (picture,) = draw_pages(made.pdf(), path="a.pdf", sha256="0", pages=[1], dpi=72)
        return sum(two < 0x44 for two in picture.rows)  # dark points

    assert ink("Commune de Sainte-Anselme") > ink(" ") + 50
