"""What each piece is, which lot it is about, and which stretches of it are another piece."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crible.extraction.plaintext import read_text
from crible.extraction.roles import fold_name, lot_of, role_of
from crible.extraction.stretches import with_role
from crible.types import Block, BlockKind, Document, Role

BLANK = "La commune d'Exemple lance une consultation."


def piece(name: str, cover: str = "") -> Document:
    """A document of one page: one block per line of ``cover``."""
    return pages(name, [[("paragraph", line) for line in cover.strip().split("\n") if line]])


def pages(name: str, content: list[list[tuple[BlockKind, str]]]) -> Document:
    blocks: list[Block] = []
    start = 0
    for number, page in enumerate(content, start=1):
        for kind, line in page:
            blocks.append(Block(f"b{len(blocks)}", kind, line, start, number, number, None))
            start += len(line) + 1
    return Document(name, "0" * 64, "OTHER", len(content), len(content), "fr", tuple(blocks))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("RC.pdf", "RC"),
        ("02 - Règlement de la consultation.pdf", "RC"),
        ("2026_RC_v2.pdf", "RC"),
        ("rc2.pdf", "RC"),
        ("AE.pdf", "AE"),
        ("ATTRI1_lot1.docx", "AE"),
        ("Acte d’engagement.docx", "AE"),
        ("CCAP_VF.pdf", "CCAP"),
        ("2026-12_cctp_infogerance.pdf", "CCTP"),
        ("Cahier des charges.pdf", "CCTP"),
        ("CCP.pdf", "CCP"),
        ("CCTAP.pdf", "CCP"),
        ("Annexe 3 RGPD.pdf", "ANNEX_GDPR"),
        ("Annexe 2 au CCAP - Protection des données.pdf", "ANNEX_GDPR"),
        ("Annexe PAS.pdf", "ANNEX_SEC"),
        ("Plan d'assurance sécurité (modèle).pdf", "ANNEX_SEC"),
        ("PSSI.pdf", "ANNEX_SEC"),
        ("Contrat d'hébergement.pdf", "ANNEX_HOST"),
        ("CRT.docx", "CRT"),
        ("Cadre de réponse technique.docx", "CRT"),
        ("BPU.xlsx", "BPU"),
        ("DPGF-lot-3.xlsx", "BPU"),
        ("DQE.xls", "BPU"),
        ("Questions-réponses n°2.pdf", "QA"),
        ("Q&R.pdf", "QA"),
        ("avis_2026-4412.pdf", "NOTICE"),
        ("rfq.md", "RC"),
        ("Attachment A PWS.pdf", "CCTP"),
        # No role of the contract.
        ("DC1.doc", "OTHER"),
        ("DUME.xml", "OTHER"),
        ("Plan de situation.pdf", "OTHER"),
        ("doc1.pdf", "OTHER"),
        ("marche.pdf", "OTHER"),
        ("source.pdf", "OTHER"),
        ("parc.pdf", "OTHER"),
        ("Lot 2.pdf", "OTHER"),
    ],
)
def test_a_file_name_tells_the_role(name: str, role: Role) -> None:
    assert role_of(piece(name, BLANK)) == role


@pytest.mark.parametrize(
    ("cover", "role"),
    [
        ("VILLE D'EXEMPLE\nCAHIER DES CLAUSES TECHNIQUES PARTICULIÈRES\nHébergement du site", "CCTP"),
        ("Cahier des\nClauses\nTechniques\nParticulières\nTierce maintenance", "CCTP"),
        ("MARCHÉ PUBLIC DE SERVICES\nC.C.A.P.\nVille d'Exemple", "CCAP"),
        (
            "Cahier des clauses administratives particulières\nLe règlement de la consultation est joint au dossier.",
            "CCAP",
        ),
        ("Procédure 12\nRèglement de la consultation\nLe présent règlement complète le CCAP et le CCTP.", "RC"),
        ("ACCORD-CADRE\nCahier des clauses particulières (CCP)\nvalant acte d'engagement", "CCP"),
        ("ANNEXE 2 AU CCAP\nClauses contractuelles de sous-traitance de données", "ANNEX_GDPR"),
        ("Plan d'assurance sécurité\nAnnexe au CCTP", "ANNEX_SEC"),
        ("Cadre de réponse technique\nLe candidat complète ce cadre en s'appuyant sur le CCTP.", "CRT"),
        ("Bordereau des prix unitaires\nRéférence | Prix", "BPU"),
        ("Acte d’engagement\nAccord-cadre n° 12", "AE"),
        ("Avis n°26-104512\nBulletin officiel", "NOTICE"),
        ("Questions - Réponses\nQuestion 1 : le CCTP prévoit-il une reprise ?", "QA"),
        ("PERFORMANCE WORK STATEMENT (PWS)\nCase management", "CCTP"),
        ("Instructions to tenderers\nThe technical specifications are in annex 1.", "RC"),
        # A citation alone is no title.
        ("Courrier\nVous trouverez ci-joint le règlement de la consultation et le CCTP.", "OTHER"),
        ("Note\nLe titulaire se reporte au CCAP pour les pénalités.", "OTHER"),
        (BLANK, "OTHER"),
    ],
)
def test_a_cover_tells_the_role_without_help_from_the_name(cover: str, role: Role) -> None:
    assert role_of(piece("doc1.pdf", cover)) == role


def test_a_clear_cover_beats_the_file_name() -> None:
    assert role_of(piece("RC.pdf", "CAHIER DES CLAUSES TECHNIQUES PARTICULIÈRES\nHébergement")) == "CCTP"


def test_running_headers_tell_the_role_when_the_cover_does_not() -> None:
    content: list[list[tuple[BlockKind, str]]] = [
        [("furniture", f"CCTP – Infogérance – page {n} sur 3"), ("paragraph", BLANK)] for n in (1, 2, 3)
    ]
    assert role_of(pages("doc1.pdf", content)) == "CCTP"


def test_a_table_of_contents_is_no_running_header() -> None:
    lines: list[tuple[BlockKind, str]] = [("furniture", f"Annexe {n} du CCTP ........ {n}") for n in range(1, 5)]
    assert role_of(pages("doc1.pdf", [[("paragraph", BLANK)], lines, lines])) == "OTHER"


def test_headings_of_a_price_schedule_or_of_an_rc_are_a_last_resort() -> None:
    heads = ["Contenu du dossier de consultation", "Présentation des candidatures", "Remise des offres", "Durée"]
    content: list[tuple[BlockKind, str]] = [("heading", h) for h in heads]
    assert role_of(pages("doc1.pdf", [[("paragraph", BLANK)], content])) == "RC"
    assert role_of(pages("doc1.pdf", [[("paragraph", BLANK)], content[1:2]])) == "OTHER"


@pytest.mark.parametrize(
    ("path", "cover", "lot"),
    [
        ("CCTP lot 2.pdf", "", "2"),
        ("CCTP_Lot-03_Plomberie.pdf", "", "3"),
        ("BPU_LOT_N°4.xlsx", "", "4"),
        ("DCE.zip!/Lot 1/CCTP.pdf", "", "1"),
        ("DCE.zip!/LOT2.zip!/CCTP.pdf", "", "2"),
        ("CCTP.pdf", "CCTP\nLot n° 2 : Réseau", "2"),
        ("CCTP lot A.pdf", "", "A"),
        ("notice LOT-0001.xml", "", "1"),
        # Several lots, none, or what is common to all.
        ("CCTP lots 1 et 2.pdf", "", None),
        ("CCTP.pdf", "CCTP\nLot 1 : Réseau\nLot 2 : Téléphonie", None),
        ("CCTP lot 00 généralités.pdf", "", None),
        ("CCTP.pdf", "Cahier des clauses\nparcelle lotie", None),
        ("pilote 2.pdf", "", None),
        ("CCTP.pdf", "Un lot d'équipements est acquis.", None),
    ],
)
def test_the_lot_comes_from_the_name_the_folder_or_the_cover(path: str, cover: str, lot: str | None) -> None:
    assert lot_of(piece(path, cover)) == lot


def test_the_cover_of_a_piece_common_to_all_lots_gives_no_lot() -> None:
    cover = "Cahier des clauses administratives particulières\nLot 1 : Réseau"
    assert with_role(piece("CCAP.pdf", cover)).lot is None
    assert with_role(piece("CCAP lot 1.pdf", cover)).lot == "1"


def test_names_are_folded_to_words() -> None:
    assert fold_name("DCE.zip!/Lot 1/2026-12_CCTP_Réseau.v2.pdf") == "2026 12 cctp reseau v2"


CONTRACT = """# Cahier des clauses administratives particulières

