"""What a file is, by its bytes; and what archives hold, whatever their author did to them."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from crible.errors import DamagedDocument
from crible.extraction.archive import Budget, Entry, Limits, natural_key, read_entries, repaired_name
from crible.extraction.sources import detect_media, is_junk, iter_entries

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def entries(data: bytes, **limits: int) -> list[Entry]:
    return list(read_entries(data, budget=Budget(Limits(**limits))))


def walk(path: Path, **limits: int) -> list[Entry]:
    return list(iter_entries([path], budget=Budget(Limits(**limits))))


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"", "application/x-empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"\r\n" * 200 + b"%PDF-1.4\n\x00\x01", "application/pdf"),
        (b"<!DOCTYPE html>\n<html><p>%PDF-1.7 est un format</p></html>", "text/html"),
        ("\ufeff<html lang='fr'><body>Avis</body></html>".encode(), "text/html"),
        (b"<!-- copie --><HTML><HEAD></HEAD></HTML>", "text/html"),
        (zip_of(("CCTP.pdf", b"%PDF-1.7")), "application/zip"),
        (zip_of(("a.pdf", b"%PDF-1.7\n"), compression=zipfile.ZIP_STORED), "application/zip"),
        (zip_of(), "application/zip"),
        (
            zip_of(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            zip_of(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            zip_of(("mimetype", b"application/vnd.oasis.opendocument.text"), compression=zipfile.ZIP_STORED),
            "application/vnd.oasis.opendocument.text",
        ),
        (OLE, "application/x-ole-storage"),
        (b"{\\rtf1\\ansi Bonjour}", "application/rtf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MZ\x90\x00\x03\x00", "application/x-executable"),
        (b"\x7fELF\x02\x01\x01\x00", "application/x-executable"),
        (b"#!/bin/sh\necho bonjour\n", "application/x-executable"),
        (b"AC1027\x00\x00\x00", "image/vnd.dwg"),
        (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "image/vnd.dxf"),
        (b"ISO-10303-21;\nHEADER;\n", "model/ifc"),
        (b"0\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x00", "application/pkcs7-mime"),
        (b"-----BEGIN PGP SIGNATURE-----\n", "application/pgp-signature"),
        (b"<?xml version='1.0'?><avis/>", "application/xml"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
        (b"poste;quantite;prix\nserveur;2;100\nbaie;1;50\n", "text/csv"),
        (b"From: a@exemple.fr\r\nTo: b@exemple.fr\r\nMIME-Version: 1.0\r\n\r\nBonjour", "message/rfc822"),
        # Text that only looks like something else.
        ("Le titulaire héberge les données en France.".encode("cp1252"), "text/plain"),
        (b"BMP et MZ sont des sigles.", "text/plain"),
        (b"MZ est un sigle ; BM aussi.", "text/plain"),
        (b"Le prix, la qualite, le delai.\nLe candidat, seul, repond.\nIl signe.\n", "text/plain"),
        ("\ufeffLe titulaire".encode("utf-16"), "text/plain"),
        (bytes(range(256)) * 8, "application/octet-stream"),
    ],
)
def test_content_tells_the_media_type(data: bytes, media: str) -> None:
    assert detect_media(data) == media


@pytest.mark.parametrize(
    ("path", "junk"),
    [
        ("__MACOSX/._CCTP.pdf", True),
        ("Lot1/Thumbs.db", True),
        (".DS_Store", True),
        ("~$CCTP.docx", True),
        ("Lot1/.git/config", True),
        ("CCTP.pdf", False),
        ("Thumbs.db.pdf", False),
        ("Lot 1/annexe.DS_Store.pdf", False),
    ],
)
def test_leftovers_of_systems_are_junk_and_pieces_are_not(path: str, junk: bool) -> None:
    assert is_junk(path) is junk


def test_natural_order_puts_lot_2_before_lot_10() -> None:
    names = ["Lot 10/CCTP.pdf", "lot 2/CCTP.pdf", "Lot 1/CCTP.pdf", "Annexe ².pdf", "AE.pdf"]
    assert sorted(names, key=natural_key) == [
        "AE.pdf",
        "Annexe ².pdf",
        "Lot 1/CCTP.pdf",
        "lot 2/CCTP.pdf",
        "Lot 10/CCTP.pdf",
    ]


def legacy(name: str, encoding: str) -> zipfile.ZipInfo:
    """The entry a tool writes when it stores ``name`` in ``encoding`` without the UTF-8 flag."""
    info = zipfile.ZipInfo()
    info.filename = name.encode(encoding).decode("cp437")
    return info


@pytest.mark.parametrize("encoding", ["cp850", "cp1252", "utf-8", "cp437"])
@pytest.mark.parametrize("name", ["Règlement de consultation.pdf", "Pièces/Décomposition à compléter.pdf", "Où ça.pdf"])
def test_legacy_names_get_their_accents_back(name: str, encoding: str) -> None:
    assert repaired_name(legacy(name, encoding)) == name


def test_capital_accents_of_cp850_are_repaired() -> None:
    assert repaired_name(legacy("RÈGLEMENT À LIRE.pdf", "cp850")) == "RÈGLEMENT À LIRE.pdf"


def test_the_unicode_path_field_wins_over_the_legacy_name() -> None:
    info = zipfile.ZipInfo("R?glement.pdf")
    name = "Règlement.pdf".encode()
    info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
    assert repaired_name(info) == "Règlement.pdf"


def test_names_written_with_backslashes_or_decomposed_accents_are_normalised() -> None:
    info = zipfile.ZipInfo()
    info.filename, info.flag_bits = "Lot1\\Re\u0301ponse.pdf", 0x800
    assert repaired_name(info) == "Lot1/Réponse.pdf"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("/srv/CCTP.txt", "srv/CCTP.txt"),
        ("C:/Marches/CCTP.txt", "Marches/CCTP.txt"),
        ("a\x1b[31mb.txt", "a\ufffd[31mb.txt"),
    ],
)
def test_a_name_that_would_leave_the_archive_is_cleaned_and_said(written: str, shown: str) -> None:
    info = zipfile.ZipInfo()
    info.filename = written
    (entry,) = entries(zip_of((info, b"texte")))
    assert (entry.path, entry.data) == (shown, b"texte")
    assert [code for code, _ in entry.notes] == ["unsafe_name"]


def test_an_ordinary_name_is_left_alone() -> None:
    (entry,) = entries(zip_of(("Lot 1/Pièce n° 2 (définitive).txt", b"texte")))
    assert (entry.path, entry.notes) == ("Lot 1/Pièce n° 2 (définitive).txt", ())


def test_a_very_long_name_is_shortened_and_keeps_its_extension() -> None:
    (entry,) = entries(zip_of(("x" * 4000 + ".pdf", b"%PDF-")))
    assert len(entry.path) <= 260
    assert entry.path.endswith(".pdf")
    assert ("name_shortened", entry.path) in entry.notes


def test_a_symbolic_link_is_listed_and_not_followed() -> None:
    info = zipfile.ZipInfo("lien.pdf")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    (entry,) = entries(zip_of((info, b"/etc/passwd")))
    assert (entry.data, entry.reason) == (None, "symlink")


def test_an_encrypted_entry_is_listed_and_the_others_are_read() -> None:
    data = bytearray(zip_of(("a.txt", b"secret"), ("b.txt", b"lisible")))
    # The encryption bit of the first entry, in its local header (offset 6) and in the central directory (offset 8).
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    first, second = entries(bytes(data))
    assert (first.path, first.data, first.reason) == ("a.txt", None, "encrypted")
    assert second.data == b"lisible"


def test_a_damaged_entry_is_listed_and_the_others_are_read() -> None:
    data = bytearray(zip_of(("a.txt", b"A" * 500), ("b.txt", b"lisible"), compression=zipfile.ZIP_STORED))
    data[100] ^= 0xFF  # inside the stored bytes of the first entry: its CRC no longer agrees
    first, second = entries(bytes(data))
    assert (first.data, first.reason) == (None, "damaged")
    assert second.data == b"lisible"


def test_two_entries_of_one_name_are_both_kept() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zip_of(("CCTP.txt", b"un"), ("CCTP.txt", b"deux"))
    assert [(e.path, e.data) for e in entries(data)] == [("CCTP.txt", b"un"), ("CCTP (2).txt", b"deux")]


def test_a_zip_bomb_is_refused_by_its_ratio() -> None:
    (entry,) = entries(zip_of(("bombe.txt", b"0" * (20 << 20))))
    assert (entry.data, entry.reason) == (None, "compression_ratio")


def test_a_small_repetitive_text_is_no_bomb() -> None:
    (entry,) = entries(zip_of(("vide.txt", b" " * 200_000)))
    assert entry.data is not None


def test_a_bomb_that_lies_about_its_size_is_not_unpacked() -> None:
    data = bytearray(zip_of(("bombe.txt", b"0" * (20 << 20))))
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 1000)
    budget = Budget(Limits())
    (entry,) = read_entries(bytes(data), budget=budget)
    assert entry.data is None
    assert budget.unpacked <= 1000


@pytest.mark.parametrize(
    ("limits", "reasons"),
    [
        ({"file": 1000}, ["file_too_large", None, None]),
        ({"unpacked": 2500}, [None, "unpacked_limit", None]),
        ({}, [None, None, None]),
    ],
)
def test_size_limits_refuse_what_goes_over_and_keep_the_rest(limits: dict[str, int], reasons: list[str | None]) -> None:
    noise = os.urandom(2000)  # does not compress
    data = zip_of(("1.bin", noise), ("2.bin", noise[:1000]), ("3.bin", noise[:100]))
    assert [e.reason for e in entries(data, **limits)] == reasons


def test_entries_beyond_the_limit_are_counted_and_not_read() -> None:
    data = zip_of(*((f"{i}.txt", b"x") for i in range(12)))
    budget = Budget(Limits(entries=10))
    assert len(list(read_entries(data, budget=budget))) == 10
    assert budget.refused_entries == 2


def test_what_is_not_an_archive_is_damaged() -> None:
    with pytest.raises(DamagedDocument):
        entries(b"PK\x03\x04 puis rien")


def test_archives_are_opened_three_deep_and_not_four(tmp_path: Path) -> None:
    data = zip_of(("CCTP.txt", b"fond"))
    for level in range(3):
        data = zip_of((f"niveau{level}.zip", data), (f"piece{level}.txt", f"texte {level}".encode()))
    path = tmp_path / "DCE.zip"
    path.write_bytes(data)
    found = {e.path: e.reason for e in walk(path)}
    assert found == {
        "DCE.zip!/niveau2.zip!/niveau1.zip!/niveau0.zip": "nesting_limit",
        "DCE.zip!/niveau2.zip!/niveau1.zip!/piece0.txt": None,
        "DCE.zip!/niveau2.zip!/piece1.txt": None,
        "DCE.zip!/piece2.txt": None,
    }


def test_limits_are_shared_by_nested_archives(tmp_path: Path) -> None:
    noise = os.urandom(3000)
    path = tmp_path / "DCE.zip"
    path.write_bytes(zip_of(("lot1.zip", zip_of(("a.bin", noise))), ("lot2.zip", zip_of(("b.bin", noise)))))
    # The two archives inside take 6,200 bytes before the first of them is opened.
    reasons = [e.reason for e in walk(path, unpacked=9500)]
    assert reasons == [None, "unpacked_limit"]


def test_a_folder_is_walked_in_natural_order_with_relative_paths(tmp_path: Path) -> None:
    for name in ("Lot 10/CCTP é à.txt", "Lot 2/CCTP.txt", "RC.txt", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("texte", encoding="utf-8")
    (tmp_path / "rompu.pdf").symlink_to(tmp_path / "absent.pdf")
    (tmp_path / "boucle").symlink_to(tmp_path, target_is_directory=True)
    found = [(e.path, e.reason) for e in walk(tmp_path)]
    assert found == [
        (".git", "junk"),
        ("boucle", "symlink"),
        ("Lot 2/CCTP.txt", None),
        ("Lot 10/CCTP é à.txt", None),
        ("RC.txt", None),
        ("rompu.pdf", "symlink"),
    ]


def test_a_missing_path_and_a_pipe_are_listed_with_their_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tube")
    found = list(iter_entries([tmp_path / "absent.pdf", tmp_path / "tube"], budget=Budget(Limits())))
    assert [(e.path, e.reason) for e in found] == [("absent.pdf", "missing"), ("tube", "not_a_file")]


def test_two_files_of_one_name_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    paths = [tmp_path / "lot1" / "CCTP.txt", tmp_path / "lot2" / "CCTP.txt"]
    for path in paths:
        path.parent.mkdir()
        path.write_text("texte", encoding="utf-8")
    found = [e.path for e in iter_entries(paths, budget=Budget(Limits()))]
    assert found == [p.as_posix() for p in paths]
