"""Intervals: what the figures would be with other authorities of the same kind.

Wordings of a family, and families of an authority, resemble each other: authorities are drawn, not segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crible_training import SEED

DRAWS = 1000
_BOUNDS = (2.5, 97.5)  # 95 % intervals


def draws(clusters: int, count: int = DRAWS, seed: int = SEED) -> Any:
    """float64 (1 + count, clusters): how often each cluster counts. The first row is the set as it is."""
    if clusters == 0:
        return np.ones((1 + count, 0))
    drawn = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=count)
    return np.concatenate([np.ones((1, clusters)), drawn])


def summed(weight: Any, sums: Mapping[str, Any]) -> dict[str, Any]:
    """The tallies of each draw."""
    return {name: weight @ column for name, column in sums.items()}


def interval(values: Any) -> dict[str, float | None]:
    """``value`` (the first), ``low`` and ``high`` of a figure. Draws in which it cannot be measured are left out."""
    point, rest = float(values[0]), values[1:][~np.isnan(values[1:])]
    if np.isnan(point) or not len(rest):
        return {"value": None if np.isnan(point) else point, "low": None, "high": None}
    low, high = np.percentile(rest, _BOUNDS)
    return {"value": point, "low": float(low), "high": float(high)}
