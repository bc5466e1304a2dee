"""Scans through the reader: blocks like those of any text, and what is said of the pages that were not read."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from PIL import Image
from scans import SPOILT, Sure, drawn, needs_engine, picture, scan

from crible.extraction import read_dossier
from crible.extraction.ocr import recognise
from crible.extraction.pdf import read_pdf


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
