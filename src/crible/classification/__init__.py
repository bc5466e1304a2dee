"""Dossier in, Findings out: ``classify(dossier)``. Detectors load when first used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crible.types import DetectorName, Dossier, Finding

if TYPE_CHECKING:
    from crible.classification.detector import Detector


def detector_named(name: DetectorName | None = None) -> Detector:
    """The detector ``name``, by default the best that is installed: see :mod:`crible.classification.cascade`."""
    from crible.classification import cascade

    return cascade.detector_named(name)


def classify(dossier: Dossier, *, detector: Detector | None = None) -> tuple[Finding, ...]:
    """Every label found in the dossier, in reading order, with quote, page and box."""
    from crible.classification import findings as _module

    return _module.classify(dossier, detector=detector)


def classify_texts(
    records: Iterable[Mapping[str, Any]], *, all: bool = False, detector: Detector | None = None
) -> Iterator[dict[str, Any]]:
    """Labels of bare texts: one answer per record (see ``crible classify``)."""
    from crible.classification import findings as _module

    return _module.classify_texts(records, all=all, detector=detector)
