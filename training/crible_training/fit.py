"""Fits the linear model on the training families and calibrates it on families it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from crible.classification.detector import Detection
from crible.classification.features import HASHED, counts, features
from crible.classification.linear import LinearModel
from crible.classification.obligation import obligation
from crible.classification.patterns import PatternDetector
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.types import Actor, Effect, Strength
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments

HEADS: Mapping[str, tuple[str, ...]] = {
    "strength": get_args(Strength), "effect": get_args(Effect), "actor": get_args(Actor),
}  # fmt: skip
# Inverse of the regularisation, chosen on the development families among 1, 3, 10, 30.
C_LABELS, C_HEADS = 10.0, 3.0
# Weights under this share of a label's largest one change no decision and are not kept.
NEGLIGIBLE = 0.004
# Fewer positives than this on the calibration families: the label takes the calibration of all labels together.
FEW = 12
SEED = 20261125


@dataclass(frozen=True, slots=True)
class Examples:
    """Clauses as rows, with what is expected of each: a column per label, a class per head (-1: does not apply)."""

    clauses: Sequence[Clause]
    seen: Sequence[Sequence[Detection]]
    targets: Any
    heads: Mapping[str, Any]


def examples(families: Sequence[Family]) -> Examples:
    """The wordings of ``families`` with what the patterns see in them."""
    found = list(segments(families))
    order = {label: i for i, label in enumerate(labels())}
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
    clauses = clauses_of(found)
    return Examples(clauses, PatternDetector().detect(clauses), targets, heads)


def rows_of(given: Examples, idf: Mapping[str, Any]) -> Any:
    return features(given.clauses, [obligation(c) for c in given.clauses], given.seen, dict(idf))


def rarity(clauses: Sequence[Clause]) -> dict[str, Any]:
    """Inverse document frequencies of the hashed columns; a column never met weighs nothing."""
    found = {}
    for block, matrix in counts(clauses).items():
        met = np.bincount(matrix.indices, minlength=matrix.shape[1])
        found[block] = np.where(met > 0, np.log((1 + len(clauses)) / (1 + met)) + 1, 0).astype(np.float32)
    return found


def fit(train: Sequence[Family], calibration: Sequence[Family], *, version: str) -> LinearModel:
    """A model fitted on ``train`` and calibrated on ``calibration``: two sets of authorities that share nobody."""
    given = examples(train)
    idf = rarity(given.clauses)
    rows = rows_of(given, idf)
    columns: list[Any] = []
    biases: list[float] = []
    for i in range(len(labels())):
        weight, bias = _binary(rows, given.targets[:, i])
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
    plain = LinearModel(
        version=version, heads=HEADS, idf={block: idf[block] for block in HASHED}, weights=weights,
        bias=np.array(biases, dtype=np.float32), slope=np.ones(count, np.float32), shift=np.zeros(count, np.float32),
    )  # fmt: skip
    return _calibrated(plain, examples(calibration))


def _binary(rows: Any, target: Any, strength: float = C_LABELS) -> tuple[Any, float]:
    """Weights and bias of one yes-or-no question; nothing when the answer is always the same."""
    if target.min() == target.max():
        return np.zeros(rows.shape[1], np.float32), (8.0 if target.max() else -8.0)
    model = LogisticRegression(C=strength, solver="liblinear", random_state=SEED, max_iter=200)
    model.fit(rows, target)
    weight = model.coef_[0].astype(np.float32)
    weight[np.abs(weight) < NEGLIGIBLE * np.abs(weight).max()] = 0
    return weight, float(model.intercept_[0])


def _calibrated(model: LinearModel, given: Examples) -> LinearModel:
    """The same model with, for each label, the line that turns its score into a probability (Platt 1999)."""
    raw = np.asarray((rows_of(given, model.idf) @ model.weights).todense(), dtype=np.float32) + model.bias
    count = len(labels())
    everywhere = _line(raw[:, :count].ravel(), given.targets.ravel())
    slope, shift = np.empty(count, np.float32), np.empty(count, np.float32)
    for i in range(count):
        enough = given.targets[:, i].sum() >= FEW
        slope[i], shift[i] = _line(raw[:, i], given.targets[:, i]) if enough else everywhere
    return LinearModel(
        version=model.version, heads=model.heads, idf=model.idf, weights=model.weights, bias=model.bias,
        slope=slope, shift=shift,
    )  # fmt: skip


def _line(scores: Any, target: Any) -> tuple[float, float]:
    line = LogisticRegression(C=1e3, random_state=SEED)
    line.fit(scores.reshape(-1, 1), target)
    return float(line.coef_[0][0]), float(line.intercept_[0])
