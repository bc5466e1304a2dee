"""Small tenders in our own words: a finding, a document, a dossier, each with sensible defaults."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from crible.types import (
    Block,
    DetectorTrace,
    Document,
    Dossier,
    Evidence,
    Finding,
    Role,
    UnreadPage,
)

MakeFinding = Callable[..., Finding]
MakeDocument = Callable[..., Document]
MakeDossier = Callable[..., Dossier]

# Enough plain words for a piece to count as read (rubric C.7 asks for 200).
FILLER = "Le titulaire exécute les prestations selon les règles de l'art et rend compte à l'acheteur. " * 20


@pytest.fixture
def finding() -> MakeFinding:
    """``finding("sv_secnumcloud", "mandatory", part="CCTP")``; adverse labels take an effect as strength."""
    numbers = count(1)

    def make(
        label: str,
        strength: str = "mandatory",
        *,
        part: Role = "CCTP",
        probability: float = 0.95,
        section: str = "requirement",
        document: str | None = None,
        heading: str = "5.2 Hébergement",
        quote: str = "Une clause.",
        page: int | None = 3,
        char: tuple[int, int] = (5000, 5010),
        negated: bool = False,
        lot: str | None = None,
        notes: tuple[str, ...] = (),
        **params: Any,
    ) -> Finding:
        adverse = label.startswith("ad_")
        effect = "operative" if strength == "mandatory" else strength
        return Finding(
            id=f"f{next(numbers)}",
            label=label,
            probability=probability,
            strength=None if adverse else strength,  # type: ignore[arg-type]
            effect=effect if adverse else None,  # type: ignore[arg-type]
            actor="contractor",
            negated=negated,
            params=params,
            lot=lot,
            part=part,
            section=section,  # type: ignore[arg-type]
            detector=DetectorTrace("patterns", "1", 0.5),
            evidence=Evidence(
                quote, document or f"{part}.pdf", "0" * 64, part, heading, page, None, (70.0, 70.0, 500.0, 90.0), char
            ),
            notes=notes,
        )

    return make


@pytest.fixture
def document() -> MakeDocument:
    """``document("CCTP", "1 Objet", "Le marché a pour objet …")``: each text a block, headings by their digits."""

    def make(role: Role, *texts: str, filler: bool = True, unread: tuple[int, ...] = (), path: str = "") -> Document:
        blocks: list[Block] = []
        start = 0
        for text in (*texts, *([FILLER] if filler else [])):
            heading = text[:1].isdigit() and len(text) < 60
            # The cover is the first page, everything after the first heading the second.
            page = 2 if heading or any(b.kind == "heading" for b in blocks) else 1
            blocks.append(
                Block(f"b{len(blocks)}", "heading" if heading else "paragraph", text, start, page, page, None)
            )
            start += len(text) + 1
        pages = 2 + len(unread)
        return Document(
            path=path or f"{role}.pdf",
            sha256=role.lower().ljust(64, "0"),
            role=role,
            pages=pages,
            pages_read=pages - len(unread),
            language="fr",
            blocks=tuple(blocks),
            unread=tuple(UnreadPage(page, "scan_without_ocr") for page in unread),
        )

    return make


@pytest.fixture
def dossier() -> MakeDossier:
    def make(*documents: Document, missing: tuple[str, ...] = (), notice: dict[str, Any] | None = None) -> Dossier:
        return Dossier("DCE", "f" * 64, documents, announced_missing=missing, notice=notice)

    return make