## Article 4 – Protection des données à caractère personnel

Le titulaire respecte le RGPD.

## Annexe 1 – Pénalités

Cent euros par jour.

## Annexe 2 – Protection des données à caractère personnel (RGPD)

Le titulaire est sous-traitant.

### 1. Objet

Les données restent en Europe.

## Annexe I – Liste des parties

Le responsable du traitement.

## Annexe 3 – Plan d'assurance sécurité

Les accès sont journalisés.

## Annexe 4 – Calendrier

Douze mois.
"""


def test_an_annex_inside_a_contract_has_its_own_role_until_the_next_annex() -> None:
    document = with_role(read_text(CONTRACT.encode(), path="CCAP.md", sha256="0" * 64))
    assert document.role == "CCAP"
    assert {b.text: b.role for b in document.blocks if b.kind == "paragraph"} == {
        "Le titulaire respecte le RGPD.": None,
        "Cent euros par jour.": None,
        "Le titulaire est sous-traitant.": "ANNEX_GDPR",
        "Les données restent en Europe.": "ANNEX_GDPR",
        "Le responsable du traitement.": "ANNEX_GDPR",
        "Les accès sont journalisés.": "ANNEX_SEC",
        "Douze mois.": None,
    }


def test_a_gdpr_annex_that_is_a_file_has_no_stretch() -> None:
    document = with_role(read_text(CONTRACT.encode(), path="x.md", sha256="0" * 64))
    annex = with_role(piece("Annexe RGPD.pdf", "Annexe RGPD\nClauses"))
    assert any(b.role for b in document.blocks)
    assert not any(b.role for b in annex.blocks)


def test_an_annex_title_cut_in_lines_at_the_top_of_a_page_opens_its_stretch() -> None:
    document = with_role(
        pages(
            "CCAP.pdf",
            [
                [("heading", "Cahier des clauses administratives particulières")],
                [("furniture", "CCAP"), ("paragraph", "Annexe"), ("paragraph", "RGPD – CLAUSES"), ("paragraph", "Fin")],
            ],
        )
    )
    assert [b.role for b in document.blocks] == [None, None, "ANNEX_GDPR", "ANNEX_GDPR", "ANNEX_GDPR"]


def test_pieces_bound_into_one_file_have_their_own_roles() -> None:
    def cover(title: str) -> list[tuple[BlockKind, str]]:
        return [("paragraph", "Ville d'Exemple"), ("paragraph", title), ("paragraph", "Refonte du site")]

    clause: list[tuple[BlockKind, str]] = [("paragraph", "Le titulaire exécute les prestations. " * 40)]
    document = with_role(
        pages(
            "DCE.pdf",
            [
                cover("Règlement de la consultation"),
                clause,
                cover("Cahier des clauses techniques particulières"),
                clause,
            ],
        )
    )
    assert document.role == "RC"
    assert [b.role for b in document.blocks] == [None] * 4 + ["CCTP"] * 4


@pytest.mark.parametrize(
    "page",
    [
        "Le cahier des clauses techniques particulières s'applique.",
        "Pièces du marché :\nCahier des clauses techniques particulières",
        "Cahier des clauses techniques particulières\n" + "Le titulaire exécute les prestations. " * 50,
    ],
)
def test_a_page_that_cites_a_piece_is_not_its_cover(page: str) -> None:
    lines: list[tuple[BlockKind, str]] = [("paragraph", line) for line in page.split("\n")]
    document = with_role(pages("RC.pdf", [[("heading", "Règlement de la consultation")], lines]))
    assert [b.role for b in document.blocks if b.role] == []


SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
# The manifest says « other » of three pieces whose role the annotated tenders give.
GIVEN: dict[str, Role] = {
    "aquareel-tma/marche-public-010-aquarel-ae-2025-tma-aquareel-vd.md": "AE",
    "aquareel-tma/marche-public-010-aquarel-q-r.md": "QA",
    "gardiennage-camp-des-milles/bpu-gardiennage.pdf": "BPU",
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the development tenders are not beside this checkout")
def test_roles_of_the_development_pieces() -> None:
    from crible.extraction import isolation
    from crible.extraction.dossier import READERS
    from crible.extraction.sources import detect_media

    wrong: list[tuple[str, str, str]] = []
    for line in (SHARED / "real/manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        expected = GIVEN.get(entry["file"], {"avis": "NOTICE"}.get(entry["doc_type"], entry["doc_type"]))
        if expected in ("other", "RFP"):  # not roles of ours
            continue
        path = SHARED / "real" / entry["file"]
        data = path.read_bytes()
        found = role_of(isolation.read(READERS[detect_media(data)], data, path=path.name, sha256="0" * 64))
        if found != expected:
            wrong.append((entry["file"], expected, found))
    assert wrong == []
