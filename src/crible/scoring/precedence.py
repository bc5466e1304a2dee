"""Which piece prevails (rubric B.2, B.5): the order that the contract states, and the answers that modify the file.

A correction, or an answer that says that it modifies, withdraws what it contradicts in the pieces before it, and the
latest day wins. An answer that merely says something else withdraws nothing: the contradiction is raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crible.classification.folding import fold
from crible.extraction.roles import names_in
from crible.scoring.evidence import NOT_CONTRACTUAL
from crible.scoring.facts.texts import body, folded_text, speaks_of
from crible.types import Block, Document, Dossier, Finding, Role

# Order of precedence of the pieces (rubric B.5, CHOICE): the lower rank prevails.
RANK: dict[Role, int] = {
    "QA": 0, "AE": 1, "CCAP": 2, "CCP": 2, "CCTP": 3, "ANNEX_HOST": 4, "ANNEX_SEC": 4, "ANNEX_GDPR": 4, "BPU": 5,
    "CRT": 6, "RC": 7, "NOTICE": 8, "OTHER": 9,
}  # fmt: skip
SUPERSEDED = "SUPERSEDED"  # noted on a finding that a correction withdrew
# What a finding is about: two of one topic may disagree, whatever their labels.
_TOPICS: Mapping[str, str] = {
    "ho_location_france": "location", "ho_location_eu": "location", "ho_multi_dc_france": "location",
    "ad_non_eu_allowed": "location", "sv_secnumcloud": "secnumcloud", "sv_extra_eu_immunity": "immunity",
    "dp_hds": "hds", "rv_reversibility": "reversibility", "ad_named_exposed_provider": "provider",
    "ho_multi_site": "multi_site",
}  # fmt: skip
_WAIVED = ("location", "secnumcloud", "immunity", "hds", "reversibility")
# A heading that opens the list of contractual pieces, or the sentence that introduces it.
_LIST_TITLE = re.compile(
    r"\bpieces (?:constitutives|contractuelles|du marche)|\bdocuments (?:contractuels|applicables)"
)
_LIST_LEAD = re.compile(
    r"\b(?:pieces|documents) (?:constitutives|contractuel\w+)\b[^.]{0,200}?(?::|\bordre\b)|"
    r"\bordre de (?:priorite|preseance|prevalence|importance)[^.]{0,80}:"
)
_NO_VALUE = re.compile(r"\b(?:n'a|n'ont|n'est|ne fait|ne font|ne sont|a l'exclusion|hormis|sans valeur)\b")
_CORRECTION = re.compile(r"\brectificati\w+|\bmodificati\w+|\berratum\b|\badditif\b|\bcorrigendum\b")
_MODIFIES = re.compile(
    r"\bannul\w+ et remplac\w+|\b(?:est|sont|a ete|ont ete) (?:ainsi |donc |desormais )?"
    r"(?:modifie|remplace|supprime|abroge|rectifie|corrige|retire|complete)e?s?\b|\bau lieu de\b|"
    r"\bil (?:convient|faut) (?:de )?lire\b|\bn'est plus\b|\bne sont plus\b|\bis (?:replaced|amended|deleted)\b"
)
_MAY_BIND: tuple[Role, ...] = ("AE", "CCAP", "CCP")
_LISTED: tuple[Role, ...] = ("RC", "AE", "CCAP", "CCTP", "CCP", "CRT", "BPU", "ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST")
_ITEMS_MAX = 25  # blocks of a list of pieces
_ITEM_MAX = 200  # characters of an item


@dataclass(frozen=True, slots=True)
class Order:
    """``ranks``: the lower prevails. ``unbound``: the pieces that do not bind the parties."""

    ranks: Mapping[Role, int]
    unbound: tuple[Role, ...] = NOT_CONTRACTUAL


DEFAULT_ORDER = Order(RANK)


def contract_order(dossier: Dossier) -> Order:
    """The order stated by the contract (« pièces constitutives … par ordre de priorité »), otherwise the usual one."""
    listed: tuple[Role, ...] = ()
    for document in dossier.documents:
        if document.role in _MAY_BIND:
            listed = max(listed, tuple(dict.fromkeys(_listed(document))), key=len)
    if len(listed) < 2:
        return DEFAULT_ORDER
    ranks = {role: rank + 100 for role, rank in RANK.items()}  # what the list leaves out comes after it
    ranks |= {role: n for n, role in enumerate(listed, 1)} | {"QA": 0}
    return Order(ranks, tuple(role for role in NOT_CONTRACTUAL if role not in listed))


def _listed(document: Document) -> Iterator[Role]:
    """The pieces named by the list of contractual pieces, in its order."""
    left = 0
    for block in body(document):
        if block.kind != "heading" and not left and not speaks_of(block.text, "contractu", "constitu", "ordre"):
            continue
        folded = folded_text(block.text)
        if block.kind == "heading":
            left = _ITEMS_MAX if _LIST_TITLE.search(folded) else 0
            continue
        lead = _LIST_LEAD.search(folded)
        if lead is not None:
            left, folded = _ITEMS_MAX, folded[lead.end() :]
        # A long paragraph under the list speaks of the pieces, and lists none.
        if left and (lead is not None or len(folded) <= _ITEM_MAX) and not _NO_VALUE.search(folded):
            left -= 1
            yield from names_in(folded, _LISTED)


def in_force(
    dossier: Dossier, findings: Sequence[Finding], *, certain: float
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, Finding], ...]]:
    """The findings, those that a correction withdrew noted ``SUPERSEDED``, and the withdrawals left to a person.

    A correction less likely than ``certain`` withdraws nothing: it is given back with what it may withdraw.
    """
    answers = [f for f in findings if f.part == "QA" and _topics(f)]
    if not answers:
        return tuple(findings), ()
    pieces = {d.path: d for d in dossier.documents}
    modifying = [f for f in answers if _modifies(f, pieces.get(f.evidence.document))]
    days = {path: document.date or "" for path, document in pieces.items()}
    withdrawn: set[str] = set()
    doubtful: list[tuple[Finding, Finding]] = []
    for new in modifying:
        for old in findings:
            if not _disagree(new, old) or not _later(new, old, days):
                continue
            if new.probability >= certain:
                withdrawn.add(old.id)
            else:
                doubtful.append((old, new))
    kept = tuple(replace(f, notes=(*f.notes, SUPERSEDED)) if f.id in withdrawn else f for f in findings)
    return kept, tuple((old, new) for old, new in doubtful if not {old.id, new.id} & withdrawn)


def is_superseded(finding: Finding) -> bool:
    return SUPERSEDED in finding.notes


def _topics(finding: Finding) -> tuple[str, ...]:
    """What a finding is about; several for a clause that waives several things."""
    if finding.label == "ad_requirement_waived":
        return tuple(topic for topic in _WAIVED if topic in _values(finding, "target"))
    if finding.label == "ad_non_eu_allowed" and "storage" not in _values(finding, "kind"):
        return ()  # an access from afar leaves the place of storage as it is
    return (_TOPICS[finding.label],) if finding.label in _TOPICS else ()


def _values(finding: Finding, key: str) -> tuple[str, ...]:
    value = finding.params.get(key)
    return tuple(value) if isinstance(value, (list, tuple)) else (str(value),)


def _disagree(new: Finding, old: Finding) -> bool:
    """Whether a clause of a correction says otherwise than an older one on the same topic, for the same lot."""
    if old.evidence.document == new.evidence.document or not set(_topics(new)) & set(_topics(old)):
        return False
    if new.lot is not None and old.lot not in (None, new.lot):
        return False
    if new.effect is not None:  # a permission or a waiver withdraws a requirement
        return new.effect == "operative" and old.effect is None
    firm = new.strength in ("mandatory", "scored")
    if old.effect is not None or new.label != old.label:
        # A requirement withdraws a permission, and one of the Union one of France; the reverse only adds to it.
        wider = new.label == "ho_location_eu" and old.label in ("ho_location_france", "ho_multi_dc_france")
        return firm and (old.effect is not None or wider)
    return new.strength != "informative" and new.strength != old.strength


def _later(new: Finding, old: Finding, days: Mapping[str, str]) -> bool:
    """An answer comes after every piece of the file; of two answers, the one of the later day."""
    if old.part != "QA":
        return True
    return days.get(new.evidence.document, "") > days.get(old.evidence.document, "") > ""


def _modifies(finding: Finding, document: Document | None) -> bool:
    if document is None:
        return False
    if _CORRECTION.search(fold(f"{document.path.rsplit('/', 1)[-1].replace('_', ' ')} {document.title}")):
        return True
    return any(_MODIFIES.search(fold(text)) for text in _around(finding, document.blocks))


def _around(finding: Finding, blocks: Iterable[Block]) -> Iterator[str]:
    """The block of a finding, and the one before it when it announces it (« … est remplacé par : »)."""
    before = ""
    for block in blocks:
        if block.start <= finding.evidence.char[0] <= block.end:
            yield block.text
            if before.rstrip().endswith(":"):
                yield before
            return
        before = block.text
