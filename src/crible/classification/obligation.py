"""How firmly a clause speaks and whom it binds (rubric B.3, B.4): strength, modality, actor, and the cues for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from crible.classification.cues import compile_cues
from crible.classification.folding import fold
from crible.classification.lexicon import load_yaml
from crible.classification.segments import LEGEND, Clause
from crible.types import Actor, Strength

Modality = Literal["require", "prohibit", "permit", "waive", "disclose"]

# Sections whose sentences describe rather than bind, unless an obligation is addressed to the contractor (B.2).
DESCRIPTIVE = frozenset({"definition", "context", "existing_system"})


_IN_PROGRESS = re.compile(r"en cours de (?:qualification|certification|labellisation)")


@dataclass(frozen=True, slots=True)
class Obligation:
    """What B.3 says of one clause. ``strength`` None: the clause is waived or its row is marked « sans objet »."""

    strength: Strength | None
    modality: Modality
    actor: Actor
    cues: tuple[str, ...]
    existing: bool
    hollow: bool
    priced_option: bool = False
    points: float | None = None
    proof: bool = False
    postponed: bool = False
    by_legend: bool = False
    in_progress_only: bool = False  # its only weak words are « en cours de certification »


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = load_yaml("lexicon", "obligation.yaml")
    named = {name: compile_cues(entries) for group in ("strength", "modality") for name, entries in data[group].items()}
    for name in ("points", "threshold", "hollow", "existing", "table_mandatory", "table_desirable", "table_none",
                 "priority_header", "contractor_duty", "future", "proof"):  # fmt: skip
        named[name] = compile_cues(data[name])
    named |= {
        name: compile_cues(entries) for name, entries in load_yaml("priorities.yaml").items() if name != "version"
    }
    return named


@cache
def _actors() -> tuple[list[tuple[Actor, re.Pattern[str]]], str]:
    data = load_yaml("lexicon", "actors.yaml")
    return [(name, compile_cues(entries)) for name, entries in data["actors"].items()], data["duty"]


def obligation(clause: Clause) -> Obligation:
    """Strength, modality, actor and cues of a clause."""
    text = fold(clause.text)
    pattern = _patterns()
    cues: list[str] = []

    def seen(name: str) -> bool:
        match = pattern[name].search(text)
        if match:
            cues.append(clause.text[match.start() : match.end()].strip(" |"))
        return match is not None

    existing = seen("existing") or bool(pattern["existing"].search(fold(clause.lead)))
    hollow = seen("hollow")
    modality = _modality(text, pattern)
    strength = _strength(clause, text, seen, modality, existing)
    points = pattern["points"].search(text)
    return Obligation(
        strength=strength,
        modality=modality,
        actor=_actor(clause, text, modality),
        cues=tuple(dict.fromkeys(cues)),
        existing=existing or clause.section == "existing_system",
        hollow=hollow,
        priced_option=_priced_option(clause, text) is not None,
        points=float(points.group(1).replace(",", ".")) if points and points.group(1) else None,
        proof=_is_proof(text),
        postponed=bool(pattern["postponed"].search(text)),
        in_progress_only=strength in ("desirable", "mandatory")
        and not pattern["desirable"].search(_IN_PROGRESS.sub(" ", text)),
        by_legend=clause.is_row and bool(clause.legend) and _by_legend(clause) is not None,
    )


def _modality(text: str, pattern: dict[str, re.Pattern[str]]) -> Modality:
    if pattern["desirable_not_required"].search(text) or pattern["postponed"].search(text):
        return "require"
    if pattern["waiver"].search(text):
        return "waive"
    if pattern["disclose"].search(text) and not (_is_proof(text) and "?" not in text):
        return "disclose"
    if _is_restriction(text):
        return "require"
    if pattern["prohibit"].search(text):
        return "prohibit"
    if pattern["permit"].search(text):
        return "permit"
    return "require"


def _is_restriction(text: str) -> bool:
    """« ne … que » restricts, it does not deny (B.4.1): « ne recourt qu'à des services qualifiés »."""
    return bool(re.search(r"\b(ne|n')\b ?(\w+ ?'?){1,5}?\b(que|qu')(?! (sous reserve|si\b))", text)) and not re.search(
        r"\b(pas|aucune?|jamais)\b", text
    )


