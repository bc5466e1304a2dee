"""Hostile and broken input through the command line: a clear message, the right exit code, the other pieces scored."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Any]

# Our own writing; the buyer is invented.
CCTP = [
    "CAHIER DES CLAUSES TECHNIQUES PARTICULIÈRES",
    "Agence exemple des archives numériques",
    "Objet : hébergement et maintenance de l'application de gestion des dossiers",
    "Article 1 - Objet du marché",
    "Le titulaire héberge l'application et en assure la maintenance pendant toute la durée du marché.",
    "Article 2 - Hébergement",
    "Le titulaire héberge les données exclusivement sur le territoire de l'Union européenne.",
    "Article 3 - Réversibilité",
    "En fin de marché, le titulaire restitue l'ensemble des données dans un format ouvert et documenté.",
    *["Le titulaire rend compte chaque mois du fonctionnement du service dans un rapport écrit."] * 20,
]


def pdf(lines: list[str] | None = None) -> bytes:
    """One page of text; same lines, same bytes."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 9)
    for i, line in enumerate(CCTP if lines is None else lines):
        canvas.drawString(60, 790 - 18 * i, line)
    canvas.save()
    return buffer.getvalue()


def encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(out, encryption=pikepdf.Encryption(user="secret", owner="secret", R=6))
    return out.getvalue()


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in entries.items():
            target.writestr(name.replace("__", "."), data)
    return out.getvalue()


BROKEN: dict[str, Callable[[], bytes]] = {
    "empty.pdf": lambda: b"",
    "page.pdf": lambda: b"<!DOCTYPE html><html><body><p>La page demandee n'existe plus.</p></body></html>",
    "truncated.pdf": lambda: pdf()[:200],
    "protected.pdf": encrypted,
    "empty.zip": archive,
    "noise.pdf": lambda: bytes(range(256)) * 20,
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["score", "read"])
def test_a_piece_that_cannot_be_read_alone_is_3_with_a_message(
    crible: Run, tmp_path: Path, command: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(BROKEN[name]())
    done = crible(command, path)
    assert done.code == 3
    assert done.err.startswith("Erreur : ")
    assert name in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) == 2  # what happened, what to do
    assert done.out == ""


