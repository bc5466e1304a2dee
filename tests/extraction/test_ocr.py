"""Scans into words with boxes: what is read, where it stands, and what is left unread with its reason.

Pages are drawn with reportlab, made into images, then spoilt as copiers do. Tests that need the engine are skipped
where tesseract or its French model is absent; the others use an engine made of a shell script, or of a function.
"""

from __future__ import annotations

import functools
import io
import math
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from crible.errors import DamagedDocument, LimitExceeded
from crible.extraction import ocr, read_dossier
from crible.extraction.ocr import recognise
from crible.extraction.ocr_engine import (
    Engine,
    EngineFailure,
    ReadLine,
    ReadWord,
    find_engine,
    missing_part,
    parse_hocr,
    run_engine,
)
from crible.extraction.ocr_image import Pose, image_to_pdf, pose_of, posed, render, unposed
from crible.extraction.ocr_words import is_poor
from crible.extraction.pdf import read_pdf
from crible.extraction.pdf_chars import PageWords, fetch_words, page_space, words_of
from crible.extraction.pdf_paths import PageRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.extraction.ocr import Recognised
    from crible.types import BBox

needs_engine = pytest.mark.skipif(
    missing_part() is not None, reason=f"absent : {missing_part()} (apt-get install tesseract-ocr tesseract-ocr-fra)"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="the engine of these tests is a shell script")

# Our own prose; accents on purpose.
PROSE = """Article 4 - Hébergement et réversibilité
Le prestataire héberge les données de la bibliothèque sur le territoire
français. Les sauvegardes sont chiffrées et conservées trente jours, à une
distance d'au moins cinquante kilomètres du site où elles ont été créées.
À la fin du marché, il remet à la collectivité l'intégralité des fichiers,
dans un format documenté, et détruit ensuite toutes les copies qu'il
possède. La réversibilité débute six mois avant l'échéance.
Le délai de rétablissement après un incident majeur n'excède pas quatre
heures. Tout dépassement entraîne une pénalité de cent cinquante euros par
heure entamée, plafonnée à dix pour cent du montant annuel.
Les accès des administrateurs sont nominatifs, tracés et révisés chaque
trimestre ; ceux des sous-traitants étrangers sont interdits."""
SIZE = (420.0, 300.0)  # points: room for the prose, and a third of the time of an A4 page


