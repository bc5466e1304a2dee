"""Which detector reads: the best that is installed, or the one that is asked for by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import get_args

from crible.classification.artefacts import artefacts, verified
from crible.classification.combined import CombinedDetector, SecondReader
from crible.classification.detector import Detector
from crible.classification.encoder import ClauseReader, Encoder, EncoderMissing, is_installed
from crible.classification.fusion import FILE as FUSION
from crible.classification.fusion import UNWEIGHED, load_fusion
from crible.classification.likeness import FILE as LIKENESS
from crible.classification.likeness import load_likenesses
from crible.classification.patterns import PatternDetector
from crible.errors import UsageError
from crible.types import Backend, DetectorName

ENCODER = "encoder"
GROUP = "crible.encoders"


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
    second = SecondReader(Encoder(folder), load_fusion(folder), load_likenesses(folder), gated=name == "cascade")
    return CombinedDetector(second=second)


def detector_with(folder: Path, backend: Backend = "onnx", *, gated: bool = True) -> Detector:
    """The cascade with an encoder of one's own, of which crible has published nothing.

    ``folder`` is what ``crible-train encoder export`` writes (``onnx``) or a fine-tuned model that the training part
    runs (``torch``). Where ``crible-train encoder calibrate`` has weighed it, its findings count as those of the
    encoder that ships; otherwise it is taken at its word and each finding is left to a person. Raises
    ConfigurationError when it cannot be loaded.
    """
    fusion = load_fusion(folder) if (folder / FUSION).exists() else UNWEIGHED
    likenesses = load_likenesses(folder) if (folder / LIKENESS).exists() else None
    return CombinedDetector(second=SecondReader(encoder_in(folder, backend), fusion, likenesses, gated))


def encoder_in(folder: Path, backend: Backend = "onnx", *, threads: int = 1) -> ClauseReader:
    """The encoder of a folder, run by ``backend``. Raises as :func:`detector_with`."""
    return Encoder(folder, threads=threads) if backend == "onnx" else _plugin(backend)(folder)


def _plugin(backend: str) -> Callable[[Path], ClauseReader]:
    """What runs encoders by that name, found by the entry-point group ``crible.encoders``."""
    for point in entry_points(group=GROUP):
        if point.name == backend:
            try:
                found: Callable[[Path], ClauseReader] = point.load()
                return found
            except ImportError as error:
                raise EncoderMissing(f"--backend {backend} : {error.name} n'est pas installé") from error
    raise EncoderMissing(f"--backend {backend} : rien ne le fournit")