@pytest.mark.parametrize("name", BROKEN)
def test_beside_a_good_piece_the_broken_one_is_told_and_the_good_one_scored(
    crible: Run, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "Dossier n° 7 – pièces à lire"
    folder.mkdir()
    (folder / "CCTP.pdf").write_bytes(pdf())
    (folder / name).write_bytes(BROKEN[name]())
    done = crible("score", folder, "--format", "json")
    assert done.code == 3
    data = json.loads(done.out)
    assert data["tender"]["name"] == folder.name
    by_name = {document["path"].rsplit("/", 1)[-1]: document for document in data["documents"]}
    assert by_name["CCTP.pdf"]["pages_read"] == 1
    assert any(name in entry["document"] for entry in data["coverage"]["unread"])
    assert data["verdict"] != "compliant"
    assert {"ho_location_eu"} <= {finding["label"] for finding in data["findings"]}


def test_a_missing_file_is_2(crible: Run, tmp_path: Path) -> None:
    done = crible("score", tmp_path / "pas là.pdf")
    assert done.code == 2
    assert "pas là.pdf n'existe pas" in done.err


def test_an_empty_folder_is_3(crible: Run, tmp_path: Path) -> None:
    folder = tmp_path / "vide"
    folder.mkdir()
    done = crible("score", folder)
    assert done.code == 3
    assert "vide" in done.err


def test_a_good_piece_alone_is_0(crible: Run, tmp_path: Path) -> None:
    (tmp_path / "CCTP.pdf").write_bytes(pdf())
    done = crible("score", tmp_path / "CCTP.pdf")
    assert (done.code, done.err) == (0, "")
    assert "CCTP, p. 1" in done.out


def test_a_zip_in_a_zip_is_read_through(crible: Run, tmp_path: Path) -> None:
    path = tmp_path / "DCE.zip"
    path.write_bytes(archive(Lot1__zip=archive(CCTP__pdf=pdf())))
    done = crible("read", path)
    assert done.code == 0
    documents = json.loads(done.out)["documents"]
    assert [d["path"] for d in documents if d["pages_read"]] == ["DCE.zip!/Lot1.zip!/CCTP.pdf"]


def test_a_path_with_spaces_and_accents_and_a_dash(crible: Run, tmp_path: Path) -> None:
    path = tmp_path / "-- Cahier des clauses à lire (été) n°2.pdf"
    path.write_bytes(pdf())
    done = crible("score", "--format", "jsonl", "--", path.name, cwd=tmp_path)
    assert done.code == 0
    assert json.loads(done.out)["tender"]["name"] == path.name


@pytest.mark.parametrize(
    ("threshold", "flagged"), [("compliant", True), ("needs_review", True), ("non_compliant", None)]
)
def test_fail_on_gives_1_at_or_above_the_verdict(
    crible: Run, tmp_path: Path, threshold: str, flagged: bool | None
) -> None:
    (tmp_path / "CCTP.pdf").write_bytes(pdf())
    done = crible("score", tmp_path / "CCTP.pdf", "--policy", "eu-seal", "--format", "json", "--fail-on", threshold)
    verdict = json.loads(done.out)["verdict"]
    assert verdict in ("needs_review", "non_compliant")
    assert done.code == (1 if flagged or verdict == "non_compliant" else 0)


def test_out_of_scope_never_fails(crible: Run, tmp_path: Path) -> None:
    works = ["CAHIER DES CLAUSES TECHNIQUES", "Objet : travaux de peinture des écoles"] + [
        "Deux couches de peinture."
    ] * 30
    (tmp_path / "CCTP.pdf").write_bytes(pdf(works))
    done = crible("score", tmp_path / "CCTP.pdf", "--format", "json", "--fail-on", "compliant")
    assert json.loads(done.out)["verdict"] == "out_of_scope"
    assert done.code == 0


def test_the_result_goes_to_the_file_asked_for(crible: Run, tmp_path: Path) -> None:
    (tmp_path / "CCTP.pdf").write_bytes(pdf())
    done = crible("score", tmp_path / "CCTP.pdf", "--format", "json", "-o", tmp_path / "avis.json")
    assert (done.code, done.out) == (0, "")
    assert json.loads((tmp_path / "avis.json").read_text(encoding="utf-8"))["schema_version"] == "1.0"


def test_the_same_tender_gives_the_same_bytes(crible: Run, tmp_path: Path) -> None:
    (tmp_path / "CCTP.pdf").write_bytes(pdf())
    first, second = (crible("score", tmp_path / "CCTP.pdf", "--format", "json") for _ in range(2))
    assert first.out == second.out


def test_classify_takes_clauses_and_gives_labels(crible: Run) -> None:
    clauses = [
        {"id": "a", "text": "Le titulaire héberge les données exclusivement en France.", "part": "CCTP"},
        {"id": "b", "text": "Les agents sont logés à proximité du chantier.", "part": "CCTP"},
    ]
    done = crible("classify", "-", stdin="".join(json.dumps(c) + "\n" for c in clauses))
    assert done.code == 0
    results = {r["id"]: r["labels"] for r in map(json.loads, done.out.splitlines())}
    assert "ho_location_france" in {label["label"] for label in results["a"]}
    assert results["b"] == []
    assert {"label", "probability", "strength", "effect", "actor", "params"} <= set(results["a"][0])


def test_demo_shows_the_three_samples(crible: Run) -> None:
    done = crible("demo", env={"COLUMNS": "100"})
    assert done.code == 0
    assert done.out.count("crible indique, une personne décide.") == 3
    assert "3 consultations en" in done.out
