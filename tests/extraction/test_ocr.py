"""Scans into words with boxes: what is read, and where it stands.

Tests that need the engine are skipped where tesseract or its French model is absent.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from scans import PROSE, SIZE, SPOILT, drawn, needs_engine, picture, read_spoilt, recognised, scan, shares

from crible.extraction.ocr_engine import find_engine, run_engine
from crible.extraction.pdf_chars import fetch_words, page_space, words_of

if TYPE_CHECKING:
    from collections.abc import Callable


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


@needs_engine
def test_the_real_engine_says_its_version() -> None:
    engine = find_engine()
    assert engine is not None
    assert re.match(r"v?[45]\.\d", engine.version)
    lines, _ = run_engine(engine, picture(drawn("Le délai", (200, 80)), 300), dpi=300, deadline=30)
    assert [w.text for line in lines for w in line.words] == ["Le", "délai"]
