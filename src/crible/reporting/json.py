"""The Dossier and the Assessment as JSON, schema 1.0: English keys, stable names, never a NaN.

Every function is pure. Boxes are rounded to 0.1 point (finer than a reader's eye and than pdfium's own repeatability),
probabilities to 4 digits, scores to 2.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crible.types import (
        Assessment,
        BBox,
        Block,
        Conflict,
        Criterion,
        Document,
        Dossier,
        Evidence,
        Fact,
        Finding,
        LabelSummary,
        ProfileResult,
        UnreadPage,
        Warned,
    )

SCHEMA_VERSION = "1.0"
_BOX_DIGITS = 1
_PROBABILITY_DIGITS = 4
_SCORE_DIGITS = 2
_LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def assessment_to_dict(assessment: Assessment) -> dict[str, Any]:
    """The Assessment as plain data; findings in the order of the documents, then of their characters.

    In ``coverage.unread`` a run of pages is ``[first, last]``, both included, and ``null`` for a whole file.
    """
    dossier, headline = assessment.dossier, assessment.headline
    buyer = assessment.facts.get("buyer")
    return {
        "schema_version": SCHEMA_VERSION,
        "id": assessment.id,
        "tender": {
            "name": dossier.name,
            "sha256": dossier.sha256,
            "title": assessment.title,
            "notice": _plain(dossier.notice),
            "buyer": {"name": assessment.buyer_name, "class": buyer.value if buyer else "unknown"},
            "cpv": list(assessment.cpv),
            "published_on": (dossier.notice or {}).get("published_on"),
        },
        "policy": {"id": headline.policy, "version": headline.version, "as_of": assessment.as_of},
        "models": dict(assessment.models),
        "software": assessment.software,
        "verdict": assessment.verdict,
        "score": _score(headline.score),
        "completeness": assessment.completeness,
        "reasons": list(headline.reasons),
        "profiles": {name: _profile(result) for name, result in assessment.profiles.items()},
        "legality": [
            {
                "code": warning.code,
                "severity": warning.severity,
                "message": warning.message,
                "legal_basis": list(warning.legal_basis),
                "evidence": list(warning.evidence),
            }
            for warning in assessment.legality
        ],
        "facts": {name: _fact(fact) for name, fact in assessment.facts.items()},
        "labels": {name: _label(summary) for name, summary in assessment.labels.items()},
        "findings": [finding_to_dict(f) for f in in_reading_order(assessment.findings, dossier)],
        "conflicts": [_conflict(conflict) for conflict in assessment.conflicts],
        "lots": [
            {
                "lot": lot.lot,
                "title": lot.title,
                "profiles": {name: _profile(p) for name, p in lot.profiles.items()},
                "facts": {name: _fact(fact) for name, fact in lot.facts.items()},
                "findings": list(lot.findings),
            }
            for lot in assessment.lots
        ],
        "documents": [_document(document) for document in dossier.documents],
        "announced_missing": list(dossier.announced_missing),
        "coverage": coverage_to_dict(dossier),
        "warnings": [warning_to_dict(w) for w in all_warnings(dossier, assessment.warnings)],
        # What the policies judged: `crible explain` judges it again. Lots by id, "" for a tender without lots.
        "judged": _plain(assessment.judged),
    }


def dossier_to_dict(dossier: Dossier) -> dict[str, Any]:
    """The Dossier as plain data: every file, those that could not be read with their reason, and every block."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": dossier.name,
        "sha256": dossier.sha256,
        "documents": [
            {
                **_document(document),
                "title": document.title,
                "lot": document.lot,
                "unread": [{"page": u.page, "reason": u.reason} for u in document.unread],
                "warnings": [warning_to_dict(w) for w in document.warnings],
                "blocks": [_block(block) for block in document.blocks],
            }
            for document in dossier.documents
        ],
        "announced_missing": list(dossier.announced_missing),
        "coverage": coverage_to_dict(dossier),
        "warnings": [warning_to_dict(w) for w in dossier.warnings],
    }


