"""What every detector answers: for each clause, the labels it sees, how sure it is, and on which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crible.classification.segments import Clause
from crible.types import Actor, Effect, Likeness, Strength

# Below this a reading is kept for nobody (rubric B.6: « < 0.50: ignored »).
FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class Detection:
    """One label on one clause. ``strength``, ``effect`` and ``actor`` are set where the detector knows better than the
    cues. ``by`` is what read the clause, where a detector is made of several; ``threshold`` the probability that it had
    to reach; ``like`` the training wording that it resembles."""

    label: str
    probability: float
    cues: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    strength: Strength | None = None
    effect: Effect | None = None
    actor: Actor | None = None
    notes: tuple[str, ...] = ()
    by: str = ""
    threshold: float = FLOOR
    like: Likeness | None = None


class Detector(Protocol):
    """Patterns, a linear model, an encoder: all answer the same question, and are combined by the caller."""

    kind: str
    version: str
    versions: Mapping[str, str]  # of each of its parts, by what ``Detection.by`` says

    def detect(self, clauses: Sequence[Clause]) -> list[list[Detection]]:
        """One list of detections per clause, in the same order."""
        ...

    def probabilities(self, clauses: Sequence[Clause]) -> Any:
        """float32 (clauses, labels of the catalogue): every probability, those that make no finding too."""
        ...
