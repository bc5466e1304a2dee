"""Is the file complete enough to say that something is absent (rubric C.7)? And what of it nobody could read?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crible.classification.folding import fold
from crible.scoring.facts.texts import body, folded_text, speaks_of, word_count
from crible.types import Document, Dossier, Fact, Finding

_TECHNICAL = ("CCTP", "CCP")
_ADMINISTRATIVE = ("CCAP", "CCP", "AE")
_CONTRACTUAL = ("CCTP", "CCP", "CCAP", "AE", "ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST")
# Forms and drawings: a page of them that cannot be read hides no clause.
_HARMLESS = re.compile(
    r"\b(?:dc ?[1-4]|dume|plans?|photos?|logos?|kbis|rib|cerfa|attestations?|visites?|noti(?:\d|ce de securite))\b"
)
_GDPR_ANNEX = re.compile(
    r"\bannexes?\b[^.;]{0,60}\b(?:rgpd|donnees (?:a caractere )?personnel|protection des donnees|"
    r"informatique et libertes|"
    r"traitements? de donnees|sous-traitance (?:de |des )?donnees)|\b(?:data processing agreement|"
    r"accord de sous-traitance rgpd)\b"
)
# A missing annex of this kind may hold the very clauses that are looked for; a missing price list may not.
_TELLING = re.compile(
    r"\b(?:rgpd|donnees|hebergement|securite|pas|pssi\w*|cctp|ccap|ccp|cahier des clauses|cadre de securite|"
    r"reversibilite|hds|"
    r"convention|contrat)\b|\bplan d'assurance securite\b"
)
# This many contractual clauses on personal data are the terms themselves, wherever they stand.
_TERMS_PRESENT = 4


@dataclass(frozen=True, slots=True)
class Completeness:
    """``fact``: ``complete``, ``partial`` or ``notice_or_rc_only``, and why. ``gaps``: what keeps it from being
    complete, ``pages`` that nobody could read, ``pieces`` not in the file. ``annex_missing``: the contract refers to an
    annex on personal data that is not in it."""

    fact: Fact
    gaps: tuple[str, ...] = ()
    annex_missing: bool = False


def unread_documents(dossier: Dossier) -> list[Document]:
    """The pieces with unread pages that may hold clauses: all but notices, forms and drawings."""
    return [d for d in dossier.documents if d.unread and _may_bind(d)]


def _may_bind(document: Document) -> bool:
    if document.role == "NOTICE":
        return False
    if document.role != "OTHER":
        return True
    # A piece that nobody could read is not known to be harmless, unless its name says so.
    return not _HARMLESS.search(fold(document.path.replace("_", " ").replace("-", " ")))


def find_completeness(dossier: Dossier, findings: Sequence[Finding], min_words: int) -> Completeness:
    """``min_words`` is what a piece must hold to count as read."""
    words: dict[str, int] = {}
    for document in dossier.documents:
        for role, count in _words_by_role(document).items():
            words[role] = max(words.get(role, 0), count)
    readable = {role for role, count in words.items() if count >= min_words}
    technical = sorted(readable & set(_TECHNICAL))
    administrative = sorted(readable & set(_ADMINISTRATIVE))
    binding = [d for d in dossier.documents if d.role not in ("NOTICE", "RC", "OTHER", "QA", "CRT")]
    if not technical and not administrative and not binding:
        alone = Fact("notice_or_rc_only", 0.95, why="only a notice, consultation rules or pieces that bind nobody")
        return Completeness(alone, ("pieces",))
    missing = []
    if not technical:
        missing.append(f"no technical piece of {min_words} readable words (CCTP, CCP)")
    if not administrative:
        missing.append(f"no administrative piece of {min_words} readable words (CCAP, CCP, AE)")
    if telling := [piece for piece in dossier.announced_missing if _TELLING.search(fold(piece))]:
        missing.append("announced and missing: " + ", ".join(telling))
    annex = _gdpr_annex_missing(dossier, findings)
    if annex:
        missing.append("the contract refers to a personal-data annex that is not in the file")
    gaps = ("pieces",) if missing else ()
    if unread := unread_documents(dossier):
        missing.append("unread pages: " + ", ".join(d.path for d in unread))
        gaps = ("pages", *gaps)
    if missing:
        return Completeness(Fact("partial", 0.9, why="; ".join(missing)), gaps, annex)
    read = ", ".join(f"{role} ({words[role]} words)" for role in dict.fromkeys([*technical, *administrative]))
    return Completeness(Fact("complete", 0.9, why=f"technical and administrative pieces read: {read}"))


def _words_by_role(document: Document) -> dict[str, int]:
    """Readable words under each role: a stretch of a document may be another piece."""
    counts: dict[str, int] = {}
    for block in body(document):
        role = block.role or document.role
        counts[role] = counts.get(role, 0) + word_count(block)
    return counts


def _gdpr_annex_missing(dossier: Dossier, findings: Sequence[Finding]) -> bool:
    """Whether a contractual piece refers to a personal-data annex that stands nowhere in the file (rubric B.10.12)."""
    referred = False
    for document in dossier.documents:
        if document.role == "ANNEX_GDPR":
            return False
        for block in body(document):
            if block.role == "ANNEX_GDPR":
                return False
            if document.role not in _CONTRACTUAL:
                continue
            named = speaks_of(block.text, "nnexe", "ata processing", "ccord de")
            if named and _GDPR_ANNEX.search(folded_text(block.text)):
                if block.kind == "heading":
                    return False
                referred = True
    if not referred:
        return False
    terms = [
        f
        for f in findings
        if f.label == "dp_personal_data_terms" and f.strength == "mandatory" and f.part in _CONTRACTUAL
    ]
    return len(terms) < _TERMS_PRESENT
