"""Measured models into the models package: files, cards, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crible.classification.artefacts import write_manifest
from crible.classification.fusion import FILE as FUSION
from crible.classification.likeness import FILE as LIKENESS
from crible.classification.linear import load_model
from crible.errors import ConfigurationError
from crible_models import resource
from crible_training.corpus import load_corpus
from crible_training.corpus.agreement import measured
from crible_training.corpus.card import data_card
from crible_training.corpus.counts import counted
from crible_training.evaluation.card import model_card

LINEAR, ENCODER = "linear", "encoder"
_FILES = {
    LINEAR: ("weights.npz", "model.json"),
    ENCODER: ("model.onnx", "tokenizer.json", "encoder.json", FUSION, LIKENESS),
}  # fmt: skip
# The candidate of a report that stands for each.
_MEASURED = {LINEAR: "linear", ENCODER: "cascade"}
_WHAT = {
    LINEAR: "One linear score per label and per class of each head, over words, characters and what the patterns see, "
    "turned into probabilities on scores of families that the scoring models had not seen. Its parameters are arrays "
    "and text; nothing in them can run.",
    ENCODER: "A small multilingual transformer that reads a clause with the kind of its piece and section, the head of "
    "its list and its header cells, after the patterns and the gate of the linear model have chosen which clauses to "
    "read. Its scores and the linear model's make one probability, with weights learned on families that neither had "
    "seen. Integers of 8 bits, run by ONNX Runtime.",
}
MEGABYTES = 60


def publish(model: Path, report: Path, root: Path | None = None, *, encoder: Path | None = None) -> None:
    """Copy a calibrated linear model that was measured, and the encoder that was weighed beside it.

    An encoder that ships is removed when none is given: it was weighed beside another model. Raises ConfigurationError
    for what was not calibrated or not measured, for an encoder that brings nothing or is too large.
    """
    root = root or resource()
    found = load_model(model)
    if found.slope == 1.0:
        raise ConfigurationError(f"{model}: not calibrated")
    told = _json(report)
    published = {LINEAR: (model, found.version, _json(model / "model.json"))}
    if encoder is not None:
        about = _json(encoder / "encoder.json")
        _brings_something(told, encoder)
        published[ENCODER] = (encoder, str(about["version"]), {**_json(encoder / FUSION), **about})
    (root / "cards").mkdir(parents=True, exist_ok=True)
    for name, (folder, _, about) in published.items():
        _copy(folder, root / name, _FILES[name])
        card = model_card(told, about, _MEASURED[name], _WHAT[name])
        (root / "cards" / f"{name}.md").write_text(card, encoding="utf-8")
    if encoder is None:
        shutil.rmtree(root / ENCODER, ignore_errors=True)
        (root / "cards" / f"{ENCODER}.md").unlink(missing_ok=True)
    card = data_card(counted(load_corpus()), measured())
    (root / "cards" / "corpus.md").write_text(card, encoding="utf-8")
    write_manifest(root, [(name, version) for name, (_, version, _) in published.items()])


def _brings_something(report: Mapping[str, Any], encoder: Path) -> None:
    size = sum((encoder / name).stat().st_size for name in _FILES[ENCODER])
    if size > MEGABYTES * 1e6:
        raise ConfigurationError(f"{encoder}: {size / 1e6:.0f} MB, more than {MEGABYTES}")
    results = report["sets"][0]["results"]
    if not {_MEASURED[ENCODER], _MEASURED[LINEAR]} <= results.keys():
        raise ConfigurationError(f"{encoder}: the report does not measure it beside the linear model")
    for figure in ("macro_f1", "micro_f1"):
        with_it, without = (results[_MEASURED[n]]["headline"][figure]["value"] for n in (ENCODER, LINEAR))
        if with_it <= without:
            raise ConfigurationError(f"{encoder}: {figure} {with_it}, no better than {without} without it")


def _copy(source: Path, folder: Path, names: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(source / name, folder / f"{name}.part")
        (folder / f"{name}.part").replace(folder / name)


def _json(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
