"""The facts of a tender (rubric C.1), each with its probability, the findings it rests on and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crible.scoring.facts import texts
from crible.scoring.facts.buyer import find_buyer
from crible.scoring.facts.completeness import find_completeness
from crible.scoring.facts.content import find_health, find_personal, find_sensitive, find_strategic
from crible.scoring.facts.cpv import cpv_codes, signals
from crible.scoring.facts.digital import find_digital
from crible.scoring.facts.hosting import find_cloud, find_hosting
from crible.types import Dossier, Fact, Finding

__all__ = ["TenderReading", "read_facts"]


@dataclass(frozen=True, slots=True)
class TenderReading:
    """The facts by name, the title and the buyer's name, the CPV codes, and the notes that the facts raise."""

    facts: Mapping[str, Fact]
    title: str
    buyer_name: str
    cpv: tuple[str, ...]
    notes: tuple[str, ...]


def read_facts(
    dossier: Dossier, findings: Sequence[Finding], *, min_words: int, buyer: str | None = None
) -> TenderReading:
    """Read the facts of one tender. ``min_words`` is what a piece must hold to count as read (rubric C.7).

    Raises :class:`~crible.errors.UsageError` for a ``buyer`` that is neither a class nor a SIREN.
    """
    title = texts.title(dossier)
    places = texts.object_places(dossier)
    in_object = frozenset(f.id for f in findings if texts.in_object(f, places))
    codes = cpv_codes(dossier)
    cpv = signals(codes)
    name, who = find_buyer(dossier, buyer)
    digital = find_digital(dossier, findings, in_object, title, cpv)
    technical = any(d.role in ("CCTP", "CCP") and d.pages_read for d in dossier.documents)
    hosting, hosting_notes = find_hosting(findings, in_object, cpv, technical=technical)
    if digital.value == "no" and hosting.value == "unknown":
        hosting = Fact("none", digital.probability, why="the purchase is not digital")
    personal = find_personal(dossier, findings)
    health = find_health(dossier, findings, who.value, personal.value, title, cpv)
    sensitive, sensitive_notes = find_sensitive(findings, who.value, health)
    strategic = find_strategic(findings, in_object, title, who.value, personal.value, health, sensitive)
    facts = {
        "digital": digital,
        "cloud": find_cloud(findings, hosting),
        "hosting": hosting,
        "buyer": who,
        "personal": personal,
        "health": health,
        "sensitive": sensitive,
        "strategic": strategic,
        "dce": find_completeness(dossier, findings, min_words),
    }
    notes = [*hosting_notes, *sensitive_notes]
    if hosting.value == "buyer" and _remote_from_afar(findings):
        notes.append("REMOTE_ACCESS_THIRD_COUNTRY")
    return TenderReading(facts, title, name, codes, tuple(notes))


def _remote_from_afar(findings: Sequence[Finding]) -> bool:
    return any(
        f.label == "ad_non_eu_allowed" and f.effect == "operative" and f.params.get("kind") == "access"
        for f in findings
    )