def drawn(text: str = PROSE, size: tuple[float, float] = SIZE) -> bytes:
    """A PDF with a text layer: one line of the text per line, the first in bold and larger."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for i, line in enumerate(text.splitlines()):
        canvas.setFont("Times-Bold" if i == 0 else "Times-Roman", 14 if i == 0 else 11)
        canvas.drawString(35, size[1] - 40 - 19 * i, line)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def picture(data: bytes, dpi: int) -> Image.Image:
    page = pypdfium2.PdfDocument(data)[0]
    image: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
    return image


def noisy(image: Image.Image) -> Image.Image:
    """Grey paper, pale ink, and the grain of a bad copier."""
    grain = np.random.default_rng(7).normal(0, 28, (image.height, image.width))
    return Image.fromarray(np.clip(np.asarray(image) * 0.8 + 40 + grain, 0, 255).astype(np.uint8))


def skewed(image: Image.Image) -> Image.Image:
    return image.rotate(2.0, Image.Resampling.BICUBIC, fillcolor=255)


def scan(*images: Image.Image, dpi: int = 300) -> bytes:
    """A PDF of page images, as a copier sends it."""
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], dpi=(dpi, dpi))
    return image_to_pdf(out.getvalue(), path="scan.tif")


def no_words(number: int, size: tuple[float, float] = SIZE) -> PageWords:
    none = np.zeros(0, dtype=bool)
    return PageWords(number, *size, [], np.zeros((0, 4)), np.zeros(0), none, none, none, none.astype(object))


def layer(text: str, *, hidden: bool) -> PageWords:
    """The text layer of a page."""
    texts = text.split()
    one = np.ones(len(texts), dtype=bool)
    boxes = np.tile([10.0, 10.0, 40.0, 20.0], (len(texts), 1))
    invisible = len(texts) if hidden else 0
    fonts = np.full(len(texts), "", dtype=object)
    return PageWords(1, *SIZE, texts, boxes, np.full(len(texts), 10.0), ~one, one, ~one, fonts, invisible)


def recognised(data: bytes, *, mode: ocr.OcrMode = "auto", **options: Any) -> Recognised:
    """What is read of a PDF whose pages are scans."""
    document = pypdfium2.PdfDocument(data)
    sizes = [document.get_page_size(i) for i in range(len(document))]
    read = [(no_words(i + 1, size), PageRules(images=1, image_cover=1.0)) for i, size in enumerate(sizes)]
    try:
        return recognise(document, read, ["scan_without_ocr"] * len(read), mode=mode, **({"cache": None} | options))
    finally:
        document.close()


def shares(found: list[str], expected: str) -> tuple[float, float]:
    """The shares of words, and of words with an accent, that were found."""
    words = Counter(re.findall(r"[^\W_]+", expected.lower()))
    both = words & Counter(re.findall(r"[^\W_]+", " ".join(found).lower()))
    accented = [w for w in words if not w.isascii()]
    return sum(both.values()) / sum(words.values()), sum(both[w] for w in accented) / sum(words[w] for w in accented)


class Sure:
    """An engine that reads the same line on every page; ``calls`` counts the pages."""

    def __init__(self) -> None:
        self.calls = 0
        self.confidence = 95

    def __call__(
        self, engine: Engine, image: Image.Image, *, dpi: int, deadline: float
    ) -> tuple[list[ReadLine], list[BBox]]:
        self.calls += 1
        words = ["Les données restent en France", "pendant toute la durée", "du marché"]
        boxes = [(200.0 * i, 100.0, 200.0 * i + 190, 130.0) for i in range(len(words))]
        read = tuple(ReadWord(w, self.confidence, box) for w, box in zip(words, boxes, strict=True))
        return [ReadLine(read, 30.0)], []


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> Sure:
    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "1", "fra"))
    return Sure()


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a ``tesseract`` made of a few lines of shell alone on the PATH."""

    def write(body: str, languages: str = "eng\nfra") -> None:
        file = tmp_path / "bin" / "tesseract"
        file.parent.mkdir()
        file.write_text(
            f'#!/bin/sh\ncase "$1" in\n--version) echo "tesseract 9.9";;\n'
            f'--list-langs) printf "List of languages:\n{languages}\n";;\n*) {body};;\nesac\n'
        )
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")

    return write


# --- what is read -------------------------------------------------------------------------------------------------


def rotated(turns: int) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.rotate(90 * turns, expand=True)


SPOILT: dict[str, tuple[int, Callable[[Image.Image], Image.Image]]] = {
    "clean": (300, lambda image: image),
    "clean, 200 dpi": (200, lambda image: image),
    "noisy": (300, noisy),
    "skewed": (300, skewed),
    "noisy and skewed": (300, lambda image: noisy(skewed(image))),
    "on its left side": (300, rotated(1)),
    "upside down": (300, rotated(2)),
    "on its right side, skewed": (300, lambda image: rotated(3)(skewed(image))),
}


@functools.cache
def read_spoilt(how: str) -> Recognised:
    dpi, spoil = SPOILT[how]
    return recognised(scan(spoil(picture(drawn(), dpi)), dpi=dpi))


@needs_engine
@pytest.mark.parametrize("how", SPOILT)
def test_a_scan_is_read_with_its_accents(how: str) -> None:
    found = read_spoilt(how)
    assert found.reasons == [None]
    words, accents = shares(found.pages[1].words.texts, PROSE)
    assert words >= (0.95 if "noisy" in how else 0.97)
    assert accents >= (0.93 if "noisy" in how else 0.95)


def askew(x: float, y: float) -> tuple[float, float]:
    cos, sin = math.cos(math.radians(2)), math.sin(math.radians(2))
    dx, dy = x - SIZE[0] / 2, y - SIZE[1] / 2
    return SIZE[0] / 2 + cos * dx + sin * dy, SIZE[1] / 2 - sin * dx + cos * dy


