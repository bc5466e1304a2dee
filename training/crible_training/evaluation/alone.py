"""The encoder without the linear model and without patterns: what the three together are compared with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.detector import FLOOR
from crible.classification.encoder import Encoder
from crible.classification.linear import CLIP, sigmoid
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.evaluation.candidates import ACTORS, HOW, Predicted

FILE = "alone.json"


@dataclass(frozen=True, slots=True)
class EncoderAlone:
    """A label where its calibrated probability reaches one half; strength, effect and actor as the heads say."""

    encoder: Encoder
    slope: float
    shift: Any
    name: str = "encoder"

    def predict(self, clauses: Sequence[Clause]) -> Predicted:
        read = self.encoder.read(clauses)
        found = sigmoid(self.slope * np.clip(read.labels, -CLIP, CLIP) + self.shift)
        said = {name: sums.argmax(axis=1) for name, sums in read.heads.items()}
        how = np.full(found.shape, -1, np.int8)
        for column, label in enumerate(labels().values()):
            head = "effect" if label.adverse else "strength"
            how[:, column] = np.array([HOW.index(c) for c in self.encoder.heads[head]], np.int8)[said[head]]
        actor = np.array([ACTORS.index(c) for c in self.encoder.heads["actor"]], np.int8)[said["actor"]]
        return Predicted(found.astype(np.float32), found >= FLOOR, how, actor)


def load_alone(folder: Path, encoder: Encoder) -> EncoderAlone:
    """As ``crible-train encoder calibrate`` left it. Raises ConfigurationError when it did not."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return EncoderAlone(encoder, float(told["slope"]), np.array(told["shift"], np.float32))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{folder / FILE}: {error}") from error
