"""What the models cost and what the gate loses: clauses per CPU-second of one thread, and a sample of what is not read.

``python tests/benchmarks/models.py [--full DIR] [--sample N] [FOLDER…]``: on the clauses of the folders, a tender each,
by default the development tenders, or the samples that ship where they are absent. ``--full`` adds the encoder that
``crible-train encoder export --full`` writes, measured in turn with the one that ships. Medians of three rounds in one
process.

Of the clauses that the gate keeps from the encoder, N are drawn and given to it all the same: the labels that it would
have added are what the gate loses. The interval (Wilson, 95 %) holds for all the clauses that are kept from it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import crible
from crible.classification.artefacts import verified
from crible.classification.cascade import ENCODER, detector_named
from crible.classification.combined import CombinedDetector
from crible.classification.detector import Detector
from crible.classification.encoder import Encoder, told_around
from crible.classification.segments import Clause, clauses
from crible.scoring.portfolio import wilson
from crible_models import resource

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, CLOSELY = 3, 200


def folders() -> list[Path]:
    real = ROOT.parent / "shared" / "data" / "real"
    return [p for p in sorted((real if real.is_dir() else resource("samples")).iterdir()) if p.is_dir()]


def rate(act: Callable[[], object], count: int) -> float:
    begin = time.process_time()
    act()
    return count / (time.process_time() - begin)


def combined(name: str) -> CombinedDetector:
    detector: Detector = detector_named(name)  # type: ignore[arg-type]
    assert isinstance(detector, CombinedDetector)
    return detector


def speeds(found: Sequence[Clause], full: Path | None) -> None:
    some = random.Random(0).sample(found, min(CLOSELY, len(found)))
    encoders = {"encoder, 8 bits": Encoder(verified(ENCODER))}
    if full is not None:
        encoders["encoder, full precision"] = Encoder(full)

    def closely(encoder: Encoder) -> None:
        encoder.forget()
        encoder.read(some)

    linear = combined("linear")
    acts: dict[str, tuple[Callable[[], object], int]] = {
        "patterns and linear model": (lambda: linear.detect(found), len(found)),
        **{name: (lambda e=encoder: closely(e), len(some)) for name, encoder in encoders.items()},  # type: ignore[misc]
    }
    for act, _ in acts.values():
        act()  # tables load once
    rounds = [{name: rate(*what) for name, what in acts.items()} for _ in range(ROUNDS)]
    for name in acts:
        print(f"{name:28} {statistics.median(r[name] for r in rounds):8.0f} clauses a CPU-second")


def losses(found: Sequence[Clause], size: int) -> None:
    """What the encoder says of clauses that the gate kept from it."""
    cascade, ungated = combined("cascade"), combined("encoder")
    read = {places[n] for places, scored in cascade._scored(found) for n in scored.vectors}
    kept_from_it = [clause for n, clause in enumerate(found) if n not in read]
    drawn = random.Random(0).sample(kept_from_it, min(size, len(kept_from_it)))
    lost = [
        sorted({d.label for d in more} - {d.label for d in less})
        for less, more in zip(cascade.detect(drawn), ungated.detect(drawn), strict=True)
    ]
    count = sum(1 for labels in lost if labels)
    low, high = wilson(count, len(drawn))
    print(f"{len(kept_from_it)} of {len(found)} distinct clauses are kept from the encoder")
    share = f"{count / len(drawn):.2%} [{low:.2%}, {high:.2%}]"
    print(f"of {len(drawn)} of them, it would have labelled {count} otherwise: {share}")
    if count:
        print("  " + ", ".join(sorted(label for labels in lost for label in labels)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--full", type=Path)
    parser.add_argument("--sample", type=int, default=1000)
    asked = parser.parse_args()
    read = [crible.read(path, ocr="off") for path in asked.folders or folders()]
    found = list({(c.text, told_around(c)): c for dossier in read for c in clauses(dossier)}.values())
    speeds(found, asked.full)
    losses(found, asked.sample)


if __name__ == "__main__":
    main()
