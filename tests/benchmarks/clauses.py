"""How well clauses are labelled: precision, recall, strength, on our own sentences and, where present, on real tenders.

    python tests/benchmarks/clauses.py [--labels] [--only development|heldout|gold] [--detector NAME]

Prints one line per set, and one per label with ``--labels``. No sentence is printed. ``gold`` is the annotated set that
lies beside the repository; it is left out where it is absent.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml

from crible.classification.cascade import default_name, detector_named
from crible.classification.detector import Detector
from crible.classification.findings import classify_texts
from crible.types import DetectorName, Role

ROOT = Path(__file__).resolve().parents[2]
CLAUSES = ROOT / "tests" / "resources" / "clauses"
GOLD = ROOT.parent / "shared" / "data" / "gold" / "segments.jsonl"
ASKED = ("id", "text", "part", "section", "heading")


@dataclass(slots=True)
class Figures:
    """Counts of one set. A label counts once a clause; a strength or effect only where the label is right."""

    n: int = 0
    exact: int = 0
    right: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    weighed: int = 0  # right label and right strength or effect
    oblique: int = 0
    oblique_right: int = 0

    def precision(self, without: str = "") -> float:
        tp, fp = _sum(self.right, without), _sum(self.extra, without)
        return tp / (tp + fp) if tp + fp else 1.0

    def recall(self, without: str = "") -> float:
        tp, fn = _sum(self.right, without), _sum(self.missed, without)
        return tp / (tp + fn) if tp + fn else 1.0

    @property
    def f1(self) -> float:
        p, r = self.precision(), self.recall()
        return 2 * p * r / (p + r) if p + r else 0.0

    @property
    def strength_accuracy(self) -> float:
        return self.weighed / _sum(self.right) if self.right else 1.0

    @property
    def oblique_recall(self) -> float:
        return self.oblique_right / self.oblique if self.oblique else 1.0


def _sum(counts: Mapping[str, int], without: str = "") -> int:
    return sum(n for label, n in counts.items() if label != without)


def measure(items: Iterable[Mapping[str, Any]], detector: Detector | None = None) -> Figures:
    """Figures of items ``{id, text, …, expected: [{label, strength | effect}], optional?, oblique?}``."""
    items = list(items)
    answers = classify_texts(({k: item[k] for k in ASKED if item.get(k)} for item in items), detector=detector)
    figures = Figures(n=len(items))
    for item, answer in zip(items, answers, strict=True):
        expected = {e["label"]: e.get("strength") or e.get("effect") for e in item["expected"]}
        got = {e["label"]: e["strength"] or e["effect"] for e in answer["labels"]}
        right = expected.keys() & got.keys()
        extra = got.keys() - expected.keys() - set(item.get("optional", ()))
        missed = expected.keys() - got.keys()
        weighed = sum(expected[label] == got[label] for label in right)
        figures.right.update(right)
        figures.extra.update(extra)
        figures.missed.update(missed)
        figures.weighed += weighed
        figures.exact += not extra and not missed and weighed == len(right)
        if item.get("oblique"):
            figures.oblique += len(expected)
            figures.oblique_right += len(right)
    return figures


def own_sentences(name: str) -> list[dict[str, Any]]:
    """``development`` or ``heldout``: sentences of our own writing."""
    items: list[dict[str, Any]] = yaml.safe_load((CLAUSES / f"{name}.yaml").read_text(encoding="utf-8"))
    return items


def gold_segments() -> Iterator[dict[str, Any]]:
    """Annotated segments of real tenders, line breaks joined; nothing where the set is absent."""
    if not GOLD.exists():
        return
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        segment = json.loads(line)
        yield {
            **segment,
            "text": " ".join(segment["text"].split()),
            "part": segment["part"] if segment["part"] in get_args(Role) else "OTHER",
            "expected": segment["labels"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", action="store_true", help="one line per label too")
    parser.add_argument("--only", choices=("development", "heldout", "gold"))
    parser.add_argument("--detector", choices=get_args(DetectorName), default=default_name())
    arguments = parser.parse_args()
    print(f"{'set':24}{'n':>6}{'exact':>7}{'P':>8}{'R':>8}{'F1':>8}{'strength':>10}{'oblique R':>11}")
    for name in (arguments.only,) if arguments.only else ("development", "heldout", "gold"):
        items = list(gold_segments()) if name == "gold" else own_sentences(name)
        if not items:
            print(f"{name:24}  absent")
            continue
        f = measure(items, detector_named(arguments.detector))
        oblique = f"{f.oblique_recall:.3f}" if f.oblique else "-"
        print(
            f"{name:24}{f.n:6}{f.exact:7}{f.precision():8.3f}{f.recall():8.3f}{f.f1:8.3f}"
            f"{f.strength_accuracy:10.3f}{oblique:>11}"
        )
        if name == "gold":  # one call orders 203 of the 336 pieces of IT work: shown without them too
            p, r = f.precision("ds_it_services"), f.recall("ds_it_services")
            print(f"{'  without ds_it_services':24}{'':13}{p:8.3f}{r:8.3f}{2 * p * r / (p + r):8.3f}")
        if arguments.labels:
            for label in sorted({*f.right, *f.extra, *f.missed}):
                print(f"  {label:36} right {f.right[label]:4} extra {f.extra[label]:4} missed {f.missed[label]:4}")


if __name__ == "__main__":
    main()