@needs_engine
@pytest.mark.parametrize(
    ("how", "place"),
    [
        ("clean", lambda x, y: (x, y)),
        ("skewed", askew),
        ("on its left side", lambda x, y: (y, SIZE[0] - x)),
        ("upside down", lambda x, y: (SIZE[0] - x, SIZE[1] - y)),
    ],
    ids=["clean", "skewed", "on its left side", "upside down"],
)
def test_boxes_stand_where_the_words_are_shown(how: str, place: Callable[[float, float], tuple[float, float]]) -> None:
    page = pypdfium2.PdfDocument(drawn())[0]
    text = page.get_textpage()
    [known] = words_of([fetch_words(text.raw, page_space(page.raw), 1)])
    found = read_spoilt(how).pages[1]
    counts = Counter(known.texts)
    seen = 0
    for word, box in zip(found.words.texts, found.shown.tolist(), strict=True):
        if counts[word] != 1:
            continue
        x0, top, x1, bottom = known.boxes[known.texts.index(word)]
        x, y = place((x0 + x1) / 2, (top + bottom) / 2)
        assert abs(x - (box[0] + box[2]) / 2) < 4, word  # points: a third of the line
        assert abs(y - (box[1] + box[3]) / 2) < 4, word
        sides = sorted((box[2] - box[0], box[3] - box[1])), sorted((x1 - x0, bottom - top))
        assert sides[0] == pytest.approx(sides[1], abs=5), word
        seen += 1
    assert seen > 60


@needs_engine
def test_sizes_and_weight_tell_the_title_from_the_text() -> None:
    words = read_spoilt("clean").pages[1].words
    lines = np.cumsum(words.breaks)
    title, body = words.sizes[lines == 1], words.sizes[lines > 1]
    assert title.min() > 1.15 * body.max()
    assert np.ptp(body) < 0.01  # one size, whatever the letters of a line
    assert words.bold[lines == 1].all()
    assert not words.bold[lines > 1].any()


@needs_engine
def test_borders_are_seen_and_not_read_as_letters() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=SIZE)
    canvas.setFont("Times-Roman", 11)
    rows = (("Prestation", "Délai"), ("Mise en service", "dix jours"), ("Formation", "vingt jours"))
    canvas.grid([40, 220, 380], [120, 150, 180, 210])
    for i, row in enumerate(rows):
        for x, cell in zip((50, 230), row, strict=True):
            canvas.drawString(x, 190 - 30 * i, cell)
    canvas.save()
    page = recognised(scan(picture(out.getvalue(), 300))).pages[1]
    assert sorted(page.words.texts) == sorted(" ".join(cell for row in rows for cell in row).split())
    assert sorted(round(y) for y, _, _ in page.rules.horizontal) == [90, 120, 150, 180]
    assert sorted(round(x) for x, _, _ in page.rules.vertical) == [40, 220, 380]


@needs_engine
def test_pages_without_text_are_told_from_blank_ones() -> None:
    paper = Image.new("L", (620, 877), 250)
    dusty = paper.copy()
    for x, y in np.random.default_rng(1).integers(20, 600, (60, 2)).tolist():
        dusty.paste(30, (x, y, x + 1, y + 1))
    black = Image.new("L", (620, 877), 0)
    clouds = np.random.default_rng(2).integers(0, 255, (30, 22)).astype(np.uint8)
    photo = Image.fromarray(clouds).resize((620, 877), Image.Resampling.BICUBIC)
    found = recognised(scan(paper, dusty, black, photo, dpi=150))
    assert found.reasons == [None, None, "ocr_low_confidence", "ocr_low_confidence"]
    assert [found.pages[n].words.texts for n in (1, 2)] == [[], []]


# --- which pages go to the engine ---------------------------------------------------------------------------------

GOOD = PROSE
POOR = " ".join(f"{w[:2]}~{w[2:]}|" if i % 2 else w for i, w in enumerate(PROSE.split()))
BARE = PROSE.translate(str.maketrans("éèêàâîôûùçÉÀ", "eeeaaiouucEA"))
SCAN, TEXT, COVER = PageRules(images=1, image_cover=1.0), PageRules(), PageRules(images=1, image_cover=0.2)