def _strength(
    clause: Clause, text: str, seen: Callable[[str], bool], modality: Modality, existing: bool
) -> Strength | None:
    pattern = _patterns()
    row = _row_strength(clause, text)
    if row is not None:
        return None if row == "none" else row
    if seen("desirable_not_required"):
        return "desirable"
    if modality == "waive" and seen("waiver"):
        return None
    if pattern["postponed"].search(text):
        return "mandatory"
    if option := _priced_option(clause, text):
        seen("priced_option_mandatory")
        return option
    if seen("eliminatory"):
        return "mandatory"
    if clause.section in DESCRIPTIVE:
        return "mandatory" if pattern["contractor_duty"].search(text) and not existing else "informative"
    if seen("desirable"):
        return "desirable"
    if modality == "disclose":
        return "scored" if clause.section == "criteria" or pattern["points"].search(text) else "mandatory"
    if existing and not pattern["future"].search(text):
        return "informative"
    if clause.section == "criteria" and not seen("mandatory"):
        return "scored"
    if not pattern["threshold"].search(text) and (
        pattern["points"].search(text) or (clause.section == "criteria" and seen("scored"))
    ):
        seen("scored")
        return "scored"
    if seen("informative"):
        return "informative"
    seen("mandatory")
    return "mandatory"  # M4: the normative present of a requirement


def _priced_option(clause: Clause, text: str) -> Strength | None:
    """Said by the clause, or by the heading of the part that may never be ordered (« tranche optionnelle »): an option
    that bidders must price is scored, one that they may leave out is a wish."""
    innermost = fold(clause.heading.rsplit(" > ", 1)[-1])
    if any(_patterns()["priced_option_mandatory"].search(t) for t in (text, innermost)):
        return "scored"
    return "desirable" if _patterns()["priced_option_free"].search(innermost) else None


def _row_strength(clause: Clause, text: str) -> Literal["none", "desirable", "mandatory"] | None:
    """The priority column of a table (M3)."""
    if not clause.is_row:
        return None
    pattern = _patterns()
    header = fold(" | ".join(clause.header))
    if clause.legend and (said := _by_legend(clause)) is not None:
        return said
    with_priority = not header or pattern["priority_header"].search(header)
    if pattern["table_none"].search(text) and with_priority:
        return "none"
    if with_priority:
        if pattern["table_desirable"].search(text):
            return "desirable"
        if pattern["table_mandatory"].search(text):
            return "mandatory"
    return None


def _by_legend(clause: Clause) -> Literal["none", "desirable", "mandatory"] | None:
    """What the legend of the table says of the letter in a cell: in some files « S » is « structurante » (B.3 M3)."""
    pattern = _patterns()
    meanings = {letter: fold(meaning) for letter, meaning in LEGEND.findall(clause.legend)}
    for cell in clause.text.split(" | "):
        meaning = meanings.get(cell.strip())
        if meaning is None:
            continue
        if pattern["legend_mandatory"].search(meaning):
            return "mandatory"
        if pattern["legend_desirable"].search(meaning):
            return "desirable"
        return "none" if pattern["legend_none"].search(meaning) else None
    return None


def _is_proof(text: str) -> bool:
    """A certificate to be handed over: a firm requirement, not a mere disclosure."""
    return bool(_patterns()["proof"].search(text))


def _actor(clause: Clause, text: str, modality: Modality) -> Actor:
    actors, duty = _actors()
    best: tuple[int, Actor] | None = None
    for name, pattern in actors:
        for match in pattern.finditer(text):
            bound = re.match(duty, text[match.end() :])
            at = match.start() - (10_000 if bound else 0)  # the subject of a duty outranks any actor merely named
            if best is None or at < best[0]:
                best = (at, name)
    if best is not None:
        return best[1]
    if clause.section == "criteria" or clause.part in ("RC", "CRT") or modality == "disclose":
        return "bidder"
    return "contractor"  # B.10.10: service and data requirements bind the contractor when nobody is named
