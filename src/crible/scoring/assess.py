"""One tender judged: facts, aggregation, contradictions, the four policies, legality, and an id that pins all of it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata

from crible.classification.folding import fold
from crible.errors import PolicyNotFound
from crible.scoring.aggregate import Aggregate, aggregate
from crible.scoring.conflicts import find_conflicts
from crible.scoring.facts import TenderReading, read_facts
from crible.scoring.facts.completeness import unread_documents
from crible.scoring.gazetteer import qualification_warnings
from crible.scoring.legality import legality
from crible.scoring.lots import Lot, lots_of, worst_first
from crible.scoring.policy import POLICY_IDS, PolicyPack, list_policies, load_policy
from crible.scoring.precedence import Order, contract_order, in_force, is_superseded
from crible.scoring.profiles import judge
from crible.scoring.record import to_record
from crible.scoring.tender import TenderFacts
from crible.types import Assessment, Conflict, Dossier, Fact, Finding, LotResult, ProfileResult, Warned
from crible_models import GAZETTEER_DATE, TAXONOMY_VERSION

_log = logging.getLogger(__name__)

DEFAULT_POLICY = "seed"
# Facts that rest on clauses, and are as certain as these; the others come from names, codes and the list of pieces.
_READ_FROM_CLAUSES = ("hosting", "health", "sensitive", "strategic")
_MONTHS = [
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout",
    "septembre", "octobre", "novembre", "decembre",
]  # fmt: skip
_DEADLINE = re.compile(
    r"\bdates? (?:et heures? )?limites?\b.{0,120}?\b(\d{1,2})(?:er)?\s?[ /.]\s?("
    + "|".join(_MONTHS)
    + r"|\d{1,2})\s?[ /.]\s?(20\d\d)\b",
    re.DOTALL,
)


def assess_tender(
    dossier: Dossier,
    findings: Sequence[Finding],
    *,
    policy: str | PolicyPack | None = None,
    as_of: date | None = None,
    buyer: str | None = None,
    today: date | None = None,
    models: Mapping[str, str] | None = None,
) -> Assessment:
    """See :func:`crible.scoring.assess`."""
    headline = policy if isinstance(policy, PolicyPack) else load_policy(policy or DEFAULT_POLICY, as_of=as_of)
    packs, warnings = _packs(headline, as_of)
    day = as_of or max(pack.reviewed_on for pack in packs.values())
    warnings += _stale(headline, packs, as_of or today or date.today())

    found, corrections = in_force(dossier, findings, certain=headline.thresholds.label_auto)
    order = contract_order(dossier)
    conflicts = find_conflicts(found, headline, order=order, corrections=corrections)
    judging = _Judging(headline, packs, order, conflicts, day, buyer)
    whole = judging.view(dossier, found)
    named, crowd = lots_of(dossier, found)
    lots = [(lot, judging.view(lot.dossier, lot.findings, lot=lot)) for lot in named]
    facts, profiles = whole.reading.facts, whole.profiles
    if lots:
        worst = {name: _worst(name, lots) for name in packs}
        profiles = {name: _told(view.profiles[name], lot) for name, (lot, view) in worst.items()}
        facts = _facts_of(whole, *worst[headline.id])
    versions = _versions(dossier, findings, models)
    options = {"policy": headline.stamp, "as_of": as_of.isoformat() if as_of else None, "buyer": buyer}
    return Assessment(
        id=_identity(dossier, packs, versions, options),
        dossier=dossier,
        title=whole.reading.title,
        buyer_name=whole.reading.buyer_name,
        policy=headline.id,
        as_of=day.isoformat(),
        profiles=profiles,
        facts=facts,
        labels=whole.said.summaries,
        findings=found,
        conflicts=conflicts,
        legality=legality(
            dossier, [f for f in found if not is_superseded(f)], whole.said, facts, conflicts, _launched(dossier, day)
        ),
        models=versions,
        software=_software(),
        lots=tuple(
            LotResult(lot.id, lot.title, view.profiles, view.reading.facts, tuple(f.id for f in lot.findings))
            for lot, view in lots
        ),
        warnings=(*dossier.warnings, *warnings, *crowd, *qualification_warnings(dossier, day)),
        cpv=whole.reading.cpv,
        judged={lot.id: to_record(view.tender) for lot, view in lots} or {"": to_record(whole.tender)},
    )


def _packs(headline: PolicyPack, as_of: date | None) -> tuple[dict[str, PolicyPack], list[Warned]]:
    """The four policies at that date, the headline at the version asked for; first, when it is a pack of one's own."""
    packs: dict[str, PolicyPack] = {} if headline.id in POLICY_IDS else {headline.id: headline}
    warnings: list[Warned] = []
    for name in POLICY_IDS:
        if name == headline.id:
            packs[name] = headline
            continue
        try:
            packs[name] = load_policy(name, as_of=as_of)
        except PolicyNotFound:
            # All four are always shown; one that did not exist yet is shown as it first was, and said to be so.
            packs[name] = next(p for p in list_policies() if p.id == name)
            warnings.append(Warned("POLICY_NOT_IN_FORCE", packs[name].name))
    return packs, warnings


def _stale(headline: PolicyPack, packs: Mapping[str, PolicyPack], day: date) -> list[Warned]:
    """Packs in force that somebody should have read again, and a headline that is not. Verdicts do not move."""
    late = [p for p in packs.values() if p.in_force(day) and p.past_review(day)]
    found = [Warned("POLICY_PAST_REVIEW", f"{p.name}, {p.review_by.isoformat()}") for p in late]
    return found if headline.in_force(day) else [Warned("POLICY_OUTSIDE_PERIOD", headline.name), *found]


