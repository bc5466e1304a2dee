"""The linear model on a few families: fitted, calibrated, saved, read back, it says the same; a damaged one no."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from crible.classification.combined import TO_CONFIRM, CombinedDetector
from crible.classification.detector import FLOOR
from crible.classification.features import WIDTH, named_columns
from crible.classification.linear import LinearModel, load_model, save_model, top_words
from crible.classification.ngrams import words_of
from crible.classification.segments import clause_from_text
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.calibrate import NEVER, Unseen, bounds, calibrate, doubt, out_of_fold, upper_bound
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, load_corpus, segments
from crible_training.fit import Examples, examples, fit, rows_of
from crible_training.splits import fold_of, take


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return load_corpus()


@pytest.fixture(scope="module")
def fitted(families: list[Family]) -> LinearModel:
    return fit(examples(take(families, "train")[::12]), version="test")


@pytest.fixture(scope="module")
def scored(families: list[Family], fitted: LinearModel) -> Unseen:
    return out_of_fold(take(families, "train")[::12], fitted, lambda text: None)


@pytest.fixture(scope="module")
def model(fitted: LinearModel, scored: Unseen) -> LinearModel:
    return calibrate(fitted, scored)


@pytest.fixture(scope="module")
def unseen(families: list[Family]) -> Examples:
    return examples(take(families, "development")[::4])


def test_a_model_read_back_says_the_same(model: LinearModel, unseen: Examples, tmp_path: Path) -> None:
    save_model(model, tmp_path, {"seed": 1})
    again = load_model(tmp_path)
    rows = rows_of(unseen, model.idf)
    for name in ("labels", "strength", "effect", "actor"):
        # Half floats on disk: the third decimal of a probability may differ.
        assert np.abs(getattr(model.scores(rows), name) - getattr(again.scores(rows), name)).max() < 0.01
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.json", "weights.npz"]


def test_fitting_twice_gives_the_same_model(families: list[Family]) -> None:
    given = examples(take(families, "train")[::40])
    one, other = fit(given, version="1"), fit(given, version="1")
    assert (one.weights != other.weights).nnz == 0
    assert one.bias.tolist() == other.bias.tolist()


def test_probabilities_are_probabilities(model: LinearModel, unseen: Examples) -> None:
    scores = model.scores(rows_of(unseen, model.idf))
    assert scores.labels.shape == (len(unseen.sightings), len(labels()))
    assert ((scores.labels >= 0) & (scores.labels <= 1)).all()
    assert np.allclose(scores.strength.sum(axis=1), 1, atol=1e-5)


def test_a_model_learns_more_than_chance(model: LinearModel, unseen: Examples) -> None:
    scores = model.scores(rows_of(unseen, model.idf)).labels
    positives, negatives = scores[unseen.targets == 1], scores[unseen.targets == 0]
    assert positives.mean() > 5 * negatives.mean()


def test_a_pattern_that_saw_a_label_raises_its_probability(model: LinearModel) -> None:
    assert model.trust[0] + model.trust[1] * np.log(0.9 / 0.1) > -0.6  # the weights of the columns add to it
    detector = CombinedDetector(model)
    said = clause_from_text("1", "Les données et leurs sauvegardes restent hébergées en France.")
    silent = clause_from_text("2", "Les repas et leurs desserts restent servis à table.")
    column = list(labels()).index("ho_location_france")
    assert detector.probabilities(said)[0, column] > 10 * detector.probabilities(silent)[0, column]


def test_the_score_of_a_clause_is_explained_by_its_own_words(model: LinearModel, unseen: Examples) -> None:
    at = next(i for i, row in enumerate(unseen.targets) if row.any())
    label = list(labels())[int(unseen.targets[at].argmax())]
    clause = unseen.sightings[at].clause
    found = top_words(model, rows_of(unseen, model.idf)[at], label, named_columns(clause))
    assert found
    assert all(word in " ".join(words_of(clause.text)) for word in found)


def test_a_row_depends_on_nothing_but_its_clause(model: LinearModel, unseen: Examples) -> None:
    together = rows_of(unseen, model.idf)
    alone = rows_of(
        Examples(unseen.sightings[:1], unseen.targets[:1], {}, unseen.families[:1], unseen.traps[:1]), model.idf
    )
    assert together.shape[1] == WIDTH
    assert abs(together[0] - alone[0]).max() < 1e-6


def test_what_the_detector_says_is_capped_where_calibration_does_not_bear_it_out(
    model: LinearModel, families: list[Family]
) -> None:
    clauses = clauses_of(segments(take(families, "development")))
    detector = CombinedDetector(model)
    said = detector.probabilities(clauses)
    for column, sure in enumerate(model.sure.min(axis=0).tolist()):
        assert not ((said[:, column] > TO_CONFIRM) & (said[:, column] < sure)).any()
    kept = [d for found in detector.detect(clauses) for d in found]
    assert len(kept) > 20
    assert all(d.probability >= FLOOR for d in kept)
    assert all((d.strength is None) != (d.effect is None) for d in kept)
    assert all(d.actor is not None for d in kept)


def test_what_the_absence_of_a_label_is_worth_is_told(model: LinearModel, scored: Unseen) -> None:
    told = bounds(model.likely(scored.raw, scored.rows), model.sure, scored.given)["labels"]
    assert set(told) == set(labels())
    for label in told.values():
        assert all(sure is None or FLOOR <= sure < NEVER for sure in label["sure"])
        assert label["missed"] is None or 0 <= label["missed"] <= 1


def test_families_are_scored_by_models_that_have_not_seen_their_authority(
    model: LinearModel, scored: Unseen, families: list[Family]
) -> None:
    seen = model.raw(scored.rows)[:, : scored.raw.shape[1]]
    positive = scored.given.targets == 1
    assert seen[positive].mean() > scored.raw[positive].mean() + 1
    folds = {(f.authority, fold_of(f)) for f in families}
    assert len(folds) == len({f.authority for f in families})


@pytest.mark.parametrize(
    ("errors", "tries", "bound"),
    # Clopper-Pearson at 90 %, one-sided: no error in 22 tries is 10 %, from (1 - p)^22 = 0.1; one in ten is 33.7 %.
    [(0, 22, 0.0994), (1, 10, 0.3368), (3, 3, 1.0), (0, 0, 1.0)],
)
def test_the_bound_on_errors_is_that_of_clopper_and_pearson(errors: float, tries: int, bound: float) -> None:
    assert upper_bound(errors, tries, 0.9) == pytest.approx(bound, abs=1e-3)


def test_what_a_pattern_saw_is_dropped_only_where_next_to_no_positive_is_lost(scored: Unseen) -> None:
    given = scored.given
    everywhere = np.ones_like(given.targets)
    likely = np.where(given.targets == 1, 0.3, 0.02)
    assert doubt(likely, everywhere, given) == pytest.approx(0.3)
    some = int(given.families.max()) // 10  # the positives of one family in ten are held for unlikely
    likely[(given.families < some)[:, None] & (given.targets == 1)] = 0.0
    assert doubt(likely, everywhere, given) == 0.0


@pytest.mark.parametrize("harm", ["missing", "cut", "layout", "labels"])
def test_a_damaged_or_foreign_model_is_refused(model: LinearModel, tmp_path: Path, harm: str) -> None:
    save_model(model, tmp_path, {})
    weights, told = tmp_path / "weights.npz", tmp_path / "model.json"
    if harm == "missing":
        weights.unlink()
    elif harm == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    else:
        about = json.loads(told.read_text(encoding="utf-8"))
        told.write_text(json.dumps(about | {harm: "other"}), encoding="utf-8")
    with pytest.raises(ConfigurationError):
        load_model(tmp_path)
