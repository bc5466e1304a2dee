"""Who trains, who calibrates, who measures: by authority, so that no way of writing stands on both sides.

An authority, with all its families, falls in one part by the SHA-256 of its name: adding families moves nobody.
The sealed part is for the final figures. :func:`part_of` says where a family falls; :func:`take` gives the families of
the open parts, and the sealed ones only to who asks for them by name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from crible_training.corpus import Family

# Hundredths of the authorities: where each part ends.
_UNTIL = {"train": 60, "calibration": 75, "development": 85, "sealed": 100}
OPEN = ("train", "calibration", "development")


def part_of(family: Family) -> str:
    """``train``, ``calibration``, ``development`` or ``sealed``."""
    draw = int(hashlib.sha256(f"crible:{family.authority.casefold()}".encode()).hexdigest()[:8], 16) % 100
    return next(part for part, until in _UNTIL.items() if draw < until)


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
