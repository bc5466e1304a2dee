"""Dossier in, Findings out: ``classify(dossier)``. Detectors load when first used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crible.types import Dossier, Finding


def classify(dossier: Dossier) -> tuple[Finding, ...]:
    """Every label found in the dossier, in reading order, with quote, page and box."""
    from crible.classification import findings as _module

    return _module.classify(dossier)


def classify_texts(records: Iterable[Mapping[str, Any]], *, all: bool = False) -> Iterator[dict[str, Any]]:
    """Labels of bare texts: one answer per record (see ``crible classify``)."""
    from crible.classification import findings as _module

    return _module.classify_texts(records, all=all)
