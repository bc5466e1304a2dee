"""crible reads a public tender and says what it requires of hosting and sovereignty: ``score(paths) -> Assessment``.

``read(paths) -> Dossier`` stops after reading. The types and :class:`CribleError` complete what is promised; heavy
parts load when first used.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crible.errors import CribleError
from crible.types import (
    Assessment,
    Block,
    DetectorName,
    Document,
    Dossier,
    Evidence,
    Finding,
)

if TYPE_CHECKING:
    from datetime import date

    from crible.classification.detector import Detector
    from crible.extraction.ocr import OcrMode
    from crible.scoring.policy import PolicyPack

__version__ = "0.1.0"
__all__ = ["Assessment", "Block", "CribleError", "Document", "Dossier", "Evidence", "Finding", "read", "score"]

PathLike = str | os.PathLike[str]


def read(paths: PathLike | Sequence[PathLike], *, name: str | None = None, ocr: OcrMode = "auto") -> Dossier:
    """Read one tender: a file, several files, a folder or a ZIP.

    Raises :class:`CribleError` when nothing at all can be read; a piece that cannot be read is kept in the Dossier with
    its reason.
    """
    from crible.extraction import read_dossier

    return read_dossier(_as_paths(paths), name=name, ocr=ocr)


def score(
    paths: PathLike | Sequence[PathLike],
    *,
    policy: str | PolicyPack | None = None,
    as_of: date | None = None,
    buyer: str | None = None,
    name: str | None = None,
    ocr: OcrMode = "auto",
    detector: DetectorName | Detector | None = None,
) -> Assessment:
    """Read, classify and judge one tender under the four policies.

    ``policy`` (``ID``, ``ID@VERSION`` or a pack of one's own) chooses the headline; ``as_of`` the date whose rules
    apply (default: the newest rules); ``buyer`` overrides the detected buyer class; ``detector`` says what reads the
    clauses, by name or as it is (default: the best that is installed).
    """
    from crible.classification import classify, detector_named
    from crible.scoring import assess

    reader = detector_named(detector) if detector is None or isinstance(detector, str) else detector
    dossier = read(paths, name=name, ocr=ocr)
    findings = classify(dossier, detector=reader)
    return assess(dossier, findings, policy=policy, as_of=as_of, buyer=buyer, models=reader.versions)


def _as_paths(paths: PathLike | Sequence[PathLike]) -> list[Path]:
    if isinstance(paths, (str, os.PathLike)):
        return [Path(paths)]
    return [Path(p) for p in paths]
