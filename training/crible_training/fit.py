"""Fits the linear model on the training families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from crible.classification.features import HASHED, counts, features
from crible.classification.fusion import NEVER
from crible.classification.linear import LinearModel
from crible.classification.obligation import obligation
from crible.classification.patterns import PatternDetector, Sighting
from crible.classification.taxonomy import labels
from crible.types import Actor, Effect, Strength
from crible_training import SEED
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments

HEADS: Mapping[str, tuple[str, ...]] = {
    "strength": get_args(Strength), "effect": get_args(Effect), "actor": get_args(Actor),
}  # fmt: skip
# Inverse of the regularisation, chosen on the development families among 1, 3, 10, 20.
C_LABELS, C_HEADS = 10.0, 3.0
# Weights under this share of a label's largest one change no decision and are not kept.
NEGLIGIBLE = 0.004


@dataclass(frozen=True, slots=True)
class Examples:
    """Clauses as rows, with what is expected of each: a column per label, a class per head (-1: does not apply).

    ``families``: the number of the family of each row, since families and not wordings are drawn alike. ``traps``: the
    rows that were written to be mistaken for something else.
    """

    sightings: Sequence[Sighting]
    targets: Any
    heads: Mapping[str, Any]
    families: Any
    traps: Any

    def some(self, mask: Any) -> Examples:
        """The rows of a boolean mask."""
        return Examples(
            [s for s, kept in zip(self.sightings, mask, strict=True) if kept], self.targets[mask],
            {name: found[mask] for name, found in self.heads.items()}, self.families[mask], self.traps[mask],
        )  # fmt: skip


def examples(families: Sequence[Family]) -> Examples:
    """The wordings of ``families`` with what the patterns see in them."""
    found = list(segments(families))
    order = {label: i for i, label in enumerate(labels())}
    number = {family.name: i for i, family in enumerate(families)}
    targets = np.zeros((len(found), len(order)), dtype=np.int8)
    heads = {name: np.full(len(found), -1) for name in HEADS}
    for row, segment in enumerate(found):
        for expected in segment.family.labels:
            targets[row, order[expected.label]] = 1
            if expected.strength is not None and heads["strength"][row] < 0:
                heads["strength"][row] = HEADS["strength"].index(expected.strength)
            if expected.effect is not None and heads["effect"][row] < 0:
                heads["effect"][row] = HEADS["effect"].index(expected.effect)
        if segment.family.labels:
            heads["actor"][row] = HEADS["actor"].index(segment.family.actor)
    seen = PatternDetector().look(clauses_of(found))
    return Examples(
        seen, targets, heads, np.array([number[s.family.name] for s in found]),
        np.array([bool(s.family.trap) for s in found]),
    )  # fmt: skip


def rows_of(given: Examples, idf: Mapping[str, Any]) -> Any:
    return features(given.sightings, [obligation(s.clause) for s in given.sightings], dict(idf))


def rarity(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """Inverse document frequencies of the hashed columns; a column never met weighs nothing."""
    found = {}
    for block, matrix in counts(sightings).items():
        met = np.bincount(matrix.indices, minlength=matrix.shape[1])
        found[block] = np.where(met > 0, np.log((1 + len(sightings)) / (1 + met)) + 1, 0).astype(np.float32)
    return found


def fit(given: Examples, *, version: str) -> LinearModel:
    """A model fitted on ``given``, which says nothing yet of how far its scores are to be trusted (``calibrate``)."""
    idf = rarity(given.sightings)
    rows = rows_of(given, idf)
    columns: list[Any] = []
    biases: list[float] = []
    for i in range(len(labels())):
        weight, bias = _binary(rows, given.targets[:, i], C_LABELS)
        columns.append(weight)
        biases.append(bias)
    for name, classes in HEADS.items():
        mine = given.heads[name] >= 0
        for k in range(len(classes)):
            weight, bias = _binary(rows[mine], (given.heads[name][mine] == k).astype(np.int8), C_HEADS)
            columns.append(weight)
            biases.append(bias)
    weights = sparse.csr_matrix(np.stack(columns, axis=1))
    count = len(labels())
    return LinearModel(
        version=version, heads=HEADS, idf={block: idf[block] for block in HASHED}, weights=weights,
        bias=np.array(biases, dtype=np.float32), slope=1.0, shift=np.zeros(count, np.float32), trust=(0.0, 0.0),
        sure=np.full((2, count), NEVER, np.float32), doubt=0.0,
    )  # fmt: skip


def _binary(rows: Any, target: Any, strength: float) -> tuple[Any, float]:
    """Weights and bias of one yes-or-no question; nothing when the answer is always the same."""
    if target.min() == target.max():
        return np.zeros(rows.shape[1], np.float32), (8.0 if target.max() else -8.0)
    # Balanced: a label has one positive in fifty, and its scale is set later, by the calibration. The dual is five
    # times as quick with so many columns, and a finer tolerance changes no figure.
    model = LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", dual=True, tol=0.01, random_state=SEED, max_iter=1000
    )
    model.fit(rows, target)
    weight = model.coef_[0].astype(np.float32)
    weight[np.abs(weight) < NEGLIGIBLE * np.abs(weight).max()] = 0
    return weight, float(model.intercept_[0])