def to_json(data: Mapping[str, Any]) -> str:
    """Indented JSON with its final line break. Raises ValueError on NaN or infinity rather than write them."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_jsonl(data: Mapping[str, Any]) -> str:
    """One line of JSON with its line break; what some readers take for a line break inside a text is escaped."""
    line = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line.translate(_LINE_BREAKS) + "\n"


def in_reading_order(findings: Iterable[Finding], dossier: Dossier) -> list[Finding]:
    """Findings by document (order of the dossier), then first character, then label."""
    place = {document.path: i for i, document in enumerate(dossier.documents)}
    return sorted(findings, key=lambda f: (place.get(f.evidence.document, len(place)), f.evidence.char, f.label, f.id))


def coverage_to_dict(dossier: Dossier) -> dict[str, Any]:
    """Pages, pages read, and what was not read, one entry per run of pages with the same reason."""
    return {
        "pages": dossier.pages,
        "pages_read": dossier.pages_read,
        "unread": [
            {"document": document.path, "pages": pages, "reason": reason}
            for document in dossier.documents
            for pages, reason in unread_runs(document.unread)
        ],
    }


def unread_runs(unread: Sequence[UnreadPage]) -> list[tuple[list[int] | None, str]]:
    """Unread pages as runs: ``([first, last], reason)``; ``(None, reason)`` for a whole file."""
    runs: list[tuple[list[int] | None, str]] = []
    for entry in sorted(unread, key=lambda u: (u.page is not None, u.page or 0)):
        pages = runs[-1][0] if runs else None
        if entry.page is None:
            runs.append((None, entry.reason))
        elif pages is not None and runs[-1][1] == entry.reason and entry.page == pages[1] + 1:
            pages[1] = entry.page
        else:
            runs.append(([entry.page, entry.page], entry.reason))
    return runs


def all_warnings(dossier: Dossier, more: Sequence[Warned] = ()) -> list[Warned]:
    """Warnings of the dossier, of its documents and ``more``, each said once, each naming its document."""
    from dataclasses import replace

    found = [*dossier.warnings]
    for document in dossier.documents:
        found += [w if w.document else replace(w, document=document.path) for w in document.warnings]
    return list(dict.fromkeys([*found, *more]))


def finding_to_dict(finding: Finding) -> dict[str, Any]:
    """One finding with its detector and its evidence."""
    return {
        "id": finding.id,
        "label": finding.label,
        "probability": _probability(finding.probability),
        "strength": finding.strength,
        "effect": finding.effect,
        "actor": finding.actor,
        "negated": finding.negated,
        "params": _plain(finding.params),
        "lot": finding.lot,
        "part": finding.part,
        "section_kind": finding.section,
        "detector": {
            "kind": finding.detector.kind,
            "version": finding.detector.version,
            "threshold": _probability(finding.detector.threshold),
            "cues": list(finding.detector.cues),
            **({"like": {"text": like.text, "cosine": like.cosine}} if (like := finding.detector.like) else {}),
        },
        "evidence": evidence_to_dict(finding.evidence),
        "notes": list(finding.notes),
    }


def evidence_to_dict(evidence: Evidence) -> dict[str, Any]:
    """The quote and its anchor; ``boxes`` only when the quote runs over a page break, ``anchor`` only without pages."""
    data: dict[str, Any] = {
        "quote": evidence.quote,
        "document": evidence.document,
        "sha256": evidence.sha256,
        "role": evidence.role,
        "section": evidence.section,
        "page": evidence.page,
        "page_label": evidence.page_label,
        "bbox": _box(evidence.bbox),
        "char": list(evidence.char),
        "method": evidence.method,
    }
    if len(evidence.boxes) > 1:
        data["boxes"] = [{"page": page, "bbox": _box(box)} for page, box in evidence.boxes]
    if evidence.anchor is not None:
        data["anchor"] = _plain(evidence.anchor)
    return data


def warning_to_dict(warning: Warned) -> dict[str, Any]:
    """A warning: a stable code, its particulars, its document or null."""
    return {"code": warning.code, "detail": warning.detail, "document": warning.document}


def _profile(result: ProfileResult) -> dict[str, Any]:
    base = {
        "policy": result.policy,
        "version": result.version,
        "verdict": result.verdict,
        "score": _score(result.score),
        "raw": _score(result.raw),
        "reasons": list(result.reasons),
        "notes": list(result.notes),
        "criteria": [_criterion(c) for c in result.criteria],
    }
    # SEAL levels and advisory scores stand beside the common keys and never replace one of them.
    return {**_plain(result.extra), **base}


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "status": criterion.status,
        "weight": _score(criterion.weight),
        "points": _score(criterion.points),
        "reason": criterion.reason,
        "legal_basis": list(criterion.legal_basis),
        "evidence": list(criterion.evidence),
        "searched": dict(criterion.searched),
    }


def _label(summary: LabelSummary) -> dict[str, Any]:
    data: dict[str, Any] = {"strength": summary.strength} if summary.effect is None else {"effect": summary.effect}
    data["probability"] = _probability(summary.probability)
    data["params"] = _plain(summary.params)
    data["findings"] = list(summary.findings)
    return data


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "value": fact.value,
        "probability": _probability(fact.probability),
        "evidence": list(fact.evidence),
        "why": fact.why,
        "quotes": [evidence_to_dict(quote) for quote in fact.quotes],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "code": conflict.code,
        "topic": conflict.topic,
        "findings": list(conflict.findings),
        "lot": conflict.lot,
        "certain": conflict.certain,
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "path": document.path,
        "role": document.role,
        "sha256": document.sha256,
        "pages": document.pages,
        "pages_read": document.pages_read,
        "words": document.words,
        "language": document.language,
        "lot": document.lot,
        "date": document.date,
    }


def _block(block: Block) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": block.id,
        "kind": block.kind,
        "page": block.page,
        "page_end": block.page_end,
        "bbox": _box(block.bbox),
        "section": block.section,
        "section_path": list(block.section_path),
        "char": [block.start, block.end],
        "text": block.text,
        "method": block.method,
    }
    if block.row:
        data["row"] = list(block.row)
        data["header"] = list(block.header)
    if block.anchor is not None:
        data["anchor"] = _plain(block.anchor)
    if block.role is not None:
        data["role"] = block.role
    if block.language is not None:
        data["language"] = block.language
    return data


def _box(box: BBox | None) -> list[float] | None:
    return None if box is None else [round(float(edge), _BOX_DIGITS) for edge in box]


def _probability(value: float) -> float:
    return round(float(value), _PROBABILITY_DIGITS)


def _score(value: float | None) -> float | None:
    return None if value is None else round(float(value), _SCORE_DIGITS)


def _plain(value: Any) -> Any:
    """Mappings, tuples and sets as JSON kinds; sets sorted, because their order must not reach a user."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
