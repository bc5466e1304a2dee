"""What the model under test gets wrong, one by one, for reading: the surest mistakes first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.taxonomy import labels
from crible_training.evaluation.candidates import HOW, Predicted
from crible_training.evaluation.sets import EvaluationSet
from crible_training.evaluation.tallies import Judged

KINDS = ("false", "missed", "how")


def errors(items: EvaluationSet, answer: Predicted, judged: Judged) -> list[dict[str, Any]]:
    """One line per mistake: ``false`` (a label too many), ``missed``, ``how`` (the label is right, its strength or
    effect is not), by kind, then by label in the order of the catalogue."""
    names = list(labels())
    given = judged.right
    wrong = {"false": judged.false, "missed": judged.missed, "how": given & ~judged.how_right}
    found = []
    for kind in KINDS:
        for row, column in zip(*np.nonzero(wrong[kind].T)[::-1], strict=True):
            probability = float(answer.probability[row, column])
            found.append(
                {
                    "set": items.name, "kind": kind, "label": names[column], "probability": round(probability, 4),
                    **items.told[row],
                    "expected": {
                        names[c]: _how(items.how[row, c]) for c in np.flatnonzero(items.truth[row]).tolist()
                    },
                    "said": {
                        names[c]: _how(answer.how[row, c]) for c in np.flatnonzero(answer.decided[row]).tolist()
                    },
                }
            )  # fmt: skip
    order = {label: i for i, label in enumerate(names)}
    # A miss is the surer, the lower its probability.
    return sorted(
        found,
        key=lambda e: (
            KINDS.index(e["kind"]), order[e["label"]],
            e["probability"] if e["kind"] == "missed" else -e["probability"], e["id"],
        ),
    )  # fmt: skip


def write_errors(found: Iterable[dict[str, Any]], path: Path) -> None:
    path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in found), encoding="utf-8")


def _how(code: int) -> str | None:
    return HOW[code] if code >= 0 else None
