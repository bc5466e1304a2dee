"""Several networks side by side on the development families, by figures that no threshold weighs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from crible.classification.taxonomy import labels
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments
from crible_training.encoder.distil import lesson
from crible_training.encoder.tune import token_ids, trained_network
from crible_training.fit import HEADS, Examples, examples


def measured(
    base: Path, runs: Sequence[Path], families: Sequence[Family], device: str, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """The figures of each run, by the name of its folder, in full precision."""
    given = examples(families)
    ids = token_ids(base / "tokenizer.json", clauses_of(segments(families)))
    found = {}
    for run in runs:
        network, recipe = trained_network(base, run)
        say(f"{run.name}: {len(ids)} wordings")
        sums = lesson(network, ids, device, lambda _: None).sums.numpy()
        kept = {"layers": recipe.layers, "frozen": recipe.frozen, "epochs": recipe.epochs}
        found[run.name] = {**kept, **figures(sums, given)}
    return found


def figures(sums: Any, given: Examples) -> dict[str, float]:
    """Mean over the labels of the area under precision and recall; the highest micro-F1 that one threshold for all
    labels gives; how often strength, effect and actor are right where they apply."""
    count = len(labels())
    said, targets = sums[:, :count], given.targets
    areas = [average_precision_score(targets[:, n], said[:, n]) for n in range(count) if targets[:, n].any()]
    found = {"macro_aupr": float(np.mean(areas)), "best_micro_f1": _best_f1(said.ravel(), targets.ravel())}
    start = count
    for name, classes in HEADS.items():
        mine = given.heads[name] >= 0
        said = sums[mine, start : start + len(classes)].argmax(axis=1)
        found[name] = float((said == given.heads[name][mine]).mean()) if mine.any() else float("nan")
        start += len(classes)
    return found


def _best_f1(said: Any, expected: Any) -> float:
    order = np.argsort(-said, kind="stable")
    right = np.cumsum(expected[order])
    return float((2 * right / (np.arange(1, len(order) + 1) + expected.sum())).max())
