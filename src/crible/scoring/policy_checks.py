"""What a schema cannot say of a pack: weights that make 100, labels and facts that exist, dates in order, and between
versions of one policy, periods that neither overlap nor leave a gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from crible.classification.taxonomy import labels
from crible.scoring.facts.buyer import BUYER_CLASSES
from crible.scoring.policy import (
    POLICY_IDS,
    RULEBOOKS,
    AllOf,
    AnyOf,
    Condition,
    LabelCondition,
    PolicyPack,
)  # fmt: skip
from crible.scoring.policy_file import Loc, Problem

# Values of the facts of rubric C.1 that a pack may name.
FACTS: Mapping[str, tuple[str, ...]] = {
    "digital": ("yes", "incidental", "no", "unknown"),
    "cloud": ("yes", "no", "unknown"),
    "hosting": ("contractor", "buyer", "none", "unknown"),
    "buyer": BUYER_CLASSES,
    "personal": ("yes", "no", "unknown"),
    "health": ("yes", "inferred", "no", "unknown"),
    "sensitive": ("declared_yes", "strong_inferred", "weak_inferred", "declared_no", "unknown"),
    "strategic": ("yes", "no", "unknown"),
    "dce": ("complete", "partial", "notice_or_rc_only"),
}
# What the penalties know of an adverse clause; ``any`` stands for every other kind.
_KINDS = {"ad_non_eu_allowed": ("storage", "transfer", "access", "any")}


def incoherences(pack: PolicyPack) -> list[Problem]:
    """Everything for which a pack that fits the schema is refused."""
    checks: tuple[Callable[[PolicyPack], Iterator[Problem]], ...] = (
        _rules, _dates, _weights, _scales, _labels, _facts, _penalties, _titles,
    )  # fmt: skip
    return [problem for check in checks for problem in check(pack)]


def warnings(pack: PolicyPack, today: date) -> list[Problem]:
    """What a pack may do and should not."""
    found = []
    if pack.past_review(today) and pack.in_force(today):
        found.append(_warning("past-review", ("review_by",), date=pack.review_by.isoformat()))
    for i, part in enumerate(pack.components):
        if not part.legal_basis:
            found.append(_warning("no-legal-basis", ("components", i), id=part.id))
    cited = {ref for part in pack.components for ref in part.legal_basis}
    for i, text in enumerate(pack.legal_basis):
        if text.status == "LAW" and not text.url and text.id in cited:
            found.append(_warning("no-url", ("legal_basis", i), id=text.id))
    if pack.rulebook == "fr-etat" and not pack.buyers:
        found.append(_warning("no-buyers", ("buyers",)))
    return found


def periods(packs: Iterable[PolicyPack]) -> list[tuple[PolicyPack, Problem]]:
    """Overlaps (errors) and gaps (warnings) between the versions of each policy, told of the later one."""
    found = []
    order = sorted(packs, key=lambda p: (p.id, p.effective_from, p.version))
    for before, after in pairwise(order):
        if before.id != after.id:
            continue
        other = {"other": before.name}
        if before.version == after.version:
            found.append((after, Problem("same-version", ("version",), particulars=other)))
        elif before.effective_to is None or before.effective_to >= after.effective_from:
            found.append((after, Problem("overlap", ("effective_from",), particulars=other)))
        elif before.effective_to + timedelta(days=1) < after.effective_from:
            found.append((after, _warning("gap", ("effective_from",), **other)))
    return found


def _rules(pack: PolicyPack) -> Iterator[Problem]:
    if pack.rulebook not in RULEBOOKS:
        yield Problem("no-rules", ("based_on",), particulars={"id": pack.id, "known": ", ".join(RULEBOOKS)})
        return
    if pack.based_on is not None and pack.id in POLICY_IDS:
        yield Problem("taken-id", ("id",), particulars={"id": pack.id})
    book = RULEBOOKS[pack.rulebook]
    have, needed = ("objectives", "components") if book.objectives else ("components", "objectives")
    if not getattr(pack, have) or getattr(pack, needed):
        yield Problem("wrong-shape", (have,), particulars={"rules": pack.rulebook, "have": have, "not": needed})
    keys = [c.key for c in pack.components]
    if absent := [key for key in book.keys if key not in keys]:
        yield Problem("missing-keys", ("components",), particulars={"rules": pack.rulebook, "keys": ", ".join(absent)})
    if book.objectives and not pack.core:
        yield Problem("missing-key", ("core",), particulars={"key": "core"})
    for name in sorted(set(book.flags) ^ set(pack.flags)):
        code = "missing-flag" if name in book.flags else "unknown-flag"
        yield Problem(code, ("flags", name), particulars={"key": name, "allowed": ", ".join(book.flags) or "–"})
    for name, kind in book.flags.items():
        # In Python a truth value is an integer too: kinds are compared as they are.
        if name in pack.flags and type(pack.flags[name]) is not kind:
            yield Problem("wrong-flag", ("flags", name), particulars={"key": name, "kind": kind.__name__})
    for group, ids in (
        ("components", [c.id for c in pack.components]), ("objectives", [o.id for o in pack.objectives]),
        ("legal_basis", [t.id for t in pack.legal_basis]), ("rules", [r.id for r in pack.rules]),
    ):  # fmt: skip
        for i, name in enumerate(ids):
            if name in ids[:i]:
                yield Problem("twice", (group, i, "id"), particulars={"id": name})


def _dates(pack: PolicyPack) -> Iterator[Problem]:
    if pack.effective_to is not None and pack.effective_to < pack.effective_from:
        yield Problem("dates", ("effective_to",), particulars={"first": "effective_from", "second": "effective_to"})
    if pack.review_by < pack.reviewed_on and pack.effective_to is None:
        yield Problem("dates", ("review_by",), particulars={"first": "reviewed_on", "second": "review_by"})


def _weights(pack: PolicyPack) -> Iterator[Problem]:
    for group, parts in (("components", pack.components), ("objectives", pack.objectives)):
        total = math.fsum(part.weight for part in parts)
        if parts and abs(total - 100) > 1e-6:
            yield Problem("weights", (group,), particulars={"total": f"{total:g}"})


def _scales(pack: PolicyPack) -> Iterator[Problem]:
    if pack.thresholds.label_min > pack.thresholds.label_auto:
        yield Problem("order", ("thresholds", "label_min"), particulars={"order": "label_min ≤ label_auto"})
    strengths = {str(name): value for name, value in pack.strengths.items()}
    yield from _rising(strengths, ("informative", "desirable", "scored", "mandatory"), "strengths", 1.0)
    caps = {str(name): value for name, value in pack.verdict_caps.items()}
    yield from _rising(caps, ("non_compliant", "needs_review", "compliant"), "verdict_caps", 100.0)


def _rising(values: Mapping[str, float], order: Sequence[str], where: str, most: float) -> Iterator[Problem]:
    """Every name of ``order`` has a value, and none is under the one before it, under 0 or over ``most``."""
    if absent := [name for name in order if name not in values]:
        yield Problem("missing-key", (where,), particulars={"key": ", ".join(absent)})
        return
    found = [values[name] for name in order]
    if not all(0 <= value <= most for value in found) or found != sorted(found):
        yield Problem("order", (where,), particulars={"order": f"0 ≤ {' ≤ '.join(order)} ≤ {most:g}"})


def labels_of(pack: PolicyPack) -> list[tuple[Loc, str]]:
    """Every label that the pack names, with the place where it does."""
    found: list[tuple[Loc, str]] = []
    for i, part in enumerate(pack.components):
        for j, term in enumerate(part.best_of):
            where: Loc = ("components", i, "best_of", j)
            found += [((*where, "label"), term.label)] if term.label else []
            found += [((*where, "all_of", k), label) for k, label in enumerate(term.all_of)]
    for i, objective in enumerate(pack.objectives):
        found += [(("objectives", i, "base_lost_to", k), label) for k, label in enumerate(objective.base_lost_to)]
        for level, rule in objective.levels.items():
            found += [(("objectives", i, "levels", str(level)), label) for label in labels_in(rule)]
    found += [(("downgrades", i, "label"), rule.label) for i, rule in enumerate(pack.downgrades)]
    found += [(("penalties", label), label) for label in pack.penalties]
    found += [(("adverse_levels", i, "label"), rule.label) for i, rule in enumerate(pack.adverse_levels)]
    return found + ([(("gate", "label"), pack.gate.label)] if pack.gate else [])


def labels_in(rule: Condition) -> list[str]:
    """The labels of a condition on levels, in its order."""
    if isinstance(rule, str):
        return [rule]
    if isinstance(rule, LabelCondition):
        return [rule.label]
    parts = rule.all if isinstance(rule, AllOf) else rule.any if isinstance(rule, AnyOf) else ()
    return [label for part in parts for label in labels_in(part)]


def _labels(pack: PolicyPack) -> Iterator[Problem]:
    known = labels()
    adverse_only = ("penalties", "adverse_levels")
    for loc, label in labels_of(pack):
        if label not in known:
            yield Problem("unknown-label", loc, particulars={"label": label})
        elif known[label].adverse != (loc[0] in adverse_only or "base_lost_to" in loc):
            yield Problem("wrong-label", loc, particulars={"label": label})


def _facts(pack: PolicyPack) -> Iterator[Problem]:
    for i, buyer in enumerate(pack.buyers):
        if buyer not in BUYER_CLASSES:
            yield _unknown(("buyers", i), buyer, BUYER_CLASSES)
    for i, part in enumerate(pack.components):
        for fact, value in part.not_applicable_when.items():
            loc: Loc = ("components", i, "not_applicable_when", fact)
            if fact not in FACTS:
                yield _unknown(loc, fact, FACTS)
            elif value not in FACTS[fact]:
                yield _unknown(loc, value, FACTS[fact])


def _penalties(pack: PolicyPack) -> Iterator[Problem]:
    for label, kinds in pack.penalties.items():
        allowed = _KINDS.get(label, ("any",))
        for kind, points in kinds.items():
            loc: Loc = ("penalties", label, kind)
            if kind not in allowed:
                yield _unknown(loc, kind, allowed)
            if points < 0:
                yield Problem("order", loc, particulars={"order": "points ≥ 0"})


def _titles(pack: PolicyPack) -> Iterator[Problem]:
    titles = {str(lang): text for lang, text in pack.title.items()}
    if absent := [lang for lang in ("fr", "en") if not titles.get(lang)]:
        yield Problem("missing-key", ("title",), particulars={"key": ", ".join(absent)})


def _unknown(loc: Loc, value: str, known: Iterable[str]) -> Problem:
    return Problem("unknown-name", loc, particulars={"name": value, "allowed": ", ".join(known)})


def _warning(code: str, loc: Loc, **particulars: str) -> Problem:
    return Problem(code, loc, particulars=particulars, severity="warning")
