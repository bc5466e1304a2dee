"""A PDF of every kind of block, and pdfium asked what stands in a box of a page: what tests of anchors share."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.types import Block, Document


WORDS = [
    "hébergement", "données", "commune", "titulaire", "sous-traitance", "délai", "l'acheteur", "12", "000", "€,", "n°",
    "5.2", "(réversibilité)", "œuvre", "à", "être", "cloud", "«", "qualité", "»", "95", "%", "sécurité;", "certificat",
    "France,", "Union", "européenne.",
]  # fmt: skip
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def bounded(data: bytes, page: int, box: tuple[float, float, float, float]) -> str:
    """pdfium's text inside a box of the page as displayed."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        opened = document[page - 1]
        left, bottom, _, top = opened.get_bbox()
        text = opened.get_textpage()
        x0, y0, x1, y1 = box
        found = text.get_text_bounded(left + x0 - 0.5, top - y1 - 0.5, left + x1 + 0.5, top - y0 + 0.5)
        assert bottom <= top
        text.close()
        opened.close()
    finally:
        document.close()
    return found


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())


def anchored(data: bytes, document: Document, block: Block, start: int, end: int) -> None:
    """Assert that a span's boxes lie on their pages and that pdfium finds the span's words there."""
    assert block.offsets is not None
    boxes = block.offsets.boxes(start, end)
    assert boxes
    held = ""
    for page, box in boxes:
        width, height = document.page_sizes[page - 1]
        assert -0.5 <= box[0] < box[2] <= width + 0.5
        assert -0.5 <= box[1] < box[3] <= height + 0.5
        held += letters(bounded(data, page, box))
    remaining = Counter(letters(block.text[start:end]))
    assert not remaining - Counter(held)


def mixed(sheets: Callable) -> bytes:
    """Headings, prose with joined hyphens, lists, a table, a footnote and running lines, over three pages."""
    made = sheets()
    for n in range(1, 4):
        made.text(72, 20, "Commune de Sainte-Anselme – CCTP", size=8)
        made.text(290, 815, f"Page {n} sur 3", size=8)
        made.bold(72, 70, f"{n} Prestations de la phase {n}", size=13)
        top = made.lines(
            72, 100, ["Le titulaire fournit les lo-", "giciels et leur documen-", f"tation pour la phase {n}."]
        )
        for k in range(3):
            made.text(84, top + 14 * k, f"• exigence {k} de la phase {n} ;")
        made.table(
            72, top + 60, [60, 200, 100], [["Lot", "Objet", "Prix"], ["1", "Baie", "12 €"], ["2", "Onduleur", "9 €"]]
        )
        made.lines(72, 760, ["1 Au sens du cahier des clauses administratives générales."], size=7)
        made.page()
    return made.pdf()  # type: ignore[no-any-return]
