"""Which providers may block: only entries verified, at least in part, and exposed to non-European law (rubric E.1)."""

from __future__ import annotations

import csv
from functools import cache

from crible_models import resource


@cache
def _entries() -> dict[str, tuple[str, str]]:
    """Entity id to (exposure, certainty)."""
    with resource("gazetteer.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: (row["exposure"], row["certainty"]) for row in csv.DictReader(lines)}


def may_block(entity_id: str) -> bool:
    """Whether naming this entity is a blocker: exposure ``yes``, certainty V (verified) or P (partly)."""
    exposure, certainty = _entries().get(entity_id, ("", ""))
    return exposure == "yes" and certainty in ("V", "P")
