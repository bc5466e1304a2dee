"""Each wording as it is written, and as it would stand in somebody else's document.

Families are short and stand alone. In a tender a sentence comes before and another follows in the same paragraph, which
asks for nothing, or for something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crible.classification.patterns import PatternDetector
from crible.classification.segments import Clause
from crible_training import SEED
from crible_training.clauses import clauses_of
from crible_training.corpus import Segment
from crible_training.fit import Examples

VIEWS = 2
# Of the second view: how often the paragraph goes on with another sentence, and how often that one carries labels too.
_JOINED, _LABELLED = 0.6, 0.2


@dataclass(frozen=True, slots=True)
class View:
    """``row``: the wording; ``added``: the wording that stands in the same paragraph, whose labels count too."""

    clause: Clause
    row: int
    added: int | None = None


def views(found: Sequence[Segment]) -> list[View]:
    """All wordings as they are, then all in a foreign document (VIEWS × wordings)."""
    draw = np.random.default_rng(SEED)
    clauses = clauses_of(found)
    plain = _by_language(found, [not s.family.labels and not s.family.trap for s in found])
    labelled = _by_language(found, [bool(s.family.labels) for s in found])
    placed = []
    for row, clause in enumerate(clauses):
        others = plain.get(clause.language or "")
        if not others or clause.is_row or clause.is_heading:
            placed.append(View(clause, row))
            continue
        before, other = (others[draw.integers(len(others))] for _ in range(2))
        view = View(replace(clause, before=clauses[before].text), row)
        if draw.random() < _JOINED:
            if draw.random() < _LABELLED:
                others = labelled.get(clause.language or "", others)
                other = others[draw.integers(len(others))]
            view = _joined(view, clauses[other].text, other, first=draw.random() < 0.5)
        placed.append(view)
    return [*(View(clause, row) for row, clause in enumerate(clauses)), *placed]


def examples_of(found: Sequence[View], given: Examples) -> Examples:
    """What is expected of each view, from what is expected of the wordings: the labels of both of a paragraph; how
    firmly, as its own wording says, where the other does not say otherwise."""
    rows = np.array([view.row for view in found])
    added = np.array([view.row if view.added is None else view.added for view in found])
    heads = {}
    for name, expected in given.heads.items():
        other = expected[added]
        heads[name] = np.where((other < 0) | (other == expected[rows]), expected[rows], -1)
    return Examples(
        PatternDetector().look([view.clause for view in found]), np.maximum(given.targets[rows], given.targets[added]),
        heads, given.families[rows], given.traps[rows],
    )  # fmt: skip


def _by_language(found: Sequence[Segment], mine: Sequence[bool]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, (segment, kept) in enumerate(zip(found, mine, strict=True)):
        if kept and segment.family.shape not in ("table_row", "heading"):
            rows.setdefault(segment.family.lang, []).append(row)
    return rows


def _joined(view: View, text: str, other: int, *, first: bool) -> View:
    if other == view.row:
        return view
    texts = (text, view.clause.text) if first else (view.clause.text, text)
    return replace(view, clause=replace(view.clause, text=" ".join(texts)), added=other)
