"""What is counted on each segment. Every figure is made of sums of these, over all segments or over a draw of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crible.classification.taxonomy import labels
from crible_training.evaluation.candidates import ACTORS, HOW, Predicted
from crible_training.evaluation.sets import EvaluationSet

# The abstention band: used, but left to a person (rubric B.6: 0.50 to 0.80).
BAND = 0.8


@dataclass(frozen=True, slots=True)
class Judged:
    """Decisions clause × label, judged. bool (n, L): ``right``, ``false``, ``missed``; ``told``: the labels beside
    which strength, effect and actor are judged. ``how_right`` and ``actor_right`` are within ``told``."""

    right: Any
    false: Any
    missed: Any
    told: Any
    how_right: Any
    actor_right: Any


def judge(items: EvaluationSet, answer: Predicted) -> Judged:
    """A candidate that never gives a label is told them, so that what it says beside them can be compared."""
    right = answer.decided & items.truth
    told = right if answer.decided.any() else items.truth
    return Judged(
        right=right,
        false=answer.decided & ~items.truth & ~items.optional,
        missed=items.truth & ~answer.decided,
        told=told,
        how_right=told & (answer.how == items.how),
        actor_right=told & (answer.actor[:, None] == items.actor),
    )


def tallies(items: EvaluationSet, answer: Predicted, judged: Judged) -> dict[str, Any]:
    """By name, float64 (n, k): a row per segment. Those in L columns come by label."""
    adverse = np.array([label.adverse for label in labels().values()])
    ordinary = items.unlabelled
    said = (answer.decided & ~items.optional).any(axis=1)
    labelled = items.truth.any(axis=1)
    wrong = (judged.false | judged.missed).any(axis=1)
    decided = judged.right | judged.false
    sure = answer.probability >= BAND
    columns = {
        "right": judged.right,
        "false": judged.false,
        "missed": judged.missed,
        "free": items.keyword_free,
        "free_right": items.keyword_free & judged.right,
        "told_strength": judged.told & ~adverse,
        "strength_right": judged.how_right & ~adverse,
        "told_effect": judged.told & adverse,
        "effect_right": judged.how_right & adverse,
        "told_actor": judged.told & (items.actor >= 0),
        "actor_right": judged.actor_right & (items.actor >= 0),
        "sure": decided & sure,
        "sure_false": judged.false & sure,
        "segments": np.ones(len(ordinary)),
        "exact": ~wrong,
        "ordinary": ordinary,
        "false_ordinary": (judged.false & ordinary[:, None]).sum(axis=1),
        # The empty class: « nothing to find here » is an answer too.
        "empty_right": ~labelled & ~said,
        "empty_false": labelled & ~said,
        "empty_missed": ~labelled & said,
        "band_segments": (decided & ~sure).any(axis=1),
    }
    # By what is expected beside the label, and by what is said beside it: a false blocker is worse than a missed one.
    for i, how in enumerate(HOW):
        columns[f"expected_{how}"] = (items.truth & (items.how == i)).sum(axis=1)
        columns[f"found_{how}"] = (judged.right & (items.how == i)).sum(axis=1)
        columns[f"said_{how}"] = (decided & (answer.how == i)).sum(axis=1)
        columns[f"said_right_{how}"] = (judged.right & (answer.how == i)).sum(axis=1)
    return {name: np.asarray(c, np.float64).reshape(len(ordinary), -1) for name, c in columns.items()}


def by_cluster(found: Mapping[str, Any], cluster: Any, clusters: int, rows: Any = None) -> dict[str, Any]:
    """Sums (clusters, k) of the tallies, of the segments in ``rows`` only where given."""
    sums = {}
    for name, column in found.items():
        total = np.zeros((clusters, column.shape[1]))
        kept = slice(None) if rows is None else rows
        np.add.at(total, cluster[kept], column[kept])
        sums[name] = total
    return sums


def confusion(items: EvaluationSet, answer: Predicted, judged: Judged) -> dict[str, dict[str, int]]:
    """What is expected beside a label → what is said beside it, where the label is right (« none »: nothing)."""
    found: dict[str, dict[str, int]] = {}
    names = (*HOW, "none")  # the last one is also reached by the index -1
    for expected, said in zip(items.how[judged.told], answer.how[judged.told], strict=True):
        row = found.setdefault(names[expected], {})
        row[names[said]] = row.get(names[said], 0) + 1
    return {a: {b: found[a][b] for b in names if b in found[a]} for a in names if a in found}


def actors_confused(items: EvaluationSet, answer: Predicted, judged: Judged) -> dict[str, dict[str, int]]:
    """The same for whom the label binds."""
    found: dict[str, dict[str, int]] = {}
    names = (*ACTORS, "none")
    for row, column in zip(*np.nonzero(judged.told), strict=True):
        line = found.setdefault(names[items.actor[row, column]], {})
        said = names[answer.actor[row]]
        line[said] = line.get(said, 0) + 1
    return {a: {b: found[a][b] for b in names if b in found[a]} for a in names if a in found}
