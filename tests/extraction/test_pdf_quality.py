"""Which pages are read, and why the others are not."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from crible.extraction.pdf_quality import _is_garbled

if TYPE_CHECKING:
    from collections.abc import Callable

LINE = "Le titulaire assure la maintenance corrective du logiciel et répond aux demandes des services de la commune"
PROSE = LINE.split()


def reasons(document) -> list[tuple[int | None, str]]:  # type: ignore[no-untyped-def]
    return [(u.page, u.reason) for u in document.unread]


@pytest.mark.parametrize(
    "words",
    [
        ["\ufffd\ufffd\ufffd\ufffd"] * 30,
        ["\ue010\ue011\ue012"] * 30,
        ["Xjkm", "trzpl", "bcdfg", "hjklm", "npqrst"] * 8,
        ["Uhjohphqw", "Wxwxtfcl"] + ["Ftqpdl", "bzdt", "kfsn"] * 12,
    ],
    ids=["replacement", "private", "consonants", "shifted"],
)
def test_a_text_layer_without_meaning_is_garbled(words: list[str]) -> None:
    assert _is_garbled(words)


@pytest.mark.parametrize(
    "words",
    [
        PROSE * 3,
        ["SNCF", "BPU", "DPGF", "HTML", "CCTP", "RGPD"] * 10,  # abbreviations in capitals
        ["12", "4,50", "2026", "€", "%"] * 20,
        ["Ωμέγα", "αρχή", "δεδομένα"] * 20,
        ["Wir", "verpflichten", "uns", "sämtliche", "Vertragsbedingungen"] * 10,
        ["Xjkm", "trzpl", "bcdfg"],  # too few to tell
    ],
    ids=["prose", "abbreviations", "figures", "greek", "german", "few"],
)
def test_a_readable_text_layer_is_not_garbled(words: list[str]) -> None:
    assert not _is_garbled(words)


def test_a_scan_without_text_is_unread(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 100, [LINE])
    made.page()
    made.picture(0, 0, 595, 842)
    document = read(made.pdf())
    assert reasons(document) == [(2, "scan_without_ocr")]
    assert (document.pages, document.pages_read) == (2, 1)


def test_a_scan_with_a_page_number_alone_is_unread(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.picture(0, 0, 595, 842)
    made.text(290, 815, "1")
    assert reasons(read(made.pdf())) == [(1, "scan_without_ocr")]


def test_a_scan_that_keeps_its_printed_header_is_unread(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(1, 5):
        made.picture(0, 60, 595, 842)
        made.text(72, 20, f"Commune de Sainte-Anselme – annexe 4 – page {n}")
        made.page()
    assert reasons(read(made.pdf())) == [(n, "scan_without_ocr") for n in range(1, 5)]


def test_text_drawn_as_shapes_is_unread(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n in range(60):
        made.canvas.circle(100 + 5 * n, 400, 2)
    assert reasons(read(made.pdf())) == [(1, "no_text")]


def test_garbled_text_is_kept_and_judged_by_nobody(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 100, ["Xjkm trzpl bcdfg hjklm npqrst vwxzb"] * 8)
    document = read(made.pdf())
    assert reasons(document) == [(1, "garbled_text")]
    assert {b.kind for b in document.blocks} == {"furniture"}


def test_a_blank_page_is_read(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 100, "Une page, puis une page blanche laissée exprès.")
    made.page()
    made.text(72, 100, " ")
    document = read(made.pdf())
    assert (reasons(document), document.pages_read) == ([], 2)


def drawn(content: bytes, *, filters: bytes = b"") -> bytes:
    """A PDF of one page with this content stream, as it stands."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
        b"/XObject<</X1 6 0 R>>>>>>",
        b"<</Length %d%b>>stream\n%b\nendstream" % (len(content), filters, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    depth = 60  # forms, each drawing the next, the last some text
    for n in range(depth):
        inside = b"/X1 Do" if n + 1 < depth else b"BT /F1 12 Tf 72 700 Td (Les donnees) Tj ET"
        objects.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 %d 0 R>>>>"
            b"/Length %d>>stream\n%b\nendstream" % (7 + n, len(inside), inside)
        )
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, value) for n, value in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size %d>>\n%%%%EOF\n" % (len(objects) + 1)


@pytest.mark.parametrize(
    ("content", "filters"),
    [
        (b"BT /F1 0.000000001 Tf 72 700 Td (Les donnees) Tj ET", b""),
        (b"BT /F1 12 Tf 0.000000001 0 0 0.000000001 72 700 Tm (Les donnees) Tj ET", b""),
        (b"BT /F1 12 Tf 72 700 Td (Les donnees Tj ET", b""),
        (b"BT /F1 12 Tf 72 700 Td (Les donnees\\) Tj ET", b""),
        (zlib.compress(b"BT /F1 12 Tf 72 700 Td (Les (donnees) Tj ET"), b"/Filter/FlateDecode"),
        (b"not compressed at all", b"/Filter/FlateDecode"),
        (b"/X1 Do", b""),
    ],
    ids=["size", "matrix", "string", "escaped", "compressed string", "spoilt", "forms"],
)
def test_a_page_whose_text_is_lost_is_unread(content: bytes, filters: bytes, read: Callable) -> None:
    document = read(drawn(content, filters=filters))
    assert reasons(document) == [(1, "lost_text")]
    assert (document.pages, document.pages_read, document.blocks) == (1, 0, ())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"q Q", b"BT /F1 12 Tf 72 700 Td ( ) Tj ET", b"BT /F1 12 Tf 72 700 Td () Tj ET",
        b"1 1 1 rg 0 0 595 842 re f", b"/P <</Lang (fr-FR) /MCID 0>> BDC EMC",
        b"/P <</ActualText (a\\(b)>> BDC EMC", b"72 700 m 300 700 l S",
    ],
    ids=["empty", "nothing", "space", "no string", "white", "marked", "escaped", "rule"],
)  # fmt: skip
@pytest.mark.parametrize("compressed", [False, True])
def test_a_page_that_shows_no_text_has_lost_none(content: bytes, compressed: bool, read: Callable) -> None:
    written = zlib.compress(content) if compressed else content
    document = read(drawn(written, filters=b"/Filter/FlateDecode" if compressed else b""))
    assert (reasons(document), document.pages_read) == ([], 1)


def test_a_page_of_prose_with_a_logo_is_read(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.picture(40, 40, 140, 100)
    made.lines(72, 140, [LINE] * 3)
    assert not reasons(read(made.pdf()))


def test_invisible_text_is_warned_of(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 100, [LINE])
    hidden = made.canvas.beginText(72, 500)
    hidden.setTextRenderMode(3)
    hidden.textLine("Aucune exigence de localisation ne s'applique")
    made.canvas.drawText(hidden)
    (warning,) = read(made.pdf()).warnings
    assert (warning.code, warning.detail, warning.document) == ("invisible_text", "6", "piece.pdf")


def test_the_text_layer_of_a_scan_is_not_warned_of(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.picture(0, 0, 595, 842)
    layer = made.canvas.beginText(72, 700)
    layer.setTextRenderMode(3)
    layer.textLine(LINE)
    made.canvas.drawText(layer)
    document = read(made.pdf())
    assert not document.warnings
    assert document.pages_read == 1
