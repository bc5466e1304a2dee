"""Minimal pairs: a trap and a positive that share most of their words, of which only one carries the label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from crible.classification.folding import fold
from crible_training.evaluation.candidates import Predicted
from crible_training.evaluation.sets import EvaluationSet

# Words in common over words of either: from the first on, a pair is minimal; from the second, near.
OVERLAPS = (0.6, 0.3)


@dataclass(frozen=True, slots=True)
class Pair:
    """Segments ``trap`` and ``positive`` of two families; ``label`` (its column) belongs to the positive only."""

    trap: int
    positive: int
    label: int
    overlap: float


def pairs(items: EvaluationSet, least: float = min(OVERLAPS)) -> list[Pair]:
    """The pairs of a set, closest first."""
    texts = [clause.text for clause in items.clauses]
    if len(texts) != len(items.truth):  # a segment of several clauses: traps are written as one
        return []
    traps = [i for i, trap in enumerate(items.trap) if trap]
    positives = np.flatnonzero(items.truth.any(axis=1)).tolist()
    words = _words(texts)
    size = np.asarray(words.sum(axis=1)).ravel()
    shared = (words[traps] @ words[positives].T).toarray() if traps and positives else np.zeros((0, 0))
    found = []
    for a, trap in enumerate(traps):
        overlap = shared[a] / np.maximum(size[trap] + size[positives] - shared[a], 1)
        for b in np.flatnonzero(overlap >= least).tolist():
            positive = positives[b]
            if items.told[trap].get("family") == items.told[positive].get("family"):
                continue
            for label in np.flatnonzero(items.truth[positive] & ~items.truth[trap] & ~items.optional[trap]).tolist():
                found.append(Pair(trap, positive, label, float(overlap[b])))
    return sorted(found, key=lambda p: (-p.overlap, p.trap, p.positive, p.label))


def pair_scores(found: Sequence[Pair], answer: Predicted) -> list[dict[str, Any]]:
    """For each overlap: how many pairs, and the share in which the positive gets the label and the trap does not."""
    scores = []
    for least in OVERLAPS:
        kept = [p for p in found if p.overlap >= least]
        told = sum(answer.decided[p.positive, p.label] and not answer.decided[p.trap, p.label] for p in kept)
        scores.append({"overlap": least, "pairs": len(kept), "score": float(told / len(kept)) if kept else None})
    return scores


def _words(texts: Sequence[str]) -> Any:
    """float64 (texts, words met): 1 where the word stands."""
    index: dict[str, int] = {}
    rows, columns = [], []
    for row, text in enumerate(texts):
        for word in dict.fromkeys(re.findall(r"\w+", fold(text))):
            rows.append(row)
            columns.append(index.setdefault(word, len(index)))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), max(len(index), 1)))
