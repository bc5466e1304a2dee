"""A folder of every kind of file, through the front door: each is listed, with its blocks or with its reason."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crible
from crible.extraction import document_text, evidence, find_quote
from crible.extraction.office import legacy

if TYPE_CHECKING:
    from types import ModuleType


def _sibling(name: str) -> ModuleType:
    """A test module beside this one, for its builders: tests are not a package."""
    spec = importlib.util.spec_from_file_location(f"_builders_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def build() -> dict[str, Any]:
    return {n: _sibling(f"test_{n}") for n in ("docx", "sheets", "texts", "containers", "legacy")}


CLAUSE = "Les données sont hébergées en France."


def test_every_file_of_a_folder_is_listed_with_its_blocks_or_its_reason(
    tmp_path: Path, build: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIBLE_ISOLATION", "off")  # a worker would not see the next line
    monkeypatch.setattr(legacy, "converter", lambda: None)
    d, s, t, c, o = (build[n] for n in ("docx", "sheets", "texts", "containers", "legacy"))
    cctp = d.docx(d.p("Hébergement", style="Titre1") + d.p(CLAUSE))
    message = t.mail()
    message.add_attachment(c.pdf(CLAUSE), maintype="application", subtype="pdf", filename="CCAP.pdf")
    files = {
        "Lot 1/CCTP.docx": cctp,
        "CCTP renommé.pdf": d.docx(d.p("Objet", style="Titre1") + d.p("Le titulaire agit.")),
        "BPU.xlsx": s.xlsx(BPU=s.GRID),
        "questions.csv": s.CSV.encode(),
        "AE.odt": t.odt(t.h("Engagement") + t.p(CLAUSE)),
        "note.rtf": t.RTF.encode("ascii"),
        "réponse.eml": message.as_bytes(),
        "pieces.7z": c.seven(("Règlement.txt", CLAUSE.encode() * 3)),
        "pieces.tar.gz": c.gzip.compress(c.tar(("CRT.txt", CLAUSE.encode() * 2))),
        "RC.pdf.p7m": c.p7m(c.pdf("Règlement de la consultation")),
        "portefeuille.pdf": c.pdf("Portefeuille", ("Annexe.txt", CLAUSE.encode() * 4)),
        "ancien.doc": o.container({"WordDocument": o.FIB}),
        "protégé.docx": o.container({"EncryptedPackage": b"x"}),
        "tronqué.docx": cctp[:-300],
        "bombe.docx": d.docx(d.p(" " * (30 << 20))),
        "entités.docx": d.docx(d.p("x"), head=d.ENTITIES),
        "archive.rar": b"Rar!\x1a\x07\x01\x00",
        "scan.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 32,
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    dossier = crible.read(tmp_path, ocr="off")
    reasons = {x.path: x.unread[0].reason for x in dossier.documents if x.unread}
    assert reasons == {
        "ancien.doc": "legacy_office_without_converter", "protégé.docx": "encrypted", "tronqué.docx": "damaged",
        "bombe.docx": "compression_ratio", "entités.docx": "unsafe_xml", "archive.rar": "archive_not_supported",
        "scan.png": "image_without_ocr",
    }  # fmt: skip
    read = {x.path for x in dossier.documents if x.blocks}
    assert read == {
        "Lot 1/CCTP.docx", "CCTP renommé.pdf", "BPU.xlsx", "questions.csv", "AE.odt", "note.rtf", "réponse.eml",
        "réponse.eml!/CCAP.pdf", "pieces.7z!/Règlement.txt", "pieces.tar.gz!/CRT.txt", "RC.pdf.p7m!/RC.pdf",
        "portefeuille.pdf", "portefeuille.pdf!/Annexe.txt",
    }  # fmt: skip
    assert [(w.code, w.document) for w in dossier.warnings] == [("compression_ratio", "bombe.docx")]
    for document in dossier.documents:
        text = document_text(document)
        for block in document.blocks:
            assert text[block.start : block.end] == block.text
            assert find_quote(document, evidence(document, block, 0, len(block.text)))
    roles = {x.path: x.role for x in dossier.documents}
    assert (roles["Lot 1/CCTP.docx"], roles["BPU.xlsx"], roles["RC.pdf.p7m!/RC.pdf"]) == ("CCTP", "BPU", "RC")


def test_a_requirement_is_found_in_a_word_file_as_in_any_other(tmp_path: Path, build: dict[str, Any]) -> None:
    d = build["docx"]
    body = d.p("Hébergement", style="Titre1") + d.p(
        "Le titulaire devra héberger les données en France et disposer de la qualification SecNumCloud."
    )
    (tmp_path / "CCTP.docx").write_bytes(d.docx(body))
    assessment = crible.score(tmp_path / "CCTP.docx")
    found = [f for f in assessment.findings if f.label.startswith("ho_location")]
    assert found
    assert found[0].evidence.anchor == {"kind": "docx", "paragraph": 2}
    assert found[0].evidence.section == "1 Hébergement"


def test_documents_read_by_office_readers_do_not_share_state(build: dict[str, Any]) -> None:
    from crible.extraction.office.docx import read_docx

    d = build["docx"]
    data = d.docx(d.p("Objet", style="Titre1") + d.p("Le titulaire agit."))
    first = read_docx(data, path="a.docx", sha256="0")
    second = read_docx(io.BytesIO(data).getvalue(), path="a.docx", sha256="0")
    assert first == second
