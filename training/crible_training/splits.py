"""Who trains, who measures: by authority, so that no way of writing stands on both sides.

An authority, with all its families, falls in one part by the SHA-256 of its name: adding families moves nobody. The
sealed part is for the final figures. :func:`part_of` says where a family falls; :func:`take` gives the families of the
open parts, and the sealed ones only to who asks for them by name; :func:`fold_of` cuts the training part for what must
be learned on families that a model has not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from crible_training.corpus import Family

# Hundredths of the authorities: where each part ends.
_UNTIL = {"train": 75, "development": 85, "sealed": 100}
OPEN = ("train", "development")
FOLDS = 5


def part_of(family: Family) -> str:
    """``train``, ``development`` or ``sealed``."""
    draw = _draw("crible", family) % 100
    return next(part for part, until in _UNTIL.items() if draw < until)


def fold_of(family: Family) -> int:
    """The fold of a training family, 0 to 4: that of its authority."""
    return _draw("fold", family) % FOLDS


def _draw(what: str, family: Family) -> int:
    return int(hashlib.sha256(f"{what}:{family.authority.casefold()}".encode()).hexdigest()[:8], 16)


def take(families: Iterable[Family], *parts: str, sealed: bool = False) -> list[Family]:
    """The families of ``parts``. ``sealed`` part must be asked for by the keyword, and comes alone.

    Raises ValueError otherwise: training code cannot read the sealed families by accident.
    """
    if sealed:
        if parts:
            raise ValueError("the sealed part is read alone")
        return [f for f in families if part_of(f) == "sealed"]
    if unknown := [p for p in parts if p not in OPEN]:
        raise ValueError(f"not an open part: {unknown}; open: {', '.join(OPEN)}")
    return [f for f in families if part_of(f) in parts]
