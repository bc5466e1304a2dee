"""Annotated segments of real tenders, which lie beside the repository: nothing of them is copied into a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np

from crible.classification.segments import clause_from_text
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible.types import Role
from crible_training.evaluation.baselines import keywords_in
from crible_training.evaluation.sets import EvaluationSet, expectations, length_class


def gold_set(path: Path, name: str = "gold") -> EvaluationSet:
    """The segments of ``path`` (JSON lines: id, text, part, section, heading, labels …), lines joined, split into
    sentences as the product splits a block. One document is one way of writing.

    Raises ConfigurationError when the file cannot be read.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return _set([row | {"text": " ".join(row["text"].split())} for row in rows], name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path}: {error!r}") from error


def _set(rows: list[dict[str, Any]], name: str) -> EvaluationSet:
    clauses, owner = [], []
    for n, row in enumerate(rows):
        pieces = clause_from_text(
            row["id"], row["text"], part=_part(row), section=row.get("section"), heading=row.get("heading") or ""
        )
        clauses += pieces
        owner += [n] * len(pieces)
    truth, how, actor = expectations([[_expected(item) for item in row["labels"]] for row in rows])
    optional = np.zeros_like(truth)
    order = {label: i for i, label in enumerate(labels())}
    for n, row in enumerate(rows):
        optional[n, [order[label] for label in row.get("optional", ())]] = True
    documents = {d: i for i, d in enumerate(sorted({row["doc"] for row in rows}))}
    tags = [set(row.get("tags", ())) for row in rows]
    texts = [row["text"] for row in rows]
    return EvaluationSet(
        name=name, clauses=clauses, owner=np.array(owner, dtype=int), truth=truth, optional=optional & ~truth, how=how,
        actor=actor, keyword_free=truth & ~keywords_in(texts),
        cluster=np.array([documents[row["doc"]] for row in rows], dtype=int),
        traits={
            "part": [_part(row) for row in rows],
            "language": [row.get("lang", "fr") for row in rows],
            "length": [length_class(text) for text in texts],
            "shape": ["table_row" if "table" in t else "heading" if "title" in t else "other" for t in tags],
            "oblique": ["yes" if "oblique" in t else "no" for t in tags],
            "trap": ["yes" if "trap" in t else "no" for t in tags],
            "ambiguous": ["yes" if "ambiguous" in t else "no" for t in tags],
        },
        trap=["trap" if "trap" in t and not row["labels"] else "" for t, row in zip(tags, rows, strict=True)],
        told=[{"id": r["id"], "cluster": r["doc"], "part": _part(r), "language": r.get("lang", "fr")} for r in rows],
    )  # fmt: skip


def _expected(item: dict[str, Any]) -> tuple[str, str | None, str]:
    return item["label"], item.get("strength") or item.get("effect"), item.get("actor", "unknown")


def _part(row: dict[str, Any]) -> Any:
    return row["part"] if row["part"] in get_args(Role) else "OTHER"
