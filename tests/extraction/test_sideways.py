"""Pages whose text runs up or down: read in their own order, with boxes where the words are displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROSE = [
    "Le titulaire assure la maintenance de la plateforme et répond aux demandes des services,",
    "dans les délais que fixe le présent article et selon les priorités de la commune, qui les",
    "révise chaque année.",
]
WIDTH, HEIGHT = 595.0, 842.0


def turned(sheets: Callable, angle: int) -> Any:
    """A portrait sheet on which everything is drawn as on a landscape one, turned by a quarter."""
    made = sheets()
    canvas = made.canvas
    if angle == 90:
        canvas.translate(WIDTH, 0)
    else:
        canvas.translate(0, HEIGHT)
    canvas.rotate(angle)
    made.size = (HEIGHT, WIDTH)
    return made


@pytest.mark.parametrize("angle", [90, -90])
def test_a_sideways_page_is_read_like_another(sheets: Callable, read: Callable, shown: Callable, angle: int) -> None:
    made = turned(sheets, angle)
    made.bold(72, 60, "3.2 Maintenance de la plateforme", size=13)
    top = made.lines(72, 100, PROSE)
    made.lines(72, top, PROSE)
    assert shown(read(made.pdf())) == [
        ("heading", "3.2 Maintenance de la plateforme"),
        ("paragraph", " ".join(PROSE)),
        ("paragraph", " ".join(PROSE)),
    ]


@pytest.mark.parametrize("angle", [90, -90])
def test_boxes_of_a_sideways_page_are_those_displayed(sheets: Callable, read: Callable, angle: int) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    before, word = "Le titulaire assure la maintenance corrective et évolutive de la ", "plateforme"
    made = turned(sheets, angle)
    for n in range(8):
        made.text(72, 80 + 14 * n, f"{before}{word} de gestion")
    (block,) = read(made.pdf()).blocks
    ((page, (x0, top, x1, bottom)),) = block.offsets.boxes(len(before), len(before) + len(word))
    assert page == 1
    begin = 72 + stringWidth(before, "Helvetica", 10)
    end = begin + stringWidth(word, "Helvetica", 10)
    across = (HEIGHT - end, HEIGHT - begin) if angle == 90 else (begin, end)
    assert (top, bottom) == pytest.approx(across, abs=2)
    line = 85 if angle == 90 else WIDTH - 85  # the middle of a line that begins at 80
    assert x0 < line < x1
    assert x1 - x0 < 14


def test_a_sideways_table_keeps_its_rows(sheets: Callable, read: Callable, rows: Callable) -> None:
    made = turned(sheets, 90)
    made.table(
        72, 80, [120, 320, 120],
        [["Poste", "Désignation", "Prix"], *[[f"Poste {n}", "Maintenance corrective", "100 €"] for n in (1, 2, 3)]],
    )  # fmt: skip
    found = rows(read(made.pdf()))
    assert [row.row for row in found][1:] == [(f"Poste {n}", "Maintenance corrective", "100 €") for n in (1, 2, 3)]
    assert found[1].header == ("Poste", "Désignation", "Prix")


def test_a_few_words_up_the_margin_turn_nothing(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, PROSE)
    made.canvas.saveState()
    made.canvas.translate(30, 300)
    made.canvas.rotate(90)
    made.canvas.drawString(0, 0, "Document provisoire de la direction des systèmes d'information de la commune")
    made.canvas.restoreState()
    assert shown(read(made.pdf()))[0] == ("paragraph", " ".join(PROSE))
