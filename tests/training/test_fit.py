"""The linear model on a few families: fitted, saved, read back, it says the same; a damaged one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from crible.classification.features import WIDTH, named_columns
from crible.classification.linear import LinearModel, load_model, save_model, top_words
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.corpus import Family, load_corpus
from crible_training.fit import Examples, examples, fit, rows_of
from crible_training.splits import take


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return load_corpus()


@pytest.fixture(scope="module")
def model(families: list[Family]) -> LinearModel:
    return fit(take(families, "train")[::8], take(families, "calibration")[::4], version="test")


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


def test_probabilities_are_probabilities(model: LinearModel, unseen: Examples) -> None:
    scores = model.scores(rows_of(unseen, model.idf))
    assert scores.labels.shape == (len(unseen.clauses), len(labels()))
    assert ((scores.labels >= 0) & (scores.labels <= 1)).all()
    assert np.allclose(scores.strength.sum(axis=1), 1, atol=1e-5)


def test_a_model_learns_more_than_chance(model: LinearModel, unseen: Examples) -> None:
    scores = model.scores(rows_of(unseen, model.idf)).labels
    positives, negatives = scores[unseen.targets == 1], scores[unseen.targets == 0]
    assert positives.mean() > 5 * negatives.mean()


def test_the_score_of_a_clause_is_explained_by_its_own_words(model: LinearModel, unseen: Examples) -> None:
    at = next(i for i, row in enumerate(unseen.targets) if row.any())
    label = list(labels())[int(unseen.targets[at].argmax())]
    row = rows_of(unseen, model.idf)[at]
    clause = unseen.clauses[at]
    from crible.classification.features import normal

    words = top_words(model, row, label, named_columns(clause))
    assert words
    assert all(word in normal(clause.text) for word in words)


def test_a_row_depends_on_nothing_but_its_clause(model: LinearModel, unseen: Examples) -> None:
    together = rows_of(unseen, model.idf)
    alone = rows_of(Examples(unseen.clauses[:1], unseen.seen[:1], unseen.targets[:1], {}), model.idf)
    assert together.shape[1] == WIDTH
    assert abs(together[0] - alone[0]).max() < 1e-6


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
