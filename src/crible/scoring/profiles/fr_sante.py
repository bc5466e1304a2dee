"""The policy on health data: hosting by a certified host, HDS (rubric C.9.4)."""

from __future__ import annotations

from crible.scoring.policy import PolicyPack
from crible.scoring.profiles.arithmetic import component_value, gate, raw_score, result, strength_value
from crible.scoring.tender import TenderFacts
from crible.types import ProfileResult


def judge_fr_sante(tender: TenderFacts, pack: PolicyPack) -> ProfileResult:
    """Rules SA0 to SA9. « HDS le cas échéant » counts as mandatory once hosting by the contractor is established."""
    facts = tender.facts
    if out := gate(tender):
        return result(pack, tender, "out_of_scope", None, [out])
    if facts["health"] == "no":
        return result(pack, tender, "out_of_scope", None, ["NO_HEALTH_DATA"])
    if facts["buyer"] == "eu_institution":
        return result(pack, tender, "out_of_scope", None, ["BUYER_NOT_FRENCH"])

    raw = raw_score(pack, tender)
    value = strength_value(pack, tender)
    reached = {c.key: component_value(c, tender, value) for c in pack.components}
    # A State buyer, or the health-data platform, answers to the rules on immunity too (SA10).
    notes = ["SEE_FR_ETAT"] if facts["buyer"] in ("state", "state_operator", "gip_listed", "pds") else []
    if tender.conflicts:
        return result(pack, tender, "needs_review", raw, ["CONFLICT:" + c for c in tender.conflicts], notes=notes)
    if facts["health"] in ("inferred", "unknown"):
        return result(pack, tender, "needs_review", raw, ["HEALTH_DATA_TO_CONFIRM"], notes=notes)
    if tender.adverse_has("ad_non_eu_allowed", "storage"):
        return result(pack, tender, "non_compliant", raw, ["NON_EEA_STORAGE_ALLOWED"], notes=notes)
    if tender.adverse_has("ad_requirement_waived", "hds"):
        return result(pack, tender, "non_compliant", raw, ["HDS_WAIVED"], notes=notes)
    if facts["hosting"] == "unknown":
        return result(pack, tender, "needs_review", raw, ["HOSTING_UNKNOWN"], notes=notes)
    complete = facts["dce"] == "complete"
    if tender.mandatory("dp_hds"):
        if tender.param("dp_hds", "timing") == "in_progress_ok":
            return result(pack, tender, "needs_review", raw, ["HDS_IN_PROGRESS_ACCEPTED"], notes=notes)
        soft = ["R1111_11_REVERSIBILITY_NOT_SEEN"] if reached["reversibility"] == 0 else []
        soft += ["ART28_TERMS_NOT_SEEN"] if reached["gdpr"] == 0 else []
        if soft and complete:
            return result(pack, tender, "needs_review", raw, soft, notes=notes)
        if _old_version(tender, pack):
            return result(pack, tender, "needs_review", raw, ["HDS_OLD_VERSION"], notes=notes)
        return result(pack, tender, "compliant", raw, ["HDS_MANDATORY"], notes=notes)
    if not complete:
        return result(pack, tender, "needs_review", raw, ["INCOMPLETE_DCE"], notes=notes)
    reason = "HDS_NOT_MANDATORY" if tender.labels.get("dp_hds") else "HDS_ABSENT"
    return result(pack, tender, "non_compliant", raw, [reason], notes=notes)


def _old_version(tender: TenderFacts, pack: PolicyPack) -> bool:
    """Whether only the first référentiel (« v1 », « agrément ») is named after it lapsed."""
    last_day = pack.thresholds.hds_v1_until
    if last_day is None or tender.param("dp_hds", "version") != "v1":
        return False
    return tender.as_of is None or tender.as_of > last_day
