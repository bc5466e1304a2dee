"""Files carried by a document, taken out in the worker: what crosses is checked, and a hostile one stops nothing."""

from __future__ import annotations

import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.extraction import archive, isolation, read_dossier, sources, unpacked
from crible.extraction.archive import Budget, Entry, Limits
from crible.extraction.isolation_codec import BadMessage
from crible.extraction.office.refusal import Refusal
from crible.extraction.unpacked import Unpacked, decode_unpacked, encode_unpacked, left_of

LIMITS = left_of(Budget(Limits()))
names = st.text(max_size=12)
entries = st.builds(
    lambda name, data, reason, notes: Entry(name, data, None if data is not None else reason, "", notes),
    names, st.none() | st.binary(max_size=40), names, st.lists(st.tuples(names, names), max_size=2).map(tuple),
)  # fmt: skip


def portfolio(*files: tuple[str, bytes]) -> bytes:
    pikepdf = pytest.importorskip("pikepdf")
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, data in files:
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(out)
    return out.getvalue()


@given(st.lists(entries, max_size=4))
def test_files_cross_as_they_are(found: list[Entry]) -> None:
    given_files = Unpacked(tuple(found), Budget(Limits(), len(found), 7, 1))
    again = decode_unpacked(encode_unpacked(given_files), limits=LIMITS)
    assert again.entries == given_files.entries
    assert (again.used.entries, again.used.unpacked, again.used.refused_entries) == (len(found), 7, 1)


@given(st.binary(max_size=200))
def test_nothing_else_is_taken_for_files(message: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_unpacked(message, limits=LIMITS)


def test_a_message_that_was_cut_or_lengthened_is_refused() -> None:
    message = encode_unpacked(Unpacked((Entry("a", b"abc"),), Budget(Limits(), 1, 3)))
    for wrong in (message[:-1], message + b"x"):
        with pytest.raises(BadMessage):
            decode_unpacked(wrong, limits=LIMITS)
    with pytest.raises(BadMessage):
        decode_unpacked(message, limits={**LIMITS, "entries": 0})


def test_the_files_of_a_pdf_count_for_the_whole_tender(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(portfolio(("Annexe.txt", b"Les donnees restent en France."), ("B.txt", b"Objet.")))
    budget = Budget(Limits())
    found = list(sources.iter_entries([tmp_path / "a.pdf"], budget=budget))
    assert [e.path for e in found] == ["a.pdf", "a.pdf!/Annexe.txt", "a.pdf!/B.txt"]
    assert (budget.entries, budget.unpacked) == (3, 36)


def test_what_a_carrier_loses_with_its_worker_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    isolation.close()  # the next worker is started with that path
    (tmp_path / "a.pdf").write_bytes(portfolio(("Annexe.txt", b"Les donnees restent en France.")))
    (tmp_path / "b.txt").write_text("Le titulaire assure la maintenance.", encoding="utf-8")
    monkeypatch.setattr(isolation, "_TAKE_OUT", "isolation_readers:dying_opener")
    dossier = read_dossier([tmp_path])
    assert [(d.path, [u.reason for u in d.unread]) for d in dossier.documents] == [
        ("a.pdf", []),
        ("a.pdf!/(fichiers joints)", ["reader_crashed"]),
        ("b.txt", []),
    ]
    assert dossier.documents[2].blocks
    isolation.close()


def zipped(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two files of one name are what is wanted
        for name, data in files:
            made.writestr(name, data)
    return out.getvalue()


def tarred(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


FILES = [(f"{n}.bin", b"%d" % n * 1000) for n in range(7)]


@pytest.mark.parametrize(("make", "room"), [(zipped, "ROOM_ZIP"), (tarred, "ROOM_MAX")])
def test_an_archive_crosses_in_parts_with_one_count(
    make: Callable[..., bytes], room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIBLE_ISOLATION", "off")
    monkeypatch.setattr(unpacked, room, 2500)  # three files a part
    parts: list[int] = []
    asked = isolation.unpack

    def unpack(data: bytes, **how: Any) -> Unpacked:
        found = decode_unpacked(encode_unpacked(asked(data, **how)), limits=how["limits"])
        parts.append(len(found.entries))
        return found

    monkeypatch.setattr(isolation, "unpack", unpack)
    (tmp_path / "DCE.x").write_bytes(make(*FILES, FILES[0]))
    budget = Budget(Limits(unpacked=7_500))
    found = list(sources.iter_entries([tmp_path / "DCE.x"], budget=budget))
    assert parts == [3, 3, 2]
    names = sorted([*(name for name, _ in FILES), "0 (2).bin"])
    assert sorted(e.path.removeprefix("DCE.x!/") for e in found) == names
    contents = {f"DCE.x!/{name}": data for name, data in [*FILES, ("0 (2).bin", FILES[0][1])]}
    assert all(e.data == contents[e.path] for e in found if e.reason is None)
    assert [e.reason for e in found] == [None] * 7 + ["unpacked_limit"]
    # A TAR is a file that was read; a ZIP on disk was not.
    assert (budget.entries, budget.unpacked) == (8 + (make is tarred), 7_000)


def test_an_archive_that_breaks_off_gives_what_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
        yield Entry("a.txt", b"Les donnees restent en France.")
        raise Refusal("compression_ratio", "300 > 200")

    monkeypatch.setenv("CRIBLE_ISOLATION", "off")
    monkeypatch.setitem(cast("dict[str, object]", unpacked.ARCHIVES), "application/x-tar", breaking)
    (tmp_path / "DCE.tar").write_bytes(tarred(*FILES))
    found = list(sources.iter_entries([tmp_path / "DCE.tar"], budget=Budget(Limits())))
    assert [(e.path, e.reason, e.detail) for e in found] == [
        ("DCE.tar!/a.txt", None, ""),
        ("DCE.tar", "compression_ratio", "300 > 200"),
    ]


def test_an_archive_that_kills_its_worker_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    isolation.close()
    (tmp_path / "a.zip").write_bytes(zipped(*FILES))
    (tmp_path / "b.txt").write_text("Le titulaire assure la maintenance.", encoding="utf-8")
    monkeypatch.setattr(isolation, "_TAKE_OUT", "isolation_readers:dying_opener")
    dossier = read_dossier([tmp_path])
    assert [(d.path, [u.reason for u in d.unread]) for d in dossier.documents] == [
        ("a.zip", ["reader_crashed"]),
        ("b.txt", []),
    ]
    isolation.close()


def test_a_zip_that_lists_more_than_documents_do_is_not_listed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
    assert sources.detect_media(data).endswith("wordprocessingml.document")
    monkeypatch.setattr(archive, "_LISTING_MAX", 50)
    monkeypatch.setattr(archive.zipfile, "ZipFile", None)  # it would fail if it were called
    assert sources.detect_media(data) == "application/zip"
