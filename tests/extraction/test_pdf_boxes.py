"""Boxes to tick that a page draws, instead of printing them: read with their state, and told from other squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

OPTION = "le titulaire accepte de percevoir l'avance"


def square(
    made: Any, x: float, top: float, side: float = 9.0, *, width: float = 1.0, fill: float | None = None
) -> None:
    made.canvas.setLineWidth(width)
    made.canvas.setFillGray(1.0 if fill is None else fill)
    made.canvas.rect(x, made.size[1] - top - side, side, side, stroke=1, fill=fill is not None)
    made.canvas.setFillGray(0)


def cross(made: Any, x: float, top: float) -> None:
    made.rule(x + 1, top + 1, x + 8, top + 8)
    made.rule(x + 1, top + 8, x + 8, top + 1)


def tick(made: Any, x: float, top: float) -> None:
    path = made.canvas.beginPath()
    for n, (dx, dy) in enumerate(((1, 5), (4, 8), (8, 1))):
        (path.lineTo if n else path.moveTo)(x + dx, made.size[1] - top - dy)
    made.canvas.drawPath(path)


def disc(made: Any, x: float, top: float) -> None:
    made.canvas.circle(x + 4.5, made.size[1] - top - 4.5, 2.5, stroke=0, fill=1)


def block(made: Any, x: float, top: float) -> None:
    made.fill(x + 2, top + 2, x + 7, top + 7, grey=0)


def crossed_at_once(made: Any, x: float, top: float) -> None:
    path, y = made.canvas.beginPath(), made.size[1] - top
    path.rect(x, y - 9, 9, 9)
    for (x0, y0), (x1, y1) in (((0, 0), (9, 9)), ((0, 9), (9, 0))):
        path.moveTo(x + x0, y - y0)
        path.lineTo(x + x1, y - y1)
    made.canvas.drawPath(path)


@pytest.mark.parametrize("inside", [cross, tick, disc, block, crossed_at_once])
def test_a_box_with_something_drawn_in_it_is_ticked(
    sheets: Callable, read: Callable, shown: Callable, inside: Callable
) -> None:
    made = sheets()
    square(made, 84, 100)
    inside(made, 84, 100)
    made.text(100, 100, f"{OPTION} ;")
    square(made, 84, 118)
    made.text(100, 118, "le titulaire refuse de percevoir l'avance.")
    assert shown(read(made.pdf())) == [
        ("list_item", f"☑ {OPTION} ;"),
        ("list_item", "☐ le titulaire refuse de percevoir l'avance."),
    ]


@pytest.mark.parametrize("width", [0.25, 0.5, 1.0, 1.5])
@pytest.mark.parametrize("side", [7.0, 9.0, 12.0])
def test_a_box_of_any_usual_size_is_one(sheets: Callable, read: Callable, width: float, side: float) -> None:
    made = sheets()
    square(made, 84, 100, side, width=width)
    made.text(100, 100, OPTION)
    assert [b.text for b in read(made.pdf()).blocks] == [f"☐ {OPTION}"]


def test_a_box_drawn_twice_is_one_box(sheets: Callable, read: Callable) -> None:
    made = sheets()
    square(made, 84, 100, 10, fill=1.0)
    square(made, 85, 101, 8)
    made.text(100, 100, OPTION)
    assert [b.text for b in read(made.pdf()).blocks] == [f"☐ {OPTION}"]


def test_a_letter_in_a_box_ticks_it(sheets: Callable, read: Callable) -> None:
    made = sheets()
    square(made, 84, 100)
    made.text(86, 100, "x", size=8)
    made.text(100, 100, OPTION)
    assert [b.text for b in read(made.pdf()).blocks] == [f"☑ x {OPTION}"]


def test_boxes_on_one_line_are_beside_their_words(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 100, "Sous-traitance :")
    for x, word in ((160, "Oui"), (220, "Non")):
        square(made, x, 100)
        made.text(x + 13, 100, word)
    cross(made, 160, 100)
    assert [b.text for b in read(made.pdf()).blocks] == ["Sous-traitance : ☑ Oui ☐ Non"]


def _row(made: Any) -> None:  # the figures of a number
    for n in range(9):
        square(made, 84 + 10 * n, 100, 10)


def _filled(made: Any) -> None:  # a legend
    square(made, 84, 100, fill=0.5)


def _written(made: Any) -> None:  # the number of a note
    square(made, 84, 100, 12)
    made.text(87, 101, "3", size=9)


def _alone(made: Any) -> None:
    square(made, 84, 300)


def _after(made: Any) -> None:
    square(made, 400, 100)


def _flat(made: Any) -> None:
    made.canvas.rect(84, 842 - 109, 14, 7, stroke=1, fill=0)


def _round(made: Any) -> None:
    made.canvas.circle(88, 842 - 105, 4, stroke=1, fill=0)


def _large(made: Any) -> None:
    square(made, 70, 90, 26)


@pytest.mark.parametrize("drawn", [_row, _filled, _written, _alone, _after, _flat, _round, _large])
def test_other_squares_are_no_boxes_to_tick(sheets: Callable, read: Callable, drawn: Callable) -> None:
    made = sheets()
    drawn(made)
    made.text(100 if drawn is not _row else 184, 100, OPTION)
    text = " ".join(b.text for b in read(made.pdf()).blocks)
    assert OPTION in text
    assert not set("☐☑☒") & set(text)


def test_a_box_stands_where_it_is_drawn(sheets: Callable, read: Callable) -> None:
    made = sheets()
    square(made, 84, 100)
    made.text(100, 100, OPTION)
    (found,) = read(made.pdf()).blocks
    ((page, box),) = found.offsets.boxes(0, 1)
    assert page == 1
    assert box == pytest.approx((84, 100, 93, 109), abs=1)