@pytest.mark.parametrize(
    ("words", "rules", "reason", "mode", "calls"),
    [
        pytest.param(no_words(1), SCAN, "scan_without_ocr", "auto", 1, id="scan"),
        pytest.param(no_words(1), SCAN, "scan_without_ocr", "off", 0, id="off"),
        pytest.param(layer(POOR, hidden=False), TEXT, "garbled_text", "auto", 1, id="garbled"),
        pytest.param(layer(GOOD, hidden=False), TEXT, None, "auto", 0, id="text"),
        pytest.param(layer(GOOD, hidden=False), TEXT, None, "force", 0, id="text-forced"),
        pytest.param(layer(GOOD, hidden=False), COVER, None, "auto", 0, id="illustrated"),
        pytest.param(layer(GOOD, hidden=False), COVER, None, "force", 1, id="illustrated-forced"),
        pytest.param(layer(GOOD, hidden=True), SCAN, None, "auto", 0, id="good-hidden-layer"),
        pytest.param(layer(POOR, hidden=True), SCAN, None, "auto", 1, id="poor-hidden-layer"),
        pytest.param(layer(BARE, hidden=True), SCAN, None, "auto", 1, id="hidden-layer-without-accents"),
        pytest.param(layer("Annexe 3", hidden=False), SCAN, None, "auto", 1, id="typed-title-on-a-scan"),
        pytest.param(no_words(1), TEXT, "page_error", "force", 0, id="page-that-does-not-open"),
    ],
)
def test_only_pages_that_need_it_are_read(
    words: PageWords, rules: PageRules, reason: str | None, mode: ocr.OcrMode, calls: int, sure: Sure
) -> None:
    document = pypdfium2.PdfDocument(drawn())
    found = recognise(document, [(words, rules)], [reason], mode=mode, cache=None, run=sure)
    assert sure.calls == calls
    assert len(found.pages) == calls
    assert found.reasons == [None if calls else reason]


def test_a_picture_behind_a_cover_does_not_take_the_place_of_its_text(sure: Sure) -> None:
    words = layer("Cahier des clauses techniques particulières de la médiathèque", hidden=False)
    found = recognise(pypdfium2.PdfDocument(drawn()), [(words, SCAN)], [None], mode="auto", cache=None, run=sure)
    assert sure.calls == 1
    assert (found.pages, found.reasons) == ({}, [None])


@pytest.mark.parametrize(
    ("text", "poor"),
    [(GOOD, False), (POOR, True), (BARE, True), ("Annexe 3~|", False), ("\ufffd~" * 9000, False),
     (PROSE.upper(), False),
     ("The supplier shall host all personal data in France and notify any breach within two days. " * 8, False),
     ("12,50 € 3 Lot n° 2 - 1 250,00 € HT 20 % TVA/an S.A.R.L. C++ " * 9, False)],
)  # fmt: skip
def test_a_hidden_layer_is_judged_by_its_words(text: str, poor: bool) -> None:
    assert is_poor(text.split()) is poor


# --- what is not to be trusted ------------------------------------------------------------------------------------


def test_little_confidence_leaves_a_page_unread(sure: Sure) -> None:
    sure.confidence = 55
    found = recognised(drawn(), run=sure)
    assert found.reasons == ["ocr_low_confidence"]
    assert found.pages[1].confidence == pytest.approx(55)
    assert sure.calls == 2  # the second time upside down


def test_little_confidence_leaves_a_hidden_layer_in_place(sure: Sure) -> None:
    sure.confidence = 55
    page = [(layer(POOR, hidden=True), SCAN)]
    found = recognise(pypdfium2.PdfDocument(drawn()), page, [None], mode="auto", cache=None, run=sure)
    assert (found.pages, found.reasons) == ({}, [None])


def test_without_engine_pages_keep_their_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_part() == "tesseract"
    assert find_engine() is None
    found = recognised(drawn())
    assert (found.pages, found.reasons, found.left) == ({}, ["scan_without_ocr"], 0)


