"""What the linear model and the encoder say together: one probability per label, and from where it is used alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.linear import CLIP, sigmoid
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

FILE = "fusion.json"
# Above any probability: the label is never used without a person's eye.
NEVER = 2.0


@dataclass(frozen=True, slots=True)
class Fusion:
    """A label's probability is the sigmoid of ``linear`` × the linear model's sum + ``encoder`` × the encoder's + the
    label's ``shift`` + what a pattern that saw it adds (``trust``, as for the linear model).

    ``heads``: the weight of the encoder, from 0 to 1, in strength, effect and actor. ``sure`` (2, labels): as for the
    linear model, where a pattern saw the label and where none did; ``doubt`` too.
    """

    linear: float
    encoder: float
    trust: tuple[float, float]
    heads: float
    shift: Any
    sure: Any
    doubt: float

    def likely(self, linear: Any, encoder: Any, seen: Any, odds: Any) -> Any:
        """Probabilities (clauses, labels) from the sums of both and from what the patterns saw."""
        told = self.trust[0] * seen + self.trust[1] * odds
        sums = self.linear * np.clip(linear, -CLIP, CLIP) + self.encoder * np.clip(encoder, -CLIP, CLIP)
        return sigmoid(sums + self.shift + told)


# An encoder that nobody has weighed: its own word, of which nothing is used without a person's eye.
UNWEIGHED = Fusion(
    linear=0.0, encoder=1.0, trust=(0.0, 0.0), heads=0.0, shift=np.zeros(len(labels()), np.float32),
    sure=np.full((2, len(labels())), NEVER, np.float32), doubt=0.0,
)  # fmt: skip


def load_fusion(folder: Path) -> Fusion:
    """What ``fusion.json`` says. Raises ConfigurationError when it cannot be read."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        shift, sure = np.array(told["shift"], np.float32), np.array(told["sure"], np.float32)
        if shift.shape != (len(labels()),) or sure.shape != (2, len(labels())):
            raise ConfigurationError(f"{folder / FILE}: made for another version of crible")
        first, second = told["trust"]
        return Fusion(
            float(told["linear"]), float(told["encoder"]), (float(first), float(second)), float(told["heads"]),
            shift, sure, float(told["doubt"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{folder / FILE}: {error}") from error


def save_fusion(fusion: Fusion, folder: Path, told: dict[str, Any]) -> None:
    """Write ``fusion.json``; ``told`` is added to it."""
    about = {
        "linear": fusion.linear, "encoder": fusion.encoder, "trust": list(fusion.trust), "heads": fusion.heads,
        "doubt": fusion.doubt,
        "shift": [round(float(v), 5) for v in fusion.shift],
        "sure": [[round(float(v), 3) for v in row] for row in fusion.sure],
        **told,
    }  # fmt: skip
    part = folder / f"{FILE}.part"
    part.write_text(json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(folder / FILE)
