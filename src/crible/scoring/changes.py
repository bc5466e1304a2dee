"""Changes to a tender, one at a time: a clause made mandatory, an adverse clause taken out, pages read, a fact settled.

A change is plain data, so that it can be worded, applied, and checked by judging the tender again. What a tender does
not say may be asked of it (a clause can be written), what it is cannot: a fact is only settled where it is in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from crible.scoring.policy import AllOf, AnyOf, Condition, LabelCondition, PolicyPack, Term, When
from crible.scoring.tender import TenderFacts
from crible.types import Strength

Kind = Literal["require", "weaken", "remove", "withdraw", "close", "confirm", "settle", "dismiss", "read", "supply"]
# Lots by id; one tender under "" where there are none.
Case = Mapping[str, TenderFacts]

# Facts of which a clause or a person can tell; who buys is never in question here.
_SETTLED: Mapping[str, tuple[str, ...]] = {
    "digital": ("yes", "no"),
    "hosting": ("contractor", "buyer"),
    "personal": ("yes", "no"),
    "health": ("yes", "no"),
    "sensitive": ("declared_yes", "declared_no"),
    "strategic": ("yes", "no"),
}
_UNSETTLED = ("unknown", "inferred", "weak_inferred", "strong_inferred")
# Parameters that make a requirement less than it says; a clause written in full has none of them.
_RESERVES: Mapping[str, tuple[Any, ...]] = {
    "timing": ("in_progress_ok",), "complete_art28": (False,), "version": ("v1",), "gutted": (True,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind, what it bears on (label, fact, code), the value it takes, and parameters it brings."""

    kind: Kind
    target: str
    value: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Two changes with one key exclude each other."""
        group = {"weaken": "require", "remove": "require", "confirm": "settle" if not self.value else "require"}
        return group.get(self.kind, self.kind), self.target


def improvements(case: Case, pack: PolicyPack) -> list[Change]:
    """What could be asked, taken out, read, supplied or settled, in the order in which it is preferred."""
    tenders = list(case.values())
    found: list[Change] = []
    for tender in tenders:
        gaps = _gaps(tender)
        if "UNREAD_PAGES" in tender.caps or "pages" in gaps:
            found.append(Change("read", "pages"))
        if "ANNOUNCED_PIECE_MISSING" in tender.caps or "pieces" in gaps:
            found.append(Change("supply", "pieces"))
        if "ADVERSE_TO_CONFIRM" in tender.caps:
            found.append(Change("dismiss", "adverse"))
        found += [Change("close", code) for code in tender.conflicts]
        if tender.sure is not None:
            unsure = [label for label, strength in tender.labels.items() if tender.sure.get(label) != strength]
            found += [Change("confirm", label, "label") for label in unsure]
        found += [Change("confirm", fact) for fact in tender.doubtful]
    for label, params in _wanted(pack):
        if any(not _in_full(tender, label, params) for tender in tenders):
            found.append(Change("require", label, "mandatory", params))
    for tender in tenders:
        found += [Change("withdraw", label) for label in tender.adverse if not label.startswith(("ad_nat", "ad_brand"))]
        if "sv_derogation" in tender.labels and pack.rulebook == "fr-etat":
            found.append(Change("remove", "sv_derogation"))
        for fact, values in _SETTLED.items():
            if tender.facts[fact] in _UNSETTLED or fact in tender.doubtful:
                found += [Change("settle", fact, value) for value in values if value != tender.facts[fact]]
    return _once(found)


def weakenings(case: Case, pack: PolicyPack) -> list[Change]:
    """Each clause that counts made a scored one, or taken out; and each fact settled the other way."""
    labels = list(dict.fromkeys(label for label, _ in _wanted(pack)))
    found = []
    for tender in case.values():
        for label in labels:
            if tender.labels.get(label) == "mandatory":
                found.append(Change("weaken", label, "scored"))
            if tender.labels.get(label, "informative") != "informative":
                found.append(Change("remove", label))
    return _once(found)


def apply(case: Case, changes: tuple[Change, ...]) -> dict[str, TenderFacts]:
    """The case after the changes, each lot for itself."""
    return {lot: _changed(tender, changes) for lot, tender in case.items()}


def _changed(tender: TenderFacts, changes: tuple[Change, ...]) -> TenderFacts:
    filled = {{"read": "pages", "supply": "pieces"}.get(change.kind) for change in changes}
    gaps = _gaps(tender)
    for change in changes:
        tender = _one(tender, change)
    if gaps and gaps <= filled:
        tender = replace(tender, facts={**tender.facts, "dce": "complete"}, gaps=())
    return tender


def _one(tender: TenderFacts, change: Change) -> TenderFacts:
    target = change.target
    if change.kind == "require":
        params = {k: v for k, v in tender.params.get(target, {}).items() if v not in _RESERVES.get(k, ())}
        return replace(
            _with_label(tender, target, "mandatory"), params={**tender.params, target: {**params, **change.params}}
        )
    if change.kind == "weaken":
        return _with_label(tender, target, "scored") if target in tender.labels else tender
    if change.kind == "remove":
        return _with_label(tender, target, None)
    if change.kind == "withdraw":
        return replace(tender, adverse={label: kinds for label, kinds in tender.adverse.items() if label != target})
    if change.kind == "close":
        return replace(tender, conflicts=tuple(code for code in tender.conflicts if code != target))
    if change.kind == "confirm" and change.value == "label":
        if tender.sure is None or target not in tender.labels:
            return tender
        return replace(tender, sure={**tender.sure, target: tender.labels[target]})
    if change.kind == "confirm":
        return _certain(tender, target)
    if change.kind == "settle":
        return replace(_certain(tender, target), facts={**tender.facts, target: change.value})
    caps = {"read": "UNREAD_PAGES", "supply": "ANNOUNCED_PIECE_MISSING", "dismiss": "ADVERSE_TO_CONFIRM"}
    lifted = replace(tender, caps=tuple(cap for cap in tender.caps if cap != caps[change.kind]))
    return replace(lifted, unread=False) if change.kind == "read" else lifted


def _certain(tender: TenderFacts, fact: str) -> TenderFacts:
    return replace(tender, doubtful=tuple(name for name in tender.doubtful if name != fact))


def _with_label(tender: TenderFacts, label: str, strength: Strength | None) -> TenderFacts:
    def changed(labels: Mapping[str, Strength]) -> dict[str, Strength]:
        rest = {name: value for name, value in labels.items() if name != label}
        return rest if strength is None else {**rest, label: strength}

    sure = None if tender.sure is None else changed(tender.sure)
    return replace(tender, labels=changed(tender.labels), sure=sure)


def _gaps(tender: TenderFacts) -> set[str | None]:
    """What keeps the file from being complete; pieces, when nobody said."""
    if tender.facts["dce"] == "complete":
        return set()
    return set(tender.gaps) or {"pieces"}


def _in_full(tender: TenderFacts, label: str, params: Mapping[str, Any]) -> bool:
    has = tender.params.get(label, {})
    firm = tender.labels.get(label) == "mandatory" and (tender.sure is None or tender.sure.get(label) == "mandatory")
    reserved = any(has.get(key) in values for key, values in _RESERVES.items())
    return firm and not reserved and all(has.get(key) == value for key, value in params.items())


def _wanted(pack: PolicyPack) -> Iterator[tuple[str, dict[str, Any]]]:
    """The clauses that the pack counts, each with the parameters under which it does."""
    seen = set()
    for label, when in _mentions(pack):
        if label.startswith("ad_"):
            continue
        params = {key: [value[0]] if isinstance(value, tuple) else value for key, value in when.items()}
        if (name := f"{label} {params}") not in seen:
            seen.add(name)
            yield label, params


def _mentions(pack: PolicyPack) -> Iterator[tuple[str, When]]:
    for part in pack.components:
        for term in part.best_of:
            yield from _in_term(term)
    for objective in pack.objectives:
        for rule in objective.levels.values():
            yield from _in_condition(rule)
    if pack.gate:
        yield pack.gate.label, {pack.gate.param: int(pack.flags["target"])}


def _in_term(term: Term) -> Iterator[tuple[str, When]]:
    if term.all_of:
        yield from ((label, {}) for label in term.all_of)
    else:
        yield term.label, term.when


def _in_condition(rule: Condition) -> Iterator[tuple[str, When]]:
    if isinstance(rule, str):
        yield rule, {}
    elif isinstance(rule, LabelCondition):
        yield rule.label, rule.when
    else:
        for part in rule.all if isinstance(rule, AllOf) else rule.any if isinstance(rule, AnyOf) else ():
            yield from _in_condition(part)


def _once(changes: list[Change]) -> list[Change]:
    found: list[Change] = []
    for change in changes:
        if change not in found:
            found.append(change)
    return found
