"""Pages drawn again after the reading: which ones, from where, and what crosses from the process that drew them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.errors import DamagedDocument, UsageError
from crible.extraction import isolation, read_dossier
from crible.extraction.drawing import draw_pages
from crible.extraction.drawn_pages import BLOCKS_DEFAULT, PAGES_ALL, choice_of, drawings
from crible.extraction.isolation import ReaderTimeout
from crible.extraction.isolation_codec import BadMessage
from crible.extraction.pictures import POINTS_MAX, SIDE_MAX, Picture, decode_pictures, encode_pictures
from crible.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHA = "0" * 64


def levels(picture: Picture) -> Any:
    """(height, width) levels of grey, from 0 to 15."""
    packed = np.frombuffer(picture.rows, dtype=np.uint8).reshape(picture.height, picture.stride)
    return np.stack([packed >> 4, packed & 15], axis=2).reshape(picture.height, -1)[:, : picture.width]


def blank(sheets: Callable[..., Any], width: float = 595.0, height: float = 842.0) -> bytes:
    page = sheets((width, height))
    page.page()
    return page.pdf()  # type: ignore[no-any-return]


def document(pages: int, *, sizes: bool = True, path: str = "a.pdf") -> Document:
    return Document(path, SHA, "OTHER", pages, pages, None, page_sizes=((595.0, 842.0),) * (pages if sizes else 0))


# What crosses


pictures = st.builds(
    lambda page, width, height, seed: Picture(page, width, height, bytes([seed]) * ((width + 1) // 2 * height)),
    st.integers(1, 50), st.integers(1, 9), st.integers(1, 9), st.integers(0, 255),
)  # fmt: skip


@given(
    st.lists(pictures, max_size=4, unique_by=lambda p: p.page).map(lambda found: sorted(found, key=lambda p: p.page))
)
def test_pictures_come_back_as_they_were(found: list[Picture]) -> None:
    assert decode_pictures(encode_pictures(found), pages=range(1, 51)) == tuple(found)


@given(st.lists(pictures, max_size=3), st.data())
def test_a_message_that_was_tampered_with_is_pictures_or_refused(found: list[Picture], data: st.DataObject) -> None:
    message = bytearray(encode_pictures(found))
    for _ in range(data.draw(st.integers(1, 3))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    del message[len(message) - data.draw(st.integers(0, 3)) :]
    try:
        decoded = decode_pictures(message, pages=range(1, 51))
    except BadMessage:
        return
    assert all(len(p.rows) == p.stride * p.height and 1 <= p.page <= 50 for p in decoded)


@pytest.mark.parametrize(
    "found",
    [
        [Picture(3, 1, 1, b"\0")],  # not asked for
        [Picture(2, 1, 1, b"\0"), Picture(1, 1, 1, b"\0")],
        [Picture(1, 1, 1, b"\0"), Picture(1, 1, 1, b"\0")],
        [Picture(1, 0, 1, b"")],
        [Picture(1, SIDE_MAX + 1, 1, bytes(SIDE_MAX // 2 + 1))],
        [Picture(1, 4, 4, bytes(7))],
        [Picture(1, 4, 4, bytes(9))],
    ],
)
def test_a_picture_of_the_wrong_page_or_size_is_refused(found: list[Picture]) -> None:
    with pytest.raises(BadMessage):
        decode_pictures(encode_pictures(found), pages=[1, 2])


# The worker's half


def test_a_page_is_drawn_as_displayed_in_sixteen_greys(sheets: Callable[..., Any]) -> None:
    page = sheets((200.0, 300.0))
    page.fill(0, 0, 100, 300, grey=0.0)
    (picture,) = draw_pages(page.pdf(), path="a.pdf", sha256=SHA, pages=[1], dpi=72)
    assert (picture.page, picture.width, picture.height) == (1, 200, 300)
    found = levels(picture)
    assert (found[:, :99] == 0).all()
    assert (found[:, 101:] == 15).all()


def test_a_rotated_page_lies_as_it_is_displayed(sheets: Callable[..., Any], altered: Callable[..., bytes]) -> None:
    page = sheets((200.0, 300.0))
    page.fill(0, 0, 200, 30, grey=0.0)  # the top, which a quarter turn clockwise brings to the right

    def turn(opened: Any) -> None:
        opened.pages[0].Rotate = 90

    (picture,) = draw_pages(altered(page.pdf(), turn), path="a.pdf", sha256=SHA, pages=[1], dpi=72)
    assert (picture.width, picture.height) == (300, 200)
    assert (levels(picture)[:, 271:] == 0).all()


def test_a_plan_is_drawn_at_what_fits(sheets: Callable[..., Any]) -> None:
    (picture,) = draw_pages(blank(sheets, 3370.0, 2384.0), path="a.pdf", sha256=SHA, pages=[1], dpi=96)
    assert picture.width * picture.height == pytest.approx(POINTS_MAX, rel=0.01)
    (ribbon,) = draw_pages(blank(sheets, 14_000.0, 20.0), path="a.pdf", sha256=SHA, pages=[1], dpi=96)
    assert ribbon.width <= SIDE_MAX


def test_pages_that_do_not_exist_are_left_out(sheets: Callable[..., Any]) -> None:
    found = draw_pages(blank(sheets), path="a.pdf", sha256=SHA, pages=[0, 1, 7], dpi=36)
    assert [picture.page for picture in found] == [1]


def test_a_file_that_cannot_be_opened_is_damaged() -> None:
    with pytest.raises(DamagedDocument, match=r"a\.pdf"):
        draw_pages(b"%PDF-1.7 and nothing more", path="a.pdf", sha256=SHA, pages=[1], dpi=36)


def test_an_image_file_is_drawn_as_the_scan_it_is() -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (850, 1100), 255).save(out, "PNG", dpi=(100, 100))
    (picture,) = draw_pages(out.getvalue(), path="a.png", sha256=SHA, pages=[1], dpi=72)
    assert picture.width == pytest.approx(612, abs=2)


# Which pages


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, tuple(range(1, 21))),
        ("1-3", (1, 2, 3)),
        ("7, 2-3", (2, 3, 7)),
        ("2-3,3-4", (2, 3, 4)),
        ("28-99", (28, 29, 30)),
        ("40", ()),
        ("all", tuple(range(1, 31))),
    ],
)
def test_pages_are_chosen_as_they_are_written(said: str | None, expected: tuple[int, ...]) -> None:
    assert choice_of(said).of([document(30)]) == (expected,)


@pytest.mark.parametrize("said", ["", "0", "3-2", "1-", "-5", "a", "1;2", "1-2-3", "1234567", "tout"])
def test_anything_else_is_wrong_usage(said: str) -> None:
    with pytest.raises(UsageError, match="--pages"):
        choice_of(said)


def test_by_default_a_tender_of_many_documents_is_not_drawn_without_end() -> None:
    documents = [document(30, path=f"{n}.pdf") for n in range(40)]
    assert sum(map(len, choice_of(None).of(documents))) == PAGES_ALL
    assert sum(map(len, choice_of("1-20").of(documents))) == 20 * len(documents)  # that was asked for
    assert (choice_of(None).blocks, choice_of("all").blocks) == (BLOCKS_DEFAULT, None)


def test_a_document_without_drawn_pages_has_none_to_show() -> None:
    assert choice_of("all").of([document(3, sizes=False), document(2)]) == ((), (1, 2))


# From where


@pytest.fixture
def tender(tmp_path: Path, sheets: Callable[..., Any]) -> Path:
    """An archive with leftovers, two pieces in folders, a text and a copy."""
    first, second = sheets(), sheets((842.0, 595.0))
    first.text(60, 60, "Le titulaire héberge les données.")
    second.text(60, 60, "Le titulaire restitue les données.")
    last = second.pdf()
    pieces = {
        "Lot 1/CCTP.pdf": first.pdf(), "Lot 1/.DS_Store": b"\0", "Lot 2/CCTP.pdf": last,
        "recopie.pdf": last, "note.txt": b"Une note.",
    }  # fmt: skip
    path = tmp_path / "DCE.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in pieces.items():
            archive.writestr(name, data)
    return path


def drawn(path: Path) -> dict[str, list[tuple[int, Picture | str]]]:
    documents = read_dossier([path], ocr="off").documents
    shown = choice_of(None).of(documents)
    found = drawings([path], documents, shown)
    return {d.path: list(pages) for d, pages in zip(documents, found, strict=True)}


def sizes(pages: Sequence[tuple[int, Picture | str]]) -> list[tuple[int, int, int]]:
    return [(n, p.width, p.height) for n, p in pages if isinstance(p, Picture)]


def test_the_members_of_an_archive_are_drawn_each_its_own(tender: Path) -> None:
    found = drawn(tender)
    assert sizes(found["DCE.zip!/Lot 1/CCTP.pdf"]) == [(1, 794, 1123)]
    assert sizes(found["DCE.zip!/Lot 2/CCTP.pdf"]) == [(1, 1123, 794)]
    assert found["DCE.zip!/recopie.pdf"] == found["DCE.zip!/note.txt"] == []
    assert len(found) == 4


def test_a_file_that_changed_since_it_was_read_is_not_drawn(tmp_path: Path, sheets: Callable[..., Any]) -> None:
    path = tmp_path / "a.pdf"
    page = sheets()
    page.text(60, 60, "Le titulaire héberge les données.")
    path.write_bytes(page.pdf())
    documents = read_dossier([path], ocr="off").documents
    path.write_bytes(blank(sheets))
    assert [list(pages) for pages in drawings([path], documents, ((1,),))] == [[(1, "changed")]]
    path.unlink()
    assert [list(pages) for pages in drawings([path], documents, ((1,),))] == [[(1, "changed")]]


def test_what_defeats_the_drawer_is_told_and_not_asked_for_again(
    tmp_path: Path, sheets: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    page = sheets()
    for _ in range(40):
        page.text(60, 60, "Le titulaire héberge les données.")
        page.page()
    path.write_bytes(page.pdf())
    documents = read_dossier([path], ocr="off").documents
    asked: list[Sequence[int]] = []

    def late(drawer: object, data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int) -> None:
        asked.append(pages)
        raise ReaderTimeout(path)

    monkeypatch.setattr(isolation, "draw", late)
    (pages,) = drawings([path], documents, choice_of("all").of(documents))
    assert dict(pages) == dict.fromkeys(range(1, 41), "reader_timeout")
    assert len(asked) == 1
