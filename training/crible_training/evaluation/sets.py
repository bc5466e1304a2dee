"""What is measured on: segments with their right answers, whichever file they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments
from crible_training.evaluation.baselines import keywords_in
from crible_training.evaluation.candidates import ACTORS, HOW, Candidate, Predicted
from crible_training.splits import part_of

# Where a length class ends, in characters: a cell of a table, a line and a half, a long sentence; beyond, a paragraph.
_LENGTHS = ((60, "60"), (120, "61-120"), (240, "121-240"))
_LONGEST = "241"


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """n segments and the L labels of the catalogue.

    ``clauses`` are what detectors see; ``owner`` is the segment that each belongs to. ``truth``: bool (n, L);
    ``optional``: bool (n, L), labels that are neither right nor wrong there; ``how`` and ``actor``: int8 (n, L), as in
    :class:`Predicted`, -1 where nothing is expected. ``keyword_free``: bool (n, L), positives without any usual word.
    ``cluster``: int (n), who wrote the segment: an authority, a document. ``traits``: by name, a class per segment.
    ``told``: what may be shown of each segment to who reads the errors.
    """

    name: str
    clauses: Sequence[Clause]
    owner: Any
    truth: Any
    optional: Any
    how: Any
    actor: Any
    keyword_free: Any
    cluster: Any
    traits: Mapping[str, Sequence[str]]
    trap: Sequence[str]
    told: Sequence[Mapping[str, str]]

    @property
    def unlabelled(self) -> Any:
        """bool (n): the ordinary segments, those that carry no label and may carry none."""
        return ~(self.truth | self.optional).any(axis=1)

    def predict(self, candidate: Candidate, clauses: Sequence[Clause] | None = None) -> Predicted:
        """The answers of a candidate, segment by segment: of several clauses, the surest speaks."""
        return _merged(candidate.predict(self.clauses if clauses is None else clauses), self.owner, len(self.truth))


def corpus_set(families: Sequence[Family], name: str = "corpus") -> EvaluationSet:
    """The wordings of ``families``. Texts of the sealed part are not shown: read once, they measure nothing again."""
    found = list(segments(families))
    truth, how, actor = expectations(
        [[(e.label, e.strength or e.effect, s.family.actor) for e in s.family.labels] for s in found]
    )
    number = {a: i for i, a in enumerate(sorted({f.authority.casefold() for f in families}))}
    texts = [s.text for s in found]
    return EvaluationSet(
        name=name, clauses=clauses_of(found), owner=np.arange(len(found)), truth=truth,
        optional=np.zeros_like(truth), how=how, actor=actor, keyword_free=truth & ~keywords_in(texts),
        cluster=np.array([number[s.family.authority.casefold()] for s in found], dtype=int),
        traits={
            "register": [s.family.register for s in found],
            "part": [s.family.part for s in found],
            "language": [s.family.lang for s in found],
            "length": [length_class(text) for text in texts],
            "shape": [s.family.shape for s in found],
            "oblique": ["yes" if s.family.oblique else "no" for s in found],
            "trap": ["yes" if s.family.trap else "no" for s in found],
        },
        trap=[s.family.trap for s in found],
        told=[
            {"id": s.id, "family": s.family.name, "cluster": s.family.authority, "part": s.family.part,
             "language": s.family.lang}
            | ({} if part_of(s.family) == "sealed" else
               {"text": s.text, "lead": s.family.lead, "heading": s.family.heading, "trap": s.family.trap})
            for s in found
        ],
    )  # fmt: skip


def expectations(expected: Sequence[Sequence[tuple[str, str | None, str]]]) -> tuple[Any, Any, Any]:
    """``truth``, ``how`` and ``actor`` of segments, from their labels: (label, strength or effect, actor)."""
    order = {label: i for i, label in enumerate(labels())}
    shape = (len(expected), len(order))
    truth = np.zeros(shape, bool)
    how, actor = np.full(shape, -1, np.int8), np.full(shape, -1, np.int8)
    for row, found in enumerate(expected):
        for label, said, bound in found:
            truth[row, order[label]] = True
            how[row, order[label]] = HOW.index(said) if said else -1
            actor[row, order[label]] = ACTORS.index(bound)
    return truth, how, actor


def length_class(text: str) -> str:
    return next((name for until, name in _LENGTHS if len(text) <= until), _LONGEST)


def _merged(answer: Predicted, owner: Any, count: int) -> Predicted:
    if len(owner) == count and (owner == np.arange(count)).all():
        return answer
    shape = (count, answer.probability.shape[1])
    merged = Predicted(
        np.zeros(shape, np.float32), np.zeros(shape, bool), np.full(shape, -1, np.int8), np.full(count, -1, np.int8)
    )
    np.maximum.at(merged.probability, owner, answer.probability)
    np.logical_or.at(merged.decided, owner, answer.decided)
    best = np.full(shape, -1.0)  # of what is said beside a label, the surest clause that gives it is heard
    surest = np.full(count, -1.0)
    for piece, row in enumerate(owner):
        sure = np.where(answer.decided[piece], answer.probability[piece], -0.5)
        better = sure > best[row]
        merged.how[row, better] = answer.how[piece, better]
        best[row, better] = sure[better]
        if sure.max(initial=-1.0) > surest[row]:
            surest[row] = sure.max()
            merged.actor[row] = answer.actor[piece]
    return merged
