"""Findings of a tender: clauses through the detector, each label with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crible.classification.cascade import detector_named
from crible.classification.combined import DENIABLE
from crible.classification.detector import FLOOR, Detection, Detector
from crible.classification.folding import fold
from crible.classification.obligation import Obligation, obligation
from crible.classification.segments import Clause, clause_from_text, clauses
from crible.classification.taxonomy import FACT_LABELS, labels
from crible.errors import UsageError
from crible.extraction.anchors import evidence
from crible.types import Actor, DetectorTrace, Dossier, Finding

# The negation stands beside the words of the label, with four words between them at most.
_DENIED_BEFORE = re.compile(r"\b(?:aucune?s?|pas|ni|sans|nulle?|hors|no|not|without|neither|nor)\b(?:\W+\w+){0,4}\W*$")
_DENIED_AFTER = re.compile(
    r"(?:\W+\w+){0,4}?\W+(?:(?:est|sont|sera|seront|reste|restent)\W+exclu|n'(?:est|entre)|"
    r"ne (?:sont|fait|font|releve)|(?:is|are|shall be) (?:not|excluded))"
)


def classify(dossier: Dossier, *, detector: Detector | None = None) -> tuple[Finding, ...]:
    """Every label found in the dossier, in reading order, with quote, page and box."""
    detector = detector or detector_named()
    units = list(clauses(dossier))
    findings: list[Finding] = []
    for clause, detections in zip(units, detector.detect(units), strict=True):
        kept = [d for d in detections if is_kept(d)]
        if kept:
            speech = obligation(clause)
            findings += [_finding(f"f{len(findings) + n}", clause, d, speech, detector) for n, d in enumerate(kept, 1)]
    return tuple(findings)


def _finding(id: str, clause: Clause, detection: Detection, speech: Obligation, detector: Detector) -> Finding:
    assert clause.document is not None
    assert clause.block is not None
    return Finding(
        id=id, label=detection.label, probability=detection.probability, strength=detection.strength,
        effect=detection.effect, actor=actor_of(detection, speech.actor),
        negated=_denied(detection, clause, speech.modality),
        params=detection.params, lot=clause.lot, part=clause.part, section=clause.section,
        detector=DetectorTrace(
            detection.by or detector.kind, detector.versions.get(detection.by, detector.version), detection.threshold,
            tuple(dict.fromkeys((*detection.cues, *speech.cues))), detection.like,
        ),
        evidence=evidence(clause.document, clause.block, clause.start, clause.end),
        notes=detection.notes,
    )  # fmt: skip


def _denied(detection: Detection, clause: Clause, modality: str) -> bool:
    """Whether the clause says that what the label names is absent: « aucune donnée de santé n'est traitée ».

    A requirement written as a prohibition denies nothing (rubric B.4): « aucune donnée ne sort de l'Union » is firm.
    """
    if modality != "prohibit" or not detection.label.startswith(DENIABLE):
        return False
    text = fold(clause.text)
    for cue in map(fold, detection.cues):
        if detection.label.startswith("dp_") and "donnee" not in cue and "data" not in cue:
            continue  # « aucun patient n'est privé de suivi » speaks of care, and denies no data
        at = text.find(cue)
        if at >= 0 and (_DENIED_BEFORE.search(text[:at]) or _DENIED_AFTER.match(text[at + len(cue) :])):
            return True
    return False


def is_kept(detection: Detection) -> bool:
    """Whether a reading becomes a finding."""
    return detection.probability >= FLOOR


def actor_of(detection: Detection, told: Actor) -> Actor:
    """Whom a label binds: as the detector says, otherwise as the cues of the clause tell. A fact binds nobody."""
    actor = detection.actor or told
    return "unknown" if detection.label in FACT_LABELS and actor == "contractor" else actor


_ALLOWED = {"id", "text", "part", "section", "heading"}


def classify_texts(
    records: Iterable[Mapping[str, Any]], *, all: bool = False, detector: Detector | None = None
) -> Iterator[dict[str, Any]]:
    """``{"id", "text", "part"?, "section"?, "heading"?}`` in, ``{"id", "labels": [...]}`` out, one for one.

    ``all`` gives every label with its probability, those that make no finding too.
    Raises UsageError for a record without text or with an unknown key.
    """
    detector = detector or detector_named()
    for n, record in enumerate(records, 1):
        if unknown := set(record) - _ALLOWED:
            raise UsageError(f"record {n}: unknown key {sorted(unknown)}; allowed: {sorted(_ALLOWED)}")
        if not isinstance(record.get("text"), str):
            raise UsageError(f"record {n}: « text » is missing or is not a string")
        id = str(record.get("id", n))
        units = clause_from_text(
            id, record["text"], part=record.get("part") or "CCTP", section=record.get("section"),
            heading=record.get("heading") or "",
        )  # fmt: skip
        best: dict[str, dict[str, Any]] = {}
        for clause, detections in zip(units, detector.detect(units), strict=True):
            actor = obligation(clause).actor if detections else "unknown"
            for d in detections:
                if d.label not in best or best[d.label]["probability"] < d.probability:
                    best[d.label] = {
                        "label": d.label, "probability": d.probability, "strength": d.strength, "effect": d.effect,
                        "actor": actor_of(d, actor), "params": dict(d.params),
                    }  # fmt: skip
        shown = [e for e in best.values() if e["probability"] >= FLOOR]
        if all:
            silent: dict[str, Any] = {"strength": None, "effect": None, "actor": "unknown", "params": {}}
            chances = detector.probabilities(units).max(axis=0, initial=0).tolist()
            shown = [
                best.get(name) or {"label": name, "probability": round(chance, 3), **silent}
                for name, chance in zip(labels(), chances, strict=True)
            ]
        yield {"id": id, "labels": shown}