@posix
def test_without_the_french_model_pages_keep_their_reason(script: Callable[..., None]) -> None:
    script("exit 1", languages="eng\nosd")
    assert missing_part() == "fra"
    assert missing_part("eng") is None
    assert recognised(drawn()).reasons == ["scan_without_ocr"]


@posix
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("exec sleep 30", "ocr_timeout", id="hangs"),
        pytest.param("kill -ABRT $$", "ocr_failed", id="crashes"),
        pytest.param("echo sorry >&2; exit 1", "ocr_failed", id="refuses"),
        pytest.param("cat >/dev/null; echo '<html><body>'", "ocr_failed", id="is cut"),
    ],
)
def test_an_engine_that_fails_costs_one_page(script: Callable[..., None], body: str, reason: str) -> None:
    script(body)
    start = time.monotonic()
    found = recognised(drawn(), deadline=1.0)
    assert time.monotonic() - start < 10
    assert (found.pages, found.reasons) == ({}, [reason])


@pytest.mark.parametrize("options", [{"pages_max": 2}, {"seconds_max": -1.0}])
def test_pages_beyond_the_limits_are_counted(sure: Sure, options: dict[str, Any]) -> None:
    pages = scan(*[picture(drawn(), 72)] * 5, dpi=72)
    found = recognised(pages, run=sure, **options)
    assert found.left == 5 - options.get("pages_max", 0)
    assert found.reasons == [None] * (5 - found.left) + ["ocr_page_limit"] * found.left


def test_the_engine_s_answer_is_read_in_full_or_refused() -> None:
    line = (
        "<span class='ocr_line' title='bbox 0 10 90 40; baseline 0.1 -6; x_size 30; x_descenders 6; x_ascenders 9'>"
        "<span class='ocrx_word' title='bbox 0 10 40 34; x_wconf 91'><strong>L&#39;été</strong></span>"
        "<span class='ocrx_word' title='bbox 50 10 90 34; x_wconf 95'> </span></span>"
    )
    body = f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{line}<div class='ocr_separator' title='bbox 0 5 90 7'/>"
    (read,), separators = parse_hocr(f"{body}</body></html>".encode())
    assert [(w.text, w.confidence) for w in read.words] == [("L'été", 91)]
    assert read.size == pytest.approx(2.2 * 15)
    x0, top, x1, bottom = read.words[0].box
    assert (x0, x1) == (0, 40)
    assert bottom - top == pytest.approx(33)
    assert separators == [(0, 5, 90, 7)]
    with pytest.raises(EngineFailure, match="ocr_failed"):
        parse_hocr(body.encode())


# --- images -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "dpi"), [((595, 842), 300), ((1684, 2384), 200), ((3000, 4000), 131), ((14400, 14400), 31)]
)
def test_a_page_is_drawn_within_a_number_of_pixels(size: tuple[int, int], dpi: int) -> None:
    document = pypdfium2.PdfDocument.new()
    image, got = render(document.new_page(*size))
    assert got == dpi
    assert image.width * image.height <= 41_000_000


@pytest.mark.parametrize("angle", [-4.2, -1.0, 0.0, 0.4, 3.3])
@pytest.mark.parametrize("turns", [0, 1])
def test_a_page_laid_askew_is_set_straight(angle: float, turns: int) -> None:
    image = picture(drawn(), 150).rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    pose = pose_of(image.rotate(-90 * turns, expand=True))
    assert pose.turns == turns
    assert pose.angle == pytest.approx(-angle, abs=0.21)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("angle", [0.0, 2.5])
def test_a_box_goes_back_to_where_it_was(turns: int, angle: float) -> None:
    image = Image.new("L", (600, 400), 255)
    image.paste(0, (90, 250, 140, 270))
    pose = Pose(turns, angle)
    turned = posed(image, pose)
    rows, columns = np.nonzero(np.asarray(turned) < 128)
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], dtype=np.float64)
    (back,) = unposed(box, pose, turned.width, turned.height).tolist()
    assert back == pytest.approx([90, 250, 140, 270], abs=6 if angle else 0.01)


