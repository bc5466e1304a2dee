"""One tender judged: facts, aggregation, contradictions, the four policies, legality, and an id that pins all of it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import metadata

from crible.classification.folding import fold
from crible.errors import PolicyNotFound
from crible.scoring.aggregate import Aggregate, aggregate
from crible.scoring.conflicts import find_conflicts
from crible.scoring.facts import TenderReading, read_facts
from crible.scoring.facts.completeness import unread_documents
from crible.scoring.legality import legality
from crible.scoring.policy import POLICY_IDS, PolicyPack, list_policies, load_policy
from crible.scoring.profiles import judge
from crible.scoring.tender import TenderFacts
from crible.types import Assessment, Conflict, Dossier, Finding, Warned
from crible_models import TAXONOMY_VERSION

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
    policy: str | None = None,
    as_of: date | None = None,
    buyer: str | None = None,
) -> Assessment:
    """See :func:`crible.scoring.assess`."""
    headline = load_policy(policy or DEFAULT_POLICY, as_of=as_of)
    packs, warnings = _packs(headline, as_of)
    day = as_of or max(pack.reviewed_on for pack in packs.values())
    warnings += [
        Warned("POLICY_PAST_REVIEW", pack.name) for pack in packs.values() if as_of and pack.past_review(as_of)
    ]

    said = aggregate(findings, headline)
    reading = read_facts(dossier, findings, min_words=headline.thresholds.complete_min_words, buyer=buyer)
    conflicts = find_conflicts(findings, headline)
    tender = _tender(dossier, said, reading, conflicts, day, certain=headline.thresholds.label_auto)
    profiles = judge(tender, packs)
    models = _models(dossier, findings)
    options = {"policy": headline.name, "as_of": as_of.isoformat() if as_of else None, "buyer": buyer}
    return Assessment(
        id=_identity(dossier, packs, models, options),
        dossier=dossier,
        title=reading.title,
        buyer_name=reading.buyer_name,
        policy=headline.id,
        as_of=day.isoformat(),
        profiles=profiles,
        facts=reading.facts,
        labels=said.summaries,
        findings=tuple(findings),
        conflicts=conflicts,
        legality=legality(dossier, findings, said, reading.facts, conflicts, _launched(dossier, day)),
        models=models,
        software=_software(),
        warnings=(*dossier.warnings, *warnings),
    )


def _packs(headline: PolicyPack, as_of: date | None) -> tuple[dict[str, PolicyPack], list[Warned]]:
    """The four policies at that date, the headline at the version asked for."""
    packs: dict[str, PolicyPack] = {}
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
    if dossier.announced_missing:
        caps.append("ANNOUNCED_PIECE_MISSING")
    if "ADVERSE_TO_CONFIRM" in said.notes:
        caps.append("ADVERSE_TO_CONFIRM")
    return TenderFacts(
        facts={name: fact.value for name, fact in reading.facts.items()},
        labels=said.labels,
        adverse=said.adverse,
        params=said.params,
        conflicts=tuple(dict.fromkeys(c.code for c in conflicts)),
        sure=said.sure,
        doubtful=tuple(name for name in _READ_FROM_CLAUSES if reading.facts[name].probability < certain),
        caps=tuple(caps),
        notes=(*said.notes, *reading.notes),
        evidence=said.evidence,
        searched={"documents": sum(1 for d in dossier.documents if d.pages_read), "pages": dossier.pages_read},
        unread=bool(unread),
        as_of=day,
    )


def _models(dossier: Dossier, findings: Sequence[Finding]) -> dict[str, str]:
    """The versions of what read the pages and the clauses, from their own traces."""
    versions = {f.detector.kind: f.detector.version for f in findings}
    if dossier.ocr:
        versions["ocr"] = dossier.ocr
    return {"taxonomy": TAXONOMY_VERSION, **dict(sorted(versions.items()))}


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
        "policies": [pack.name for pack in packs.values()],
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
