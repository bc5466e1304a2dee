"""One tender in, one Dossier out: every file listed, what cannot be read said, the rest read."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crible
from crible.errors import (
    CribleError,
    DamagedDocument,
    EmptyInput,
    EncryptedDocument,
    InputNotFound,
    LimitExceeded,
    UnreadableInput,
    UnsupportedMedia,
    UsageError,
)
from crible.extraction import document_text, evidence, find_quote, read_dossier
from crible.extraction.archive import Limits

if TYPE_CHECKING:
    from crible.types import Document, Dossier

CCTP = """# Cahier des clauses techniques particulières

## 1. Objet

Le titulaire héberge la plateforme de billetterie de la commune.

## 2. Hébergement

Les données sont hébergées en France, sur deux sites distants de 50 km.
"""
CCAP = "# Cahier des clauses administratives particulières\n\nLe CCAG-TIC s'applique au présent marché.\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
RAR = b"Rar!\x1a\x07\x01\x00" + b"\x00" * 32
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64


def pdf(*pages: str) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0)
    for page in pages:
        text = canvas.beginText(72, 760)
        text.textLines(page)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="proprietaire", user="secret"))
    return out.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def docx() -> bytes:
    return zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>"))


def write(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def by_path(dossier: Dossier) -> dict[str, Document]:
    return {d.path: d for d in dossier.documents}


def reasons(dossier: Dossier) -> dict[str, str]:
    return {d.path: d.unread[0].reason for d in dossier.documents if d.unread}


def test_one_file_is_a_tender_with_its_own_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "cctp.md", CCTP)
    dossier = read_dossier([path])
    (document,) = dossier.documents
    assert (dossier.name, dossier.sha256) == ("cctp.md", hashlib.sha256(CCTP.encode()).hexdigest())
    assert (document.path, document.role, document.language, document.pages) == ("cctp.md", "CCTP", "fr", 1)


def test_a_pdf_is_read_with_its_pages(tmp_path: Path) -> None:
    path = write(
        tmp_path / "CCTP.pdf", pdf("Cahier des clauses techniques particulières", "Les données restent en France.")
    )
    (document,) = read_dossier([path]).documents
    assert (document.role, document.pages, document.pages_read) == ("CCTP", 2, 2)
    assert any(b.page == 2 and "données restent en France" in b.text for b in document.blocks)


def test_a_folder_with_spaces_and_accents_is_a_tender(tmp_path: Path) -> None:
    folder = tmp_path / "Dossier n° 12 – Hébergement été"
    write(folder / "Pièces à lire" / "CCTP définitif.md", CCTP)
    write(folder / "CCAP.md", CCAP)
    dossier = read_dossier([folder])
    assert dossier.name == "Dossier n° 12 – Hébergement été"
    assert [(d.path, d.role) for d in dossier.documents] == [
        ("CCAP.md", "CCAP"),
        ("Pièces à lire/CCTP définitif.md", "CCTP"),
    ]


def test_a_zip_is_a_tender_and_its_files_are_named_from_it(tmp_path: Path) -> None:
    path = write(tmp_path / "DCE.zip", zipped(("Lot1/CCTP.md", CCTP.encode()), ("CCAP.md", CCAP.encode())))
    dossier = read_dossier([path])
    assert dossier.name == "DCE.zip"
    assert dossier.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(d.path, d.role, d.lot) for d in dossier.documents] == [
        ("DCE.zip!/CCAP.md", "CCAP", None),
        ("DCE.zip!/Lot1/CCTP.md", "CCTP", "1"),
    ]


def test_a_zip_inside_a_zip_is_read(tmp_path: Path) -> None:
    inner = zipped(("CCTP.md", CCTP.encode()))
    path = write(tmp_path / "DCE.zip", zipped(("Lot 2.zip", inner), ("CCAP.md", CCAP.encode())))
    found = by_path(read_dossier([path]))
    assert found["DCE.zip!/Lot 2.zip!/CCTP.md"].lot == "2"
    assert set(found) == {"DCE.zip!/Lot 2.zip!/CCTP.md", "DCE.zip!/CCAP.md"}


def test_the_hash_of_several_files_does_not_depend_on_their_order(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.md", CCTP), write(tmp_path / "b.md", CCAP)
    first = read_dossier([one, two])
    assert first.sha256 == read_dossier([two, one]).sha256
    write(two, CCAP + "Un mot de plus.")
    assert first.sha256 != read_dossier([one, two]).sha256


def test_offsets_count_in_the_text_of_the_document(tmp_path: Path) -> None:
    (document,) = read_dossier([write(tmp_path / "cctp.md", CCTP)]).documents
    text = document_text(document)
    assert [text[b.start : b.end] for b in document.blocks] == [b.text for b in document.blocks]


# One piece that cannot be read, beside one that can: (name, content, reason).
UNREADABLE = [
    ("vide.pdf", b"", "empty_file"),
    ("page.pdf", b"<html><body>Connexion requise</body></html>", "unsupported_media"),
    ("refus.zip", b"403 Forbidden", "unsupported_media"),
    ("avis.html", b"<html><body>Avis de marche</body></html>", None),
    ("avis", b"<html><body>Avis de marche</body></html>", None),
    ("tronque.pdf", pdf("Texte")[:60], "damaged"),
    ("protege.pdf", encrypted(pdf("Texte")), "encrypted"),
    ("AE.docx", docx(), "damaged"),
    ("BPU.xls", OLE, "legacy_office_not_supported"),
    ("note.rtf", b"{\\rtf1 Bonjour}", None),
    ("vide.rtf", b"{\\rtf1 }", "empty_file"),
    ("protege.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    ("scan.png", PNG, "image_without_ocr"),
    ("plan.tif", b"II*\x00\x08\x00\x00\x00", "image_without_ocr"),
    ("plan.dwg", b"AC1027\x00\x00\x00", "drawing"),
    ("outil.exe", b"MZ\x90\x00\x03\x00", "executable"),
    ("CCTP.pdf.p7s", b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x00", "signature_file"),
    (
        "CCTP.pdf.p7m",
        b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x00%PDF-1.7",
        "signed_envelope_not_supported",
    ),
    ("prix.csv", b"poste;quantite;prix\nserveur;2;100\nbaie;1;50\n", None),
    ("avis.xml", b"<?xml version='1.0'?><avis/>", "xml_not_supported"),
    ("pieces.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "damaged"),
    ("pieces.rar", RAR, "archive_not_supported"),
    ("vide.zip", zipped(), "empty_archive"),
    ("abime.zip", b"PK\x03\x04 puis rien", "damaged"),
    ("inconnu.bin", bytes(range(256)) * 4, "unknown_format"),
]


@pytest.mark.parametrize(("name", "data", "reason"), UNREADABLE, ids=[name for name, _, _ in UNREADABLE])
def test_a_piece_that_cannot_be_read_is_listed_and_the_other_is_read(
    tmp_path: Path, name: str, data: bytes, reason: str | None
) -> None:
    write(tmp_path / "dce" / "a-lire.md", CCTP)
    write(tmp_path / "dce" / name, data)
    dossier = read_dossier([tmp_path / "dce"], ocr="off")
    assert by_path(dossier)["a-lire.md"].blocks
    assert reasons(dossier).get(name) == reason
    if reason is not None:
        document = by_path(dossier)[name]
        assert (document.blocks, document.pages_read) == ((), 0)
        assert [(w.code, w.detail) for w in document.warnings] == [("unread_file", reason)]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Acte d'engagement.docx", "AE"),
        ("BPU lot 2.xlsx", "BPU"),
        ("document.docx", "OTHER"),
    ],
)
def test_an_unread_piece_still_has_the_role_of_its_name(tmp_path: Path, name: str, role: str) -> None:
    write(tmp_path / name, docx())
    write(tmp_path / "z.md", CCTP)
    assert by_path(read_dossier([tmp_path]))[name].role == role


def test_a_detached_signature_has_no_role_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path / "CCTP.md", CCTP)
    write(tmp_path / "CCTP.pdf.asc", b"-----BEGIN PGP SIGNATURE-----\n")
    assert by_path(read_dossier([tmp_path]))["CCTP.pdf.asc"].role == "OTHER"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, InputNotFound),
        (b"", EmptyInput),
        (b"<!DOCTYPE html><html><body>Connexion requise</body></html>", UnsupportedMedia),
        (b"403 Forbidden", UnsupportedMedia),
        (zipped(), EmptyInput),
        (zipped((".DS_Store", b"x"), ("__MACOSX/a", b"x")), EmptyInput),
        (pdf("Texte")[:60], DamagedDocument),
        (b"PK\x03\x04 puis rien", DamagedDocument),
        (encrypted(pdf("Texte")), EncryptedDocument),
        (docx(), DamagedDocument),
        (PNG, UnsupportedMedia),
        (OLE, UnsupportedMedia),
        (bytes(range(256)) * 4, UnsupportedMedia),
        (zipped(("a.rar", RAR), ("b.png", PNG)), UnsupportedMedia),
        (zipped(("a.rar", RAR), ("b.pdf", b"")), UnreadableInput),
        (zipped(("bombe.txt", b"0" * (20 << 20))), LimitExceeded),
    ],
    ids=[
        "missing",
        "empty",
        "html",
        "refusal",
        "empty zip",
        "only junk",
        "truncated",
        "damaged zip",
        "encrypted",
        "office",
        "image",
        "legacy office",
        "unknown",
        "zip of unsupported",
        "zip of both",
        "bomb",
    ],
)
def test_when_nothing_can_be_read_the_error_says_why(
    tmp_path: Path, data: bytes | None, error: type[CribleError]
) -> None:
    path = tmp_path / "piece.pdf"
    if data is not None:
        write(path, data)
    with pytest.raises(CribleError) as caught:
        read_dossier([path], ocr="off")
    assert type(caught.value) is error
    assert "piece.pdf" in str(caught.value)


def test_an_empty_folder_and_no_path_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyInput):
        read_dossier([tmp_path])
    with pytest.raises(UsageError):
        read_dossier([])


def test_a_missing_file_among_others_is_listed(tmp_path: Path) -> None:
    present = write(tmp_path / "cctp.md", CCTP)
    dossier = read_dossier([present, tmp_path / "absent.pdf"])
    assert reasons(dossier) == {"absent.pdf": "missing"}
    assert by_path(dossier)["cctp.md"].pages_read == 1


def test_the_same_bytes_are_read_once_and_listed_twice(tmp_path: Path) -> None:
    write(tmp_path / "Lot 1" / "CCTP.md", CCTP)
    write(tmp_path / "Lot 2" / "copie.md", CCTP)
    first, second = read_dossier([tmp_path]).documents
    assert [(w.code, w.detail) for w in second.warnings] == [("duplicate_of", "Lot 1/CCTP.md")]
    assert (second.role, second.blocks, second.pages, second.unread) == ("CCTP", (), 0, ())
    assert (first.lot, second.lot) == (None, "2")  # given for two lots: it is about neither of them only


def test_leftovers_of_systems_are_skipped_and_counted(tmp_path: Path) -> None:
    write(tmp_path / "CCTP.md", CCTP)
    for name in ("Thumbs.db", ".DS_Store", "__MACOSX/._CCTP.md", ".git/config"):
        write(tmp_path / name, b"x")
    dossier = read_dossier([tmp_path])
    assert [d.path for d in dossier.documents] == ["CCTP.md"]
    (warning,) = dossier.warnings
    assert warning.code == "junk_skipped"
    assert warning.detail.startswith("4 ")


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / ".cache" / ".cctp.md", CCTP)
    assert read_dossier([path]).documents[0].role == "CCTP"


def test_a_limit_that_is_hit_is_a_warning_of_the_tender(tmp_path: Path) -> None:
    members = [(f"{i}.txt", f"Le titulaire assure la prestation numéro {i}.".encode()) for i in range(6)]
    path = write(tmp_path / "DCE.zip", zipped(*members, ("gros.bin", os.urandom(4000))))
    dossier = read_dossier([path], limits=Limits(file=2000))
    assert [(w.code, w.document) for w in dossier.warnings] == [("file_too_large", "DCE.zip!/gros.bin")]
    dossier = read_dossier([path], limits=Limits(entries=4))
    assert [(w.code, w.detail) for w in dossier.warnings] == [("entries_limit", "4 sur 7")]


def test_pieces_read_side_by_side_keep_their_order_and_the_first_of_twins(tmp_path: Path) -> None:
    long = pdf(*["Les données restent en France."] * 40)
    for n in range(6):
        write(tmp_path / f"{n} annexe.pdf", long if n in (0, 4) else pdf(f"Objet {n}"))
    dossier = read_dossier([tmp_path])
    assert [d.path for d in dossier.documents] == [f"{n} annexe.pdf" for n in range(6)]
    assert [d.pages_read for d in dossier.documents] == [40, 1, 1, 1, 0, 1]
    assert [w.code for w in dossier.documents[4].warnings] == ["duplicate_of"]


def test_a_file_and_its_twin_that_cannot_be_read_both_say_why(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write(tmp_path / name, pdf("Texte")[:60])
    write(tmp_path / "c.md", CCTP)
    assert reasons(read_dossier([tmp_path])) == {"a.pdf": "damaged", "b.pdf": "damaged"}


def test_a_reader_that_breaks_on_one_file_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crible.extraction import dossier as module

    def broken(data: bytes, *, path: str, sha256: str) -> Document:
        raise RecursionError("objet récursif")

    monkeypatch.setenv("CRIBLE_ISOLATION", "off")  # a worker would not see the next line
    monkeypatch.setattr(module, "READERS", {**module.READERS, "application/pdf": broken})
    write(tmp_path / "a.md", CCTP)
    write(tmp_path / "b.pdf", pdf("Texte"))
    assert reasons(read_dossier([tmp_path])) == {"b.pdf": "reader_error"}


@pytest.mark.parametrize(
    "hostile",
    ["<!---->" * 30_000, "0" + "\n" * 200_000, "." * 500_000 + "x", "** a " * 100_000, "[" * 200_000, "| a " * 100_000],
    ids=["comments", "blank lines", "dots", "stars", "brackets", "pipes"],
)
def test_repetitive_texts_are_read_in_linear_time(tmp_path: Path, hostile: str) -> None:
    path = write(tmp_path / "x.md", f"{hostile}\n\nLe titulaire.\n")
    begun = time.process_time()
    read_dossier([path])
    assert time.process_time() - begun < 5  # a square or exponential search takes minutes


def test_archives_leave_nothing_on_disk(tmp_path: Path) -> None:
    write(tmp_path / "DCE.zip", zipped(("../dehors.md", CCTP.encode()), ("/absolu.md", CCAP.encode())))
    read_dossier([tmp_path / "DCE.zip"])
    assert [p.name for p in tmp_path.rglob("*")] == ["DCE.zip"]
    assert not (tmp_path.parent / "dehors.md").exists()


def test_evidence_carries_the_quote_its_place_and_its_section(tmp_path: Path) -> None:
    (document,) = read_dossier([write(tmp_path / "cctp.md", CCTP)]).documents
    block = next(b for b in document.blocks if "deux sites" in b.text)
    found = evidence(document, block, 0, len(block.text), quote="hébergées en France")
    assert (found.quote, found.section, found.role) == ("hébergées en France", "2 Hébergement", "CCTP")
    assert document_text(document)[slice(*found.char)] == "hébergées en France"
    assert found.anchor == {"kind": "text", "line": 9}
    assert find_quote(document, found)


def test_evidence_of_a_pdf_has_a_page_and_a_box_on_it(tmp_path: Path) -> None:
    (document,) = read_dossier([write(tmp_path / "CCTP.pdf", pdf("Objet", "Les données restent en France."))]).documents
    block = next(b for b in document.blocks if "France" in b.text)
    start = block.text.index("restent")
    found = evidence(document, block, start, start + len("restent en "))
    assert (found.quote, found.page) == ("restent en", 2)
    assert found.bbox is not None
    x0, top, x1, bottom = found.bbox
    # The line begins at 72 points from the left and 760 from the bottom of an A4 page (842 points high).
    assert 72 < x0 < x1 < 300
    assert 60 < top < bottom < 100


def test_a_quote_that_is_not_in_the_block_is_refused(tmp_path: Path) -> None:
    (document,) = read_dossier([write(tmp_path / "cctp.md", CCTP)]).documents
    block = document.blocks[-1]
    with pytest.raises(ValueError, match="not found"):
        evidence(document, block, 0, 10, quote="hébergées en Belgique")
    with pytest.raises(ValueError, match="empty"):
        evidence(document, block, 3, 3)


def test_a_displaced_quote_is_noticed(tmp_path: Path) -> None:
    from dataclasses import replace

    (document,) = read_dossier([write(tmp_path / "cctp.md", CCTP)]).documents
    found = evidence(document, document.blocks[-1], 0, 20)
    assert find_quote(document, found)
    assert not find_quote(document, replace(found, char=(found.char[0] + 1, found.char[1] + 1)))
    assert not find_quote(document, replace(found, quote="autre chose"))


def test_importing_the_library_loads_no_reader() -> None:
    code = (
        "import sys, crible, crible.extraction;"
        "print([m for m in ('pypdfium2', 'pdfplumber', 'spacy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


REAL = Path(__file__).resolve().parents[2] / "../shared/data/real"


@pytest.mark.skipif(not REAL.is_dir(), reason="the development tenders are not beside this checkout")
@pytest.mark.parametrize("tender", sorted(p.name for p in REAL.glob("*/")) if REAL.is_dir() else [])
def test_every_development_tender_is_read_whole(tender: str, tmp_path: Path) -> None:
    folder = REAL / tender
    if tender == "other-languages":  # forty files: the smaller half is enough here
        for path in sorted(folder.iterdir(), key=lambda p: p.stat().st_size)[:20]:
            shutil.copy(path, tmp_path / path.name)
        folder = tmp_path
    dossier = crible.read(folder)
    assert len(dossier.documents) == sum(1 for p in folder.rglob("*") if p.is_file())
    assert not [d.path for d in dossier.documents if not d.blocks]
    for document in dossier.documents:
        text = document_text(document)
        assert all(text[b.start : b.end] == b.text for b in document.blocks)
