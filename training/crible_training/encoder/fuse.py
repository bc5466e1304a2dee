"""How far the linear model and the encoder are to be trusted together, learned on the fold that neither has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from crible.classification.encoder import ClauseReader, Reading
from crible.classification.fusion import NEVER, Fusion, alone
from crible.classification.linear import CLIP, Scores, patterns_in, sigmoid, softmax
from crible_training.calibrate import doubt, platt, thresholds
from crible_training.corpus import Family, segments
from crible_training.encoder.tune import CALIBRATION_FOLD
from crible_training.encoder.views import examples_of, views
from crible_training.fit import Examples, examples, fit, rows_of
from crible_training.splits import fold_of

# How much of what the fold says of the encoder is believed. Its families are written by those who wrote the ones that
# the encoder learned from, and it does worse on tenders than on them, where the linear model does better: between the
# fusion of the fold and the linear model alone, half way, in log-odds.
_HEARD = 0.5
# Of the clauses in which the models find a label that no pattern saw, the share that comes through to the encoder.
GATE_RECALL = 0.995
_TRIED = (0.0, 0.25, 0.5, 0.75, 1.0)  # weights of the encoder in the heads


def fuse(
    families: Sequence[Family], encoder: ClauseReader, say: Callable[[str], None]
) -> tuple[Fusion, dict[str, Any]]:
    """The fusion, with what it was learned on: ``likely`` and ``given`` of the calibration fold, for the bounds of the
    card, and ``alone``, the slope and offsets that make probabilities of the encoder's sums alone."""
    held = [f for f in families if fold_of(f) == CALIBRATION_FOLD]
    say(f"linear model without the {len(held)} families that calibrate")
    partial = fit(examples([f for f in families if fold_of(f) != CALIBRATION_FOLD]), version="0")
    seen_as = views(list(segments(held)))
    given = examples_of(seen_as, examples(held))
    rows = rows_of(given, partial.idf)
    linear = partial.scores(rows)
    say(f"encoder on {len(given.targets)} views")
    reading = encoder.read([view.clause for view in seen_as])
    seen, odds = patterns_in(rows)
    sums = np.clip(np.nan_to_num(reading.labels), -CLIP, CLIP)  # a label that it does not know says nothing
    raw = np.clip(linear.raw, -CLIP, CLIP)
    both, with_it = platt([raw, sums, seen, odds], given)
    one, without = platt([raw, np.zeros_like(sums), seen, odds], given)
    first, second, *trust = (float(v) for v in _HEARD * np.array(both) + (1 - _HEARD) * np.array(one))
    shift = _HEARD * with_it + (1 - _HEARD) * without
    fusion = Fusion(first, second, (trust[0], trust[1]), _heads_weight(given, linear, reading), shift, shift, 0.0, 0.0)
    likely = fusion.likely(linear.raw, sums, seen, odds)
    sure = thresholds(likely, seen, given)
    sure[1] = NEVER  # alone, the models are right in nine of ten on these families, and in four of ten on tenders
    (slope,), offset = platt([sums], given)
    told = {"likely": likely, "given": given, "alone": {"slope": slope, "shift": [round(float(v), 5) for v in offset]}}
    opens = gate(sigmoid(one[0] * raw + without), likely, seen)
    return replace(fusion, sure=sure, doubt=doubt(likely, seen, given), opens=opens), told


def gate(linear: Any, likely: Any, seen: Any) -> float:
    """The highest probability of the linear model at which GATE_RECALL of the clauses come through in which both
    models, had they read all, find a label that no pattern saw. Arrays: clauses × labels."""
    unseen = seen.max(axis=1) == 0
    found = unseen & (likely >= alone()).any(axis=1)
    through = np.sort(linear[found].max(axis=1))
    return round(float(through[int((1 - GATE_RECALL) * len(through))]) - 5e-4, 3) if len(through) else 0.0


def _heads_weight(given: Examples, linear: Scores, reading: Reading) -> float:
    """The weight at which strength, effect and actor are right most often, all three together."""

    def right(weight: float) -> int:
        found = 0
        for name in reading.heads:
            mine = given.heads[name] >= 0
            said = (1 - weight) * getattr(linear, name)[mine] + weight * softmax(reading.heads[name][mine])
            found += int((said.argmax(axis=1) == given.heads[name][mine]).sum())
        return found

    return max(_TRIED, key=right)
