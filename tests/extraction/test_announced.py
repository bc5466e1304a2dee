"""Pieces announced in the RC and absent from the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crible
from crible.extraction.announced import announced_items, missing_pieces
from crible.extraction.plaintext import read_text

if TYPE_CHECKING:
    from crible.types import Document, Role

RC = """# Règlement de la consultation

## 3. Contenu du dossier de consultation

Le dossier de consultation des entreprises (DCE) comprend les pièces suivantes :

- Le présent règlement de la consultation (RC) ;
- L'acte d'engagement (AE) et ses annexes ;
- Le cahier des clauses administratives particulières (CCAP) ;
- Le cahier des clauses techniques particulières (CCTP) et ses annexes :
- Annexe 1 – Inventaire du parc
- Annexe 7 : Plan d'assurance sécurité (PAS)
- Le bordereau des prix unitaires (BPU) et le détail quantitatif estimatif (DQE) ;
- Le cadre de réponse technique ;
- Les formulaires DC1 et DC2.

Il est remis gratuitement à chaque candidat.

## 4. Présentation des offres

L'offre comprend les pièces suivantes :

- Un mémoire technique ;
- Un extrait KBIS et la décomposition du prix global et forfaitaire complétée.
"""


def rc(text: str = RC) -> Document:
    return replace(read_text(text.encode(), path="RC.md", sha256="0" * 64), role="RC")


def other(path: str, role: Role, text: str = "") -> Document:
    document = read_text((text or "Texte").encode(), path=path, sha256="1" * 64)
    return replace(document, role=role)


def test_every_absent_piece_is_named_in_the_order_of_the_rc() -> None:
    assert missing_pieces([rc()]) == (
        "AE",
        "CCAP",
        "CCTP",
        "Annexe 1 – Inventaire du parc (CCTP)",
        "Annexe 7 : Plan d'assurance sécurité (PAS) (CCTP)",
        "BPU",
        "DQE",
        "CRT",
    )


def test_nothing_is_missing_from_a_whole_file() -> None:
    documents = [
        rc(),
        other("AE.docx", "AE"),
        other("CCAP.pdf", "CCAP"),
        other("CCTP.md", "CCTP", "# CCTP\n\n## Annexe 1 – Inventaire du parc\n\nDouze serveurs.\n"),
        other("annexe_7.pdf", "OTHER"),
        other("prix.xlsx", "BPU"),
        other("cadre.docx", "CRT"),
    ]
    assert missing_pieces(documents) == ()


@pytest.mark.parametrize(
    ("present", "absent"),
    [
        ([("CCP.pdf", "CCP")], {"CCAP", "CCTP"}),  # a merged contract stands for both
        ([("BPU.xlsx", "BPU")], {"BPU", "DQE"}),  # one price file often holds both sheets
        ([("PAS.pdf", "ANNEX_SEC")], {"Annexe 7 : Plan d'assurance sécurité (PAS) (CCTP)"}),
        ([("Inventaire du parc.xlsx", "OTHER")], {"Annexe 1 – Inventaire du parc (CCTP)"}),
    ],
)
def test_what_stands_for_a_piece_makes_it_present(present: list[tuple[str, Role]], absent: set[str]) -> None:
    before, after = missing_pieces([rc()]), missing_pieces([rc(), *(other(p, r) for p, r in present)])
    assert set(before) - set(after) == absent


@pytest.mark.parametrize(
    "text",
    [
        "# RC\n\nL'offre comprend les pièces suivantes :\n\n- L'acte d'engagement ;\n- Le bordereau des prix.\n",
        "# RC\n\nLe dossier de candidature comprend :\n\n- DC1 ;\n- DC2 ;\n- attestations.\n",
        "# RC\n\nLe DCE comprend les pièces nécessaires.\n\n## Suite\n\nLe CCAP et le CCTP s'appliquent.\n",
        "# RC\n\nLe DCE comprend :\n\n- Le présent règlement ;\n- Un mémoire technique ;\n- Une attestation.\n",
        "# RC\n\nLe candidat signe l'acte d'engagement.\n",
    ],
)
def test_what_candidates_bring_and_what_is_only_cited_is_not_missing(text: str) -> None:
    assert missing_pieces([rc(text)]) == ()


def test_a_list_inside_one_paragraph_is_split() -> None:
    text = (
        "# RC\n\nLe dossier de consultation est constitué des documents suivants : le règlement de la consultation ; "
        "l'acte d'engagement ; le cahier des clauses techniques particulières (CCTP).\n"
    )
    assert missing_pieces([rc(text)]) == ("AE", "CCTP")


def test_a_tender_without_rc_announces_nothing() -> None:
    assert missing_pieces([replace(rc(), role="CCAP")]) == ()
    assert announced_items(rc("# RC\n\nTexte.\n")) == ()


REAL = Path(__file__).resolve().parents[2] / "../shared/data/real"


@pytest.mark.skipif(not REAL.is_dir(), reason="the development tenders are not beside this checkout")
@pytest.mark.parametrize(
    ("tender", "expected"),
    [
        ("vallee-sud-infogerance", {"AE", "DPGF", "BPU", "DQE"}),
        ("dae-amoa-numerique", {"AE", "BPU", "CCAP", "CRT"}),
        ("justice-ppsmj", {"AE", "BPU", "DQE", "CCAP", "CCTP", "CRT"}),
        ("villeneuve-denrees", {"AE", "BPU", "DQE", "CRT"}),
    ],
)
def test_pieces_missing_from_the_development_tenders(tender: str, expected: set[str]) -> None:
    missing = crible.read(REAL / tender).announced_missing
    assert {m for m in missing if not m.startswith("Annexe")} == expected
