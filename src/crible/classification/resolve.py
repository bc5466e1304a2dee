"""Readings of one clause put in order: what excludes what, what follows from what, with which strength or effect."""

from __future__ import annotations

from dataclasses import replace

from crible.classification.detector import Detection
from crible.classification.folding import fold
from crible.classification.lexicon import Mention
from crible.classification.obligation import DESCRIPTIVE, Obligation
from crible.classification.segments import Clause
from crible.classification.taxonomy import FACT_LABELS, labels

# Label → labels that it makes redundant in the same clause (rubric B.7 hard negatives, B.10).
_REPLACES = {
    "ho_multi_dc_france": ("ho_multi_site",),
    "sv_disclosure": ("ho_location_france", "ho_location_eu", "ho_ops_location", "ho_multi_dc_france", "ho_multi_site",
                      "sv_extra_eu_immunity", "dp_no_transfer_outside_eu", "ad_non_eu_allowed", "sv_eu_control",
                      "dp_personal_data_terms", "ho_hosting_in_scope"),
    "sv_eu_control": ("ho_location_eu", "ho_location_france", "ho_ops_location"),
    "ad_requirement_waived": ("ho_location_france", "ho_location_eu", "sv_secnumcloud", "dp_hds", "rv_reversibility",
                              "sv_extra_eu_immunity", "ho_ops_location"),
    "ad_nationality_or_local_preference": ("ho_location_france", "ho_ops_location"),
    "sv_derogation": ("ad_requirement_waived",),
    "ho_buyer_premises": ("ho_location_france", "ho_multi_dc_france"),
    "sv_extra_eu_immunity": ("ho_location_eu", "ad_foreign_law_terms", "dp_no_transfer_outside_eu"),
    "rv_data_return_deletion": (),
    "sv_key_control": ("dp_security_baseline",),
    "sv_secnumcloud": ("dp_security_baseline",),
    "dp_hds": ("dp_security_baseline",),
}  # fmt: skip
_SPECIFIC_SCOPE = ("ds_data_ai", "ds_collab_messaging", "ds_hardware_network")
_SOVEREIGNTY = frozenset({"ho_location_france", "ho_location_eu", "ho_multi_dc_france", "ho_multi_site",
                          "ho_ops_location", "sv_secnumcloud", "sv_extra_eu_immunity", "dp_hds", "sv_key_control",
                          "sv_eu_control"})  # fmt: skip


def resolve(found: list[Detection], clause: Clause, speech: Obligation, mentions: list[Mention]) -> list[Detection]:
    """Detections of one clause with exclusions, consequences, and a strength or an effect each; best first."""
    by_label: dict[str, list[Detection]] = {}
    for detection in found:
        by_label.setdefault(detection.label, []).append(detection)
    concepts = {m.concept for m in mentions}
    _either_france_or_eu(by_label, concepts)
    for label, redundant in _REPLACES.items():
        if label in by_label and not (
            label == "sv_disclosure" and speech.modality != "disclose" and len(redundant) == 0
        ):
            for name in redundant:
                by_label.pop(name, None)
    _scope(by_label, clause)
    terms = by_label.get("dp_personal_data_terms")
    if clause.part == "ANNEX_GDPR" or (terms and "FROM_HEADING" in terms[0].notes):
        by_label.pop("dp_security_baseline", None)  # security wording inside a GDPR article is a GDPR term
    if clause.part in ("RC", "NOTICE"):  # whose terms a bidder accepts there are those of the buyer's platform
        by_label["ad_foreign_law_terms"] = [
            d for d in by_label.get("ad_foreign_law_terms", ()) if d.params.get("kind") != "vendor_terms"
        ]
    _adequacy(by_label, concepts)
    _consequences(by_label, concepts)
    kept = [_judged(d, clause, speech) for group in by_label.values() for d in group]
    order = list(labels())
    return sorted((d for d in kept if d is not None), key=lambda d: (order.index(d.label), -d.probability))


def _either_france_or_eu(by_label: dict[str, list[Detection]], concepts: set[str]) -> None:
    """« en France ou dans l'Union » requires the Union only."""
    if "or_eu" in concepts:
        by_label.pop("ho_location_france", None)
        by_label.pop("ho_multi_dc_france", None)


