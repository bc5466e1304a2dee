"""A measured model into the models package: files, card, manifest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from crible.classification.artefacts import write_manifest
from crible.classification.linear import load_model
from crible.errors import ConfigurationError
from crible_models import resource
from crible_training.corpus import load_corpus
from crible_training.corpus.agreement import measured
from crible_training.corpus.card import data_card
from crible_training.corpus.counts import counted
from crible_training.evaluation.card import model_card

NAME = "linear"


def publish(model: Path, report: Path, root: Path | None = None) -> None:
    """Copy a calibrated model that was measured. Raises ConfigurationError when it was not, or is another."""
    root = root or resource()
    found = load_model(model)
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{report}: {error}") from error
    if found.slope == 1.0:
        raise ConfigurationError(f"{model}: not calibrated")
    about = json.loads((model / "model.json").read_text(encoding="utf-8"))
    folder = root / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("weights.npz", "model.json"):
        shutil.copyfile(model / name, folder / f"{name}.part")
        (folder / f"{name}.part").replace(folder / name)
    (root / "cards").mkdir(exist_ok=True)
    (root / "cards" / f"{NAME}.md").write_text(model_card(told, about), encoding="utf-8")
    families = load_corpus()
    card = data_card(counted(families), measured())
    (root / "cards" / "corpus.md").write_text(card, encoding="utf-8")
    write_manifest(root, [(NAME, found.version)])
