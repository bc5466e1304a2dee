"""The same figures on parts of a set: by register, part, language, length, shape …, and with or without keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crible_training.evaluation.bootstrap import interval, summed
from crible_training.evaluation.metrics import headline, ratio
from crible_training.evaluation.sets import EvaluationSet
from crible_training.evaluation.tallies import by_cluster

_SHOWN = ("micro_f1", "micro_precision", "micro_recall", "false_per_1000")


def slices(items: EvaluationSet, found: Mapping[str, Any], weight: Any) -> dict[str, dict[str, Any]]:
    """By trait and class: ``segments``, ``positives`` and the figures with their intervals.

    Authorities outside the class count for nothing in a draw; draws without a positive of it are left out.
    """
    told: dict[str, dict[str, Any]] = {}
    for trait, classes in items.traits.items():
        told[trait] = {}
        for name in sorted(set(classes), key=_natural):
            rows = np.array([c == name for c in classes])
            sums = summed(weight, by_cluster(found, items.cluster, weight.shape[1], rows))
            figures = headline(sums)
            told[trait][name] = {
                "segments": int(rows.sum()), "positives": int(items.truth[rows].sum()),
                **{figure: interval(figures[figure]) for figure in _SHOWN},
            }  # fmt: skip
    told["keyword"] = _by_keyword(items, found, weight)
    return told


def _natural(name: str) -> tuple[int, str]:
    """« 60 » before « 121-240 »."""
    start = name.partition("-")[0]
    return (int(start) if start.isdigit() else 0), name


def _by_keyword(items: EvaluationSet, found: Mapping[str, Any], weight: Any) -> dict[str, Any]:
    """Recall of positives with and without a usual word. A false finding belongs to neither side."""
    sums = summed(weight, by_cluster(found, items.cluster, weight.shape[1]))
    total = {name: sums[name].sum(axis=-1) for name in ("right", "missed", "free", "free_right")}
    positives = total["right"] + total["missed"]
    return {
        "without": {
            "positives": int(total["free"][0]), "micro_recall": interval(ratio(total["free_right"], total["free"])),
        },
        "with": {
            "positives": int(positives[0] - total["free"][0]),
            "micro_recall": interval(ratio(total["right"] - total["free_right"], positives - total["free"])),
        },
    }  # fmt: skip
