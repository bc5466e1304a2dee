"""Reading order and paragraphs, rebuilt from places alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LEFT = [
    "Le titulaire assure la garde des",
    "équipements confiés par la ville",
    "et en tient un inventaire à jour,",
    "qu'il communique chaque trimestre",
    "aux services concernés, avec les",
    "mouvements de la période écoulée.",
]
RIGHT = [
    "La commune désigne un référent",
    "chargé du suivi des prestations",
    "et de la validation des comptes",
    "rendus que le titulaire rédige à",
    "l'issue de chaque réunion, dans",
    "un délai de cinq jours ouvrés.",
]


def test_two_columns_are_read_one_after_the_other(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    for n, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        made.text(60, 100 + 13 * n, left)
        made.text(320, 100 + 13 * n, right)
    assert shown(read(made.pdf())) == [("paragraph", " ".join(LEFT)), ("paragraph", " ".join(RIGHT))]


def test_a_title_over_two_columns_comes_first(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    for n, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        made.text(60, 140 + 13 * n, left)
        made.text(320, 140 + 13 * n, right)
    made.bold(60, 100, "1 Obligations du titulaire et de la commune pendant l'exécution du marché", size=12)
    kinds = [kind for kind, _ in shown(read(made.pdf()))]
    assert kinds == ["heading", "paragraph", "paragraph"]


@pytest.mark.parametrize("count", [3, 4])
def test_several_columns_are_read_one_after_the_other(
    sheets: Callable, read: Callable, shown: Callable, count: int
) -> None:
    made = sheets((842, 595))
    width = 762 / count
    for n in range(count):
        lines = [f"colonne {n} ligne {k} de la lettre"[: int(width / 4.5)] + " et" for k in range(8)]
        made.lines(40 + n * width, 60, [f"La {lines[0]}", *lines[1:-1], f"la fin de la colonne numéro {n}."], size=8)
    found = shown(read(made.pdf()))
    assert [kind for kind, _ in found] == ["paragraph"] * count
    assert [text.split(" ligne")[0] for _, text in found] == [f"La colonne {n}" for n in range(count)]
    assert all(text.endswith(f"colonne numéro {n}.") for n, (_, text) in enumerate(found))


def test_labels_and_values_side_by_side_are_no_columns(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n, (label, value) in enumerate(
        [("Acheteur :", "Sainte-Anselme"), ("Objet :", "Hébergement"), ("Durée :", "12 mois"), ("Lots :", "2"),
         ("Variantes :", "refusées"), ("Visite :", "facultative"), ("Langue :", "français")]
    ):  # fmt: skip
        made.text(60, 100 + 20 * n, label)
        made.text(320, 100 + 20 * n, value)
    text = " ".join(b.text for b in read(made.pdf()).blocks)
    assert "Acheteur : Sainte-Anselme" in text
    assert "Durée : 12 mois" in text


def test_order_comes_from_places_and_not_from_drawing(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    for n in (3, 1, 2):
        made.lines(72, 100 * n + 20, [f"Texte du titre {n}, qui précise les obligations du titulaire."])
    for n in (2, 3, 1):  # every title is drawn after every paragraph
        made.bold(72, 100 * n, f"{n} Titre")
    assert [text for _, text in shown(read(made.pdf()))] == [
        part
        for n in (1, 2, 3)
        for part in (f"{n} Titre", f"Texte du titre {n}, qui précise les obligations du titulaire.")
    ]


PROSE = [
    "Le titulaire assure la maintenance de la plateforme et répond aux demandes des services,",
    "dans les délais que fixe le présent article et selon les priorités de la commune, qui les",
    "révise chaque année.",
]


def test_a_gap_parts_two_paragraphs(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    top = made.lines(72, 100, PROSE)
    made.lines(72, top, PROSE)
    assert shown(read(made.pdf())) == [("paragraph", " ".join(PROSE))] * 2


def test_a_paragraph_runs_over_a_page_break(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 700, PROSE[:2])
    made.text(290, 815, "1")
    made.page()
    made.lines(72, 60, PROSE[2:])
    made.text(290, 815, "2")
    document = read(made.pdf())
    assert shown(document) == [("paragraph", " ".join(PROSE))]
    block = next(b for b in document.blocks if b.kind == "paragraph")
    assert (block.page, block.page_end) == (1, 2)
    assert [page for page, _ in block.offsets.boxes(0, len(block.text))] == [1, 2]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("Le titulaire révise ses prix chaque année.", "les services de la commune en sont informés."),
        ("Le titulaire révise ses prix chaque année", "La commune en est informée."),
    ],
)
def test_a_sentence_that_is_over_is_not_continued(
    sheets: Callable, read: Callable, shown: Callable, last: str, first: str
) -> None:
    made = sheets()
    made.lines(72, 700, [PROSE[0], last])
    made.page()
    made.lines(72, 60, [first])
    assert len(shown(read(made.pdf()))) == 2


@pytest.mark.parametrize("bullet", ["•", "-", "–", "o", "1)", "a)", "(i)", "*", "[ ]", "[x]", "[X]"])
def test_items_of_a_list_are_blocks_of_their_own(
    sheets: Callable, read: Callable, shown: Callable, bullet: str
) -> None:
    made = sheets()
    made.lines(72, 100, ["Le titulaire remet chaque mois les documents suivants à la commune :"])
    for n, text in enumerate(("un tableau de bord des incidents du mois ;", "un état des demandes en cours.")):
        made.text(84, 124 + 26 * n, bullet)
        made.text(100, 124 + 26 * n, text)
    kinds = [kind for kind, _ in shown(read(made.pdf()))]
    assert kinds == ["paragraph", "list_item", "list_item"]


def test_an_item_goes_on_under_its_text(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.text(84, 100, "•")
    made.lines(
        100, 100, ["un tableau de bord des incidents du mois, de leur cause et de leur traitement par le", "support"]
    )
    assert [kind for kind, _ in shown(read(made.pdf()))] == ["list_item"]


def test_a_dash_inside_a_line_begins_no_item(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, ["Le prix comprend – sauf mention contraire – le transport et la pose."])
    assert [kind for kind, _ in shown(read(made.pdf()))] == ["paragraph"]


def test_a_footnote_is_told_from_the_text(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, PROSE * 3)
    made.rule(72, 740, 200, 740)
    made.lines(72, 745, ["1 Au sens du cahier des clauses administratives générales."], size=7)
    assert shown(read(made.pdf()))[-1] == ("footnote", "1 Au sens du cahier des clauses administratives générales.")


def test_small_text_in_the_middle_of_a_page_is_no_footnote(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, PROSE * 3)
    made.lines(72, 300, ["1 Source : service informatique de la commune."], size=7)
    made.lines(72, 340, PROSE * 3)
    assert "footnote" not in {kind for kind, _ in shown(read(made.pdf()))}


def test_a_superscript_stays_on_its_line(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.text(72, 100, "Les données sont conservées dans l'Union")
    made.text(262, 97, "2", size=6)
    made.text(270, 100, "et nulle part ailleurs.")
    (found,) = shown(read(made.pdf()))
    assert found[0] == "paragraph"
    assert found[1].replace(" ", "") == "Lesdonnéessontconservéesdansl'Union2etnullepartailleurs."


@pytest.mark.parametrize(
    ("word", "size", "expected"),
    [
        ("SecNumCloud", 6.0, "La qualification SecNumCloud 1 est exigée."),
        ("HDS", 6.0, "La qualification HDS 1 est exigée."),
        ("version", 10.0, "La qualification version1 est exigée."),  # as large as its letters: part of the word
        ("m", 6.0, "La qualification m1 est exigée."),  # m², CO2
    ],
)
def test_the_call_of_a_note_is_no_part_of_its_word(
    sheets: Callable, read: Callable, word: str, size: float, expected: str
) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    made = sheets()
    before = f"La qualification {word}"
    x = 72 + stringWidth(before, "Helvetica", 10)
    made.text(72, 100, before)
    made.text(x, 100 if size == 10 else 98, "1", size=size)
    made.text(x + stringWidth("1 ", "Helvetica", size), 100, "est exigée.")
    (block,) = read(made.pdf()).blocks
    assert block.text == expected
    at = block.text.index(word)
    ((_, box),) = block.offsets.boxes(at, at + len(word))
    assert box[2] == pytest.approx(x if size < 10 and len(word) > 1 else box[2], abs=1)


def test_text_up_the_margin_stands_apart(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, PROSE)
    made.canvas.saveState()
    made.canvas.translate(30, 300)
    made.canvas.rotate(90)
    made.canvas.drawString(0, 0, "Document provisoire")
    made.canvas.restoreState()
    assert shown(read(made.pdf())) == [("paragraph", " ".join(PROSE)), ("paragraph", "Document provisoire")]


def test_bold_words_inside_a_paragraph_do_not_part_it(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.text(72, 100, PROSE[0])
    made.bold(72, 112, "dans les délais que fixe le présent article")
    made.text(72, 124, PROSE[2])
    assert len(shown(read(made.pdf()))) == 1


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Les données sont hébergées par un prestataire qualifié par", "ANSSI et situé dans l'Union."),
        ("Le titulaire remet les livrables à la", "Direction des systèmes d'information."),
        ("Il respecte le règlement, la loi,", "Les normes et l'état de l'art."),
        ("Le marché est conclu au nom de l’", "Etat."),
    ],
)
def test_a_capital_does_not_cut_a_sentence(
    sheets: Callable, read: Callable, shown: Callable, first: str, then: str
) -> None:
    made = sheets()
    made.lines(72, 100, [PROSE[0], first, then])
    assert [kind for kind, _ in shown(read(made.pdf()))] == ["paragraph"]


def test_a_sentence_goes_on_with_a_capital_over_the_page(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 760, [PROSE[0], "Les données sont hébergées par un prestataire qualifié par l'"])
    made.page()
    made.lines(72, 60, ["ANSSI et situé dans l'Union."])
    (found,) = shown(read(made.pdf()))
    assert found[1].endswith("qualifié par l' ANSSI et situé dans l'Union.")


def test_a_line_that_ends_before_the_edge_ends_its_paragraph(sheets: Callable, read: Callable, shown: Callable) -> None:
    made = sheets()
    made.lines(72, 100, [*PROSE, "Remise des offres", "Le titulaire remet son offre par voie électronique."])
    assert [text for _, text in shown(read(made.pdf()))][1:] == [
        "Remise des offres",
        "Le titulaire remet son offre par voie électronique.",
    ]


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (2, 0, 4, 1, 3), (1, 0, 3, 2, 4)], ids=str)
@pytest.mark.parametrize("apart", [6.0, 2.6], ids=["apart", "close"])
def test_words_drawn_out_of_order_are_read_in_theirs(
    sheets: Callable, read: Callable, order: tuple[int, ...], apart: float
) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    words = ["Les", "données", "restent", "en", "France."]
    made = sheets()
    places, x = [], 72.0
    for word in words:
        places.append(x)
        x += stringWidth(word, "Helvetica", 10) + apart
    for n in order:
        made.text(places[n], 100, words[n])
    (block,) = read(made.pdf()).blocks
    assert block.text == " ".join(words)
    # Ascent and descent of the font: 0.72 and 0.21 of its size around a base line at 107.5, and a point for both.
    assert block.bbox == pytest.approx((72, 99.5, x - apart, 110), abs=2)
    at = 0
    for word, begin in zip(words, places, strict=True):
        at = block.text.index(word, at)
        ((_, (x0, _, x1, _)),) = block.offsets.boxes(at, at + len(word))
        assert (x0, x1) == pytest.approx((begin, begin + stringWidth(word, "Helvetica", 10)), abs=1)
        at += len(word)
