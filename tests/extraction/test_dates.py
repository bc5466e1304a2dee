"""Days of answers and corrections, languages of blocks, lots of headings."""

from __future__ import annotations

import pytest

from crible.extraction.dates import date_of
from crible.extraction.language import with_languages
from crible.extraction.roles import lot_in_heading
from crible.types import Block, Document, Role

FRENCH = "Le titulaire assure la maintenance de la plateforme et répond à l'acheteur dans les délais prévus."
ENGLISH = "The contractor shall keep the platform running and shall answer the requests of the buyer in due time."


def document(name: str, *texts: str, role: Role = "QA") -> Document:
    blocks = tuple(Block(f"b{n}", "paragraph", text, 0, 1, 1, None) for n, text in enumerate(texts))
    return Document(name, "0" * 64, role, 1, 1, None, blocks)


@pytest.mark.parametrize(
    ("name", "texts", "day"),
    [
        ("Questions-réponses_2026-03-12.pdf", ("Réponses du 10 mars 2026",), "2026-03-12"),
        ("QR n°2 du 05.03.26.pdf", (), "2026-03-05"),
        ("20260401_additif.pdf", (), "2026-04-01"),
        ("additif.pdf", ("Réponses du 3 février 2026", "Mise à jour du 1er mars 2026"), "2026-03-01"),
        ("additif.pdf", ("Publié le 02/03/2026. Date limite de remise des offres : 30/04/2026 à 12 h",), "2026-03-02"),
        ("answers.pdf", ("Answers published on 14 May 2026",), "2026-05-14"),
        ("additif.pdf", ("Référence 99/99/2026",), None),
        ("additif.pdf", ("Marché 2026-041",), None),
    ],
)
def test_the_day_of_answers_is_that_of_their_name_or_the_latest_of_their_first_page(
    name: str, texts: tuple[str, ...], day: str | None
) -> None:
    assert date_of(document(name, *texts)) == day


def test_other_pieces_have_no_day() -> None:
    assert date_of(document("CCTP_2026-03-12.pdf", "12 mars 2026", role="CCTP")) is None


def test_blocks_in_another_language_than_the_document_say_so() -> None:
    read = with_languages(
        document("CCTP.pdf", *[FRENCH] * 5, ENGLISH, "Lot 1 | 3 | 120,00 | 5 | 12,50", "RGPD : art. 28")
    )
    assert read.language == "fr"
    assert [b.language for b in read.blocks] == [*[None] * 5, "en", None, None]


@pytest.mark.parametrize(
    ("heading", "lot"),
    [
        ("Lot n° 2 – Hébergement", "2"),
        ("3.2 LOT 02 : Téléphonie", "2"),
        ("IV. Lot A", "A"),
        ("Lots 1 et 2", None),
        ("Prix du lot 2", None),
        ("Lotissement des Acacias", None),
        ("Allotissement", None),
    ],
)
def test_a_heading_that_opens_with_one_lot_is_about_it(heading: str, lot: str | None) -> None:
    assert lot_in_heading(heading) == lot
