"""How far two readers agree: the labels of the families, and those of a second reader who had not seen them.

``second_reading.jsonl`` holds a line per wording: ``{"id": "family#n", "labels": [{"label", "strength" | "effect"}]}``.
``settled.jsonl`` says what was decided where the two differed: ``{"id", "stands": first | second | other, "why"}``.
Settling made the families agree with the second reader, so what the two agreed on before is kept in ``agreement.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.corpus import Family, segments

SECOND_READING = Path(__file__).parent / "second_reading.jsonl"
MEASURED = Path(__file__).parent / "agreement.json"


def measured() -> dict[str, Any]:
    """What :func:`agreement` gave before the differences were settled."""
    told: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return told


def agreement(families: Iterable[Family], path: Path = SECOND_READING) -> dict[str, Any]:
    """Cohen's κ of each label, of all decisions together, and how often strength or effect agree on a shared label.

    Raises ConfigurationError for a line that is not about a wording of the families.
    """
    first = {s.id: {e.label: e.strength or e.effect for e in s.family.labels} for s in segments(families)}
    second: dict[str, dict[str, str]] = {}
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        told = json.loads(line)
        if told["id"] not in first:
            raise ConfigurationError(f"{path.name}, line {n}: no wording {told['id']!r}")
        second[told["id"]] = {e["label"]: e.get("strength") or e.get("effect") for e in told["labels"]}
    each = {}
    for label in labels():
        one, other = ([label in reader[id] for id in second] for reader in (first, second))
        each[label] = {"first": sum(one), "second": sum(other), "kappa": _kappa(one, other)}
    one, other = ([label in reader[id] for id in second for label in labels()] for reader in (first, second))
    shared = [(first[id][label], said) for id, found in second.items() for label, said in found.items()
              if label in first[id]]  # fmt: skip
    return {
        "wordings": len(second),
        "kappa": _kappa(one, other),
        "same_labels": sum(first[id].keys() == second[id].keys() for id in second),
        "same_how": round(sum(a == b for a, b in shared) / len(shared), 3) if shared else None,
        "labels": each,
    }


def _kappa(one: list[bool], other: list[bool]) -> float | None:
    """Cohen (1960): agreement beyond what two readers of these habits would reach by chance; None when neither ever
    says yes."""
    count = len(one)
    yes, said = sum(one) / count, sum(other) / count
    chance = yes * said + (1 - yes) * (1 - said)
    if chance == 1:
        return None
    seen = sum(a == b for a, b in zip(one, other, strict=True)) / count
    return round((seen - chance) / (1 - chance), 3)
