"""What the engine is not sure of: never a title, and a page of it is unread."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from crible.extraction import ocr
from crible.extraction.ocr import recognise
from crible.extraction.ocr_engine import Engine, ReadLine, ReadWord
from crible.extraction.ocr_image import Pose, image_to_pdf
from crible.extraction.ocr_words import Reading, confidence_of, page_of
from crible.extraction.pdf import read_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from crible.types import BBox, Document

BODY = "Le titulaire assure la maintenance de la plateforme et répond aux demandes."


def line(text: str, top: float, confidence: int, *, size: float = 30.0) -> ReadLine:
    words = text.split()
    boxes = [(100.0 + 130 * i, top, 220.0 + 130 * i, top + size) for i in range(len(words))]
    return ReadLine(tuple(ReadWord(w, confidence, box) for w, box in zip(words, boxes, strict=True)), size)


def reading(*lines: ReadLine) -> Reading:
    return Reading(2480, 3508, 300, Pose(0, 0.0), 0.05, lines, (1.0,) * len(lines), ())


def test_a_drawing_is_unread_whatever_its_legend_says() -> None:
    legend = [line("Implantation des équipements communaux", 200, 96), line("Légende réglementaire", 260, 96)]
    strokes = [line("I l T", 400 + 60 * i, 25) for i in range(6)]
    found = reading(*legend, *strokes)
    assert confidence_of(found) >= ocr.FLOOR
    assert page_of(found, 1, (595.0, 842.0)).reason == "ocr_low_confidence"


def test_a_page_with_a_few_doubtful_words_is_read() -> None:
    found = reading(*[line(BODY, 200 + 60 * i, 95) for i in range(6)], line("Il l1 TT", 600, 25))
    assert page_of(found, 1, (595.0, 842.0)).reason is None


@pytest.fixture
def scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A page on which the engine reads these lines."""
    monkeypatch.setenv("CRIBLE_CACHE", "off")
    monkeypatch.setattr(ocr, "find_engine", lambda: Engine("none", "1", "fra"))
    path = tmp_path / "scan.png"
    Image.new("L", (620, 877), 250).save(path, dpi=(75, 75))
    data = image_to_pdf(path.read_bytes(), path="scan.png")

    def read(*lines: ReadLine) -> Document:
        def run(*_: object, **__: object) -> tuple[list[ReadLine], list[BBox]]:
            return list(lines), []

        monkeypatch.setattr("crible.extraction.pdf.recognise", functools.partial(recognise, run=run))
        return read_pdf(data, path="a.pdf", sha256="0")

    return read


@pytest.mark.parametrize(("confidence", "kind"), [(95, "heading"), (40, "list_item")])
def test_a_title_must_be_sure(scanned: Any, confidence: int, kind: str) -> None:
    body = [line(BODY, 600 + 36 * i, 95) for i in range(8)]
    document = scanned(line("4.2 Hébergement des données", 300, confidence, size=48.0), *body)
    assert document.unread == ()
    assert [b.kind for b in document.blocks if "Hébergement" in b.text] == [kind]
