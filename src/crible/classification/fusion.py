"""What the linear model and the encoder say together: one probability per label, and from where it is used alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.linear import CLIP, sigmoid
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

FILE = "fusion.json"
# Above any probability: the label is never used without a person's eye.
NEVER = 2.0
# Said of a probability that unseen families do not bear out: under « used automatically » (rubric B.6).
TO_CONFIRM = 0.79
# What the models must say of a label that no pattern saw: nine sentences of a tender in ten ask for nothing, against
# four in ten of the corpus. More for what accuses a call or decides a fact by itself.
_ALONE, _ALONE_GRAVE = 0.6, TO_CONFIRM
GRAVE = frozenset({"sv_derogation", "sv_sensitivity_statement"})


@cache
def alone() -> tuple[float, ...]:
    """The probability from which the models give a label that no pattern saw, in the order of the catalogue."""
    return tuple(_ALONE_GRAVE if name in GRAVE or label.adverse else _ALONE for name, label in labels().items())


@dataclass(frozen=True, slots=True)
class Fusion:
    """A label's probability is the sigmoid of ``linear`` × the linear model's sum + ``encoder`` × the encoder's + the
    label's ``shift`` + what a pattern that saw it adds (``trust``, as for the linear model).

    ``opens``: the probability that the linear model must give a label for the encoder to read a clause in which no
    pattern saw one. ``heads``: the weight of the encoder, from 0 to 1, in strength, effect and actor. ``sure``
    (2, labels): as for the linear model, where a pattern saw the label and where none did; ``doubt`` too.
    """

    linear: float
    encoder: float
    trust: tuple[float, float]
    heads: float
    shift: Any
    sure: Any
    doubt: float
    opens: float

    def likely(self, linear: Any, encoder: Any, seen: Any, odds: Any) -> Any:
        """Probabilities (clauses, labels) from the sums of both and from what the patterns saw."""
        told = self.trust[0] * seen + self.trust[1] * odds
        sums = self.linear * np.clip(linear, -CLIP, CLIP) + self.encoder * np.clip(encoder, -CLIP, CLIP)
        return sigmoid(sums + self.shift + told)


# An encoder that nobody has weighed: its own word, of which nothing is used without a person's eye.
UNWEIGHED = Fusion(
    linear=0.0, encoder=1.0, trust=(0.0, 0.0), heads=0.0, shift=np.zeros(len(labels()), np.float32),
    sure=np.full((2, len(labels())), NEVER, np.float32), doubt=0.0, opens=0.1,
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
            shift, sure, float(told["doubt"]), float(told["opens"]),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{folder / FILE}: {error}") from error


def save_fusion(fusion: Fusion, folder: Path, told: dict[str, Any]) -> None:
    """Write ``fusion.json``; ``told`` is added to it."""
    about = {
        "linear": fusion.linear, "encoder": fusion.encoder, "trust": list(fusion.trust), "heads": fusion.heads,
        "doubt": fusion.doubt, "opens": fusion.opens,
        "shift": [round(float(v), 5) for v in fusion.shift],
        "sure": [[round(float(v), 3) for v in row] for row in fusion.sure],
        **told,
    }  # fmt: skip
    part = folder / f"{FILE}.part"
    part.write_text(json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(folder / FILE)
