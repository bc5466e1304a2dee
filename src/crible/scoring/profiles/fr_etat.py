"""The State's policy: « Cloud au centre » and article 31 of the loi SREN (rubric C.9.3)."""

from __future__ import annotations

from crible.scoring.policy import PolicyPack
from crible.scoring.profiles.arithmetic import SENSITIVE, effective_labels, gate, raw_score, result
from crible.scoring.tender import TenderFacts
from crible.types import ProfileResult


def judge_fr_etat(tender: TenderFacts, pack: PolicyPack) -> ProfileResult:
    """Rules ET0 to ET12. A buyer the law does not bind gets ``out_of_scope`` with an advisory score."""
    facts = tender.facts
    if out := gate(tender):
        return result(pack, tender, "out_of_scope", None, [out])
    raw = raw_score(pack, tender)
    bound = facts["buyer"] in pack.buyers
    if not bound and not (pack.flags.get("ppl_31_1_in_force") and facts["buyer"] == "local_large"):
        advisory = {"advisory": round(max(raw, 0.0), 1)}
        return result(pack, tender, "out_of_scope", None, ["BUYER_NOT_COVERED"], extra=advisory)

    sensitivity = facts["sensitive"]
    sensitive = sensitivity in SENSITIVE
    complete = facts["dce"] == "complete"
    labels = effective_labels(pack, tender)
    secnumcloud = labels.get("sv_secnumcloud")
    notes = _notes(tender, sensitive)
    if tender.conflicts:
        return result(pack, tender, "needs_review", raw, ["CONFLICT:" + c for c in tender.conflicts], notes=notes)
    if labels.get("sv_derogation") in ("mandatory", "informative", "desirable"):
        return result(pack, tender, "needs_review", raw, ["DEROGATION_CLAIMED"], notes=notes)

    non_eu = tender.adverse_has("ad_non_eu_allowed", "storage", "transfer")
    exposed = "ad_named_exposed_provider" in tender.adverse
    waived = tender.adverse_has("ad_requirement_waived", "secnumcloud", "immunity", "location")
    inferred = ["SENSITIVITY_INFERRED"] if sensitivity == "strong_inferred" else []
    if sensitive and (non_eu or exposed or waived):
        named = (("NON_EU", non_eu), ("EXPOSED_PROVIDER", exposed), ("WAIVED", waived))
        blockers = ["BLOCKER:" + name for name, there in named if there]
        return result(pack, tender, "non_compliant", raw, blockers + inferred, notes=notes)
    if sensitive:
        if secnumcloud == "mandatory":
            return result(pack, tender, "compliant", raw, ["SECNUMCLOUD_MANDATORY"], notes=notes)
        if not complete:
            return result(pack, tender, "needs_review", raw, ["INCOMPLETE_DCE"], notes=notes)
        equivalent = tender.param("sv_other_trust_label", "eu_equivalent") is True
        if equivalent and labels.get("sv_other_trust_label") == "mandatory":
            return result(pack, tender, "needs_review", raw, ["EQUIVALENCE_TO_ASSESS"], notes=notes)
        if labels.get("sv_extra_eu_immunity") == "mandatory":
            return result(pack, tender, "needs_review", raw, ["ATTESTATION_MISSING"], notes=notes)
        only = {"scored": "SECNUMCLOUD_ONLY_S", "desirable": "SECNUMCLOUD_ONLY_D"}
        why = [only.get(secnumcloud or "", "NO_IMMUNITY_REQUIREMENT"), *inferred]
        if facts["hosting"] == "unknown":
            return result(pack, tender, "needs_review", raw, [*why, "HOSTING_UNKNOWN"], notes=notes)
        return result(pack, tender, "non_compliant", raw, why, notes=notes)
    if sensitivity == "declared_no":
        return _not_sensitive(tender, pack, raw, non_eu=non_eu, exposed=exposed, waived=waived)
    if secnumcloud == "mandatory":
        return result(pack, tender, "compliant", raw, ["SECNUMCLOUD_MANDATORY"], notes=notes)
    incomplete = [] if complete else ["INCOMPLETE_DCE"]
    return result(pack, tender, "needs_review", raw, ["SENSITIVITY_UNKNOWN", *incomplete], notes=notes)


def _not_sensitive(
    tender: TenderFacts, pack: PolicyPack, raw: float, *, non_eu: bool, exposed: bool, waived: bool
) -> ProfileResult:
    """ET10 and ET11: the ordinary baseline of the circular."""
    circular = []
    if tender.facts["personal"] == "yes" and not tender.mandatory("dp_personal_data_terms"):
        circular.append("R9_GDPR_TERMS")
    if not tender.mandatory("rv_reversibility"):
        circular.append("R4_REVERSIBILITY")
    missing = list(circular)
    if non_eu:
        missing.append("R9_NON_EU")
    if exposed:
        missing.append("EXPOSED_PROVIDER")
    if waived:
        missing.append("WAIVED")
    complete = tender.facts["dce"] == "complete"
    if not complete:
        missing.append("INCOMPLETE_DCE")
    if not missing:
        return result(pack, tender, "compliant", raw, ["NOT_SENSITIVE_BASELINE_MET"])
    # The circular made strict is the State services' own choice: off unless the pack's flag says otherwise.
    strict = pack.flags.get("strict_circular") and tender.facts["buyer"] == "state" and complete
    return result(pack, tender, "non_compliant" if strict and circular else "needs_review", raw, missing)


def _notes(tender: TenderFacts, sensitive: bool) -> list[str]:
    notes = []
    if tender.facts["buyer"] == "state" and sensitive and not tender.mandatory("ho_location_france"):
        notes.append("PSSIE_FRANCE_HOSTING")
    return notes
