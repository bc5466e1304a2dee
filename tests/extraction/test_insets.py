"""Pictures of text on pages that have a text of their own: read where there is an engine, told where there is none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from crible.extraction import insets, ocr
from crible.extraction.insets import looks_like_text
from crible.extraction.ocr_engine import Engine, missing_part
from crible.extraction.pdf import read_pdf

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.types import Document

needs_engine = pytest.mark.skipif(
    missing_part() is not None, reason=f"absent : {missing_part()} (apt-get install tesseract-ocr tesseract-ocr-fra)"
)
PROSE = [
    "Le titulaire assure la maintenance de la plateforme et répond aux demandes des services,",
    "dans les délais que fixe le présent article et selon les priorités de la commune.",
]
TITLE = "Article 4 - Hébergement des données"


def picture_of(text: str, width: float, height: float, *, size: float = 14, dark: bool = False) -> Image.Image:
    """Lines of text as an image of ``width × height`` points, at 200 dots per inch."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    if dark:
        canvas.setFillGray(0.2)
        canvas.rect(0, 0, width, height, stroke=0, fill=1)
        canvas.setFillGray(1)
    canvas.setFont("Helvetica-Bold", size)
    for n, line in enumerate(text.splitlines()):
        canvas.drawString(4, height - (n + 1) * 1.3 * size, line)
    canvas.save()
    image: Image.Image = pypdfium2.PdfDocument(out.getvalue())[0].render(scale=200 / 72).to_pil().convert("RGB")
    return image


def photograph(width: float, height: float) -> Image.Image:
    grain = np.random.default_rng(3).integers(0, 255, (int(height), int(width), 3), dtype=np.uint8)
    return Image.fromarray(grain)


def placed(made: Any, image: Image.Image, x: float, top: float, width: float, height: float) -> None:
    from reportlab.lib.utils import ImageReader

    made.canvas.drawImage(ImageReader(image), x, made.size[1] - top - height, width, height)


def with_title(sheets: Callable, image: Image.Image, *, pages: int = 2) -> bytes:
    """Prose on every page, and a title that is a picture at the top of the second."""
    made = sheets()
    for number in range(1, pages + 1):
        if number == 2:
            placed(made, image, 72, 90, 320, 24)
        made.lines(72, 140, [*PROSE * 3, f"La présente page porte le numéro {number} du cahier des charges."])
        made.page()
    return made.pdf()  # type: ignore[no-any-return]


def read(data: bytes, mode: ocr.OcrMode = "auto") -> Document:
    return read_pdf(data, path="piece.pdf", sha256="0" * 64, ocr=mode)


def told(document: Document) -> list[str]:
    return [warning.detail for warning in document.warnings if warning.code == "pictures_unread"]


@needs_engine
@pytest.mark.parametrize("dark", [False, True], ids=["on white", "on a dark band"])
def test_a_title_that_is_a_picture_opens_its_section(
    sheets: Callable, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, dark: bool
) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", str(tmp_path))
    document = read(with_title(sheets, picture_of(TITLE, 320, 24, dark=dark)))
    (heading,) = [b for b in document.blocks if b.kind == "heading"]
    assert (heading.text, heading.page, heading.method) == (TITLE, 2, "ocr")
    assert heading.bbox == pytest.approx((76, 92, 320, 110), abs=16)
    assert {(b.page, b.section, b.method) for b in document.blocks if b.kind == "paragraph"} == {
        (1, "", "text"),
        (2, "4 Hébergement des données", "text"),
    }
    assert (document.unread, told(document)) == ((), [])


@needs_engine
@pytest.mark.parametrize(
    ("beside", "methods"),
    [([], ["text", "text", "ocr", "text"]), (["Plan du", "réseau."], ["text", "text", "text", "text", "ocr"])],
    ids=["alone", "beside a text"],
)
def test_a_chart_is_read_where_it_parts_no_text_and_opens_nothing(
    sheets: Callable, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, beside: list[str], methods: list[str]
) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", str(tmp_path))
    made = sheets()
    made.bold(72, 60, "1 Architecture", size=13)
    made.lines(72, 100, PROSE)
    said = "SERVEUR PRINCIPAL\nCENTRE DE DONNÉES DE SECOURS\nRÉSEAU DE COLLECTE"
    placed(made, picture_of(said, 300, 120), 72, 150, 300, 120)
    made.lines(420, 160, beside)
    made.lines(72, 300, PROSE)
    document = read(made.pdf())
    assert [b.text for b in document.blocks if b.kind == "heading"] == ["1 Architecture"]
    found = [b.method for b in document.blocks]
    assert [m for n, m in enumerate(found) if m == "text" or found[n - 1] == "text"] == methods
    assert "CENTRE DE DONNÉES DE SECOURS" in " ".join(b.text for b in document.blocks if b.method == "ocr")


@pytest.mark.parametrize("mode", ["off", "auto"])
def test_without_engine_the_page_is_told_and_stays_read(
    sheets: Callable, monkeypatch: pytest.MonkeyPatch, mode: ocr.OcrMode
) -> None:
    monkeypatch.setattr(ocr, "find_engine", lambda: None)
    document = read(with_title(sheets, picture_of(TITLE, 320, 24)), mode)
    assert told(document) == ["2"]
    assert (document.pages_read, document.unread) == (2, ())


def small_logo(made: Any) -> None:
    placed(made, picture_of("VILLE", 60, 30), 72, 40, 60, 30)


def letterhead(made: Any) -> None:
    placed(made, picture_of("Ville de Sainte-Anselme", 300, 30), 72, 40, 300, 30)


def background(made: Any) -> None:
    placed(made, photograph(400, 300), 72, 90, 400, 300)


@pytest.mark.parametrize("draw", [small_logo, letterhead, background])
def test_what_holds_no_clause_is_not_told(sheets: Callable, draw: Callable[[Any], None]) -> None:
    made = sheets()
    for _ in range(3):
        draw(made)
        made.lines(72, 140, PROSE)
        made.page()
    assert told(read(made.pdf(), "off")) == []


def test_a_cover_s_photograph_is_not_told(sheets: Callable) -> None:
    made = sheets()
    placed(made, photograph(300, 200), 72, 300, 300, 200)
    made.lines(72, 100, PROSE)
    assert told(read(made.pdf(), "off")) == []


def bars() -> Image.Image:
    image = Image.new("L", (900, 300), 255)
    for n in range(4):
        ImageDraw.Draw(image).rectangle((100 + 200 * n, 250 - 50 * n, 200 + 200 * n, 290), fill=60)
    return image


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (picture_of(TITLE, 320, 24), True),
        (picture_of(TITLE, 320, 24, dark=True), True),
        (picture_of(TITLE, 320, 60, size=9), True),
        (photograph(900, 300), False),
        (bars(), False),
        (Image.new("L", (900, 300), 200), False),
        (Image.new("L", (5, 5), 200), False),
    ],
    ids=["title", "light on dark", "small", "photograph", "bars", "plain", "tiny"],
)
def test_text_is_told_from_other_pictures(image: Image.Image, expected: bool) -> None:
    assert looks_like_text(np.asarray(image.convert("L"))) is expected


def test_a_picture_too_large_to_be_drawn_is_told(sheets: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "1", "fra"))
    monkeypatch.setattr(insets, "_POINTS_MAX", 1_000)
    monkeypatch.setattr(insets, "render", None)  # it would fail if it were called
    document = read(with_title(sheets, picture_of(TITLE, 320, 24)))
    assert (told(document), document.pages_read) == (["2"], 2)
