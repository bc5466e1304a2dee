"""Every figure of the bench, on examples small enough to be counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from crible.classification.taxonomy import labels
from crible_training.corpus import Expected, Family
from crible_training.evaluation.bootstrap import draws, interval, summed
from crible_training.evaluation.candidates import ACTORS, HOW, Predicted
from crible_training.evaluation.metrics import average_precision, group_figures, headline, how_figures, label_figures
from crible_training.evaluation.sets import EvaluationSet, corpus_set
from crible_training.evaluation.slices import slices
from crible_training.evaluation.tallies import by_cluster, confusion, judge, tallies
from crible_training.evaluation.trust import (
    calibration_error,
    calibration_sums,
    coverage_risk,
    equal_mass_bins,
    reliability,
)

NAMES = list(labels())
Said = dict[str, tuple[float, str]]
FR, EU, ADVERSE = "ho_location_france", "ho_location_eu", "ad_non_eu_allowed"


def family(name: str, text: str, *found: tuple[str, str], authority: str = "", **told: Any) -> Family:
    expected = tuple(
        Expected(label, None if labels()[label].adverse else how, how if labels()[label].adverse else None)  # type: ignore[arg-type]
        for label, how in found
    )
    return Family(
        **{
            "name": name, "lang": "fr", "register": "state", "authority": authority or f"Office {name}", "part": "CCTP",
            "section": "requirement", "heading": "", "shape": "sentence", "labels": expected, "actor": "contractor",
            "oblique": False, "trap": "", "lead": "", "texts": (text,), **told,
        }
    )  # fmt: skip


def answered(
    items: EvaluationSet, said: Sequence[dict[str, tuple[float, str]]], actor: str = "contractor"
) -> Predicted:
    """What a candidate says of each segment: label → (probability, strength or effect); 0.5 and above is decided."""
    shape = items.truth.shape
    answer = Predicted(
        np.zeros(shape, np.float32), np.zeros(shape, bool), np.full(shape, -1, np.int8),
        np.full(shape[0], ACTORS.index(actor), np.int8),
    )  # fmt: skip
    for row, found in enumerate(said):
        for label, (probability, how) in found.items():
            at = row, NAMES.index(label)
            answer.probability[at] = probability
            answer.decided[at] = probability >= 0.5
            answer.how[at] = HOW.index(how)
    return answer


@pytest.fixture(scope="module")
def items() -> EvaluationSet:
    """Four segments: France (keyword), EU (no keyword) with an adverse label, nothing (a trap), nothing."""
    return corpus_set(
        [
            family("a", "Les données sont hébergées en France.", (FR, "mandatory")),
            family("b", "Les octets restent chez nos voisins.", (EU, "scored"), (ADVERSE, "operative"), oblique=True),
            family("c", "Le support est assuré en langue de Molière.", trap="langue, non lieu"),
            family("d", "Les offres sont ouvertes à midi.", register="hospital"),
        ]
    )


@pytest.fixture(scope="module")
def answer(items: EvaluationSet) -> Predicted:
    """France found, of the wrong strength; EU found; the adverse label missed; two labels too many on the trap."""
    return answered(
        items,
        [
            {FR: (0.9, "desirable")}, {EU: (0.6, "scored")}, {FR: (0.7, "mandatory"), EU: (0.55, "mandatory")}, {},
        ],
        actor="buyer",
    )  # fmt: skip


@pytest.fixture(scope="module")
def sums(items: EvaluationSet, answer: Predicted) -> dict[str, Any]:
    found = tallies(items, answer, judge(items, answer))
    return summed(np.ones((1, 4)), by_cluster(found, items.cluster, 4))


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("micro_precision", 2 / 4),
        ("micro_recall", 2 / 3),
        ("micro_f1", 4 / 7),  # 2·2 / (2·2 + 2 + 1)
        ("macro_f1", (2 / 3 + 2 / 3 + 0) / 3),  # France 2/(2+1), EU 2/(2+1), adverse 0/(0+1)
        ("micro_f1_with_empty", 2 * 3 / (2 * 3 + 2 + 2)),  # d is rightly left empty, c is not
        ("macro_f1_with_empty", (2 / 3 + 2 / 3 + 0 + 2 / 3) / 4),
        ("exact_match", 2 / 4),  # a and d
        ("keyword_free_recall", 1 / 2),  # of b's two labels
        ("strength_accuracy", 1 / 2),
        ("effect_accuracy", np.nan),
        ("actor_accuracy", 0.0),
        ("false_per_1000", 1000.0),  # two on the two ordinary segments
        ("adverse_precision", np.nan),
        ("adverse_recall", 0.0),
        ("sure_share", 1 / 4),
        ("sure_precision", 1.0),
        ("band_segments", 2 / 4),
    ],
)
def test_each_figure_is_what_one_counts_by_hand(sums: dict[str, Any], figure: str, value: float) -> None:
    assert headline(sums)[figure][0] == pytest.approx(value, nan_ok=True)


def test_figures_of_a_label_are_counted_by_hand(sums: dict[str, Any]) -> None:
    told = {name: values[0, NAMES.index(FR)] for name, values in label_figures(sums).items()}
    assert told["precision"] == 0.5
    assert told["recall"] == 1.0
    assert told["f1"] == pytest.approx(2 / 3)
    assert told["how_accuracy"] == 0.0
    assert np.isnan(label_figures(sums)["f1"][0, NAMES.index("ds_software")])


def test_groups_and_strengths_are_counted_by_hand(sums: dict[str, Any]) -> None:
    hosting = {name: values[0] for name, values in group_figures(sums)["hosting"].items()}
    assert hosting == {"positives": 2, "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3)}
    mandatory = {name: values[0] for name, values in how_figures(sums)["mandatory"].items()}
    assert mandatory == {"positives": 1, "recall": 1.0, "findings": 2, "precision": 0.0}


def test_confusion_tells_what_was_said_for_what_was_expected(items: EvaluationSet, answer: Predicted) -> None:
    told = confusion(items, answer, judge(items, answer))
    assert told == {"mandatory": {"desirable": 1}, "scored": {"scored": 1}}


def test_a_candidate_that_never_gives_a_label_is_told_them_for_the_strength(items: EvaluationSet) -> None:
    silent = answered(items, [{}] * 4)
    silent.how[:] = HOW.index("mandatory")
    found = tallies(items, silent, judge(items, silent))
    figures = headline(summed(np.ones((1, 4)), by_cluster(found, items.cluster, 4)))
    assert figures["strength_accuracy"][0] == 0.5
    assert figures["micro_f1"][0] == 0.0
    assert figures["actor_accuracy"][0] == 1.0


def test_an_optional_label_is_neither_right_nor_wrong(items: EvaluationSet, answer: Predicted) -> None:
    items.optional[2, [NAMES.index(FR), NAMES.index(EU)]] = True
    try:
        found = tallies(items, answer, judge(items, answer))
        figures = headline(summed(np.ones((1, 4)), by_cluster(found, items.cluster, 4)))
    finally:
        items.optional[:] = False
    assert figures["micro_precision"][0] == 1.0
    assert figures["false_per_1000"][0] == 0.0


def test_slices_count_their_own_segments_only(items: EvaluationSet, answer: Predicted) -> None:
    found = slices(items, tallies(items, answer, judge(items, answer)), draws(4, 50))
    assert {name: told["segments"] for name, told in found["register"].items()} == {"hospital": 1, "state": 3}
    assert found["trap"]["yes"]["false_per_1000"]["value"] == 2000.0
    assert found["trap"]["no"]["micro_f1"]["value"] == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert found["keyword"]["without"]["micro_recall"]["value"] == 0.5
    assert found["keyword"]["with"]["micro_recall"]["value"] == 1.0
    assert found["oblique"]["yes"]["positives"] == 2


def test_average_precision_by_hand() -> None:
    truth = np.array([True, False, True, False])
    value = average_precision(truth, np.array([0.9, 0.8, 0.7, 0.1]), np.arange(4), np.ones((1, 4)))
    assert value[0] == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn_for_every_draw(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, probability = random.random(80) < 0.2, np.round(random.random(80), 1)  # with ties
    cluster, weight = random.integers(0, 9, 80), draws(9, 20, seed)
    found = average_precision(truth, probability, cluster, weight)
    for value, drawn in zip(found, weight, strict=True):
        counts = drawn[cluster]
        if counts[truth].sum():
            assert value == pytest.approx(average_precision_score(truth, probability, sample_weight=counts))


def test_average_precision_without_positive_is_not_measured() -> None:
    assert np.isnan(average_precision(np.zeros(3, bool), np.arange(3.0), np.arange(3), np.ones((1, 3)))).all()


def test_calibration_error_by_hand() -> None:
    probability, right = np.array([0.2, 0.2, 0.8, 0.8]), np.array([0, 1, 1, 1])
    bins = equal_mass_bins(probability, 2)
    assert bins.tolist() == [0, 0, 1, 1]
    sums = calibration_sums(probability, right, bins, np.zeros(4, int), 1)[0]
    assert calibration_error(sums) == pytest.approx((0.3 * 2 + 0.2 * 2) / 4)  # |0.2 − 0.5| and |0.8 − 1|
    assert [(p["n"], p["probability"], p["share_right"]) for p in reliability(sums)] == [
        (2, pytest.approx(0.2), 0.5), (2, pytest.approx(0.8), 1.0),
    ]  # fmt: skip


def test_bins_hold_equally_many_and_never_part_equal_values() -> None:
    assert np.bincount(equal_mass_bins(np.random.default_rng(1).random(150))).tolist() == [10] * 15
    # A keyword list is wrong on its few sure findings: they have their own bin beside a thousand zeros.
    assert np.bincount(equal_mass_bins(np.array([0.0] * 980 + [1.0] * 20))).tolist() == [980, 20]
    assert equal_mass_bins(np.zeros(0)).tolist() == []


def test_coverage_and_risk_by_hand() -> None:
    told = coverage_risk(np.array([0.9, 0.8, 0.8, 0.6]), np.array([True, True, False, False]))
    assert [(p["coverage"], p["risk"]) for p in told["curve"]] == [
        (0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5),
    ]  # fmt: skip
    assert told["coverage_at_risk"] == 0.25
    assert coverage_risk(np.zeros(0), np.zeros(0, bool))["coverage_at_risk"] is None


def wide(authorities: int) -> dict[str, float | None]:
    """The interval of micro-F1 when 120 findings, two in three right, come from so many authorities."""
    office = [f"Office {n % authorities}" for n in range(120)]
    items = corpus_set(
        [family(f"w{n}", f"Tournure {n}.", (FR, "mandatory"), authority=o) for n, o in enumerate(office)]
    )
    label = [FR if (n % authorities) % 3 else EU for n in range(120)]
    answer = answered(items, [{name: (0.9, "mandatory")} for name in label])
    found = by_cluster(tallies(items, answer, judge(items, answer)), items.cluster, authorities)
    return interval(headline(summed(draws(authorities), found))["micro_f1"])


def test_intervals_hold_the_point_and_widen_when_fewer_authorities_speak() -> None:
    many, few = wide(60), wide(6)
    assert many["value"] == pytest.approx(few["value"])
    width = {}
    for name, told in (("many", many), ("few", few)):
        assert told["value"] is not None
        assert told["low"] is not None
        assert told["high"] is not None
        assert told["low"] < told["value"] < told["high"]
        width[name] = told["high"] - told["low"]
    assert width["few"] > 2 * width["many"]


def test_draws_are_the_same_every_time_and_begin_with_the_set_as_it_is() -> None:
    assert (draws(7, 10) == draws(7, 10)).all()
    assert draws(7, 10)[0].tolist() == [1] * 7
    assert (draws(7, 10).sum(axis=1) == 7).all()
