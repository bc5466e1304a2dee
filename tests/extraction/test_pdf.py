"""A PDF into blocks that can be traced to page and box, whatever the page looks like and whatever the file is worth."""

from __future__ import annotations

import io
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crible
from crible.errors import (
    CribleError,
    DamagedDocument,
    EmptyInput,
    EncryptedDocument,
    LimitExceeded,
    UnsupportedMedia,
)
from crible.extraction import document_text, evidence, find_quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crible.types import Block, Document

WORDS = [
    "hébergement", "données", "commune", "titulaire", "sous-traitance", "délai", "l'acheteur", "12", "000", "€,", "n°",
    "5.2", "(réversibilité)", "œuvre", "à", "être", "cloud", "«", "qualité", "»", "95", "%", "sécurité;", "certificat",
    "France,", "Union", "européenne.",
]  # fmt: skip
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def bounded(data: bytes, page: int, box: tuple[float, float, float, float]) -> str:
    """pdfium's text inside a box of the page as displayed."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        opened = document[page - 1]
        left, bottom, _, top = opened.get_bbox()
        text = opened.get_textpage()
        x0, y0, x1, y1 = box
        found = text.get_text_bounded(left + x0 - 0.5, top - y1 - 0.5, left + x1 + 0.5, top - y0 + 0.5)
        assert bottom <= top
        text.close()
        opened.close()
    finally:
        document.close()
    return found


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())


def anchored(data: bytes, document: Document, block: Block, start: int, end: int) -> None:
    """Assert that a span's boxes lie on their pages and that pdfium finds the span's words there."""
    assert block.offsets is not None
    boxes = block.offsets.boxes(start, end)
    assert boxes
    held = ""
    for page, box in boxes:
        width, height = document.page_sizes[page - 1]
        assert -0.5 <= box[0] < box[2] <= width + 0.5
        assert -0.5 <= box[1] < box[3] <= height + 0.5
        held += letters(bounded(data, page, box))
    remaining = Counter(letters(block.text[start:end]))
    assert not remaining - Counter(held)


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


def mixed(sheets: Callable) -> bytes:
    """Headings, prose with joined hyphens, lists, a table, a footnote and running lines, over three pages."""
    made = sheets()
    for n in range(1, 4):
        made.text(72, 20, "Commune de Sainte-Anselme – CCTP", size=8)
        made.text(290, 815, f"Page {n} sur 3", size=8)
        made.bold(72, 70, f"{n} Prestations de la phase {n}", size=13)
        top = made.lines(
            72, 100, ["Le titulaire fournit les lo-", "giciels et leur documen-", f"tation pour la phase {n}."]
        )
        for k in range(3):
            made.text(84, top + 14 * k, f"• exigence {k} de la phase {n} ;")
        made.table(
            72, top + 60, [60, 200, 100], [["Lot", "Objet", "Prix"], ["1", "Baie", "12 €"], ["2", "Onduleur", "9 €"]]
        )
        made.lines(72, 760, ["1 Au sens du cahier des clauses administratives générales."], size=7)
        made.page()
    return made.pdf()  # type: ignore[no-any-return]


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


def test_an_owner_password_alone_does_not_stop_a_reader(sheets: Callable, read: Callable, altered: Callable) -> None:
    import pikepdf

    data = altered(mixed(sheets), encryption=pikepdf.Encryption(owner="secret", user=""))
    assert read(data).pages_read == 3


def spoilt(name: str, data: bytes, altered: Callable) -> bytes:
    """A damaged copy of a PDF."""
    import pikepdf

    def without_pages(document: Any) -> None:
        while document.pages:
            del document.pages[0]

    if name == "encrypted":
        return altered(data, encryption=pikepdf.Encryption(owner="o", user="u"))  # type: ignore[no-any-return]
    if name == "no page":
        return altered(data, without_pages)  # type: ignore[no-any-return]
    return {
        "empty": b"",
        "one byte": b"%",
        "html": b"<!DOCTYPE html><html><body>Session expir\xe9e, veuillez vous connecter</body></html>",
        "text": b"403 Forbidden",
        "header only": b"%PDF-1.7\n",
        "truncated at 1 %": data[: len(data) // 100],
        "truncated at 10 %": data[: len(data) // 10],
    }[name]


SPOILT = [
    ("empty", EmptyInput, "empty_file"),
    ("one byte", UnsupportedMedia, "unsupported_media"),
    ("html", UnsupportedMedia, "unsupported_media"),
    ("text", UnsupportedMedia, "unsupported_media"),
    ("header only", DamagedDocument, "damaged"),
    ("truncated at 1 %", DamagedDocument, "damaged"),
    ("truncated at 10 %", DamagedDocument, "damaged"),
    ("encrypted", EncryptedDocument, "encrypted"),
    ("no page", DamagedDocument, "damaged"),
]


@pytest.mark.parametrize(("name", "error", "reason"), SPOILT, ids=[name for name, _, _ in SPOILT])
def test_a_spoilt_pdf_gives_a_clear_error(
    sheets: Callable, read: Callable, altered: Callable, name: str, error: type[CribleError], reason: str
) -> None:
    with pytest.raises(error) as caught:
        read(spoilt(name, mixed(sheets), altered))
    assert "piece.pdf" in str(caught.value)
    assert reason


@pytest.mark.parametrize(("name", "error", "reason"), SPOILT, ids=[name for name, _, _ in SPOILT])
def test_the_other_pieces_are_read_all_the_same(
    sheets: Callable, altered: Callable, tmp_path: Path, name: str, error: type[CribleError], reason: str
) -> None:
    data = mixed(sheets)
    (tmp_path / "CCTP.pdf").write_bytes(data)
    (tmp_path / "RC.pdf").write_bytes(spoilt(name, data, altered))
    found = {d.path: d for d in crible.read(tmp_path).documents}
    assert found["CCTP.pdf"].pages_read == 3
    assert [u.reason for u in found["RC.pdf"].unread] == [reason]
    assert issubclass(error, CribleError)


BOXES = ["[0 0 NaN 842]", "[0 0 0 0]", "[595 842 0 0]", "[0 0 1e9 1e9]", "[-1e9 -1e9 1e9 1e9]", "[]", "(x)", "null"]


@pytest.mark.parametrize("box", BOXES)
def test_a_page_of_impossible_size_stops_nothing(sheets: Callable, read: Callable, box: str) -> None:
    made = sheets()
    made.text(72, 100, "Le titulaire assure la maintenance de la plateforme.")
    data = made.pdf().replace(b"/MediaBox [ 0 0 595 842 ]", b"/MediaBox " + box.encode())
    assert box.encode() in data
    document = read(data)
    assert document.pages == 1
    for block in document.blocks:
        assert block.bbox is not None
        assert all(abs(v) < 1e10 for v in block.bbox)


@settings(QUICK, max_examples=60)
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12))
def test_flipped_bytes_give_a_document_or_a_clear_error(
    sheets: Callable, read: Callable, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(mixed(sheets))
    for where, value in changes:
        data[int(where * len(data))] = value
    try:
        document = read(bytes(data))
    except CribleError:
        return
    assert document.pages >= 1
    assert document.pages_read <= document.pages


@settings(QUICK, max_examples=30)
@given(share=st.floats(0.02, 0.999))
def test_a_truncated_file_gives_a_document_or_a_clear_error(sheets: Callable, read: Callable, share: float) -> None:
    data = mixed(sheets)
    try:
        document = read(data[: int(share * len(data))])
    except DamagedDocument:
        return
    assert len(document.unread) == document.pages - document.pages_read


def test_a_form_that_draws_itself_ends(sheets: Callable, read: Callable, altered: Callable) -> None:
    import pikepdf

    made = sheets()
    made.text(72, 100, "Le titulaire assure la maintenance de la plateforme.")

    def loop(document: Any) -> None:
        form = document.make_stream(b"/F Do 0 0 200 20 re f")
        form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 500, 500])
        form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        page = document.pages[0]
        page.Resources.XObject = pikepdf.Dictionary(F=form)
        page.contents_add(b"/F Do")

    assert "maintenance" in document_text(read(altered(made.pdf(), loop)))


def test_an_outline_that_loops_is_no_reason_to_stop(sheets: Callable, read: Callable, altered: Callable) -> None:
    import pikepdf

    def loop(document: Any) -> None:
        item = document.make_indirect(pikepdf.Dictionary(Title=pikepdf.String("Objet")))
        item.Next = item
        document.Root.Outlines = document.make_indirect(pikepdf.Dictionary(First=item, Last=item, Count=1))

    assert read(altered(mixed(sheets), loop)).pages_read == 3


def test_fonts_of_absurd_sizes_stop_nothing(sheets: Callable, read: Callable) -> None:
    made = sheets()
    for n, size in enumerate((1e-9, 1e9, 0.0)):
        made.canvas.setFont("Helvetica", size)
        made.canvas.drawString(72, 700 - 50 * n, "taille absurde")
    made.text(72, 400, "Le titulaire assure la maintenance de la plateforme.")
    assert "maintenance" in document_text(read(made.pdf()))


def test_text_off_the_page_is_kept_and_stops_nothing(sheets: Callable, read: Callable) -> None:
    made = sheets()
    made.text(72, 100, "Le titulaire assure la maintenance de la plateforme.")
    made.text(5000, 100, "hors de la page")
    made.text(72, -3000, "au-dessus de la page")
    assert "maintenance" in document_text(read(made.pdf()))


@pytest.mark.parametrize("kind", ["lines", "scattered", "one place", "dots"])
def test_a_page_of_thousands_of_words_is_read_in_linear_time(sheets: Callable, read: Callable, kind: str) -> None:
    import random
    import time

    def seconds(count: int) -> float:
        made, places = sheets(), random.Random(1)
        for n in range(count):
            x, top, size, text = {
                "lines": (20, 20 + 800 * n / count, 0.06, "le titulaire, et les"),
                "scattered": (595 * places.random(), 842 * places.random(), 4, "mot"),
                "one place": (72, 100, 10, "mot"),
                "dots": (20, 20 + 800 * n / count, 0.06, ". . . . . . . ."),
            }[kind]
            made.text(x, top, text, size=size)
        pdf = made.pdf()
        begun = time.process_time()
        assert read(pdf).pages == 1
        return time.process_time() - begun

    few = min(seconds(2_000), seconds(2_000))
    assert seconds(16_000) < 32 * few  # 8 × the words; a square search takes 64 × as long


def test_more_pages_than_the_limit_are_refused(
    sheets: Callable, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crible.extraction import pdf

    monkeypatch.setattr(pdf, "_PAGES_MAX", 2)
    with pytest.raises(LimitExceeded, match="3 pages"):
        read(mixed(sheets))


def test_a_file_without_pages_is_not_blamed_for_the_one_before(
    sheets: Callable, read: Callable, altered: Callable
) -> None:
    data = mixed(sheets)
    with pytest.raises(EncryptedDocument):
        read(spoilt("encrypted", data, altered))
    with pytest.raises(DamagedDocument):
        read(spoilt("no page", data, altered))


def test_junk_before_the_header_is_skipped(sheets: Callable, read: Callable) -> None:
    assert read(b"\n" * 200 + mixed(sheets)).pages == 3


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


def test_five_hundred_pages_stay_flat_in_memory(sheets: Callable, tmp_path: Path) -> None:
    def written(count: int) -> Path:
        made = sheets()
        for n in range(count):
            made.text(72, 20, "Commune de Sainte-Anselme – CCTP", size=8)
            for k in range(40):
                made.text(
                    72, 60 + 14 * k, f"Clause {n}.{k} : le titulaire répond aux demandes des services de la commune."
                )
            made.page()
        path = tmp_path / f"{count}.pdf"
        path.write_bytes(made.pdf())
        return path

    code = (
        "import resource, sys; from crible.extraction.pdf import read_pdf\n"
        "d = read_pdf(open(sys.argv[1], 'rb').read(), path='x.pdf', sha256='')\n"
        "print(d.pages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    peaks = {}
    for count in (25, 500):
        done = subprocess.run(
            [sys.executable, "-c", code, str(written(count))], capture_output=True, text=True, check=True
        )
        pages, peak = map(int, done.stdout.split())
        assert pages == count
        peaks[count] = peak
    # 475 pages of 600 words more: their words and boxes, about a quarter of a megabyte a page, and no page kept open.
    assert peaks[500] - peaks[25] < 160


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
