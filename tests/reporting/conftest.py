"""A constructed Assessment with one of everything: what the reports are tested on without reading a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crible.types import (
    Assessment,
    Conflict,
    Criterion,
    DetectorTrace,
    Document,
    Dossier,
    Evidence,
    Fact,
    Finding,
    LabelSummary,
    LegalityWarning,
    ProfileResult,
    UnreadPage,
    Warned,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CCTP, SCAN = "DCE.zip!/Cahier technique.pdf", "DCE.zip!/Annexe 5.pdf"


def evidence(quote: str, document: str = CCTP, *, start: int = 100, page: int = 17, **more: Any) -> Evidence:
    fields: dict[str, Any] = {
        "quote": quote, "document": document, "sha256": "a" * 64, "role": "CCTP", "section": "5.2 Hébergement",
        "page": page, "page_label": str(page - 2), "bbox": (71.234, 402.55, 523.96, 431.0),
        "char": (start, start + len(quote)),
    }  # fmt: skip
    return Evidence(**(fields | more))


def finding(name: str, label: str, quote: str, **more: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": name, "label": label, "probability": 0.974321, "strength": "mandatory", "effect": None,
        "actor": "contractor", "negated": False, "params": {"perimeter": "all"}, "lot": None, "part": "CCTP",
        "section": "requirement", "evidence": evidence(quote),
        "detector": DetectorTrace("patterns", "1", 0.5, ("devra",)),
    }  # fmt: skip
    return Finding(**(fields | more))


def profile(policy: str, verdict: str, score: float | None, **more: Any) -> ProfileResult:
    fields: dict[str, Any] = {"policy": policy, "version": "2026.2", "raw": score, "reasons": ()}
    return ProfileResult(verdict=verdict, score=score, **(fields | more))  # type: ignore[arg-type]


@pytest.fixture
def dossier() -> Dossier:
    documents = (
        Document(path=CCTP, sha256="a" * 64, role="CCTP", pages=69, pages_read=69, language="fr"),
        Document(
            path=SCAN, sha256="b" * 64, role="ANNEX_HOST", pages=9, pages_read=2, language=None,
            unread=tuple(UnreadPage(page, "scan_without_ocr") for page in (1, 2, 3, 4, 5, 6, 9)),
            warnings=(Warned("unread_pages", "7"),),
        ),
        Document(
            path="DCE.zip!/plan.dwg", sha256="c" * 64, role="OTHER", pages=0, pages_read=0, language=None,
            unread=(UnreadPage(None, "drawing"),),
        ),
    )  # fmt: skip
    return Dossier(
        name="DCE.zip", sha256="d" * 64, documents=documents, announced_missing=("Annexe 7 PAS",),
        warnings=(Warned("junk_skipped", "2"),),
    )  # fmt: skip


@pytest.fixture
def make(dossier: Dossier) -> Callable[..., Assessment]:
    """``make(**changes)``: the usual Assessment with some fields changed."""
    here, cloud = (
        "Les données restent dans l'Union européenne.",
        "Le service est fourni sur le nuage de la société Exemple.",
    )
    findings = (
        finding("f2", "ho_location_eu", here, evidence=evidence(here, start=900, page=21)),
        finding("f1", "sv_secnumcloud", "La qualification SecNumCloud sera appréciée.", strength="scored"),
        finding(
            "f3", "ad_named_exposed_provider", cloud, evidence=evidence(cloud, start=50, page=16), strength=None,
            effect="operative",
        ),
    )  # fmt: skip
    searched = {"documents": 4, "pages": 71}
    criteria = (
        Criterion("qualification", "unmet", 45, 22.5, "SECNUMCLOUD_ONLY_S", ("Loi n° 2024-449",), ("f1",), searched),
        Criterion("location", "met", 15, 15, "", (), ("f2",), searched),
        Criterion("reversibility", "unmet", 20, 0, "", (), (), searched),
        Criterion("gdpr", "not_applicable", 10, 0, "", (), (), {}),
    )  # fmt: skip
    profiles = {
        "seed": profile("seed", "non_compliant", 12.0),
        "fr-etat": profile("fr-etat", "non_compliant", 41.456, reasons=("SECNUMCLOUD_ONLY_S",), criteria=criteria),
        "fr-sante": profile("fr-sante", "out_of_scope", None),
        "eu-seal": profile("eu-seal", "needs_review", 38.0, extra={"levels": {"SOV-1": 1}, "seal_core": 1}),
    }
    fields: dict[str, Any] = {
        "id": "e" * 64, "dossier": dossier, "title": "Hébergement et infogérance du système d'information",
        "buyer_name": "Agence exemple des archives", "policy": "fr-etat", "as_of": "2026-11-23", "profiles": profiles,
        "facts": {
            "digital": Fact("yes", 0.99, ("f1",)), "hosting": Fact("contractor", 0.9, ()),
            "buyer": Fact("state", 0.95), "dce": Fact("complete", 1.0),
        },
        "labels": {
            "sv_secnumcloud": LabelSummary("scored", None, ("f1",), 0.97, {"timing": ("at_bid",)}),
            "ad_named_exposed_provider": LabelSummary(None, "operative", ("f3",), 0.97, {}),
        },
        "findings": findings, "conflicts": (Conflict("CONFLICT_LOCATION", "location", ("f1", "f2")),),
        "legality": (LegalityWarning("LR-02", "medium", "Localisation sans motif.", ("Règl. 2018/1807",), ("f2",)),),
        "models": {"taxonomy": "1", "patterns": "1"}, "software": "0.1.0",
    }  # fmt: skip
    return lambda **changes: Assessment(**(fields | changes))
