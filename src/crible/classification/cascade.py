"""Which detector reads: the best that is installed, or the one that is asked for by name."""

from __future__ import annotations

from functools import cache
from typing import get_args

from crible.classification.artefacts import artefacts, verified
from crible.classification.combined import CombinedDetector, SecondReader
from crible.classification.detector import Detector
from crible.classification.encoder import Encoder, is_installed
from crible.classification.fusion import load_fusion
from crible.classification.patterns import PatternDetector
from crible.errors import UsageError
from crible.types import DetectorName

ENCODER = "encoder"


def default_name() -> DetectorName:
    """``cascade`` where ONNX Runtime is installed and the encoder ships, otherwise ``linear``."""
    ships = any(artefact.name == ENCODER for artefact in artefacts())
    return "cascade" if ships and is_installed() else "linear"


@cache
def detector_named(name: DetectorName | None = None) -> Detector:
    """The detector ``name``, the default one for None; loaded once.

    ``patterns``: rules alone; ``linear``: with the linear model; ``cascade``: with the encoder on what the gate lets
    through; ``encoder``: with the encoder on every clause. Raises UsageError for another name, ConfigurationError when
    its model cannot be loaded.
    """
    name = name or default_name()
    if name not in get_args(DetectorName):
        raise UsageError(f"détecteur {name} : attendu {', '.join(get_args(DetectorName))}")
    if name == "patterns":
        return PatternDetector()
    if name == "linear":
        return CombinedDetector()
    folder = verified(ENCODER)
    return CombinedDetector(second=SecondReader(Encoder(folder), load_fusion(folder), gated=name == "cascade"))
