"""A PDF into blocks that can be traced to page and box, whatever the page looks like."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_pages import QUICK, WORDS, anchored, bounded, letters, mixed

import crible
from crible.extraction import document_text, evidence, find_quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@QUICK
@given(data=st.data())
def test_every_span_of_a_block_is_found_in_its_boxes(sheets: Callable, read: Callable, data: st.DataObject) -> None:
    made = sheets()
    size = data.draw(st.sampled_from([7.0, 9.0, 10.0, 12.0]))
    for _ in range(data.draw(st.integers(1, 2))):
        top = data.draw(st.floats(40, 500))
        for _ in range(data.draw(st.integers(1, 4))):
            words = data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
            made.text(data.draw(st.floats(40, 120)), top, " ".join(words), size=size)
            top += 1.25 * size
        made.page()
    pdf = made.pdf()
    document = read(pdf)
    text = document_text(document)
    for block in document.blocks:
        assert text[block.start : block.end] == block.text
        start = data.draw(st.integers(0, len(block.text) - 1))
        end = data.draw(st.integers(start + 1, len(block.text)))
        if block.text[start:end].strip():
            anchored(pdf, document, block, start, end)
            quoted = evidence(document, block, start, end)
            assert find_quote(document, quoted)


def test_every_character_of_a_page_is_in_exactly_one_block(sheets: Callable, read: Callable) -> None:
    import pypdfium2

    data = mixed(sheets)
    document = read(data)
    pdf = pypdfium2.PdfDocument(data)
    shown: Counter[str] = Counter()
    for page in pdf:
        shown += Counter(c for c in page.get_textpage().get_text_range() if c.isalnum())
    pdf.close()
    held = Counter(c for b in document.blocks for c in "".join(b.row or (b.text,)) if c.isalnum())
    assert held == shown


def test_blocks_are_numbered_and_their_offsets_count_in_the_document(sheets: Callable, read: Callable) -> None:
    document = read(mixed(sheets))
    text = document_text(document)
    assert [text[b.start : b.end] for b in document.blocks] == [b.text for b in document.blocks]
    assert [b.id for b in document.blocks] == [f"b{n}" for n in range(1, len(document.blocks) + 1)]
    assert {b.kind for b in document.blocks} == {
        "heading", "paragraph", "list_item", "table_row", "footnote", "furniture",
    }  # fmt: skip


def test_the_same_bytes_give_the_same_document(sheets: Callable, read: Callable) -> None:
    data = mixed(sheets)
    assert read(data) == read(data)


def test_a_ligature_is_two_letters_and_keeps_its_box(sheets: Callable, read: Callable) -> None:
    from pathlib import Path

    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("Vera", str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    made = sheets()
    made.text(72, 100, "La certi\ufb01cation des données con\ufb01dentielles", font="Vera")
    (block,) = read(made.pdf()).blocks
    assert block.text == "La certification des données confidentielles"
    ((_, first),) = block.offsets.boxes(3, 16)
    ((_, last),) = block.offsets.boxes(29, 44)
    assert first[2] < last[0]


def test_a_box_covers_its_words_and_no_others(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.lines(72, 100, ["Les données sont hébergées en France", "par le titulaire du marché"])
    data = made.pdf()
    (block,) = read(data).blocks
    start = block.text.index("hébergées")
    ((page, box),) = block.offsets.boxes(start, start + len("hébergées en"))
    assert letters(bounded(data, page, box)) == "hébergéesen"


def test_words_drawn_out_of_order_keep_their_own_boxes(sheets: Callable, read: Callable) -> None:
    made = sheets()
    words = ((72, 100, "Hébergement"), (200, 100, "France"), (152, 103, "total"), (300, 100, "obligatoire"))
    for x, top, text in words:
        made.text(x, top, text)
    (block,) = read(made.pdf()).blocks
    assert block.text == "Hébergement total France obligatoire"
    edges = [
        block.offsets.boxes(block.text.index(w), block.text.index(w) + len(w))[0][1][0] for w in block.text.split()
    ]
    assert edges == pytest.approx([72, 152, 200, 300], abs=1)


@pytest.mark.parametrize("turns", [0, 90, 180, 270])
def test_boxes_are_those_of_the_page_as_displayed(
    sheets: Callable, read: Callable, altered: Callable, turns: int
) -> None:
    made = sheets()
    made.text(72, 100, "Hébergement", size=20)

    def turn(document: Any) -> None:
        document.pages[0].rotate(turns, relative=False)

    document = read(altered(made.pdf(), turn))
    (block,) = document.blocks
    width, height = 595.0, 842.0
    x0, top, x1, bottom = 72.0, 97.0, 195.0, 123.0  # around the word, before the page is turned
    expected = {
        0: (x0, top, x1, bottom),
        90: (height - bottom, x0, height - top, x1),
        180: (width - x1, height - bottom, width - x0, height - top),
        270: (top, width - x1, bottom, width - x0),
    }[turns]
    assert document.page_sizes == ((height, width) if turns % 180 else (width, height),)
    assert block.bbox == pytest.approx(expected, abs=8)


def test_a_page_turned_to_be_read_is_read_in_order(sheets: Callable, read: Callable, altered: Callable) -> None:
    made = sheets()
    made.size = (842.0, 595.0)
    made.canvas.setPageSize((595.0, 842.0))
    made.canvas.translate(595, 0)
    made.canvas.rotate(90)
    made.bold(72, 60, "1 Objet", size=14)
    made.lines(72, 100, ["Le titulaire assure la maintenance de la plateforme et répond", "aux demandes des services."])

    def turn(document: Any) -> None:
        document.pages[0].rotate(90, relative=False)

    document = read(altered(made.pdf(), turn))
    assert [(b.kind, b.section) for b in document.blocks] == [("heading", "1 Objet"), ("paragraph", "1 Objet")]
    assert document.blocks[0].bbox == pytest.approx((72, 60, 120, 76), abs=4)


def test_a_crop_moves_the_origin(sheets: Callable, read: Callable, altered: Callable) -> None:
    made = sheets()
    made.text(172, 200, "Hébergement", size=12)

    def crop(document: Any) -> None:
        document.pages[0].cropbox = [100, 42, 495, 742]  # left, bottom, right, top: 100 points off at the top

    document = read(altered(made.pdf(), crop))
    assert document.page_sizes == ((395.0, 700.0),)
    assert document.blocks[0].bbox == pytest.approx((72, 100, 145, 113), abs=4)


def test_printed_labels_are_kept(sheets: Callable, read: Callable, altered: Callable) -> None:
    import pikepdf

    made = sheets()
    for n in range(3):
        made.text(72, 100, f"Page de garde et texte {n}")
        made.page()

    def label(document: Any) -> None:
        first, other = pikepdf.Dictionary(S=pikepdf.Name.r), pikepdf.Dictionary(S=pikepdf.Name.D)
        document.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, first, 1, other]))

    assert read(altered(made.pdf(), label)).page_labels == ("i", "1", "2")


def test_a_zip_in_a_zip_holds_a_pdf(sheets: Callable, tmp_path: Path) -> None:
    def zipped(name: str, data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, data)
        return out.getvalue()

    (tmp_path / "DCE.zip").write_bytes(zipped("Lot 1.zip", zipped("CCTP.pdf", mixed(sheets))))
    (document,) = crible.read(tmp_path / "DCE.zip").documents
    assert (document.path, document.pages_read) == ("DCE.zip!/Lot 1.zip!/CCTP.pdf", 3)


def test_a_path_with_spaces_and_accents_is_read(sheets: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "Marché n° 12 – été"
    folder.mkdir()
    (folder / "CCTP définitif (v2).pdf").write_bytes(mixed(sheets))
    (document,) = crible.read(folder).documents
    assert (document.path, document.role, document.pages_read) == ("CCTP définitif (v2).pdf", "CCTP", 3)


def test_a_development_tender_is_anchored_everywhere(development_tenders: Path, read: Callable) -> None:
    import random

    paths = sorted(development_tenders.glob("*/*.pdf"), key=lambda p: p.stat().st_size)[:12]
    random_ = random.Random(7)
    for path in paths:
        data = path.read_bytes()
        document = read(data)
        for block in random_.sample(document.blocks, min(15, len(document.blocks))):
            start = random_.randrange(len(block.text))
            end = min(len(block.text), start + 30)
            if block.text[start:end].strip() and block.row == ():
                anchored(data, document, block, start, end)
