"""Findings to labels of the tender (rubric C.8): one strength per label, operative adverse clauses, parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crible.classification.taxonomy import FACT_LABELS, labels
from crible.scoring.evidence import NOT_CONTRACTUAL, ranked
from crible.scoring.gazetteer import may_block
from crible.scoring.policy import PolicyPack
from crible.scoring.precedence import is_superseded
from crible.types import Finding, LabelSummary, Role, Strength

# From the weakest to the strongest.
STRENGTHS: tuple[Strength, ...] = ("informative", "desirable", "scored", "mandatory")
# Where a clause describes and does not oblige (rubric B.2).
DESCRIPTIVE = ("definition", "context", "existing_system")
# Adverse labels on which verdicts depend; the two others only raise legality warnings.
VERDICT_ADVERSE = ("ad_non_eu_allowed", "ad_named_exposed_provider", "ad_requirement_waived", "ad_foreign_law_terms")
# The parameter of each adverse label that the policies read; without it the worst kind is assumed.
_KIND = {
    "ad_non_eu_allowed": ("kind", "storage"),
    "ad_named_exposed_provider": ("entity_id", "unknown"),
    "ad_requirement_waived": ("target", "unknown"),
    "ad_foreign_law_terms": ("kind", "vendor_terms"),
    "ad_nationality_or_local_preference": ("kind", "reservation"),
    "ad_brand_no_equivalent": ("brand", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What the tender says as a whole.

    ``summaries`` hold every label met, informative ones too; ``labels`` the strengths given to the policies and
    ``sure`` those that are certain; ``adverse`` the kinds of the operative clauses; ``doubtful`` the finding ids of
    adverse clauses that are still to be confirmed.
    """

    summaries: Mapping[str, LabelSummary]
    labels: Mapping[str, Strength]
    sure: Mapping[str, Strength]
    adverse: Mapping[str, tuple[str, ...]]
    params: Mapping[str, Mapping[str, Any]]
    doubtful: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def evidence(self) -> dict[str, tuple[str, ...]]:
        """The finding ids of each label that reached its strength."""
        return {label: summary.findings for label, summary in self.summaries.items()}


@dataclass(frozen=True, slots=True)
class _Counted:
    """A finding as it counts: its strength after the rule on pieces that do not bind, its weighted probability."""

    finding: Finding
    strength: Strength
    probability: float
    postponed: bool = False


def aggregate(
    findings: Sequence[Finding],
    pack: PolicyPack,
    *,
    unbound: Sequence[Role] = NOT_CONTRACTUAL,
    months: int | None = None,
) -> Aggregate:
    """Aggregate the findings of one tender (or lot) with the thresholds and part weights of ``pack``.

    ``unbound``: the pieces that do not bind the parties; ``months``: how long the contract lasts, when known.
    """
    known = labels()
    ordinary: dict[str, list[_Counted]] = {}
    adverse: dict[str, list[Finding]] = {}
    notes: list[str] = []
    for finding in findings:
        if is_superseded(finding):
            notes.append("CORRECTED_BY_QA")
        if "TEMPLATE_UNFILLED" in finding.notes:
            notes.append("TEMPLATE_UNFILLED")
        if finding.label not in known or finding.negated or is_superseded(finding):
            continue
        if known[finding.label].adverse:
            if finding.probability >= pack.thresholds.label_min:
                adverse.setdefault(finding.label, []).append(finding)
        elif (counted := _count(finding, pack, unbound, months)).probability >= pack.thresholds.label_min:
            ordinary.setdefault(finding.label, []).append(counted)

    summaries: dict[str, LabelSummary] = {}
    strengths: dict[str, Strength] = {}
    sure: dict[str, Strength] = {}
    params: dict[str, Mapping[str, Any]] = {}
    for label in known:  # the order of the catalogue
        if label in ordinary:
            summaries[label] = summary = _summary(ordinary[label])
            strengths[label], params[label] = summary.strength or "informative", summary.params
            certain = [c for c in ordinary[label] if c.probability >= pack.thresholds.label_auto]
            if certain:
                sure[label] = max((c.strength for c in certain), key=STRENGTHS.index)
    operative, doubtful, raised = _adverse(adverse, pack, summaries, params)
    if _rc_weaker(ordinary, unbound):
        notes.append("RC_WEAKER")
    if any(c.postponed for counted in ordinary.values() for c in counted):
        notes.append("POSTPONED_REQUIREMENT")
    return Aggregate(summaries, strengths, sure, operative, params, doubtful, tuple(dict.fromkeys((*raised, *notes))))


def _count(finding: Finding, pack: PolicyPack, unbound: Sequence[Role], months: int | None) -> _Counted:
    strength: Strength = finding.strength or "informative"
    probability = finding.probability
    if finding.section in DESCRIPTIVE or finding.label in FACT_LABELS:
        return _Counted(finding, "informative", probability)
    # A proof due with the bid binds from the bid on, wherever it is asked for.
    proof = finding.params.get("timing") == "at_bid"
    bound = finding.part not in unbound and finding.part in NOT_CONTRACTUAL  # the contract names this piece as its own
    if not proof and not bound:
        probability *= pack.part_weights.get(finding.part, 1.0)
        if strength == "mandatory" and finding.part in unbound:
            strength = "scored"
    postponed = strength in ("mandatory", "scored") and "delay_months" in finding.params
    if postponed and months is not None:
        # Beyond half of the contract a requirement is no more than a wish (rubric B.4.8).
        postponed = 2 * finding.params["delay_months"] > months
        strength = "desirable" if postponed else strength
    elif postponed:
        # How long the contract lasts is not known: a person says whether the requirement comes in time.
        probability = min(probability, pack.thresholds.label_auto - 0.01)
    if strength == "informative":
        # An informative mention is a fact: where it stands does not make it less true.
        probability = finding.probability
    return _Counted(finding, strength, probability, postponed)


