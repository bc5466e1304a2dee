"""The arithmetic the four policies share: values of strengths, weighted components, penalties, caps, criteria.

Every number comes from the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crible.scoring.aggregate import STRENGTHS
from crible.scoring.policy import Component, PolicyPack, Term, When
from crible.scoring.reasons import criterion_text
from crible.scoring.tender import TenderFacts
from crible.types import Criterion, ProfileResult, Status, Strength, Verdict

Value = Callable[[str], float]
# Sensitivity values under which the particular protection of the data is taken as established (rubric C.5).
SENSITIVE = ("declared_yes", "strong_inferred")


def effective_labels(pack: PolicyPack, tender: TenderFacts) -> dict[str, Strength]:
    """The labels after the downgrades of the pack (a qualification « en cours » is only a wish)."""
    labels = dict(tender.labels)
    for rule in pack.downgrades:
        if labels.get(rule.label) in rule.from_ and holds(rule.when, tender.params.get(rule.label, {})):
            labels[rule.label] = rule.to
    return labels


def holds(when: When, params: Mapping[str, Any]) -> bool:
    """Whether ``params`` satisfy every condition; a list of values is satisfied by any one of them."""
    for key, wanted in when.items():
        value = params.get(key)
        if isinstance(wanted, tuple):
            given = (value,) if isinstance(value, str) else (value or ())
            if not any(one in given for one in wanted):
                return False
        elif value != wanted:
            return False
    return True


def strength_value(pack: PolicyPack, tender: TenderFacts) -> Value:
    """Label to value (mandatory 1, scored 0.5 …)."""
    labels = effective_labels(pack, tender)

    def value(label: str) -> float:
        strength = labels.get(label)
        return 0.0 if strength is None else pack.strengths[strength]

    return value


def mandatory_value(pack: PolicyPack, tender: TenderFacts) -> Value:
    """The same, when only mandatory clauses count."""
    labels = effective_labels(pack, tender)
    return lambda label: pack.strengths["mandatory"] if labels.get(label) == "mandatory" else 0.0


def component_value(component: Component, tender: TenderFacts, value: Value) -> float | None:
    """The best of the terms, from 0 to 1; None when the component does not apply to this tender."""
    if any(tender.facts.get(fact) == out for fact, out in component.not_applicable_when.items()):
        return None
    return max(term_value(term, tender, value) for term in component.best_of)


def term_value(term: Term, tender: TenderFacts, value: Value) -> float:
    if term.all_of:
        return term.factor * min(value(label) for label in term.all_of)
    params = tender.params.get(term.label, {})
    if not holds(term.when, params) or (term.unless and holds(term.unless, params)):
        return 0.0
    return term.factor * value(term.label)


def weighted(parts: Iterable[tuple[float, float | None]]) -> float:
    """Weighted average out of 100; a part that does not apply hands its weight to the others."""
    counted = [(weight, value) for weight, value in parts if value is not None]
    total = sum(weight for weight, _ in counted)
    return 100.0 * sum(weight * value for weight, value in counted) / total if total else 0.0


def penalty(pack: PolicyPack, tender: TenderFacts) -> float:
    """Points lost to adverse clauses: the worst kind of each label, the sum held under the pack's ceiling."""
    lost = 0.0
    for label, points in pack.penalties.items():
        if label in tender.adverse:
            anyhow = points.get("any", 0.0)
            lost += max((points.get(kind, anyhow) for kind in tender.adverse[label]), default=anyhow)
    return min(lost, pack.penalty_cap)


def raw_score(pack: PolicyPack, tender: TenderFacts) -> float:
    """The weighted components less the penalties, before any cap: it may be negative."""
    value = strength_value(pack, tender)
    parts = [(c.weight, component_value(c, tender, value)) for c in pack.components]
    return weighted(parts) - penalty(pack, tender)


def result(
    pack: PolicyPack,
    tender: TenderFacts,
    verdict: Verdict,
    raw: float | None,
    reasons: Iterable[str],
    *,
    notes: Iterable[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> ProfileResult:
    """The verdict with its score, capped by the verdict as the pack says."""
    common: dict[str, Any] = {
        "policy": pack.id,
        "version": pack.version,
        "verdict": verdict,
        "reasons": tuple(reasons),
        "notes": tuple(notes),
        "extra": dict(extra or {}),
    }
    if verdict == "out_of_scope" or raw is None:
        return ProfileResult(score=None, raw=None, **common)
    score = round(min(max(raw, 0.0), pack.verdict_caps[verdict]), 1)
    return ProfileResult(score=score, raw=round(raw, 1), criteria=criteria(pack, tender), **common)


def gate(tender: TenderFacts) -> str | None:
    """Why no policy judges this tender, or None (rubric C.3, C.4)."""
    facts = tender.facts
    if facts["digital"] == "no":
        return "NOT_DIGITAL"
    if facts["hosting"] == "none":
        return "NO_HOSTING"
    if facts["hosting"] == "buyer":
        return "HOSTED_BY_BUYER"
    # An incidental digital tool is judged only when it keeps data that matter.
    stores = tender.param("ds_incidental", "stores_buyer_data") in (True, "yes")
    matters = facts["health"] == "yes" or facts["sensitive"] in SENSITIVE or facts["strategic"] == "yes"
    if facts["digital"] == "incidental" and not (stores and matters):
        return "NOT_DIGITAL"
    return None


def criteria(pack: PolicyPack, tender: TenderFacts) -> tuple[Criterion, ...]:
    """The components as criteria with their status, points, evidence and where they were looked for."""
    value, firm = strength_value(pack, tender), mandatory_value(pack, tender)
    found = []
    for component in pack.components:
        reached = component_value(component, tender, value)
        mandatory = component_value(component, tender, firm)
        counted = reached if component.met_from == "any" else mandatory
        evidence = evidence_of(tender, [t for term in component.best_of for t in (*term.all_of, term.label) if t])
        found.append(
            criterion(
                pack,
                tender,
                component.id,
                status=status_of(tender, reached, counted is not None and counted >= component.met_at),
                weight=component.weight,
                points=component.weight * (reached or 0.0),
                legal_basis=component.legal_basis,
                evidence=evidence,
            )
        )
    return tuple(found)


def status_of(tender: TenderFacts, reached: float | None, met: bool) -> Status:
    if reached is None:
        return "not_applicable"
    if met:
        return "met"
    if reached > 0:
        return "unclear"
    # What nobody could read may hold the clause: only a file read in full shows an absence.
    return "unread" if tender.unread else "unmet"


def criterion(
    pack: PolicyPack,
    tender: TenderFacts,
    name: str,
    *,
    status: Status,
    weight: float,
    points: float,
    legal_basis: Iterable[str],
    evidence: tuple[str, ...],
) -> Criterion:
    return Criterion(
        id=name,
        status=status,
        weight=weight,
        points=round(points, 1),
        reason=criterion_text(status, bool(evidence), tender.searched, "fr"),
        legal_basis=pack.texts(legal_basis),
        evidence=evidence,
        searched=dict(tender.searched),
    )


def evidence_of(tender: TenderFacts, labels: Iterable[str]) -> tuple[str, ...]:
    """The finding ids of ``labels``, each once: the strongest label first, then in the order of the labels."""
    order = sorted(labels, key=lambda label: -STRENGTHS.index(tender.labels.get(label, "informative")))
    return tuple(dict.fromkeys(f for label in order for f in tender.evidence.get(label, ())))
