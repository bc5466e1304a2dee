"""How firmly a clause speaks and whom it binds (rubric B.3, B.4): strength, modality, actor, and the cues for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from crible.classification.cues import Cues, Heard
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


_ACTOR = "actor:"  # before the name of each actor, among the names of the cues


@cache
def _cues() -> Cues:
    data = load_yaml("lexicon", "obligation.yaml")
    lists = {name: entries for group in ("strength", "modality") for name, entries in data[group].items()}
    for name in ("points", "threshold", "hollow", "existing", "table_mandatory", "table_desirable", "table_none",
                 "priority_header", "contractor_duty", "future", "proof"):  # fmt: skip
        lists[name] = data[name]
    lists |= {name: entries for name, entries in load_yaml("priorities.yaml").items() if name != "version"}
    lists |= {_ACTOR + name: entries for name, entries in _actors()["actors"].items()}
    return Cues(lists)


@cache
def _actors() -> Any:
    return load_yaml("lexicon", "actors.yaml")


@lru_cache(5000)  # headings and leads repeat from clause to clause
def _heard(text: str) -> Heard:
    return _cues().heard(fold(text))


def obligation(clause: Clause) -> Obligation:
    """Strength, modality, actor and cues of a clause."""
    heard = _cues().heard(fold(clause.text))
    cues: list[str] = []

    def seen(name: str) -> bool:
        match = heard.search(name)
        if match:
            cues.append(clause.text[match.start() : match.end()].strip(" |"))
        return match is not None

    existing = seen("existing") or _heard(clause.lead).says("existing")
    hollow = seen("hollow")
    modality = _modality(heard)
    strength = _strength(clause, heard, seen, modality, existing)
    points = heard.search("points")
    return Obligation(
        strength=strength,
        modality=modality,
        actor=_actor(clause, heard, modality),
        cues=tuple(dict.fromkeys(cues)),
        existing=existing or clause.section == "existing_system",
        hollow=hollow,
        priced_option=_priced_option(clause, heard) is not None,
        points=float(points.group(1).replace(",", ".")) if points else None,
        proof=heard.says("proof"),
        postponed=heard.says("postponed"),
        in_progress_only=strength in ("desirable", "mandatory") and _weak_words_are_in_progress(heard),
        by_legend=clause.is_row and bool(clause.legend) and _by_legend(clause) is not None,
    )


def _weak_words_are_in_progress(heard: Heard) -> bool:
    without = _IN_PROGRESS.sub(" ", heard.text)
    return not (heard if without == heard.text else _cues().heard(without)).says("desirable")


def _modality(heard: Heard) -> Modality:
    if heard.says("desirable_not_required") or heard.says("postponed"):
        return "require"
    if heard.says("waiver"):
        return "waive"
    if heard.says("disclose") and not (heard.says("proof") and "?" not in heard.text):
        return "disclose"
    if _is_restriction(heard.text):
        return "require"
    if heard.says("prohibit"):
        return "prohibit"
    if heard.says("permit"):
        return "permit"
    return "require"


def _is_restriction(text: str) -> bool:
    """« ne … que » restricts, it does not deny (B.4.1): « ne recourt qu'à des services qualifiés »."""
    return bool(re.search(r"\b(ne|n')\b ?(\w+ ?'?){1,5}?\b(que|qu')(?! (sous reserve|si\b))", text)) and not re.search(
        r"\b(pas|aucune?|jamais)\b", text
    )


def _strength(
    clause: Clause, heard: Heard, seen: Callable[[str], bool], modality: Modality, existing: bool
) -> Strength | None:
    row = _row_strength(clause, heard)
    if row is not None:
        return None if row == "none" else row
    if seen("desirable_not_required"):
        return "desirable"
    if modality == "waive" and seen("waiver"):
        return None
    if heard.says("postponed"):
        return "mandatory"
    if option := _priced_option(clause, heard):
        seen("priced_option_mandatory")
        return option
    if seen("eliminatory"):
        return "mandatory"
    if clause.section in DESCRIPTIVE:
        return "mandatory" if heard.says("contractor_duty") and not existing else "informative"
    if seen("desirable"):
        return "desirable"
    if modality == "disclose":
        return "scored" if clause.section == "criteria" or heard.says("points") else "mandatory"
    if existing and not heard.says("future"):
        return "informative"
    if clause.section == "criteria" and not seen("mandatory"):
        return "scored"
    if not heard.says("threshold") and (heard.says("points") or (clause.section == "criteria" and seen("scored"))):
        seen("scored")
        return "scored"
    if seen("informative"):
        return "informative"
    seen("mandatory")
    return "mandatory"  # M4: the normative present of a requirement


def _priced_option(clause: Clause, heard: Heard) -> Strength | None:
    """Said by the clause, or by the heading of the part that may never be ordered (« tranche optionnelle »): an option
    that bidders must price is scored, one that they may leave out is a wish."""
    innermost = _heard(clause.heading.rsplit(" > ", 1)[-1])
    if heard.says("priced_option_mandatory") or innermost.says("priced_option_mandatory"):
        return "scored"
    return "desirable" if innermost.says("priced_option_free") else None


def _row_strength(clause: Clause, heard: Heard) -> Literal["none", "desirable", "mandatory"] | None:
    """The priority column of a table (M3)."""
    if not clause.is_row:
        return None
    header = " | ".join(clause.header)
    if clause.legend and (said := _by_legend(clause)) is not None:
        return said
    with_priority = not header or _heard(header).says("priority_header")
    if heard.says("table_none") and with_priority:
        return "none"
    if with_priority:
        if heard.says("table_desirable"):
            return "desirable"
        if heard.says("table_mandatory"):
            return "mandatory"
    return None


def _by_legend(clause: Clause) -> Literal["none", "desirable", "mandatory"] | None:
    """What the legend of the table says of the letter in a cell: in some files « S » is « structurante » (B.3 M3)."""
    meanings = {letter: _heard(meaning) for letter, meaning in LEGEND.findall(clause.legend)}
    for cell in clause.text.split(" | "):
        meaning = meanings.get(cell.strip())
        if meaning is None:
            continue
        if meaning.says("legend_mandatory"):
            return "mandatory"
        if meaning.says("legend_desirable"):
            return "desirable"
        return "none" if meaning.says("legend_none") else None
    return None


def _actor(clause: Clause, heard: Heard, modality: Modality) -> Actor:
    told = _actors()
    best: tuple[int, Actor] | None = None
    for name in told["actors"]:
        for match in heard.every(_ACTOR + name):
            bound = re.match(told["duty"], heard.text[match.end() :])
            at = match.start() - (10_000 if bound else 0)  # the subject of a duty outranks any actor merely named
            if best is None or at < best[0]:
                best = (at, name)
    if best is not None:
        return best[1]
    if clause.section == "criteria" or clause.part in ("RC", "CRT") or modality == "disclose":
        return "bidder"
    return "contractor"  # B.10.10: service and data requirements bind the contractor when nobody is named
