"""How the encoder is trained."""

from __future__ import annotations

from dataclasses import dataclass

from crible_training import SEED


@dataclass(frozen=True, slots=True)
class Recipe:
    """``layers`` are kept of the base, of which the first ``frozen`` stay as they are. Rates are those of AdamW.
    ``half``: products in bfloat16, up to twice as quick where the processor has them."""

    layers: int = 12
    frozen: int = 2
    epochs: int = 5
    batch: int = 32
    rate: float = 2e-4
    head_rate: float = 2e-3
    decay: float = 0.01
    half: bool = False
    seed: int = SEED
