"""Floors on our own sentences: what was reached must not be lost (figures: ``tests/benchmarks/clauses.py``).

``development.yaml`` is what the rules were written with: its floors only guard against going back. ``heldout.yaml`` was
never read while writing them: its floors, two points under what was measured once, tell how unfamiliar wording fares.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from crible.classification.findings import classify_texts

_AUTOMATIC = 0.8  # rubric B.6: under it, a person confirms
BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "clauses.py"


@pytest.fixture(scope="module")
def benchmark_clauses() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_clauses", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "precision", "recall", "strength"),
    [("development", 0.95, 0.92, 0.97), ("heldout", 0.91, 0.61, 0.97)],
)
def test_what_was_reached_is_kept(
    benchmark_clauses: ModuleType, name: str, precision: float, recall: float, strength: float
) -> None:
    figures = benchmark_clauses.measure(benchmark_clauses.own_sentences(name))
    assert figures.precision() >= precision
    assert figures.recall() >= recall
    assert figures.strength_accuracy >= strength


def test_ordinary_clauses_and_traps_of_the_development_set_stay_nearly_silent(benchmark_clauses: ModuleType) -> None:
    silent = [item for item in benchmark_clauses.own_sentences("development") if not item["expected"]]
    assert len(silent) >= 60
    figures = benchmark_clauses.measure(silent)
    assert sum(figures.extra.values()) <= 3
    answers = classify_texts({k: item[k] for k in benchmark_clauses.ASKED if item.get(k)} for item in silent)
    found = [(item, label) for item, answer in zip(silent, answers, strict=True) for label in answer["labels"]]
    wrong = [label for item, label in found if label["label"] not in item.get("optional", ())]
    assert not [label for label in wrong if label["probability"] >= _AUTOMATIC]


def test_the_gold_segments_keep_their_figures_where_they_are_at_hand(benchmark_clauses: ModuleType) -> None:
    items = list(benchmark_clauses.gold_segments())
    if not items:
        pytest.skip("the annotated real tenders are not beside this checkout")
    figures = benchmark_clauses.measure(items)
    # one call orders 203 of the 336 pieces of IT work: they would drown the rest
    assert figures.precision("ds_it_services") >= 0.77
    assert figures.recall("ds_it_services") >= 0.70


def test_the_measure_sees_an_extra_label_a_missed_one_and_a_wrong_strength(benchmark_clauses: ModuleType) -> None:
    text = "Les données sont hébergées en France."
    found = {"label": "ho_location_france", "strength": "mandatory"}
    for expected, optional, (right, extra, missed, weighed) in (
        ([found], [], (1, 0, 0, 1)),
        ([], [], (0, 1, 0, 0)),
        ([], ["ho_location_france"], (0, 0, 0, 0)),
        ([{**found, "strength": "scored"}, {"label": "dp_hds", "strength": "mandatory"}], [], (1, 0, 1, 0)),
    ):
        figures = benchmark_clauses.measure([{"id": "1", "text": text, "expected": expected, "optional": optional}])
        assert (sum(figures.right.values()), sum(figures.extra.values())) == (right, extra)
        assert (sum(figures.missed.values()), figures.weighed) == (missed, weighed)