def file_of(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def turned_by_its_camera() -> bytes:
    image = picture(drawn(), 100).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    return file_of(image, "JPEG", exif=exif, dpi=(100, 100))


@pytest.mark.parametrize(
    ("data", "pages", "size"),
    [
        (lambda: file_of(picture(drawn(), 100), "PNG", dpi=(100, 100)), 1, SIZE),
        (lambda: file_of(picture(drawn(), 100), "PNG"), 1, (842, 601)),  # no resolution: as long as an A4 page
        (lambda: file_of(picture(drawn(), 100).convert("RGBA"), "PNG", dpi=(100, 100)), 1, SIZE),
        (lambda: file_of(picture(drawn(), 100).convert("P"), "GIF"), 1, (842, 601)),
        (lambda: file_of(picture(drawn(), 100).convert("I;16"), "TIFF", dpi=(100, 100)), 1, SIZE),
        (turned_by_its_camera, 1, SIZE),
        (lambda: file_of(Image.new("1", (827, 1169), 1), "TIFF", save_all=True, compression="group4", dpi=(100, 100),
                         append_images=[Image.new("1", (827, 1169), 1)] * 2), 3, (595, 842)),
    ],
    ids=["png", "no-resolution", "transparent", "palette", "16-bit", "camera", "fax"],
)  # fmt: skip
def test_image_files_become_pages(data: Callable[[], bytes], pages: int, size: tuple[float, float]) -> None:
    document = pypdfium2.PdfDocument(image_to_pdf(data(), path="x"))
    assert len(document) == pages
    assert document.get_page_size(0) == pytest.approx(size, abs=2)


def test_images_of_light_text_on_dark_keep_their_tones() -> None:
    image = Image.new("I;16", (50, 50), 40_000)
    page = pypdfium2.PdfDocument(image_to_pdf(file_of(image, "PNG"), path="x"))[0]
    shade = np.asarray(page.render(grayscale=True).to_pil().convert("L"))
    assert abs(float(shade[20:30, 20:30].mean()) - 156) < 4


def bomb() -> bytes:
    return file_of(Image.new("1", (20_000, 20_000)), "PNG")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(32), DamagedDocument),
        (lambda: b"II*\x00\x08\x00\x00\x00", DamagedDocument),
        (lambda: file_of(picture(drawn(), 72), "JPEG")[:900], DamagedDocument),
        (lambda: b"", DamagedDocument),
        (bomb, LimitExceeded),
    ],
    ids=["png-of-zeros", "tiff-header", "cut-jpeg", "empty", "400-megapixels"],
)
def test_damaged_and_huge_images_are_refused(data: Callable[[], bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        image_to_pdf(data(), path="x")


# --- the cache ----------------------------------------------------------------------------------------------------


def test_the_same_page_is_read_once(sure: Sure, tmp_path: Path) -> None:
    first = recognised(drawn(), run=sure, cache=tmp_path)
    again = recognised(drawn(), run=sure, cache=tmp_path)
    assert sure.calls == 1
    assert again.pages[1].words.texts == first.pages[1].words.texts
    assert np.array_equal(again.pages[1].shown, first.pages[1].shown)
    assert not list(tmp_path.rglob("*.part"))


def test_another_engine_reads_the_page_again(sure: Sure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognised(drawn(), run=sure, cache=tmp_path)
    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "2", "fra"))
    recognised(drawn(), run=sure, cache=tmp_path)
    assert sure.calls == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"width": 3}', '{"lines": 4}'])
def test_a_damaged_entry_is_read_again(sure: Sure, tmp_path: Path, content: str) -> None:
    recognised(drawn(), run=sure, cache=tmp_path)
    (entry,) = tmp_path.rglob("*.json")
    entry.write_text(content)
    assert recognised(drawn(), run=sure, cache=tmp_path).reasons == [None]
    assert sure.calls == 2