def _summary(counted: Sequence[_Counted]) -> LabelSummary:
    strength = max((c.strength for c in counted), key=STRENGTHS.index)
    top = [c for c in counted if c.strength == strength]
    return LabelSummary(
        strength=strength,
        effect=None,
        findings=ranked(c.finding for c in top),
        probability=max(c.probability for c in top),
        params=merge_params([c.finding.params for c in top]),
    )


def merge_params(all_params: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of several clauses on one label, as one.

    Yes wins over no (one clause that asks for open formats is enough), lists are joined, and among words the one that
    weakens the requirement wins for ``timing``, the newest for ``version``; otherwise the first.
    """
    merged: dict[str, Any] = {}
    for params in all_params:
        for key, value in params.items():
            old = merged.get(key)
            if old is None:
                merged[key] = list(value) if isinstance(value, (list, tuple, set, frozenset)) else value
            elif isinstance(old, bool) and isinstance(value, bool):
                # « HDS si hébergement » stays conditional only if every clause is
                merged[key] = (old and value) if key == "conditional" else (old or value)
            elif isinstance(old, list):
                more = value if isinstance(value, (list, tuple)) else [value]
                merged[key] = [*old, *(v for v in more if v not in old)]
            elif (key == "timing" and value == "in_progress_ok") or (key == "version" and str(value) > str(old)):
                merged[key] = value
    if "seal" not in merged and str(merged.get("scheme", "")).upper() == "SEAL":
        digits = [c for c in str(merged.get("level", "")) if c.isdigit()]
        if digits:
            merged["seal"] = int(digits[-1])
    # SEAL-3 and above is the high tier of rubric B.7 (`high_tier`).
    if merged.get("seal", 0) >= 3:
        merged["high_tier"] = True
    return merged


def adverse_kinds(finding: Finding) -> tuple[str, ...]:
    """What an adverse clause allows, waives or names."""
    key, otherwise = _KIND[finding.label]
    value = finding.params.get(key)
    if isinstance(value, (list, tuple)):
        return tuple(str(v) for v in value) or (otherwise,)
    return (str(value),) if value else (otherwise,)


def is_operative(finding: Finding) -> bool:
    return finding.effect == "operative" and not finding.negated and finding.section not in DESCRIPTIVE


def blocks(finding: Finding, pack: PolicyPack) -> bool:
    """Whether an operative adverse clause is certain enough to count (rubric B.6, E.1)."""
    return finding.probability >= pack.thresholds.label_auto and may_count(finding)


def may_count(finding: Finding) -> bool:
    """Whether an adverse clause would count if it were certain: a provider known from memory only never does."""
    if finding.label != "ad_named_exposed_provider":
        return True
    certainty = finding.params.get("certainty")
    if certainty is not None and certainty not in ("V", "P"):
        return False
    return any(may_block(entity) for entity in adverse_kinds(finding))


def _adverse(
    adverse: Mapping[str, list[Finding]],
    pack: PolicyPack,
    summaries: dict[str, LabelSummary],
    params: dict[str, Mapping[str, Any]],
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...], tuple[str, ...]]:
    operative: dict[str, tuple[str, ...]] = {}
    doubtful: list[str] = []
    notes: list[str] = []
    for label in labels():
        if label not in adverse:
            continue
        live = [f for f in adverse[label] if is_operative(f)]
        certain = [f for f in live if blocks(f, pack)]
        if certain:
            operative[label] = tuple(dict.fromkeys(kind for f in certain for kind in adverse_kinds(f)))
        elif live and label in VERDICT_ADVERSE:
            doubtful += [f.id for f in live]
            notes.append("ADVERSE_TO_CONFIRM")
        if label == "ad_named_exposed_provider" and any(f not in certain for f in adverse[label]):
            notes.append("CLOUD_EXPOSURE_TO_VERIFY")
        shown = certain or live or adverse[label]
        params[label] = merge_params(f.params for f in shown)
        summaries[label] = LabelSummary(
            strength=None,
            effect="operative" if certain else "non_operative",
            findings=ranked(shown),
            probability=max(f.probability for f in shown),
            params=params[label],
        )
    return operative, tuple(doubtful), tuple(dict.fromkeys(notes))


def _rc_weaker(ordinary: Mapping[str, list[_Counted]], unbound: Sequence[Role]) -> bool:
    """M in a contractual piece and D in the RC: the requirement is kept, and the reviewer is told (rubric B.5)."""
    return any(
        any(c.strength == "mandatory" and c.finding.part not in unbound for c in counted)
        and any(c.strength == "desirable" and c.finding.part == "RC" for c in counted)
        for counted in ordinary.values()
    )
