"""``judge(tender, packs)``: the verdicts of a tender under its policies, a pure function of facts and labels.

On top of the rules of each policy stand two safeguards. A verdict that rests on labels or facts still to be confirmed
is ``needs_review``; ``compliant`` is withheld while pages are unread, a piece is missing, or an adverse clause is
unsure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crible.errors import ConfigurationError
from crible.scoring.policy import PolicyPack
from crible.scoring.profiles.eu_seal import judge_eu_seal
from crible.scoring.profiles.fr_etat import judge_fr_etat
from crible.scoring.profiles.fr_sante import judge_fr_sante
from crible.scoring.profiles.seed import judge_seed
from crible.scoring.tender import TenderFacts
from crible.types import ProfileResult

__all__ = ["judge"]

_JUDGES: Mapping[str, Callable[[TenderFacts, PolicyPack], ProfileResult]] = {
    "seed": judge_seed,
    "fr-etat": judge_fr_etat,
    "fr-sante": judge_fr_sante,
    "eu-seal": judge_eu_seal,
}

# What a doubtful fact may turn out to be.
_NOT = ("unknown",)
_OTHERWISE: Mapping[str, tuple[str, ...]] = {"hosting": ("unknown", "buyer")}


def judge(tender: TenderFacts, packs: Mapping[str, PolicyPack]) -> dict[str, ProfileResult]:
    """The result of each pack, by policy id, in the order of ``packs``."""
    results = {}
    for name, pack in packs.items():
        if pack.rulebook not in _JUDGES:
            raise ConfigurationError(f"no rules for policy {pack.id!r}; known: {', '.join(_JUDGES)}")
        results[name] = _guarded(tender, pack, _JUDGES[pack.rulebook])
    return results


def _guarded(
    tender: TenderFacts, pack: PolicyPack, rules: Callable[[TenderFacts, PolicyPack], ProfileResult]
) -> ProfileResult:
    found = rules(tender, pack)
    held: tuple[str, ...] = ()
    judged = found.verdict in ("compliant", "non_compliant")
    if judged and tender.facts["digital"] == "unknown":
        held = ("FACT_TO_CONFIRM:digital",)  # nobody knows that the policy concerns this purchase (rubric C.3)
    elif judged:
        if tender.sure is not None and rules(replace(tender, labels=tender.sure), pack).verdict != found.verdict:
            held += ("LABELS_TO_CONFIRM",)
        for fact in tender.doubtful:
            others = (rules(replace(tender, facts={**tender.facts, fact: v}), pack) for v in _OTHERWISE.get(fact, _NOT))
            if any(other.verdict != found.verdict for other in others):
                held += (f"FACT_TO_CONFIRM:{fact}",)
    if found.verdict == "compliant":
        held += tender.caps
    notes = tuple(dict.fromkeys((*found.notes, *tender.notes)))
    if not held:
        return replace(found, notes=notes)
    score = min(found.score or 0.0, pack.verdict_caps["needs_review"])
    return replace(found, verdict="needs_review", score=score, reasons=(*held, *found.reasons), notes=notes)
