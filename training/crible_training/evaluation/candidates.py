"""What is measured: anything that gives, for each clause and each label, a probability, and how firmly it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_args

import numpy as np

from crible.classification.detector import Detector
from crible.classification.findings import actor_of, is_kept
from crible.classification.obligation import obligation
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.types import Actor, Effect, Strength

# What may be said beside a label, in the order of the codes of :attr:`Predicted.how`.
HOW: tuple[str, ...] = (*get_args(Strength), *get_args(Effect))
ACTORS: tuple[str, ...] = get_args(Actor)


@dataclass(frozen=True, slots=True)
class Predicted:
    """Answers for n clauses and the L labels of the catalogue, in its order.

    ``probability``: float32 (n, L). ``decided``: bool (n, L), the labels given to the clause. ``how``: int8 (n, L), an
    index in :data:`HOW`, -1 where nothing is said. ``actor``: int8 (n), an index in :data:`ACTORS`, -1 likewise.
    """

    probability: Any
    decided: Any
    how: Any
    actor: Any


class Candidate(Protocol):
    """One line of the tables."""

    @property
    def name(self) -> str: ...

    def predict(self, clauses: Sequence[Clause]) -> Predicted: ...


@dataclass(frozen=True, slots=True)
class OfDetector:
    """A detector of the product as a candidate: the same code path as ``crible score``, thresholds included."""

    name: str
    detector: Detector

    def predict(self, clauses: Sequence[Clause]) -> Predicted:
        order = {label: i for i, label in enumerate(labels())}
        shape = (len(clauses), len(order))
        answer = Predicted(
            self.detector.probabilities(clauses), np.zeros(shape, bool), np.full(shape, -1, np.int8),
            np.full(len(clauses), -1, np.int8),
        )  # fmt: skip
        for row, (clause, found) in enumerate(zip(clauses, self.detector.detect(clauses), strict=True)):
            for detection in found:
                if not is_kept(detection):
                    continue
                column = order[detection.label]
                how = detection.strength or detection.effect
                answer.decided[row, column] = True
                answer.how[row, column] = HOW.index(how) if how else -1
                answer.actor[row] = ACTORS.index(actor_of(detection, obligation(clause).actor))
        return answer
