"""How far probabilities can be trusted: calibration error, reliability, and what leaving some to a person gains."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import beta

from crible_training.evaluation.metrics import ratio

BINS = 15
# Points of the published curve: every point up to here, then as many evenly spread.
_POINTS = 60
# « At most one finding in ten is wrong »: the share of findings that can be kept is read on the curve.
RISK = 0.1


def equal_mass_bins(probability: Any, bins: int = BINS) -> Any:
    """int (n): the bin of each value, from the lowest. Bins hold equally many as far as equal values, which are never
    parted, allow: where many are equal there are fewer bins, and the last may be small. It is not joined to the one
    before: the few findings of a detector that is sure of them would be drowned in its zeros."""
    order = np.argsort(probability, kind="stable")
    _, runs = np.unique(probability[order], return_counts=True)
    number, held, passed = 0, 0, 0
    of_run = []
    for run in runs.tolist():
        of_run.append(number)
        before, passed = (passed - held) * bins // len(order), passed + run
        held += run
        if passed * bins // len(order) > before and 2 * held * bins >= len(order):  # a boundary, and half the due
            number, held = number + 1, 0
    found = np.zeros(len(order), int)
    found[order] = np.repeat(np.array(of_run, int), runs)
    return found


def calibration_sums(probability: Any, right: Any, bins: Any, cluster: Any, clusters: int) -> Any:
    """float64 (clusters, 3, bins): how many decisions, how sure in sum, and how many right."""
    count = int(bins.max(initial=-1)) + 1
    found = np.zeros((clusters, 3, count))
    for i, value in enumerate((np.ones(len(bins)), probability, right)):
        np.add.at(found[:, i], (cluster, bins), np.asarray(value, np.float64))
    return found


def calibration_error(sums: Any) -> Any:
    """Expected calibration error of sums (…, 3, bins): the mean gap between sureness and share right, by decisions."""
    return ratio(np.abs(sums[..., 1, :] - sums[..., 2, :]).sum(axis=-1), sums[..., 0, :].sum(axis=-1))


def reliability(sums: Any) -> list[dict[str, float]]:
    """The points of the plot: of (3, bins), with the 95 % Clopper–Pearson interval of the share right."""
    points = []
    for count, sure, right in sums.T:
        if count:
            low = 0.0 if right == 0 else float(beta.ppf(0.025, right, count - right + 1))
            high = 1.0 if right == count else float(beta.ppf(0.975, right + 1, count - right))
            points.append(
                {"n": int(count), "probability": float(sure / count), "share_right": float(right / count),
                 "low": low, "high": high}
            )  # fmt: skip
    return points


def coverage_risk(probability: Any, right: Any) -> dict[str, Any]:
    """Findings from the surest down: the share kept at each threshold, and the share wrong among them."""
    order = np.argsort(-probability, kind="stable")
    ranked, wrong = probability[order], ~right[order]
    last = np.append(np.diff(ranked) != 0, True) if len(ranked) else np.zeros(0, bool)
    kept = (np.arange(len(ranked)) + 1)[last]
    risk = np.cumsum(wrong)[last] / kept
    under = kept[risk <= RISK]
    shown = range(len(kept))
    if len(kept) > _POINTS:
        shown = np.unique(np.linspace(0, len(kept) - 1, _POINTS).round().astype(int)).tolist()
    return {
        "findings": len(ranked),
        "coverage_at_risk": float(under.max() / len(ranked)) if len(under) else 0.0 if len(ranked) else None,
        "curve": [
            {"threshold": float(ranked[last][i]), "coverage": float(kept[i] / len(ranked)), "risk": float(risk[i])}
            for i in shown
        ],
    }
