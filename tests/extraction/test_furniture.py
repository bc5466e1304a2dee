"""Running headers and footers, page numbers and tables of contents are kept, and kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.types import Document

PROSE = [
    "Le titulaire assure la maintenance de la plateforme et répond aux demandes des services,",
    "dans les délais que fixe le présent article et selon les priorités de la commune.",
]
DOMAINS = [
    "voirie",
    "piscine",
    "crèche",
    "mairie",
    "école",
    "musée",
    "stade",
    "cimetière",
    "halle",
    "gymnase",
    "port",
    "parc",
]


def prose(n: int) -> list[str]:
    """A clause that no other page repeats."""
    return [
        f"Pour le service de la {DOMAINS[n % 12]}, le titulaire répond aux demandes des agents et tient à jour",
        f"la liste des équipements de la {DOMAINS[n % 12]} selon les priorités de la commune.",
    ]


def pages(sheets: Callable, count: int, *edges: tuple[float, float, str]) -> bytes:
    """Pages of prose that differ, with running lines: (x, top, text), {n} for the number of the page."""
    made = sheets()
    for n in range(1, count + 1):
        for x, top, text in edges:
            made.text(x, top, text.format(n=n), size=8)
        for k in range(4):
            made.lines(72, 120 + 60 * k, prose(n))
        made.page()
    return made.pdf()  # type: ignore[no-any-return]


def furniture(document: Document) -> list[str]:
    return [b.text for b in document.blocks if b.kind == "furniture"]


@pytest.mark.parametrize(
    "line",
    [
        "Commune de Sainte-Anselme – CCTP 2026-12",
        "Règlement de la consultation Page {n} sur 6",
        "Page {n}/6",
        "- {n} -",
        "{n}",
        "821062-2026",
    ],
)
@pytest.mark.parametrize("top", [20, 815], ids=["header", "footer"])
def test_a_running_line_is_furniture(sheets: Callable, read: Callable, line: str, top: float) -> None:
    document = read(pages(sheets, 6, (72, top, line)))
    assert furniture(document) == [line.format(n=n) for n in range(1, 7)]


def test_a_header_precedes_its_page_and_a_footer_ends_it(sheets: Callable, read: Callable) -> None:
    document = read(pages(sheets, 3, (72, 20, "CCTP de la commune"), (72, 815, "Page {n} sur 3")))
    first = [b.text for b in document.blocks if b.page == 1]
    assert (first[0], first[-1]) == ("CCTP de la commune", "Page 1 sur 3")


def test_odd_and_even_pages_may_differ(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(1, 9):
        made.text(72 if n % 2 else 420, 20, "Lot 2" if n % 2 else "Commune de Sainte-Anselme", size=8)
        made.lines(72, 120, prose(n))
        made.page()
    assert len(furniture(read(made.pdf()))) == 8


def test_a_page_of_another_format_has_the_same_footer(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(1, 7):
        wide = n == 6
        made.size = (842.0, 595.0) if wide else (595.0, 842.0)
        made.canvas.setPageSize(made.size)
        made.text(72, 560 if wide else 810, "Infogérance – CCTP", size=8)
        made.lines(72, 120, prose(n))
        made.page()
    assert furniture(read(made.pdf())) == ["Infogérance – CCTP"] * 6


@pytest.mark.parametrize(
    ("count", "top", "text"),
    [
        (6, 400, "Confidentiel"),  # in the middle of the page: a stamp that a reader sees as text
        (1, 20, "Commune de Sainte-Anselme"),  # one page says nothing of the next
    ],
)
def test_what_stands_elsewhere_or_once_is_text(
    sheets: Callable, read: Callable, count: int, top: float, text: str
) -> None:
    assert text not in furniture(read(pages(sheets, count, (72, top, text))))


def test_a_title_at_the_foot_of_three_pages_is_no_footer(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(1, 13):
        made.text(72, 820, f"Page {n} sur 12", size=8)
        made.lines(72, 120, prose(n))
        if n in (4, 6, 8):
            made.bold(72, 780, "7. Livrables")
        made.page()
    document = read(made.pdf())
    assert sum(b.text == "7. Livrables" and b.kind == "heading" for b in document.blocks) == 3


def test_the_header_row_of_a_table_at_the_top_of_each_page_is_no_header(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(1, 5):
        rows = [["Poste", "Prix HT"], *[[f"Prestation {n}-{k}", f"{100 * n + k} €"] for k in range(30)]]
        made.table(72, 60, [300, 100], rows)
        made.page()
    document = read(made.pdf())
    first = document.blocks[0]
    assert (first.kind, first.row) == ("table_row", ("Poste", "Prix HT"))
    repeated = [b for b in document.blocks if b.kind == "furniture"]
    assert [(b.page, b.row) for b in repeated] == [(n, ("Poste", "Prix HT")) for n in (2, 3, 4)]
    assert all(b.header == ("Poste", "Prix HT") for b in document.blocks if b.kind == "table_row" and b is not first)


TITLES = ["Objet", "Durée du marché", "Hébergement des données", "Réversibilité", "Prix", "Pénalités"]


@pytest.mark.parametrize(
    "entry",
    [
        "{n} {title} ....................................... {page}",
        "{n} {title} . . . . . . . . . . . . . . . . . {page}",
        "{n} {title} …………………………… {page}",
        "{n}. {title} ______________________ {page}",
        "Article {n} – {title} .................. page {page}",
    ],
)
def test_leaders_make_a_table_of_contents(sheets: Callable, read: Callable, entry: str) -> None:
    made = sheets()
    for n, title in enumerate(TITLES, 1):
        made.text(72, 80 + 16 * n, entry.format(n=n, title=title, page=n + 1))
    made.page()
    made.lines(72, 80, PROSE)
    document = read(made.pdf())
    assert [b.kind for b in document.blocks] == ["furniture"] * 6 + ["paragraph"]


def test_growing_page_numbers_under_a_title_make_one(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.bold(72, 60, "Sommaire", size=14)
    for n, title in enumerate(TITLES, 1):
        made.text(72, 80 + 16 * n, f"{title}")
        made.text(500, 80 + 16 * n, str(n + 1))
    made.page()
    made.lines(72, 80, PROSE)
    kinds = [b.kind for b in read(made.pdf()).blocks]
    assert kinds == ["furniture"] * 7 + ["paragraph"]


def test_blanks_to_fill_in_are_no_table_of_contents(sheets: Callable, read: Callable) -> None:
    sheet = sheets()
    blanks = ["Nom de l'hébergeur", "Numéro de son certificat", "Date", "Qualité du signataire", "Adresse"]
    for n, blank in enumerate(blanks):
        sheet.text(72, 700 - 24 * n, f"{blank} : {'.' * 60}")
    document = read(sheet.pdf())
    kept = " ".join(b.text for b in document.blocks if b.kind != "furniture")
    assert all(blank in kept for blank in blanks)


def test_two_columns_without_title_or_leaders_are_one_too(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(12):
        x, top = (60, 100 + 16 * n) if n < 6 else (320, 108 + 16 * (n - 6))
        made.text(x, top, f"{1 + n // 3}.{1 + n % 3}")
        made.text(x + 24, top, f"Clauses relatives à la phase {n + 1} du marché")
        made.text(x + 216, top, str(2 + n // 2))
    for n in range(8):
        made.page()
        made.lines(72, 80, prose(n))
    document = read(made.pdf())
    assert {b.kind for b in document.blocks if b.page == 1} == {"furniture"}


@pytest.mark.parametrize(
    "lines",
    [
        ["Nom du candidat : ....................", "Signature : ...................."],
        ["1.1 Fourniture de 12 postes de travail 12", "1.2 Fourniture de 3 serveurs 3"],
        ["Le titulaire livre le 12", "Les prix sont fermes pour l'année 15"],
    ],
    ids=["form", "quantities", "prose"],
)
def test_what_looks_like_contents_is_not(sheets: Callable, read: Callable, lines: list[str]) -> None:
    made = sheets()
    made.lines(72, 80, PROSE)
    for n, line in enumerate(lines):
        made.text(72, 200 + 30 * n, line)
    made.lines(72, 400, PROSE)
    assert not furniture(read(made.pdf()))
