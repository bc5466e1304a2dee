"""A shallower network that learns from a deeper one: it begins with every other layer of it, and is asked for its sums
and its vectors beside the labels (as DistilBERT, Sanh et al. 2019)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from crible_training.encoder.model import ClauseEncoder
from crible_training.encoder.tune import padded

_VECTORS_WEIGHT = 5.0  # their differences are of a tenth, those of the sums of a few units


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the deeper network says of each view: sums (views, columns) and vectors (views, hidden), float32."""

    sums: Any
    vectors: Any

    def loss(self, sums: Any, vectors: Any, rows: Any) -> Any:
        """How far a network is from it on some views."""
        at = torch.from_numpy(rows)
        told, aimed = self.sums[at].to(sums.device), self.vectors[at].to(sums.device)
        return nn.functional.mse_loss(sums, told) + _VECTORS_WEIGHT * nn.functional.mse_loss(vectors, aimed)


def pupil(teacher: ClauseEncoder, base: Path, layers: int) -> ClauseEncoder:
    """A network of ``layers`` layers, taken at even steps from the teacher's, the last among them."""
    network = ClauseEncoder(base, layers=layers)
    deep = len(teacher.layers)
    kept = [round((n + 1) * deep / layers) - 1 for n in range(layers)]
    network.layers = nn.ModuleList([copy.deepcopy(teacher.layers[n]) for n in kept])
    for name in ("embeddings", "norm", "head"):
        getattr(network, name).load_state_dict(getattr(teacher, name).state_dict())
    return network


def lesson(teacher: ClauseEncoder, ids: Sequence[list[int]], device: str, say: Callable[[str], None]) -> Lesson:
    """What the teacher says of each view."""
    teacher.eval().to(device)
    order = np.argsort([len(i) for i in ids], kind="stable")
    sums = torch.zeros(len(ids), teacher.head.out_features)
    vectors = torch.zeros(len(ids), teacher.head.in_features)
    with torch.no_grad():
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            found = teacher(*(part.to(device) for part in padded([ids[row] for row in rows])))
            sums[rows], vectors[rows] = (part.cpu() for part in found)
            if start % 3200 == 0:
                say(f"teacher: {start} of {len(order)} wordings")
    return Lesson(sums, vectors)
