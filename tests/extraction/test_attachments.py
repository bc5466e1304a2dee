"""Portfolios: PDFs that are a cover for other files, and files pinned to a page. Each is read, or said not to be."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from crible.extraction import read_dossier
from crible.extraction.archive import Budget, Limits
from crible.extraction.attachments import pdf_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crible.types import Document

TEXT = "Le titulaire héberge les données de la commune en France."


def sheet(made: Any, text: str = TEXT) -> bytes:
    made.text(72, 100, text)
    return made.pdf()  # type: ignore[no-any-return]


def portfolio(
    cover: bytes, *files: tuple[str, bytes], pinned: tuple[tuple[str, bytes], ...] = (), **saved: Any
) -> bytes:
    """A PDF portfolio as Acrobat makes it: names that begin with the number of their folder, and a list of columns.
    ``saved``: how pikepdf writes it."""
    name, string = pikepdf.Name, pikepdf.String
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(cover)) as document:
        for n, (title, data) in enumerate(files):
            document.attachments[f"<{n % 2}>{title}"] = pikepdf.AttachedFileSpec(document, data, filename=title)
        column = pikepdf.Dictionary(Subtype=name.F, N=string("Nom"), O=0)
        document.Root.Collection = pikepdf.Dictionary(
            Type=name.Collection, View=name.D, Schema=pikepdf.Dictionary(FileName=column),
            Folders=pikepdf.Dictionary(Type=name.Folder, ID=0, Name=string("DCE")),
        )  # fmt: skip
        pins = [pikepdf.AttachedFileSpec(document, data, filename=title).obj for title, data in pinned]
        if pins:
            document.pages[0].Annots = pikepdf.Array(
                document.make_indirect(
                    pikepdf.Dictionary(
                        Type=name.Annot, Subtype=name.FileAttachment, FS=spec, Rect=pikepdf.Array([10, 10, 30, 30])
                    )
                )
                for spec in pins
            )
        document.save(out, **saved)
    return out.getvalue()


def found(folder: Path, data: bytes) -> dict[str, Document]:
    (folder / "DCE.pdf").write_bytes(data)
    documents = read_dossier([folder]).documents
    return {d.path.removeprefix("DCE.pdf!/"): d for d in documents}


def reasons(documents: dict[str, Document]) -> dict[str, list[str]]:
    return {path: [u.reason for u in d.unread] for path, d in documents.items()}


def test_the_pieces_of_a_portfolio_are_read_under_their_names(sheets: Callable, tmp_path: Path) -> None:
    cover = sheet(sheets(), "Pour voir ce portefeuille, ouvrez-le dans un lecteur récent.")
    pieces = found(
        tmp_path,
        portfolio(
            cover,
            ("CCTP définitif.pdf", sheet(sheets(), "Article 1 : le titulaire héberge les données en France.")),
            ("RC.pdf", sheet(sheets(), "Les candidats remettent leur offre avant le 3 mars.")),
            ("Questions et réponses.txt", TEXT.encode()),
        ),
    )
    assert reasons(pieces) == {"DCE.pdf": [], "CCTP définitif.pdf": [], "RC.pdf": [], "Questions et réponses.txt": []}
    assert {path: d.role for path, d in pieces.items() if path != "DCE.pdf"} == {
        "CCTP définitif.pdf": "CCTP", "RC.pdf": "RC", "Questions et réponses.txt": "QA",
    }  # fmt: skip
    assert pieces["CCTP définitif.pdf"].blocks[0].text == "Article 1 : le titulaire héberge les données en France."


def test_a_piece_that_cannot_be_read_is_told_and_the_others_are(
    sheets: Callable, altered: Callable, tmp_path: Path
) -> None:
    honest = sheet(sheets())
    locked = altered(honest, encryption=pikepdf.Encryption(owner="o", user="u"))
    pieces = found(
        tmp_path,
        portfolio(
            honest,
            ("verrou.pdf", locked), ("coupé.pdf", honest[:90]), ("vide.pdf", b""), ("outil.exe", b"MZ" + bytes(90)),
            ("../../RC.txt", b"Les candidats remettent leur offre."),
        ),
    )  # fmt: skip
    assert reasons(pieces) == {
        "DCE.pdf": [], "verrou.pdf": ["encrypted"], "coupé.pdf": ["damaged"], "vide.pdf": ["empty_file"],
        "outil.exe": ["executable"], "RC.txt": [],
    }  # fmt: skip
    assert [w.code for w in pieces["RC.txt"].warnings] == ["unsafe_name"]


def test_a_portfolio_in_a_portfolio_is_opened_in_turn_up_to_a_depth(sheets: Callable, tmp_path: Path) -> None:
    data = sheet(sheets())
    for n in range(5):
        data = portfolio(sheet(sheets(), f"Couverture numéro {n}."), (f"{n}.pdf", data))
    pieces = found(tmp_path, data)
    assert {path.rsplit("/", 1)[-1]: r for path, r in reasons(pieces).items()} == {
        "DCE.pdf": [], "4.pdf": [], "3.pdf": [], "2.pdf": [], "1.pdf": ["nesting_limit"],
    }  # fmt: skip


def test_two_pieces_of_one_name_are_two_pieces(sheets: Callable, tmp_path: Path) -> None:
    files = [("BPU.txt", b"Lot 1 : serveurs."), ("BPU.txt", b"Lot 2 : baies.")]
    pieces = found(tmp_path, portfolio(sheet(sheets()), *files))
    assert set(pieces) == {"DCE.pdf", "BPU.txt", "BPU (2).txt"}


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param({}, id="in clear"),
        pytest.param({"object_stream_mode": pikepdf.ObjectStreamMode.generate}, id="objects in streams"),
        pytest.param(
            {
                "object_stream_mode": pikepdf.ObjectStreamMode.generate,
                "encryption": pikepdf.Encryption(owner="o", user=""),
            },
            id="encrypted",
        ),
    ],
)
def test_a_file_pinned_to_a_page_is_a_piece(sheets: Callable, tmp_path: Path, saved: dict[str, Any]) -> None:
    pins = (("Annexe sécurité.txt", TEXT.encode()), ("PAS.txt", b"Le plan d'assurance est joint."))
    made = portfolio(sheet(sheets()), ("RC.txt", b"Les offres sont remises."), pinned=pins, **saved)
    pieces = found(tmp_path, made)
    assert reasons(pieces) == {"DCE.pdf": [], "RC.txt": [], "Annexe sécurité.txt": [], "PAS.txt": []}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pieces_beyond_the_limit_are_counted(sheets: Callable, limit: int) -> None:
    pins = (("c.txt", b"c"), ("d.txt", b"d"))
    budget = Budget(Limits(entries=limit))
    data = portfolio(sheet(sheets()), ("a.txt", b"a"), ("b.txt", b"b"), pinned=pins)
    assert [e.path for e in pdf_files(data, budget)] == ["a.txt", "b.txt", "c.txt"][:limit]
    assert budget.refused_entries > 0
