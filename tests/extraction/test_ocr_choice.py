"""Which pages go to the engine, and what is left unread with its reason.

The engine of these tests is a shell script, or a function.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from scans import PROSE, Sure, drawn, layer, no_words, picture, posix, recognised, scan

from crible.extraction import ocr
from crible.extraction.ocr import recognise
from crible.extraction.ocr_engine import EngineFailure, find_engine, missing_part, parse_hocr
from crible.extraction.ocr_words import is_poor
from crible.extraction.pdf_chars import PageWords
from crible.extraction.pdf_paths import PageRules

if TYPE_CHECKING:
    from collections.abc import Callable

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
