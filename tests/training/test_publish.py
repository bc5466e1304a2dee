"""Publishing: what was measured, with its card and its checksums, and nothing that brings nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from crible.classification.artefacts import artefacts, verified
from crible.classification.patterns import PatternDetector
from crible.errors import ConfigurationError
from crible_models import resource
from crible_training import publish as module
from crible_training.corpus import load_corpus
from crible_training.evaluation import evaluate
from crible_training.evaluation.baselines import KeywordList
from crible_training.evaluation.candidates import OfDetector
from crible_training.publish import ENCODER, LINEAR, publish
from crible_training.splits import take

SHIPPED = resource("linear")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measure in which « cascade » (the patterns) is better than « linear » (a list of words)."""
    families = take(load_corpus(), "development")[::60]
    candidates = [OfDetector("cascade", PatternDetector()), KeywordList("linear")]
    out = tmp_path_factory.mktemp("report")
    evaluate(candidates, families, gold=None, out=out, progress=lambda _: None)
    return out / "report.json"


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    folder = tmp_path / "encoder-built"
    folder.mkdir()
    for name in module._FILES[ENCODER]:
        (folder / name).write_text("x", encoding="utf-8")
    about = {"version": "1.2.3", "labels": ["a"], "base": {"licence": "MIT"}, "recipe": {"epochs": 5}}
    (folder / "encoder.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "fusion.json").write_text(json.dumps({"seed": 7}), encoding="utf-8")
    (folder / "alone.json").write_text("{}", encoding="utf-8")
    return folder


def test_both_models_are_published_with_cards_and_checksums(report: Path, encoder: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    publish(SHIPPED, report, root, encoder=encoder)
    assert [a.name for a in artefacts(root)] == [ENCODER, LINEAR]
    assert {p.name for p in verified(ENCODER, root).iterdir()} == set(module._FILES[ENCODER])  # alone.json stays behind
    card = (root / "cards" / "encoder.md").read_text(encoding="utf-8")
    assert card.startswith("# Model card: cascade, version 1.2.3")
    assert "licence MIT" in card
    assert "epochs 5" in card
    assert (root / "cards" / "linear.md").read_text(encoding="utf-8").startswith("# Model card: linear, version ")
    (root / ENCODER / "model.onnx").write_text("y", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"model\.onnx"):
        verified(ENCODER, root)


def test_a_linear_model_alone_takes_the_encoder_away(report: Path, encoder: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    publish(SHIPPED, report, root, encoder=encoder)
    publish(SHIPPED, report, root)
    assert [a.name for a in artefacts(root)] == [LINEAR]
    assert not (root / ENCODER).exists()
    assert not (root / "cards" / "encoder.md").exists()


def test_an_encoder_that_brings_nothing_is_refused(report: Path, encoder: Path, tmp_path: Path) -> None:
    told = json.loads(report.read_text(encoding="utf-8"))
    results = told["sets"][0]["results"]
    results["cascade"], results["linear"] = results["linear"], results["cascade"]
    worse = tmp_path / "report.json"
    worse.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no better"):
        publish(SHIPPED, worse, tmp_path / "models", encoder=encoder)
    del results["cascade"]
    worse.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="does not measure"):
        publish(SHIPPED, worse, tmp_path / "models", encoder=encoder)


def test_what_is_too_large_not_calibrated_or_not_measured_is_refused(
    report: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crible.classification.linear import load_model, save_model

    root = tmp_path / "models"
    with pytest.raises(ConfigurationError, match=r"absent\.json"):
        publish(SHIPPED, tmp_path / "absent.json", root)
    save_model(replace(load_model(SHIPPED), slope=1.0), tmp_path / "raw", {})
    with pytest.raises(ConfigurationError, match="not calibrated"):
        publish(tmp_path / "raw", report, root)
    monkeypatch.setattr(module, "MEGABYTES", 1e-6)
    with pytest.raises(ConfigurationError, match="more than"):
        publish(SHIPPED, report, root, encoder=encoder)
    assert not root.exists()
    shutil.rmtree(encoder)
    with pytest.raises(ConfigurationError, match=r"encoder\.json"):
        publish(SHIPPED, report, root, encoder=encoder)
