"""What the corpus holds, in numbers: for the data card, and to see what is still missing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from crible.classification.ngrams import words_of
from crible.classification.taxonomy import labels
from crible_training.corpus import Family, segments
from crible_training.splits import OPEN, part_of

_RUN = 6  # words of a run; shorter ones are idiom (« dans le cadre du présent marché »)


def counted(families: Sequence[Family]) -> dict[str, Any]:
    """Counts by language, register, part, shape, split and label; runs of words met again; hashes of the splits."""
    found = list(segments(families))
    each = {}
    for label in labels():
        mine = [(s, e) for s in found for e in s.family.labels if e.label == label]
        tongues = Counter(s.family.lang for s, _ in mine)
        each[label] = {
            "fr": tongues["fr"], "en": tongues["en"], "other": len(mine) - tongues["fr"] - tongues["en"],
            "families": len({s.family.name for s, _ in mine}),
            "oblique": sum(s.family.oblique for s, _ in mine),
            "how": dict(Counter(e.strength or e.effect for _, e in mine)),
        }  # fmt: skip
    parts = {part: [f for f in families if part_of(f) == part] for part in (*OPEN, "sealed")}
    return {
        "families": len(families),
        "segments": len(found),
        "unlabelled": sum(not s.family.labels for s in found),
        "traps": sum(bool(s.family.trap) for s in found),
        "authorities": len({f.authority for f in families}),
        "languages": dict(Counter(s.family.lang for s in found)),
        "registers": dict(Counter(s.family.register for s in found)),
        "parts": dict(Counter(s.family.part for s in found)),
        "shapes": dict(Counter(s.family.shape for s in found)),
        "labels": each,
        "splits": {part: {"families": len(mine), "digest": _digest(mine)} for part, mine in parts.items()},
        "repetition": _repetition(families),
    }


def _digest(families: Sequence[Family]) -> str:
    """SHA-256 of the names of the families of a part: two runs that agree on it were measured on the same families."""
    return hashlib.sha256("\n".join(sorted(f.name for f in families)).encode()).hexdigest()


def _repetition(families: Sequence[Family]) -> dict[str, Any]:
    """How many segments share a run of words with a segment of another family, and the runs met most."""
    owners: dict[tuple[str, ...], set[str]] = {}
    runs_of: list[tuple[str, set[tuple[str, ...]]]] = []
    for segment in segments(families):
        words = words_of(segment.text)
        runs = {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}
        runs_of.append((segment.family.name, runs))
        for run in runs:
            owners.setdefault(run, set()).add(segment.family.name)
    shared = sum(any(len(owners[run]) > 1 for run in runs) for _, runs in runs_of)
    most = sorted(owners.items(), key=lambda item: (-len(item[1]), item[0]))[:20]
    return {
        "words": _RUN, "shared": shared,
        "most": [{"run": " ".join(run), "families": len(names)} for run, names in most],
    }  # fmt: skip


def table(found: dict[str, Any]) -> str:
    """The counts as lines of text."""
    lines = [
        f"{found['families']} families, {found['segments']} segments, {found['unlabelled']} without label, "
        f"{found['authorities']} authorities",
        *(f"{name}: {found[name]}" for name in ("languages", "registers", "parts", "shapes")),
        f"splits: { {part: told['families'] for part, told in found['splits'].items()} }",
        f"segments that share {found['repetition']['words']} words in a row with another family: "
        f"{found['repetition']['shared']}",
        f"{'label':36} {'fr':>5} {'en':>5} {'other':>5} {'families':>8} {'oblique':>8}  strengths or effects",
    ]
    for label, told in found["labels"].items():
        lines.append(
            f"{label:36} {told['fr']:5} {told['en']:5} {told['other']:5} {told['families']:8} {told['oblique']:8}  "
            f"{told['how']}"
        )
    return "\n".join(lines)
