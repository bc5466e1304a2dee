"""Damaged and absurd PDFs: a document or a clear error, and the other pieces are read all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_pages import QUICK, mixed

import crible
from crible.errors import CribleError, DamagedDocument, EmptyInput, EncryptedDocument, UnsupportedMedia
from crible.extraction import document_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
