"""Files inside files: 7z, TAR, signed envelopes, attachments of PDF, e-mail and office files, all under one budget."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from crible.extraction.archive import Budget, Entry, Limits
from crible.extraction.envelope import signed_content
from crible.extraction.sources import iter_entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = "Les données sont hébergées en France.".encode()


def walk(folder: Path, name: str, data: bytes, **limits: int) -> list[Entry]:
    (folder / name).write_bytes(data)
    return list(iter_entries([folder / name], budget=Budget(Limits(**limits))))


def seen(entries: list[Entry]) -> list[tuple[str, str | None]]:
    return [(e.path, e.reason) for e in entries]


def tar(
    *members: tuple[str | tarfile.TarInfo, bytes], encoding: str = "utf-8", form: int = tarfile.PAX_FORMAT
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, encoding=encoding) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def seven(*members: tuple[str, bytes], password: str | None = None) -> bytes:
    py7zr = pytest.importorskip("py7zr")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password) as archive:
        for name, data in members:
            archive.writestr(data, name)
    return out.getvalue()


def pdf(text: str, *attached: tuple[str, bytes]) -> bytes:
    import pikepdf
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(72, 760, text)
    canvas.save()
    out = io.BytesIO()
    with pikepdf.open(made) as opened:
        for name, data in attached:
            opened.attachments[name] = pikepdf.AttachedFileSpec(opened, data, filename=name)
        opened.save(out)
    return out.getvalue()


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes(4, "big")
    return bytes((tag, 0x84)) + size + body


SIGNED = bytes.fromhex("06092a864886f70d010702")
PLAIN = bytes.fromhex("06092a864886f70d010701")


def p7m(content: bytes | None) -> bytes:
    """A signed envelope without any signer: what is around the content does not matter here."""
    inner = der(0x30, PLAIN, der(0xA0, der(0x04, content))) if content is not None else der(0x30, PLAIN)
    return der(0x30, SIGNED, der(0xA0, der(0x30, der(0x02, b"\x01"), der(0x31), inner, der(0x31))))


def p7m_in_parts(*parts: bytes) -> bytes:
    """The same with lengths left open and the content cut, as programs that sign large files write it."""
    octets = b"\x24\x80" + b"".join(der(0x04, part) for part in parts) + b"\x00\x00"
    inner = b"\x30\x80" + PLAIN + b"\xa0\x80" + octets + b"\x00\x00" * 2
    return b"\x30\x80" + SIGNED + b"\xa0\x80\x30\x80" + der(0x02, b"\x01") + der(0x31) + inner + b"\x00\x00" * 3


# 7z ------------------------------------------------------------------------------------------------------------------


def test_a_7z_archive_is_read_in_natural_order_with_its_accents(tmp_path: Path) -> None:
    data = seven(("Lot 10/Pièce été.txt", b"dix"), ("Lot 2/Règlement.txt", TEXT), ("vide.txt", b""))
    entries = walk(tmp_path, "DCE.7z", data)
    assert [(e.path, e.data) for e in entries] == [
        ("DCE.7z!/Lot 2/Règlement.txt", TEXT),
        ("DCE.7z!/Lot 10/Pièce été.txt", b"dix"),
        ("DCE.7z!/vide.txt", b""),
    ]


def test_a_7z_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    assert seen(walk(tmp_path, "b.7z", seven(("b.txt", b"0" * (8 << 20))))) == [("b.7z", "compression_ratio")]


def test_limits_hold_inside_a_7z_archive(tmp_path: Path) -> None:
    data = seven(("1.txt", b"abcd" * 750), ("2.txt", b"efgh" * 250), ("3.txt", b"ijkl" * 100))
    assert [e.reason for e in walk(tmp_path, "a.7z", data, file=2000)] == ["file_too_large", None, None]
    assert [e.reason for e in walk(tmp_path, "a.7z", data, unpacked=3600)] == [None, "unpacked_limit", "unpacked_limit"]


def test_a_7z_archive_with_a_password_is_told(tmp_path: Path) -> None:
    assert seen(walk(tmp_path, "a.7z", seven(("a.txt", TEXT), password="secret"))) == [("a.7z", "encrypted")]


@pytest.mark.parametrize("cut", [10, 60])
def test_a_truncated_7z_archive_is_damaged(tmp_path: Path, cut: int) -> None:
    data = seven(("a.txt", os.urandom(500)))
    assert seen(walk(tmp_path, "a.7z", data[:-cut])) == [("a.7z", "damaged")]


def test_without_the_library_a_7z_archive_stays_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_ISOLATION", "off")  # archives are opened by a worker, which has its own modules
    monkeypatch.setitem(__import__("sys").modules, "py7zr", None)
    assert seen(walk(tmp_path, "a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04")) == [("a.7z", "archive_not_supported")]


# TAR -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["tar", "gz", "bz2", "xz"])
def test_a_tar_archive_is_read_with_its_accents(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    entries = walk(tmp_path, "DCE.tar.x", pack(tar(("Lot 1/Règlement.txt", TEXT), ("._x", b"x"))))
    assert [(e.path, e.data, e.reason) for e in entries] == [
        ("DCE.tar.x!/Lot 1/Règlement.txt", TEXT, None),
        ("DCE.tar.x!/._x", None, "junk"),
    ]


def test_names_of_an_older_system_get_their_accents_back(tmp_path: Path) -> None:
    data = tar(("Règlement.txt", TEXT), encoding="cp1252", form=tarfile.GNU_FORMAT)
    assert seen(walk(tmp_path, "a.tar", data)) == [("a.tar!/Règlement.txt", None)]


def test_links_and_devices_are_listed_and_not_followed_and_names_stay_inside(tmp_path: Path) -> None:
    link, hard, pipe = (tarfile.TarInfo(n) for n in ("lien.pdf", "dur.pdf", "tube"))
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard.type, hard.linkname = tarfile.LNKTYPE, "../../etc/passwd"
    pipe.type = tarfile.FIFOTYPE
    data = tar((link, b""), (hard, b""), (pipe, b""), ("/srv/absolu.txt", TEXT), ("../../dehors.txt", TEXT))
    entries = walk(tmp_path, "a.tar", data)
    assert seen(entries) == [
        ("a.tar!/lien.pdf", "symlink"), ("a.tar!/dur.pdf", "symlink"), ("a.tar!/tube", "not_a_file"),
        ("a.tar!/srv/absolu.txt", None), ("a.tar!/dehors.txt", None),
    ]  # fmt: skip
    assert [c for e in entries[3:] for c, _ in e.notes] == ["unsafe_name", "unsafe_name"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_a_compressed_tar_bomb_stops_at_the_ratio(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    entries = walk(tmp_path, "b.tar.x", pack(tar(("a.txt", TEXT), ("b.txt", b"0" * (30 << 20)))))
    assert seen(entries) == [("b.tar.x!/a.txt", None), ("b.tar.x!/(suite non lue)", "compression_ratio")]


def test_a_single_compressed_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    (entry,) = walk(tmp_path, "CCTP.txt.gz", gzip.compress(TEXT))
    assert (entry.path, entry.data) == ("CCTP.txt.gz!/CCTP.txt", TEXT)
    assert seen(walk(tmp_path, "b.txt.gz", gzip.compress(b"0" * (30 << 20)))) == [("b.txt.gz", "compression_ratio")]


def test_a_truncated_tar_gives_what_came_before(tmp_path: Path) -> None:
    data = tar(("a.txt", TEXT), ("b.bin", os.urandom(5000)))
    assert seen(walk(tmp_path, "a.tar", data[:3000])) == [
        ("a.tar!/a.txt", None),
        ("a.tar!/(suite illisible)", "damaged"),
    ]
    assert seen(walk(tmp_path, "a.tar.gz", gzip.compress(data)[:40])) == [("a.tar.gz", "damaged")]


def test_entries_beyond_the_limit_are_counted_in_a_tar(tmp_path: Path) -> None:
    data = tar(*((f"{i}.txt", b"x") for i in range(12)))
    (tmp_path / "a.tar").write_bytes(data)
    budget = Budget(Limits(entries=10))
    assert len(list(iter_entries([tmp_path / "a.tar"], budget=budget))) < 12
    assert budget.refused_entries > 0


# Envelopes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (p7m(TEXT), TEXT),
        (p7m(b"x" * 300), b"x" * 300),
        (p7m_in_parts(TEXT[:10], TEXT[10:]), TEXT),
        (b"-----BEGIN PKCS7-----\n" + base64.encodebytes(p7m(TEXT)) + b"-----END PKCS7-----\n", TEXT),
        (p7m(None), None),
        (p7m(TEXT)[:-20], None),
        (b"\x30\x80" * 500, None),
        (b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x00%PDF-1.7", None),
        (b"-----BEGIN PKCS7-----\nAAAA", None),
    ],
)
def test_the_piece_comes_out_of_its_envelope_and_nothing_out_of_a_false_one(data: bytes, content: bytes | None) -> None:
    assert signed_content(data) == content


def test_a_signed_pdf_is_read_under_its_name_and_a_detached_signature_stays_a_file(tmp_path: Path) -> None:
    made = pdf("Les données restent en France.")
    (entry,) = walk(tmp_path, "CCTP.pdf.p7m", p7m(made))
    assert (entry.path, entry.data) == ("CCTP.pdf.p7m!/CCTP.pdf", made)
    (entry,) = walk(tmp_path, "CCTP.pdf.p7s", p7m(None))
    assert (entry.path, entry.reason) == ("CCTP.pdf.p7s", None)


# Documents that carry files ------------------------------------------------------------------------------------------


def test_the_files_of_a_pdf_portfolio_follow_it(tmp_path: Path) -> None:
    data = pdf("Portefeuille", ("Annexe sécurité.txt", TEXT), ("prix.csv", b"a;b;c\n"))
    entries = walk(tmp_path, "DCE.pdf", data)
    assert seen(entries) == [("DCE.pdf", None), ("DCE.pdf!/Annexe sécurité.txt", None), ("DCE.pdf!/prix.csv", None)]
    assert entries[1].data == TEXT
    reasons = [e.reason for e in walk(tmp_path, "DCE.pdf", data, file=len(data), unpacked=20)]
    assert reasons == [None, "unpacked_limit", None]


def test_the_attachments_of_an_email_follow_it_and_are_opened_in_turn(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Pièces"
    message["MIME-Version"] = "1.0"
    message.set_content("Ci-joint.")
    message.add_attachment(zipped(("CCTP.txt", TEXT)), maintype="application", subtype="zip", filename="../DCE.zip")
    entries = walk(tmp_path, "envoi.eml", message.as_bytes())
    assert seen(entries) == [("envoi.eml", None), ("envoi.eml!/DCE.zip!/CCTP.txt", None)]


def test_the_files_embedded_in_an_office_file_follow_it(tmp_path: Path) -> None:
    data = zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>"), ("word/embeddings/a.xlsx", b"PK"))
    assert seen(walk(tmp_path, "a.docx", data)) == [("a.docx", None), ("a.docx!/a.xlsx", None)]


def test_nesting_counts_every_kind_of_container(tmp_path: Path) -> None:
    data = gzip.compress(tar(("CCTP.txt", TEXT)))
    data = zipped(("a.zip", zipped(("b.zip", zipped(("c.tar.gz", data), ("d.txt", b"fond"))))))
    assert seen(walk(tmp_path, "DCE.zip", data)) == [
        ("DCE.zip!/a.zip!/b.zip!/c.tar.gz", "nesting_limit"),
        ("DCE.zip!/a.zip!/b.zip!/d.txt", None),
    ]
    data = zipped(("a.zip", zipped(("b.zip", zipped(("c.pdf", pdf("x", ("d.txt", TEXT))))))))
    assert seen(walk(tmp_path, "DCE.zip", data)) == [
        ("DCE.zip!/a.zip!/b.zip!/c.pdf", None),
        ("DCE.zip!/a.zip!/b.zip!/c.pdf!/d.txt", "nesting_limit"),
    ]
