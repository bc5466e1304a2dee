"""Figures from sums of tallies. Each takes the sums of all segments, or of a thousand draws at once: the last axis
holds the labels, the axes before it the draws. What cannot be measured is NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crible.classification.taxonomy import labels
from crible_training.evaluation.candidates import HOW


def ratio(part: Any, whole: Any) -> Any:
    """``part / whole``, NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def f1(right: Any, false: Any, missed: Any) -> Any:
    return ratio(2 * right, 2 * right + false + missed)


def mean_over(values: Any, kept: Any) -> Any:
    """Mean over the last axis of the values that are kept; NaN where none is."""
    return ratio(np.where(kept, values, 0).sum(axis=-1), kept.sum(axis=-1))


def label_figures(sums: Mapping[str, Any]) -> dict[str, Any]:
    """One value per label. F1 of a label without positives is not measured, whatever is said of it wrongly."""
    right, false, missed = sums["right"], sums["false"], sums["missed"]
    return {
        "precision": ratio(right, right + false),
        "recall": ratio(right, right + missed),
        "f1": np.where(right + missed > 0, f1(right, false, missed), np.nan),
        "keyword_free_recall": ratio(sums["free_right"], sums["free"]),
        "how_accuracy": ratio(
            sums["strength_right"] + sums["effect_right"], sums["told_strength"] + sums["told_effect"]
        ),
    }


def headline(sums: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a candidate on a set, by name."""
    right, false, missed = (sums[name].sum(axis=-1) for name in ("right", "false", "missed"))
    empty = [sums[name][..., 0] for name in ("empty_right", "empty_false", "empty_missed")]
    by_label = label_figures(sums)
    positives = sums["right"] + sums["missed"] > 0
    with_empty = np.concatenate([by_label["f1"], f1(*empty)[..., None]], axis=-1)
    kept = np.concatenate([positives, (empty[0] + empty[2] > 0)[..., None]], axis=-1)
    total = {name: column.sum(axis=-1) for name, column in sums.items()}
    adverse = np.array([label.adverse for label in labels().values()])
    return {
        "macro_f1": mean_over(by_label["f1"], positives),
        "micro_f1": f1(right, false, missed),
        "micro_precision": ratio(right, right + false),
        "micro_recall": ratio(right, right + missed),
        "macro_f1_with_empty": mean_over(with_empty, kept),
        "micro_f1_with_empty": f1(right + empty[0], false + empty[1], missed + empty[2]),
        "exact_match": ratio(total["exact"], total["segments"]),
        "keyword_free_recall": ratio(total["free_right"], total["free"]),
        "strength_accuracy": ratio(total["strength_right"], total["told_strength"]),
        "effect_accuracy": ratio(total["effect_right"], total["told_effect"]),
        "actor_accuracy": ratio(total["actor_right"], total["told_actor"]),
        "false_per_1000": 1000 * ratio(total["false_ordinary"], total["ordinary"]),
        "adverse_precision": ratio(
            sums["right"][..., adverse].sum(axis=-1), (sums["right"] + sums["false"])[..., adverse].sum(axis=-1)
        ),
        "adverse_recall": ratio(
            sums["right"][..., adverse].sum(axis=-1), (sums["right"] + sums["missed"])[..., adverse].sum(axis=-1)
        ),
        "sure_share": ratio(total["sure"], right + false),
        "sure_precision": ratio(total["sure"] - total["sure_false"], total["sure"]),
        "band_segments": ratio(total["band_segments"], total["segments"]),
    }


def group_figures(sums: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Micro precision, recall and F1 of each group of labels."""
    found = {}
    for group in dict.fromkeys(label.group for label in labels().values()):
        mine = np.array([label.group == group for label in labels().values()])
        right, false, missed = (sums[name][..., mine].sum(axis=-1) for name in ("right", "false", "missed"))
        found[group] = {
            "positives": right + missed, "precision": ratio(right, right + false),
            "recall": ratio(right, right + missed), "f1": f1(right, false, missed),
        }  # fmt: skip
    return found


def how_figures(sums: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Recall of the labels of each strength or effect, and precision of those said with it."""
    total = {name: column.sum(axis=-1) for name, column in sums.items()}
    return {
        how: {
            "positives": total[f"expected_{how}"],
            "recall": ratio(total[f"found_{how}"], total[f"expected_{how}"]),
            "findings": total[f"said_{how}"],
            "precision": ratio(total[f"said_right_{how}"], total[f"said_{how}"]),
        }
        for how in HOW
    }


def average_precision(truth: Any, probability: Any, cluster: Any, weight: Any) -> Any:
    """Area under the precision–recall curve of one label, step by step (as scikit-learn's ``average_precision_score``),
    for each row of ``weight`` (draws, clusters): how often each cluster was drawn. NaN where no positive was.

    Only steps with a positive add to the area: what lies between two of them is counted with the lower one.
    """
    order = np.argsort(-probability, kind="stable")
    step = np.cumsum(np.append(False, np.diff(probability[order]) != 0)[: len(order)])  # equal scores are one step
    rising = np.unique(step[truth[order]])
    group = np.searchsorted(rising, step)
    kept = order[group < len(rising)]  # what comes after the last positive changes nothing
    seen, right = np.zeros((2, weight.shape[1], len(rising)))
    np.add.at(seen, (cluster[kept], group[group < len(rising)]), 1)
    np.add.at(right, (cluster[kept], group[group < len(rising)]), truth[kept])
    gained = weight @ right
    precision = np.nan_to_num(ratio(np.cumsum(gained, axis=1), np.cumsum(weight @ seen, axis=1)))
    return ratio((gained * precision).sum(axis=1), gained.sum(axis=1))
