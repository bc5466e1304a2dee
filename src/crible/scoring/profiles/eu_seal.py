"""The European Cloud Sovereignty Framework: levels that the clauses guarantee (rubric C.9.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crible.scoring.policy import AllOf, AnyOf, Condition, LabelCondition, Objective, PolicyPack
from crible.scoring.profiles.arithmetic import criterion, effective_labels, evidence_of, gate, holds, result
from crible.scoring.tender import TenderFacts
from crible.types import Criterion, ProfileResult, Status, Strength, Verdict

Levels = dict[str, int]


def judge_eu_seal(tender: TenderFacts, pack: PolicyPack) -> ProfileResult:
    """Rules EU0 to EU6. ``extra`` holds the levels, those that scored clauses would add, and the core and full SEAL."""
    facts = tender.facts
    if out := gate(tender):
        return result(pack, tender, "out_of_scope", None, [out])
    if facts["strategic"] == "no" and not pack.flags.get("include_non_strategic"):
        return result(pack, tender, "out_of_scope", None, ["NOT_STRATEGIC"])

    levels = demanded_levels(tender, pack, ("mandatory",))
    potential = demanded_levels(tender, pack, ("mandatory", "scored"))
    raw = sum(
        o.weight * (levels[o.id] + pack.scored_share * (potential[o.id] - levels[o.id])) / pack.max_level
        for o in pack.objectives
    )
    core, full = min(levels[o] for o in pack.core), min(levels.values())
    verdict, reason = _verdict(tender, core, int(pack.flags["target"]), pack.thresholds.refusal_gap)
    reasons = ["CONFLICT:" + c for c in tender.conflicts] if reason == "CONFLICT" else [reason]
    extra = {"levels": levels, "potential": potential, "seal_core": core, "seal_full": full}
    judged = result(pack, tender, verdict, raw, reasons, extra=extra)
    return _with_criteria(judged, _criteria(tender, pack, levels, potential))


def _verdict(tender: TenderFacts, core: int, target: int, gap: int) -> tuple[Verdict, str]:
    if tender.conflicts:
        return "needs_review", "CONFLICT"
    prevails = any(label in tender.adverse for label in ("ad_named_exposed_provider", "ad_foreign_law_terms"))
    if prevails or tender.adverse_has("ad_non_eu_allowed", "storage"):
        return "non_compliant", "BLOCKER"
    if core >= target:
        return "compliant", f"CORE_SEAL_{core}"
    if tender.facts["dce"] != "complete":
        return "needs_review", "INCOMPLETE_DCE"
    if tender.facts["hosting"] == "unknown":
        return "needs_review", "HOSTING_UNKNOWN"
    # So far under the target is a refusal; nearer may be argued.
    return ("non_compliant" if core <= target - gap else "needs_review"), f"CORE_SEAL_{core}"


def demanded_levels(tender: TenderFacts, pack: PolicyPack, counted: tuple[Strength, ...]) -> Levels:
    """The level of each objective that clauses of the ``counted`` strengths guarantee."""
    labels = effective_labels(pack, tender)

    def on(label: str) -> bool:
        return labels.get(label) in counted

    levels = {o.id: _level(o, tender, on) for o in pack.objectives}
    if pack.gate and on(pack.gate.label) and (floor := tender.param(pack.gate.label, pack.gate.param)):
        levels = {name: max(level, int(floor)) for name, level in levels.items()}
    for rule in pack.adverse_levels:
        if rule.label in tender.adverse:
            levels |= {name: min(levels[name], most) for name, most in rule.at_most.items()}
    return levels


def _level(objective: Objective, tender: TenderFacts, on: Callable[[str], bool]) -> int:
    base = 0 if any(label in tender.adverse for label in objective.base_lost_to) else objective.base
    return max([base, *(level for level, rule in objective.levels.items() if _satisfied(rule, tender, on))])


def _satisfied(rule: Condition, tender: TenderFacts, on: Callable[[str], bool]) -> bool:
    if isinstance(rule, str):
        return on(rule)
    if isinstance(rule, LabelCondition):
        return on(rule.label) and holds(rule.when, tender.params.get(rule.label, {}))
    if isinstance(rule, AllOf):
        return all(_satisfied(part, tender, on) for part in rule.all)
    return any(_satisfied(part, tender, on) for part in rule.any)


def _labels_in(rule: Condition) -> list[str]:
    if isinstance(rule, str):
        return [rule]
    if isinstance(rule, LabelCondition):
        return [rule.label]
    parts = rule.all if isinstance(rule, AllOf) else rule.any if isinstance(rule, AnyOf) else ()
    return [label for part in parts for label in _labels_in(part)]


def _criteria(tender: TenderFacts, pack: PolicyPack, levels: Levels, potential: Levels) -> tuple[Criterion, ...]:
    found = []
    target = int(pack.flags["target"])
    for objective in pack.objectives:
        level, scored = levels[objective.id], potential[objective.id]
        status: Status = "met" if level >= target else "unclear" if max(level, scored) > objective.base else "unmet"
        if status == "unmet" and tender.unread:
            status = "unread"
        wanted = [label for rule in objective.levels.values() for label in _labels_in(rule)]
        if pack.gate:
            wanted.append(pack.gate.label)
        points = objective.weight * (level + pack.scored_share * (scored - level)) / pack.max_level
        found.append(
            criterion(
                pack,
                tender,
                objective.id.lower(),
                status=status,
                weight=objective.weight,
                points=points,
                legal_basis=[ref.id for ref in pack.legal_basis],
                evidence=evidence_of(tender, wanted),
            )
        )
    return tuple(found)


def _with_criteria(judged: ProfileResult, criteria: tuple[Criterion, ...]) -> ProfileResult:
    return judged if judged.verdict == "out_of_scope" else replace(judged, criteria=criteria)