def test_a_cache_that_cannot_be_written_stops_nothing(sure: Sure, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert recognised(drawn(), run=sure, cache=tmp_path / "file" / "ocr").reasons == [None]


@needs_engine
def test_the_real_engine_says_its_version() -> None:
    engine = find_engine()
    assert engine is not None
    assert re.match(r"v?[45]\.\d", engine.version)
    lines, _ = run_engine(engine, picture(drawn("Le délai", (200, 80)), 300), dpi=300, deadline=30)
    assert [w.text for line in lines for w in line.words] == ["Le", "délai"]


# --- through the reader -------------------------------------------------------------------------------------------


@needs_engine
@pytest.mark.parametrize("how", ["clean", "on its left side"])
def test_a_scan_gives_the_blocks_of_its_text(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", str(tmp_path))
    text = read_pdf(drawn(), path="a.pdf", sha256="0")
    dpi, spoil = SPOILT[how]
    document = read_pdf(scan(spoil(picture(drawn(), dpi)), dpi=dpi), path="a.pdf", sha256="0")
    assert (document.pages_read, document.unread, document.warnings) == (1, (), ())
    assert [b.kind for b in document.blocks] == [b.kind for b in text.blocks]
    assert {b.method for b in document.blocks} == {"ocr"}
    assert document.blocks[-1].section == text.blocks[-1].section == "4 Hébergement et réversibilité"
    width, height = document.page_sizes[0]
    for block in document.blocks:
        assert block.offsets is not None
        ((page, box),) = block.offsets.boxes(0, len(block.text))
        assert (page, box) == (1, block.bbox)
        assert 0 <= box[0] < box[2] <= width
        assert 0 <= box[1] < box[3] <= height


def test_a_page_that_is_not_to_be_trusted_is_furniture(sure: Sure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", "off")
    sure.confidence = 55
    monkeypatch.setattr("crible.extraction.pdf.recognise", functools.partial(recognise, run=sure))
    document = read_pdf(scan(Image.new("L", (620, 877), 250), dpi=75), path="a.pdf", sha256="0")
    assert [(u.page, u.reason) for u in document.unread] == [(1, "ocr_low_confidence")]
    assert document.pages_read == 0
    assert {b.kind for b in document.blocks} == {"furniture"}


def test_pages_beyond_the_limit_are_told(sure: Sure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "crible.extraction.pdf.recognise", functools.partial(recognise, run=sure, pages_max=1, cache=None)
    )
    document = read_pdf(scan(*[Image.new("L", (620, 877), 250)] * 3, dpi=75), path="a.pdf", sha256="0")
    assert [(w.code, w.detail) for w in document.warnings] == [("ocr_page_limit", "2")]
    assert [u.page for u in document.unread] == [2, 3]


def test_without_ocr_a_scan_stays_unread() -> None:
    document = read_pdf(scan(picture(drawn(), 72), dpi=72), path="a.pdf", sha256="0", ocr="off")
    assert [u.reason for u in document.unread] == ["scan_without_ocr"]


@needs_engine
def test_a_tender_with_a_scan_is_read_in_full_and_says_by_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "dce").mkdir()
    (tmp_path / "dce" / "CCTP.pdf").write_bytes(scan(picture(drawn(), 200), dpi=200))
    picture(drawn(), 200).save(tmp_path / "dce" / "annexe.png", dpi=(200, 200))
    dossier = read_dossier([tmp_path / "dce"])
    assert [(d.pages, d.pages_read, d.unread) for d in dossier.documents] == [(1, 1, ())] * 2
    assert (dossier.ocr or "").startswith("tesseract ")
    blind = read_dossier([tmp_path / "dce"], ocr="off")
    assert {d.path: d.unread[0].reason for d in blind.documents} == {
        "CCTP.pdf": "scan_without_ocr", "annexe.png": "image_without_ocr",
    }  # fmt: skip
    assert blind.ocr is None


@needs_engine
def test_force_reads_again_a_page_whose_text_layer_says_less_than_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIBLE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "CCTP.pdf"
    path.write_bytes(scan(picture(drawn(), 200), dpi=200))
    forced, auto = (read_dossier([path], ocr=mode).documents[0] for mode in ("force", "auto"))
    assert [b.text for b in forced.blocks] == [b.text for b in auto.blocks] != []
