"""The policy of the 2020 opinion piece (rubric C.9.2)."""

from __future__ import annotations

from crible.scoring.policy import PolicyPack
from crible.scoring.profiles.arithmetic import (
    component_value,
    gate,
    mandatory_value,
    raw_score,
    result,
    strength_value,
)
from crible.scoring.tender import TenderFacts
from crible.types import ProfileResult


def judge_seed(tender: TenderFacts, pack: PolicyPack) -> ProfileResult:
    """Rules SE0 to SE7: mandatory French location, several French data centres, immunity, GDPR terms."""
    facts = tender.facts
    if out := gate(tender):
        return result(pack, tender, "out_of_scope", None, [out])
    if facts["buyer"] == "eu_institution":
        return result(pack, tender, "out_of_scope", None, ["BUYER_NOT_FRENCH"])
    if facts["strategic"] == "no" and not pack.flags.get("include_non_strategic"):
        return result(pack, tender, "out_of_scope", None, ["NOT_STRATEGIC"])

    raw = raw_score(pack, tender)
    value, firm = strength_value(pack, tender), mandatory_value(pack, tender)
    reached = {c.key: component_value(c, tender, value) for c in pack.components}
    mandatory = {c.key: component_value(c, tender, firm) or 0.0 for c in pack.components}
    needed = {c.key: c.met_at for c in pack.components}
    # A pillar is shown by mandatory clauses; the GDPR terms, a legal minimum, count at any strength.
    pillars = [c for c in pack.components if c.met_from == "mandatory"]
    gdpr_met = all(
        (value_ := reached[c.key]) is None or value_ >= c.met_at for c in pack.components if c.met_from == "any"
    )

    if tender.conflicts:
        return result(pack, tender, "needs_review", raw, ["CONFLICT:" + c for c in tender.conflicts])
    blockers = _blockers(tender, immune=mandatory["immunity"] >= needed["immunity"])
    if blockers and facts["strategic"] == "yes":
        return result(pack, tender, "non_compliant", raw, blockers)
    if blockers:
        return result(pack, tender, "needs_review", raw, [*blockers, "STRATEGIC_UNKNOWN"])
    if gdpr_met and all(mandatory[c.key] >= c.met_at for c in pillars):
        return result(pack, tender, "compliant", raw, ["ALL_PILLARS_MANDATORY"])
    if facts["dce"] != "complete":
        return result(pack, tender, "needs_review", raw, ["INCOMPLETE_DCE"])

    reasons = ["MISSING_PILLAR:" + c.key for c in pillars if reached[c.key] == 0]
    reasons += ["OPTIONAL_PILLAR:" + c.key for c in pillars if (reached[c.key] or 0) > 0 and mandatory[c.key] == 0]
    if reasons and facts["strategic"] == "yes" and facts["hosting"] == "contractor":
        return result(pack, tender, "non_compliant", raw, reasons)
    reasons += ["PARTIAL_PILLAR:" + c.key for c in pillars if 0 < mandatory[c.key] < (c.partial_below or c.met_at)]
    if not gdpr_met:
        reasons.append("GDPR_TERMS_MISSING")
    if facts["strategic"] == "unknown":
        reasons.append("STRATEGIC_UNKNOWN")
    if facts["hosting"] == "unknown":
        reasons.append("HOSTING_UNKNOWN")
    return result(pack, tender, "needs_review", raw, reasons)


def _blockers(tender: TenderFacts, *, immune: bool) -> list[str]:
    found = [label for label in ("ad_named_exposed_provider", "ad_non_eu_allowed") if label in tender.adverse]
    waived = tender.adverse_has("ad_requirement_waived", "location", "immunity")
    # Waiving SecNumCloud matters only when nothing else shows immunity.
    if waived or (tender.adverse_has("ad_requirement_waived", "secnumcloud") and not immune):
        found.append("ad_requirement_waived")
    return ["BLOCKER:" + label for label in found]
