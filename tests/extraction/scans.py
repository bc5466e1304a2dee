"""Pages drawn with reportlab, made into images, then spoilt as copiers do; and engines that are none."""

from __future__ import annotations

import functools
import io
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from crible.extraction import ocr
from crible.extraction.ocr import recognise
from crible.extraction.ocr_engine import Engine, ReadLine, ReadWord, missing_part
from crible.extraction.ocr_image import image_to_pdf
from crible.extraction.pdf_chars import PageWords
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
