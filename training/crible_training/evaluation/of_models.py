"""The trained models as candidates, the one under test first."""

from __future__ import annotations

from pathlib import Path

from crible.classification.combined import CombinedDetector, SecondReader
from crible.classification.encoder import Encoder
from crible.classification.fusion import load_fusion
from crible.classification.linear import LinearModel
from crible_training.evaluation.alone import load_alone
from crible_training.evaluation.candidates import Candidate, OfDetector


def of_models(linear: LinearModel, encoder: Path | None) -> list[Candidate]:
    """The linear model as the product uses it; with an encoder, first the cascade, the two on every clause
    (``ensemble``) and the encoder alone. They share one encoder, whose readings are kept."""
    alone: list[Candidate] = [OfDetector("linear", CombinedDetector(linear))]
    if encoder is None:
        return alone
    reader, fusion = Encoder(encoder, threads=2), load_fusion(encoder)
    cascade = CombinedDetector(linear, SecondReader(reader, fusion))
    ensemble = CombinedDetector(linear, SecondReader(reader, fusion, gated=False))
    return [
        OfDetector("cascade", cascade), OfDetector("ensemble", ensemble), load_alone(encoder, reader), *alone,
    ]  # fmt: skip
