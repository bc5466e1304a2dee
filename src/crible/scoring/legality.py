"""Risks of the call itself (rubric C.10). They never change a verdict: two axes, two readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from crible.classification.folding import fold
from crible.scoring.aggregate import STRENGTHS, Aggregate, adverse_kinds, is_operative
from crible.scoring.evidence import NOT_CONTRACTUAL
from crible.scoring.reasons import message
from crible.types import Conflict, Dossier, Fact, Finding, LegalityWarning, Severity

# The texts of each warning, by their code in the message files.
LEGAL_BASIS: Mapping[str, tuple[str, ...]] = {
    "LR-01": ("ccp-l3", "ccp-l2153-1", "dir-2014-24-18"),
    "LR-02": ("reg-2018-1807-4", "ccp-l2112-4"),
    "LR-03": ("ccp-r2111-7",),
    "LR-04": ("ccp-l2152-7", "ccp-l3"),
    "LR-05": ("ccp-r2111-9",),
    "LR-06": ("ccp-l2153-1", "ccp-l3"),
    "LR-07": ("ccp-l2152-7",),
    "LR-08": ("ccp-l3",),
    "LR-09": ("ccp-l3",),
    "LR-10": ("contractual",),
    "LR-11": ("ccp-l2152-7",),
    "LR-12": ("anssi-2025",),
}
# Article 35 of the loi 2021-1104 asks for an environmental criterion in calls launched from this day.
ENVIRONMENT_FROM = date(2026, 8, 22)
# Schemes that nobody can hold yet: not adopted (EUCS) or only proposed (CADA).
_NOT_YET = ("EUCS", "CADA")
_LOCAL_KINDS = ("scored_jobs", "scored_proximity", "presence_requirement", "scored_nationality")
# Points from which a criterion on place weighs enough to exclude (rubric C.10).
_HEAVY_POINTS = 10
_ABOUT_BIDDER = re.compile(
    r"\b(?:du|de la|des|propres? au|de l')\s?(?:candidats?|soumissionnaires?|societe|entreprise)\b|\bpolitique rse\b"
)


def legality(
    dossier: Dossier,
    findings: Sequence[Finding],
    said: Aggregate,
    facts: Mapping[str, Fact],
    conflicts: Sequence[Conflict],
    launched: date,
) -> tuple[LegalityWarning, ...]:
    """The warnings LR-01 to LR-12 that this call raises, in the order of their codes."""
    found = [
        *_nationality(findings),
        *_french_location(findings, said, facts),
        *_brands(findings),
        *_qualifications(said, facts),
        *_criteria(findings),
        *_contractual_effect(findings, said, conflicts),
        *_environment(dossier, said, facts, launched),
    ]
    return tuple(sorted(found, key=lambda w: w.code))


def _warn(code: str, severity: Severity, evidence: Iterable[str]) -> LegalityWarning:
    texts = tuple(message(text, "fr") for text in LEGAL_BASIS[code])
    return LegalityWarning(code, severity, message(code, "fr"), texts, tuple(dict.fromkeys(evidence)))


def _operative(findings: Sequence[Finding], label: str) -> list[Finding]:
    # 0.5 is the floor under which a label is not used at all (rubric B.6).
    return [f for f in findings if f.label == label and is_operative(f) and f.probability >= 0.5]


def _nationality(findings: Sequence[Finding]) -> list[LegalityWarning]:
    preferences = _operative(findings, "ad_nationality_or_local_preference")
    reserved = [f for f in preferences if "reservation" in adverse_kinds(f)]
    local = [f for f in preferences if any(kind in _LOCAL_KINDS for kind in adverse_kinds(f))]
    found = [_warn("LR-01", "blocking", (f.id for f in reserved))] if reserved else []
    return found + ([_warn("LR-04", "high", (f.id for f in local))] if local else [])


def _french_location(findings: Sequence[Finding], said: Aggregate, facts: Mapping[str, Fact]) -> list[LegalityWarning]:
    # Only where it is certain: names of places abound, and a doubtful one must not accuse the call.
    if said.sure.get("ho_location_france") not in ("mandatory", "scored"):
        return []
    evidence = said.evidence["ho_location_france"]
    params = said.params.get("ho_location_france", {})
    preference = _operative(findings, "ad_nationality_or_local_preference")
    heavy = _points(params.get("weight")) >= _HEAVY_POINTS and preference
    # Public security plausibly justifies it for sensitive data of the State (PSSIE); the call should still say so.
    security = facts["sensitive"].value in ("declared_yes", "strong_inferred") and facts["buyer"].value in (
        "state", "state_operator", "gip_listed", "pds",
    )  # fmt: skip
    severity: Severity = "high" if heavy else "low" if params.get("justification_given") or security else "medium"
    found = [_warn("LR-02", severity, evidence)]
    immune = any(said.labels.get(label) in STRENGTHS[1:] for label in ("sv_extra_eu_immunity", "sv_secnumcloud"))
    if said.sure["ho_location_france"] == "mandatory" and not immune and facts["digital"].value != "no":
        found.append(_warn("LR-12", "info", evidence))
    return found


def _points(weight: object) -> float:
    number = re.search(r"\d+(?:[.,]\d+)?", str(weight or ""))
    return float(number[0].replace(",", ".")) if number else 0.0


def _brands(findings: Sequence[Finding]) -> list[LegalityWarning]:
    imposed = [
        f
        for f in _operative(findings, "ad_brand_no_equivalent")
        if not f.params.get("general_equivalence_clause") and not f.params.get("justification")
    ]
    return [_warn("LR-03", "high", (f.id for f in imposed))] if imposed else []


def _qualifications(said: Aggregate, facts: Mapping[str, Fact]) -> list[LegalityWarning]:
    found = []

    def mandatory(label: str) -> bool:
        return said.labels.get(label) == "mandatory"

    closed = [
        label
        for label in ("sv_secnumcloud", "dp_hds", "sv_other_trust_label")
        if mandatory(label) and said.params.get(label, {}).get("or_equivalent") is False
    ]
    if closed:
        found.append(_warn("LR-05", "low", (e for label in closed for e in said.evidence[label])))
    if mandatory("sv_eu_control") and "sv_secnumcloud" not in said.labels:
        found.append(_warn("LR-06", "medium", said.evidence["sv_eu_control"]))
    scheme = str(said.params.get("sv_other_trust_label", {}).get("scheme", "")).upper()
    if mandatory("sv_other_trust_label") and scheme in _NOT_YET:
        found.append(_warn("LR-08", "high", said.evidence["sv_other_trust_label"]))
    heavy = [label for label in ("sv_secnumcloud", "sv_eu_control") if mandatory(label)]
    if heavy and facts["sensitive"].value == "declared_no":
        found.append(_warn("LR-09", "medium", (e for label in heavy for e in said.evidence[label])))
    return found


def _criteria(findings: Sequence[Finding]) -> list[LegalityWarning]:
    scored = [f for f in findings if f.strength == "scored" and f.probability >= 0.5]
    beside = [
        f
        for f in scored
        if f.params.get("linked_to_object") is False
        or (f.label == "ho_environmental" and _ABOUT_BIDDER.search(fold(f.evidence.quote)))
    ]
    return [_warn("LR-07", "medium", (f.id for f in beside))] if beside else []


def _contractual_effect(
    findings: Sequence[Finding], said: Aggregate, conflicts: Sequence[Conflict]
) -> list[LegalityWarning]:
    """A hosting or sovereignty requirement in the RC alone, or an RC that contradicts the contract."""
    by_label: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.strength == "mandatory" and finding.label[:3] in ("ho_", "sv_", "dp_", "rv_"):
            by_label.setdefault(finding.label, []).append(finding)
    alone = [
        f.id
        for label, found in by_label.items()
        if said.labels.get(label) == "scored"
        for f in found
        if f.part == "RC" and f.params.get("timing") != "at_bid"
    ]
    parts = {f.id: f.part for f in findings}
    torn = [e for c in conflicts if any(parts.get(e) in NOT_CONTRACTUAL for e in c.findings) for e in c.findings]
    evidence = [*alone, *torn]
    return [_warn("LR-10", "medium", evidence)] if evidence else []


def _environment(dossier: Dossier, said: Aggregate, facts: Mapping[str, Fact], launched: date) -> list[LegalityWarning]:
    """Only rules of consultation read in full show that a criterion is absent."""
    rules = [d for d in dossier.documents if d.role == "RC"]
    read = bool(rules) and not any(d.unread for d in rules)
    if launched < ENVIRONMENT_FROM or not read or facts["digital"].value != "yes" or "ho_environmental" in said.labels:
        return []
    green = re.compile(r"\benvironnement|\becologi|\bdeveloppement durable\b|\bempreinte carbone\b|\brse\b")
    if any(green.search(fold(b.text)) for d in rules for b in d.blocks):
        return []
    return [_warn("LR-11", "info", ())]
