"""The 40 labels, as data: names, groups, definitions (``crible_models/taxonomy.json``, from the rubric's catalogue)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from crible_models import resource


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the taxonomy. ``group`` is digital_scope, hosting, sovereignty, data_protection, reversibility or
    adverse; labels of the adverse group carry an effect instead of a strength."""

    id: str
    group: str
    fr: str
    en: str
    definition: str
    legal_source: str

    @property
    def adverse(self) -> bool:
        return self.group == "adverse"


# Labels that state a fact of the tender: always informative (rubric B.3, « Fact labels »).
FACT_LABELS = frozenset({"dp_health_data", "dp_sensitive_data"})


@cache
def labels() -> dict[str, Label]:
    """The labels by id, in the order of the catalogue."""
    raw = json.loads(resource("taxonomy.json").read_text(encoding="utf-8"))
    return {item["id"]: Label(**item) for item in raw["labels"]}
