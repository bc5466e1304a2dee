"""One sentence through the patterns, and small documents to cut into clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from crible.classification.findings import classify_texts
from crible.classification.patterns import PatternDetector
from crible.classification.segments import Clause, clause_from_text
from crible.types import Block, Document, Dossier, Role

Read = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def read() -> Read:
    """``read("Les données …", part="CCTP", section="context")`` → labels found, by name."""

    def run(text: str, **about: str) -> dict[str, dict[str, Any]]:
        (answer,) = classify_texts([{"id": "1", "text": text, **about}], detector=PatternDetector())
        return {found["label"]: found for found in answer["labels"]}

    return run


@pytest.fixture
def clause() -> Callable[..., Clause]:
    """The single clause of a text."""

    def make(text: str, **about: Any) -> Clause:
        (only,) = clause_from_text("1", text, **about)
        return only

    return make


@pytest.fixture
def dossier() -> Callable[..., Dossier]:
    """``dossier(("heading", "4 Hébergement"), ("paragraph", "Les données …"), role="CCTP")``, of one document."""

    def make(*pieces: tuple[str, str] | Block, role: Role = "CCTP") -> Dossier:
        blocks: list[Block] = []
        path: tuple[str, ...] = ()
        at = 0
        for n, piece in enumerate(pieces):
            if isinstance(piece, Block):
                block = piece
            else:
                kind, text = piece
                if kind == "heading":
                    path = (text,)
                block = Block(f"b{n}", kind, text, at, 1, 1, None, section_path=path)  # type: ignore[arg-type]
            blocks.append(block)
            at += len(block.text) + 1
        return _one_document(blocks, role)

    return make


def _one_document(blocks: Iterable[Block], role: Role) -> Dossier:
    document = Document("piece.txt", "0" * 64, role, 1, 1, "fr", tuple(blocks))
    return Dossier("appel", "1" * 64, (document,))
