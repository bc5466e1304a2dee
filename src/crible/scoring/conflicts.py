"""Contradictions between clauses (rubric B.5): raised with both sides, never resolved in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from crible.scoring.aggregate import DESCRIPTIVE, adverse_kinds, blocks, is_operative, may_count
from crible.scoring.policy import PolicyPack
from crible.scoring.precedence import DEFAULT_ORDER, Order, is_superseded
from crible.types import Conflict, Finding

# Labels on which a criterion of some policy rests: only their contradictions change a verdict.
_PILLARS = (
    "ho_location_france", "ho_location_eu", "ho_multi_dc_france", "ho_multi_site", "sv_extra_eu_immunity",
    "sv_secnumcloud", "dp_hds", "rv_reversibility",
)  # fmt: skip
_WAIVED_LABEL = {
    "secnumcloud": "sv_secnumcloud",
    "immunity": "sv_extra_eu_immunity",
    "reversibility": "rv_reversibility",
}
_LIKELY = 0.6
_LOCATION = ("ho_location_france", "ho_location_eu")
# A code, a topic, and the findings of both sides.
_Raise = Callable[[str, str, Iterable[Finding], Iterable[Finding]], None]


def find_conflicts(
    findings: Sequence[Finding],
    pack: PolicyPack,
    *,
    order: Order = DEFAULT_ORDER,
    corrections: Sequence[tuple[Finding, Finding]] = (),
) -> tuple[Conflict, ...]:
    """Every contradiction, lot by lot, in a fixed order. Findings without a lot concern every lot.

    ``corrections``: clauses and the answers that may withdraw them, which nobody can settle.
    """
    usable = [
        f
        for f in findings
        if f.probability >= pack.thresholds.label_min and f.section not in DESCRIPTIVE and not is_superseded(f)
    ]
    unsettled = tuple(Conflict("CONFLICT_STRENGTH", new.label, (old.id, new.id), new.lot) for old, new in corrections)
    told = {frozenset(conflict.findings) for conflict in unsettled}
    found = [c for c in _by_lot(usable, pack, order) if c.certain or frozenset(c.findings) not in told]
    return (*found, *unsettled)


def _by_lot(usable: Sequence[Finding], pack: PolicyPack, order: Order) -> tuple[Conflict, ...]:
    lots = sorted({f.lot for f in usable if f.lot is not None})
    if not lots:
        return _in_lot(usable, pack, None, order)
    found: dict[tuple[str, str, tuple[str, ...]], Conflict] = {}
    for lot in lots:
        for conflict in _in_lot([f for f in usable if f.lot in (None, lot)], pack, lot, order):
            key = (conflict.code, conflict.topic, conflict.findings)
            # The same pair seen from several lots concerns the whole tender.
            found[key] = Conflict(*key, lot=None, certain=conflict.certain) if key in found else conflict
    return tuple(found.values())


def _in_lot(findings: Sequence[Finding], pack: PolicyPack, lot: str | None, order: Order) -> tuple[Conflict, ...]:
    binding = [f for f in findings if f.strength == "mandatory" and f.part not in order.unbound and not f.negated]
    adverse = [f for f in findings if is_operative(f) and may_count(f)]
    found: list[Conflict] = []

    def raise_(code: str, topic: str, one: Iterable[Finding], other: Iterable[Finding]) -> None:
        sides = {f.id: f for f in (*one, *other)}
        against = [f for f in sides.values() if f.effect is not None]
        certain = not against or any(blocks(f, pack) for f in against)
        found.append(Conflict(code=code, topic=topic, findings=tuple(sides), lot=lot, certain=certain))

    _location(binding, adverse, raise_)
    _strength(findings, binding, adverse, order, raise_)
    _immunity(findings, binding, adverse, raise_)
    _hds(findings, binding, adverse, raise_)
    _equivalence(findings, adverse, raise_)
    _scope(findings, raise_)
    return tuple(found)


def _location(binding: Sequence[Finding], adverse: Sequence[Finding], raise_: _Raise) -> None:
    required = [f for f in binding if f.label in _LOCATION]
    wider = [f for f in adverse if _widens(f)]
    # Within one document an exception follows its rule and is read as a permission; between two, nobody can tell.
    pairs = [(r, w) for r in required for w in wider if r.evidence.document != w.evidence.document]
    if pairs:
        raise_("CONFLICT_LOCATION", "location", (r for r, _ in pairs), (w for _, w in pairs))


def _widens(finding: Finding) -> bool:
    kinds = adverse_kinds(finding)
    stores = finding.label == "ad_non_eu_allowed" and "storage" in kinds
    return stores or (finding.label == "ad_requirement_waived" and "location" in kinds)


def _strength(
    findings: Sequence[Finding], binding: Sequence[Finding], adverse: Sequence[Finding], order: Order, raise_: _Raise
) -> None:
    for label in _PILLARS:
        firm = [f for f in binding if f.label == label]
        wishes = [f for f in findings if f.label == label and f.strength == "desirable" and f.part not in order.unbound]
        pairs = [
            (f, w)
            for f in firm
            for w in wishes
            # An answer that wishes what a piece requires settles nothing, whatever its rank.
            if (order.ranks[f.part] == order.ranks[w.part] or w.part == "QA")
            and f.evidence.document != w.evidence.document
        ]
        if pairs:
            raise_("CONFLICT_STRENGTH", label, (f for f, _ in pairs), (w for _, w in pairs))
    for target, label in _WAIVED_LABEL.items():
        firm = [f for f in binding if f.label == label]
        waivers = [f for f in adverse if f.label == "ad_requirement_waived" and target in adverse_kinds(f)]
        if firm and waivers:
            raise_("CONFLICT_STRENGTH", label, firm, waivers)


def _immunity(
    findings: Sequence[Finding], binding: Sequence[Finding], adverse: Sequence[Finding], raise_: _Raise
) -> None:
    promised = [f for f in binding if f.label == "sv_extra_eu_immunity"]
    gutted = [
        f
        for f in findings
        if f.label == "sv_extra_eu_immunity" and (f.params.get("gutted") or "GUTTED_IMMUNITY" in f.notes)
    ]
    imposed = [f for f in adverse if f.label == "ad_named_exposed_provider"]
    if gutted:
        raise_("CONFLICT_IMMUNITY", "immunity", promised, gutted)
    if promised and imposed:
        raise_("CONFLICT_IMMUNITY", "immunity", promised, imposed)


def _hds(findings: Sequence[Finding], binding: Sequence[Finding], adverse: Sequence[Finding], raise_: _Raise) -> None:
    required = [f for f in binding if f.label == "dp_hds"]
    no_health = [f for f in findings if f.label == "dp_health_data" and f.negated]
    waived = [f for f in adverse if f.label == "ad_requirement_waived" and "hds" in adverse_kinds(f)]
    # « HDS en cas d'hébergement de données de santé » is no contradiction with the absence of such data.
    firm = [f for f in required if not f.params.get("conditional")]
    if firm and no_health:
        raise_("CONFLICT_HDS", "hds", firm, no_health)
    if required and waived:
        raise_("CONFLICT_HDS", "hds", required, waived)


def _equivalence(findings: Sequence[Finding], adverse: Sequence[Finding], raise_: _Raise) -> None:
    imposed = [f for f in adverse if f.label == "ad_brand_no_equivalent"]
    admitted = [
        f
        for f in findings
        if f.label == "ad_brand_no_equivalent"
        and (f.params.get("general_equivalence_clause") or f.params.get("or_equivalent"))
    ]
    brands = {b: [f for f in imposed if b in adverse_kinds(f) and f not in admitted] for b in _brands(imposed)}
    for brand, firm in brands.items():
        other = [f for f in admitted if brand in adverse_kinds(f)]
        if firm and other:
            raise_("CONFLICT_EQUIVALENCE", brand, firm, other)


def _brands(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(brand for f in findings for brand in adverse_kinds(f)))


def _scope(findings: Sequence[Finding], raise_: _Raise) -> None:
    # Above a doubt, and no more: who hosts decides whether any policy applies, and a person settles it in a minute.
    sure = [f for f in findings if f.probability >= _LIKELY]
    priced = [f for f in sure if f.part == "BPU" and f.label == "ho_hosting_in_scope" and not f.negated]
    excluded = [
        f
        for f in sure
        if f.part in ("CCTP", "CCAP", "CCP")
        and (
            (f.label == "ho_buyer_premises" and f.strength == "mandatory" and not f.negated)
            or (f.label == "ho_hosting_in_scope" and f.negated)
        )
    ]
    if priced and excluded:
        raise_("CONFLICT_SCOPE", "hosting", priced, excluded)