def _scope(by_label: dict[str, list[Detection]], clause: Clause) -> None:
    """B.10.3: of overlapping ds_* the specific one wins. Definitions, criteria, what exists and
    what is excluded buy nothing."""
    if clause.section in ("definition", "criteria", "existing_system") or "exclusion" in fold(clause.heading[-60:]):
        for name in [n for n in by_label if n.startswith("ds_")]:
            by_label.pop(name)
    if "ds_incidental" in by_label:
        for name in ("ds_software", "ds_cloud_service", "ds_it_services", "ds_collab_messaging"):
            by_label.pop(name, None)
    if any(name in by_label for name in _SPECIFIC_SCOPE):
        by_label.pop("ds_software", None)
    if "ds_it_services" in by_label and "ds_cloud_service" not in by_label:
        by_label.pop("ds_software", None)


def _adequacy(by_label: dict[str, list[Detection]], concepts: set[str]) -> None:
    """« UE ou pays adéquat » is a permission; the Union is then only information (rubric B.8 no 28)."""
    adverse = by_label.get("ad_non_eu_allowed", [])
    if not any(d.params.get("safeguard") == "adequacy" and d.params.get("kind") == "storage" for d in adverse):
        return
    if concepts & {"eu"}:
        by_label["ho_location_eu"] = [
            Detection("ho_location_eu", 0.7, params={"area": "EU_plus_adequate"}, strength="informative")
        ]


# Words that say that the service runs elsewhere than at the buyer's (B.10.1).
_OTHERS_RUN_IT = frozenset({"saas_strong", "no_install"})


def _consequences(by_label: dict[str, list[Detection]], concepts: set[str]) -> None:
    if "ho_multi_dc_france" in by_label and "ho_location_france" not in by_label:
        source = by_label["ho_multi_dc_france"][0]
        by_label["ho_location_france"] = [
            Detection("ho_location_france", source.probability, source.cues, {"perimeter": "all"}, source.strength)
        ]
    if "ds_cloud_service" in by_label and "ho_hosting_in_scope" not in by_label and concepts & _OTHERS_RUN_IT:
        source = by_label["ds_cloud_service"][0]  # B.10.1: a cloud service bought is hosting bought
        by_label["ho_hosting_in_scope"] = [
            Detection("ho_hosting_in_scope", source.probability, source.cues, {"perimeter": "all"}, source.strength)
        ]
    if "ho_buyer_premises" in by_label and "ho_hosting_in_scope" in by_label and "no_hosting" in concepts:
        by_label.pop("ho_hosting_in_scope")


def _judged(detection: Detection, clause: Clause, speech: Obligation) -> Detection | None:
    """The detection with its strength (or effect); None when the clause sets it aside."""
    label = labels()[detection.label]
    if label.adverse:
        effect = detection.effect or ("non_operative" if _describes(clause, speech) else "operative")
        return replace(detection, effect=effect, strength=None)
    if detection.label in FACT_LABELS:
        return replace(detection, strength="informative")
    if detection.strength is not None:
        return detection
    if detection.label == "sv_derogation" and speech.existing and speech.strength == "informative":
        # B.10.5: keeping what exists is what such a clause decides
        return replace(detection, strength="informative" if clause.section in DESCRIPTIVE else "mandatory")
    if detection.params.get("timing") == "in_progress_ok":
        if detection.label == "dp_hds" and speech.in_progress_only:
            # SA8: a certificate in progress that a firm requirement accepts is for review, not a mere wish
            return replace(detection, strength="mandatory", notes=(*detection.notes, "IN_PROGRESS_ACCEPTED"))
        if speech.strength == "mandatory":
            return replace(detection, strength="desirable")
    if detection.params.get("self_declared") and speech.strength == "mandatory":
        return replace(detection, strength="desirable")
    if speech.strength is None:
        # Waived. What is waived is said by ad_requirement_waived; other topics of the clause are left alone.
        return (
            None
            if detection.label in _SOVEREIGNTY or speech.modality == "waive"
            else replace(detection, strength="mandatory")
        )
    strength = speech.strength
    free = speech.modality == "permit" and speech.actor in ("bidder", "contractor")
    free = free and not detection.params.get("conditional")  # « le cas échéant » states a condition, and no liberty
    if free and strength == "mandatory" and detection.label in _SOVEREIGNTY - {"sv_eu_control"}:
        # What the contractor may do is not required of it; a change of control, though, opens a right of the buyer.
        strength = "desirable"
    params = detection.params
    if speech.hollow and detection.label == "sv_extra_eu_immunity":
        params = {**params, "gutted": True}
    notes = (*detection.notes, "PRICED_OPTION") if speech.priced_option else detection.notes
    if speech.by_legend:
        notes = (*notes, "PRIORITY_COLUMN")
    return replace(detection, strength=strength, params=params, notes=notes)


def _describes(clause: Clause, speech: Obligation) -> bool:
    return clause.section in DESCRIPTIVE or speech.existing
