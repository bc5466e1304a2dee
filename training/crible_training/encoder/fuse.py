"""How far the linear model and the encoder are to be trusted together, learned on the fold that neither has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from crible.classification.encoder import Encoder, Reading
from crible.classification.fusion import Fusion
from crible.classification.linear import CLIP, Scores, patterns_in, softmax
from crible_training.calibrate import platt, thresholds
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments
from crible_training.encoder.tune import CALIBRATION_FOLD
from crible_training.fit import HEADS, Examples, examples, fit, rows_of
from crible_training.splits import fold_of

_TRIED = (0.0, 0.25, 0.5, 0.75, 1.0)  # weights of the encoder in the heads


def fuse(families: Sequence[Family], encoder: Encoder, say: Callable[[str], None]) -> tuple[Fusion, dict[str, Any]]:
    """The fusion, with what it was learned on: probabilities of the calibration fold, for the bounds of the card."""
    held = [f for f in families if fold_of(f) == CALIBRATION_FOLD]
    say(f"linear model without the {len(held)} families that calibrate")
    partial = fit(examples([f for f in families if fold_of(f) != CALIBRATION_FOLD]), version="0")
    given = examples(held)
    rows = rows_of(given, partial.idf)
    linear = partial.scores(rows)
    say(f"encoder on {len(given.targets)} wordings")
    reading = encoder.read(clauses_of(segments(held)))
    seen, odds = patterns_in(rows)
    (first, second, *trust), shift = platt(
        [np.clip(linear.raw, -CLIP, CLIP), np.clip(reading.labels, -CLIP, CLIP), seen, odds], given
    )
    fusion = Fusion(first, second, (trust[0], trust[1]), _heads_weight(given, linear, reading), shift, shift)
    likely = fusion.likely(linear.raw, reading.labels, seen, odds)
    sure = thresholds(likely, seen, given)
    return Fusion(first, second, fusion.trust, fusion.heads, shift, sure), {"likely": likely, "given": given}


def _heads_weight(given: Examples, linear: Scores, reading: Reading) -> float:
    """The weight at which strength, effect and actor are right most often, all three together."""

    def right(weight: float) -> int:
        found = 0
        for name in HEADS:
            mine = given.heads[name] >= 0
            said = (1 - weight) * getattr(linear, name)[mine] + weight * softmax(reading.heads[name][mine])
            found += int((said.argmax(axis=1) == given.heads[name][mine]).sum())
        return found

    return max(_TRIED, key=right)
