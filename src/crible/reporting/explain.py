"""An assessment explained: per criterion the rule, its texts, the quotes, what was searched, and what would change it.

``explanation(saved, pack)`` is plain data with words in one language: it is the JSON of `crible explain`, and the text
and the page show it. Evidence is ranked and said once, with every place where the same words stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crible.errors import CribleError
from crible.reporting.explain_words import labels_sought, rule_of, sentence
from crible.reporting.saved import SavedAssessment, SavedCriterion, SavedDetector, SavedFinding, SavedProfile
from crible.reporting.words import Lang, day, printable, say, term
from crible.scoring.aggregate import STRENGTHS, VERDICT_ADVERSE
from crible.scoring.changes import Change
from crible.scoring.counterfactual import Counterfactual, Search, outcome, search
from crible.scoring.evidence import NOT_CONTRACTUAL
from crible.scoring.policy import PolicyPack
from crible.scoring.reasons import criterion_text

SCHEMA_VERSION = "1.0"


def explanation(
    assessment: SavedAssessment, pack: PolicyPack, *, lang: Lang = "fr", criterion: str | None = None
) -> dict[str, Any]:
    """Everything there is to say of one profile of an assessment; only ``criterion`` of its criteria when given."""
    profile = assessment.profiles[pack.id]
    findings = {f.id: f for f in assessment.findings}
    chosen = [c for c in profile.criteria if criterion in (None, c.id)]
    return {
        "schema_version": SCHEMA_VERSION,
        "assessment": assessment.id,
        "lang": lang,
        "tender": {
            "name": printable(assessment.tender.name), "title": printable(assessment.tender.title),
            "buyer": printable(assessment.tender.buyer.name),
        },
        "policy": {
            "id": pack.id, "version": pack.version, "title": pack.title[lang], "as_of": assessment.policy.as_of,
            "status": pack.status,
        },
        "verdict": profile.verdict,
        "verdict_text": say(profile.verdict, lang),
        "score": profile.score,
        "reasons": [
            {"code": code, "text": say(code, lang)} for code in dict.fromkeys([*profile.reasons, *profile.notes])
        ],
        "criteria": [_criterion(c, assessment, pack, findings, lang) for c in chosen],
        "adverse": [
            {"label": label, "text": say(label, lang), "evidence": _evidence(summary.findings, findings, lang)}
            for label, summary in assessment.labels.items()
            if summary.effect == "operative" and label in VERDICT_ADVERSE
        ],
        "conflicts": [
            {"code": c.code, "text": say(c.code, lang), "evidence": _evidence(c.findings, findings, lang)}
            for c in assessment.conflicts
        ],
        "legality": [
            {
                "code": w.code, "severity": w.severity, "severity_text": say(w.severity, lang),
                "text": say(w.code, lang), "legal_basis": [printable(t) for t in w.legal_basis],
                "evidence": _evidence(w.evidence, findings, lang),
            }
            for w in assessment.legality
        ],
        "facts": [
            {
                "fact": name, "text": say(name, lang), "value": fact.value, "probability": fact.probability,
                "value_text": _value(name, fact.value, lang), "evidence": _evidence(fact.evidence, findings, lang),
            }
            for name, fact in assessment.facts.items()
        ],
        "searched": _searched(assessment, lang),
        "warnings": [
            say(w.code, lang, detail=printable(w.detail), document=printable(w.document or ""))
            for w in assessment.warnings
        ],
        "changes": _changes(assessment, pack, profile, lang),
    }  # fmt: skip


def _criterion(
    criterion: SavedCriterion, assessment: SavedAssessment, pack: PolicyPack, findings: Mapping[str, SavedFinding],
    lang: Lang,
) -> dict[str, Any]:  # fmt: skip
    part = next((p for p in pack.components if p.id == criterion.id), None)
    cited = set(part.legal_basis) if part else {text.id for text in pack.legal_basis}
    sought = labels_sought(criterion.id, pack)
    here = {label for f in criterion.evidence if f in findings for label in (findings[f].label,)}
    return {
        "id": criterion.id,
        "name": say(criterion.id, lang),
        "status": criterion.status,
        "status_text": say(criterion.status, lang),
        "weight": criterion.weight,
        "points": criterion.points,
        "text": criterion_text(criterion.status, bool(criterion.evidence), criterion.searched, lang),
        "rule": rule_of(criterion.id, pack, lang),
        "legal_basis": [
            {"text": str(text), "url": text.url, "status": text.status, "status_text": say(f"rule:{text.status}", lang)}
            for text in pack.legal_basis
            if text.id in cited
        ],
        "evidence": _evidence(criterion.evidence, findings, lang),
        "not_found": [{"label": label, "text": say(label, lang)} for label in sought if label not in here],
    }


def _evidence(ids: Iterable[str], findings: Mapping[str, SavedFinding], lang: Lang) -> list[dict[str, Any]]:
    """The quotes of ``ids``, ranked; the same words on the same label are one entry with its places and lots."""
    folded: dict[tuple[str, str, str | None, str | None], list[SavedFinding]] = {}
    for finding in sorted((findings[i] for i in dict.fromkeys(ids) if i in findings), key=_rank):
        key = (finding.label, " ".join(finding.evidence.quote.casefold().split()), finding.strength, finding.effect)
        folded.setdefault(key, []).append(finding)
    found = []
    for same in folded.values():
        first = same[0]
        places = dict.fromkeys((f.evidence.document, f.evidence.page) for f in same)
        found.append(
            {
                "findings": [f.id for f in same],
                "label": first.label,
                "label_text": say(first.label, lang),
                "strength": first.strength,
                "effect": first.effect,
                "force_text": _force(first, lang),
                "probability": first.probability,
                "read_by": _read_by(first.detector),
                "quote": printable(first.evidence.quote),
                "role": first.evidence.role,
                "section": printable(first.evidence.section),
                "places": [{"document": printable(document), "page": page} for document, page in places],
                "lots": list(dict.fromkeys(f.lot for f in same if f.lot is not None)),
            }
        )
    return found


def _read_by(detector: SavedDetector | None) -> dict[str, Any] | None:
    """Which detector decided, from which probability, and the training wording that it found alike."""
    if detector is None:
        return None
    like = detector.like and {"text": printable(detector.like.text), "cosine": detector.like.cosine}
    return {"kind": detector.kind, "version": detector.version, "threshold": detector.threshold, "like": like}


def _rank(finding: SavedFinding) -> tuple[bool, int, bool, float, str]:
    """Operative adverse clauses, then the strongest; pieces that bind; the surest."""
    strength = STRENGTHS.index(finding.strength) if finding.strength else -1
    return (
        finding.effect != "operative", -strength, finding.part in NOT_CONTRACTUAL, -finding.probability, finding.id
    )  # fmt: skip


def _force(finding: SavedFinding, lang: Lang) -> str:
    from crible.reporting.words import EFFECTS

    if finding.strength is not None:
        return say(finding.strength, lang)
    return EFFECTS[lang][finding.effect] if finding.effect else ""


def _value(fact: str, value: str, lang: Lang) -> str:
    return say(value, lang) if fact == "dce" else term(fact, value, lang)


def _searched(assessment: SavedAssessment, lang: Lang) -> dict[str, Any]:
    """The pieces read, and what nobody could read or was not in the file."""
    return {
        "pages": assessment.coverage.pages,
        "pages_read": assessment.coverage.pages_read,
        "documents": [
            {"path": printable(d.path), "role": d.role, "pages": d.pages, "pages_read": d.pages_read}
            for d in assessment.documents
        ],
        "unread": [
            {
                "document": printable(u.document), "pages": list(u.pages) if u.pages else None, "reason": u.reason,
                "text": say(u.reason, lang),
            }
            for u in assessment.coverage.unread
        ],
        "announced_missing": [printable(piece) for piece in assessment.announced_missing],
    }  # fmt: skip


def _changes(assessment: SavedAssessment, pack: PolicyPack, profile: SavedProfile, lang: Lang) -> dict[str, Any] | None:
    """What would change the verdict; None when what was judged is not known, or gives another verdict today."""
    from crible.scoring.record import from_record

    if not assessment.judged:
        return None
    try:
        case = {lot: from_record(record) for lot, record in assessment.judged.items()}
    except CribleError:
        return None
    if outcome(case, pack).verdict != profile.verdict:
        return None
    found = search(case, pack)
    several = len(case) > 1
    return {
        "better": _told(found.better, lang, several),
        "worse": _told(found.worse, lang, several),
        "other": _told(found.other, lang, several),
        "complete": found.complete,
        "judged": found.judged,
        "text": _remark(found, lang),
    }


def _told(found: Sequence[Counterfactual], lang: Lang, several: bool) -> list[dict[str, Any]]:
    return [
        {
            "verdict": one.verdict, "score": one.score, "text": sentence(one.changes, one.verdict, lang, lots=several),
            "changes": [_change(c) for c in one.changes],
        }
        for one in found
    ]  # fmt: skip


def _change(change: Change) -> dict[str, Any]:
    return {"kind": change.kind, "target": change.target, "value": change.value, "params": dict(change.params)}


def _remark(found: Search, lang: Lang) -> str:
    from crible.scoring.counterfactual import MOST_CHANGES

    parts = []
    if not (found.better or found.worse or found.other):
        parts.append(say("explain:changes.none", lang, n=MOST_CHANGES))
    else:
        if found.verdict in ("non_compliant", "needs_review") and all(c.verdict != "compliant" for c in found.better):
            parts.append(say("explain:changes.no_better", lang, n=MOST_CHANGES))
        parts.append(say("explain:changes.note", lang))
    return " ".join(parts if found.complete else [*parts, say("explain:changes.partial", lang)])


def summary(data: Mapping[str, Any], lang: Lang) -> str:
    """« non conforme selon fr-etat@2026.2 (au 23/11/2026) »."""
    policy = data["policy"]
    return say(
        "explain:summary", lang, verdict=data["verdict_text"], policy=f"{policy['id']}@{policy['version']}",
        date=day(policy["as_of"], lang),
    )  # fmt: skip
