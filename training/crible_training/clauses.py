"""Families into the clauses that detectors see."""

from __future__ import annotations

from collections.abc import Iterable

from crible.classification.segments import Clause
from crible_training.corpus import Segment


def clauses_of(found: Iterable[Segment]) -> list[Clause]:
    """One clause per segment, whole: a paragraph is not split, since its labels are said of the whole."""
    return [
        Clause(
            id=s.id,
            text=s.text,
            part=s.family.part,
            section=s.family.section,
            heading=s.family.heading,
            lead=s.family.lead,
            is_row=s.family.shape == "table_row",
            is_heading=s.family.shape == "heading",
            language=s.family.lang,
        )
        for s in found
    ]