@dataclass(frozen=True, slots=True)
class _View:
    """A tender, or one of its lots, read and judged."""

    tender: TenderFacts
    reading: TenderReading
    said: Aggregate
    profiles: Mapping[str, ProfileResult]


@dataclass(frozen=True, slots=True)
class _Judging:
    """What is the same for the tender and for each of its lots."""

    headline: PolicyPack
    packs: Mapping[str, PolicyPack]
    order: Order
    conflicts: Sequence[Conflict]
    day: date
    buyer: str | None

    def view(self, dossier: Dossier, findings: Sequence[Finding], *, lot: Lot | None = None) -> _View:
        thresholds = self.headline.thresholds
        live = [f for f in findings if not is_superseded(f)]
        reading = read_facts(
            dossier,
            live,
            min_words=thresholds.complete_min_words,
            buyer=self.buyer,
            lot_title=lot.title if lot else "",
            lot_alone=lot is not None and lot.own,
            lot_cpv=lot.cpv if lot else None,
        )
        conflicts = [c for c in self.conflicts if lot is None or c.lot in (None, lot.id)]
        torn = next((c for c in conflicts if c.code == "CONFLICT_SCOPE"), None)
        if torn is not None:
            # The contradiction is about who hosts: taking one side would settle it in silence.
            hosting = Fact("unknown", 0.5, torn.findings, "hosting is priced in one piece and excluded by another")
            reading = replace(reading, facts={**reading.facts, "hosting": hosting})
        said = aggregate(findings, self.headline, unbound=self.order.unbound, months=reading.months)
        tender = _tender(dossier, said, reading, conflicts, self.day, certain=thresholds.label_auto)
        return _View(tender, reading, said, judge(tender, self.packs))


def _worst(policy: str, lots: Sequence[tuple[Lot, _View]]) -> tuple[Lot, _View]:
    return min(lots, key=lambda pair: worst_first(pair[1].profiles[policy].verdict, pair[1].profiles[policy].score))


def _told(result: ProfileResult, lot: Lot) -> ProfileResult:
    """The verdict of a tender with lots is that of its worst, and says so."""
    return replace(result, notes=(*result.notes, f"WORST_LOT:{lot.id}"))


def _facts_of(whole: _View, lot: Lot, view: _View) -> dict[str, Fact]:
    """The facts of the tender: those of the lot that decides, buyer and completeness of the whole."""
    told = {name: replace(fact, why=f"lot {lot.id}: {fact.why}") for name, fact in view.reading.facts.items()}
    return {name: fact if name in ("buyer", "dce") else told[name] for name, fact in whole.reading.facts.items()}


def _tender(
    dossier: Dossier,
    said: Aggregate,
    reading: TenderReading,
    conflicts: Sequence[Conflict],
    day: date,
    *,
    certain: float,
) -> TenderFacts:
    caps = []
    unread = unread_documents(dossier)
    if unread:
        caps.append("UNREAD_PAGES")
    if dossier.announced_missing or reading.annex_missing:
        caps.append("ANNOUNCED_PIECE_MISSING")
    if "ADVERSE_TO_CONFIRM" in said.notes:
        caps.append("ADVERSE_TO_CONFIRM")
    return TenderFacts(
        facts={name: fact.value for name, fact in reading.facts.items()},
        labels=said.labels,
        adverse=said.adverse,
        params=said.params,
        conflicts=tuple(dict.fromkeys(c.code for c in conflicts if c.certain)),
        sure=said.sure,
        doubtful=tuple(name for name in _READ_FROM_CLAUSES if reading.facts[name].probability < certain),
        caps=tuple(caps),
        notes=(*said.notes, *reading.notes),
        evidence=said.evidence,
        searched={"documents": sum(1 for d in dossier.documents if d.pages_read), "pages": dossier.pages_read},
        unread=bool(unread),
        gaps=reading.gaps,
        as_of=day,
    )


def _versions(dossier: Dossier, findings: Sequence[Finding], models: Mapping[str, str] | None) -> dict[str, str]:
    """The versions of what read the pages and the clauses: as told, otherwise from the traces of the findings."""
    versions = dict(models or {f.detector.kind: f.detector.version for f in findings})
    if dossier.ocr:
        versions["ocr"] = dossier.ocr
    return {"taxonomy": TAXONOMY_VERSION, "gazetteer": GAZETTEER_DATE, **dict(sorted(versions.items()))}


def _software() -> str:
    try:
        return metadata.version("crible")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        from crible import __version__

        return __version__


def _identity(
    dossier: Dossier, packs: Mapping[str, PolicyPack], models: Mapping[str, str], options: Mapping[str, str | None]
) -> str:
    """SHA-256 over inputs, policies, models and options: the same input gives the same id."""
    parts = {
        "inputs": [[d.path, d.sha256, d.pages_read] for d in sorted(dossier.documents, key=lambda d: d.path)]
        or dossier.sha256,
        "policies": [pack.stamp for pack in packs.values()],
        "models": dict(models),
        "options": dict(options),
        "software": _software(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _launched(dossier: Dossier, day: date) -> date:
    """When the call was launched, as near as the file says: its deadline for bids, otherwise the date of the rules."""
    for document in dossier.documents:
        if document.role not in ("RC", "NOTICE"):
            continue
        for block in document.blocks:
            if found := _DEADLINE.search(fold(block.text)):
                month = _MONTHS.index(found[2]) + 1 if found[2] in _MONTHS else int(found[2])
                try:
                    return date(int(found[3]), month, int(found[1]))
                except ValueError:
                    _log.debug("not a date: %s", found[0])
    return day
