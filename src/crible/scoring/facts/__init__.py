"""The facts of a tender (rubric C.1), each with its probability, the findings it rests on and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crible.classification.folding import fold
from crible.scoring.facts import texts
from crible.scoring.facts.buyer import find_buyer
from crible.scoring.facts.completeness import find_completeness
from crible.scoring.facts.content import find_health, find_personal, find_sensitive, find_strategic
from crible.scoring.facts.cpv import find_codes, signals
from crible.scoring.facts.digital import find_digital
from crible.scoring.facts.duration import find_months
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
    months: int | None = None  # how long the contract lasts
    gaps: tuple[str, ...] = ()  # what keeps the file from being complete
    annex_missing: bool = False  # the contract refers to an annex on personal data that is not in the file


def read_facts(
    dossier: Dossier,
    findings: Sequence[Finding],
    *,
    min_words: int,
    buyer: str | None = None,
    lot_title: str = "",
    lot_alone: bool = False,
    lot_cpv: tuple[str, ...] | None = None,
) -> TenderReading:
    """Read the facts of one tender. ``min_words`` is what a piece must hold to count as read (rubric C.7).

    Of one lot: ``lot_title`` stands for the title, ``lot_cpv`` for the codes of the call; ``lot_alone``: it has its own
    pieces, and what the common ones say of the object is not said of it.

    Raises :class:`~crible.errors.UsageError` for a ``buyer`` that is neither a class nor a SIREN.
    """
    places = texts.object_places(dossier)
    title = lot_title or texts.title(dossier, places)
    in_object = texts.in_object(findings, places)
    codes, printed = find_codes(dossier) if lot_cpv is None else (lot_cpv, ())
    cpv = signals(codes)
    name, who = find_buyer(dossier, buyer)
    # Each piece states the object in its own words, and one of them may be mangled.
    pieces = [place for place in places if place.document.lot] if lot_alone else places
    objects = [fold(title), *texts.stated(pieces)]
    digital = find_digital(dossier, findings, in_object, objects, cpv)
    # The words of the object, and the code, are what a reader checks first.
    said = tuple(texts.quoted(place.document, place.block, place.text) for place in pieces[:1])
    digital = replace(digital, quotes=(*said, *printed))
    technical = any(d.role in ("CCTP", "CCP") and d.pages_read for d in dossier.documents)
    hosting, hosting_notes = find_hosting(findings, in_object, cpv, technical=technical)
    if digital.value == "no" and hosting.value == "unknown":
        hosting = Fact("none", digital.probability, why="the purchase is not digital")
    personal = find_personal(dossier, findings)
    if personal.value == "unknown" and digital.value == "no" and technical:
        personal = Fact("no", 0.6, why="the purchase is not digital, and its technical pieces name no personal data")
    health = find_health(dossier, findings, who.value, personal.value, title, cpv)
    sensitive, sensitive_notes = find_sensitive(findings, who.value, health)
    strategic = find_strategic(findings, in_object, title, who.value, personal.value, health, sensitive)
    completeness = find_completeness(dossier, findings, min_words)
    facts = {
        "digital": digital,
        "cloud": find_cloud(findings, hosting),
        "hosting": hosting,
        "buyer": who,
        "personal": personal,
        "health": health,
        "sensitive": sensitive,
        "strategic": strategic,
        "dce": completeness.fact,
    }
    notes = [*hosting_notes, *sensitive_notes]
    if hosting.value == "buyer" and _remote_from_afar(findings):
        notes.append("REMOTE_ACCESS_THIRD_COUNTRY")
    return TenderReading(
        facts, title, name, codes, tuple(notes), find_months(dossier), completeness.gaps, completeness.annex_missing
    )


def _remote_from_afar(findings: Sequence[Finding]) -> bool:
    return any(
        f.label == "ad_non_eu_allowed" and f.effect == "operative" and f.params.get("kind") == "access"
        for f in findings
    )
