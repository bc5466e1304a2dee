"""The training wordings that explain what the encoder finds: a few of each family that carries a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crible.classification.encoder import ClauseReader
from crible.classification.likeness import save_likenesses
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, segments

# Wordings of a family that are kept: the others say the same in the same way.
_OF_A_FAMILY = 2
# A reviewer reads them beside the clause.
_LENGTH = 320


def keep_likenesses(families: Sequence[Family], encoder: ClauseReader, folder: Path) -> int:
    """Write them beside the encoder; how many there are."""
    kept, met = [], dict[str, int]()
    for segment in segments([f for f in families if f.labels]):
        name = segment.family.name
        if met.get(name, 0) < _OF_A_FAMILY and len(segment.text) <= _LENGTH:
            met[name] = met.get(name, 0) + 1
            kept.append(segment)
    vectors = encoder.read(clauses_of(kept)).vectors
    labels: dict[str, list[int]] = {}
    for row, segment in enumerate(kept):
        for expected in segment.family.labels:
            labels.setdefault(expected.label, []).append(row)
    save_likenesses(folder, vectors, vectors.mean(axis=0), [s.text for s in kept], labels)
    return len(kept)
