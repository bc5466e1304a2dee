"""The linear model: which labels a clause carries, how firmly, binding whom, from one sparse product.

Its parameters are data (``crible_models/linear``): ``weights.npz`` holds arrays only, ``model.json`` says what they
are. Nothing in it can run.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from crible.classification.features import HASHED, LAYOUT, SEEN_WEIGHT, STARTS, WIDTH
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

FORMAT = 4
_FILES = ("weights.npz", "model.json")
CLIP = 8.0  # a weighted sum beyond says no more
_SEEN = 0.5  # a pattern below this is not counted as seen (rubric B.6)


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says of some clauses, one row each.

    ``labels``: calibrated probabilities in the order of the catalogue; ``strength``, ``effect``, ``actor``: the
    probabilities of the classes of :attr:`LinearModel.heads`, given that the clause carries a label. ``raw``: the
    weighted sums of the labels.
    """

    raw: Any
    labels: Any
    strength: Any
    effect: Any
    actor: Any


@dataclass(frozen=True, slots=True)
class LinearModel:
    """``weights`` is a CSR matrix of WIDTH rows, one column per label and then per class of each head.

    A label's probability is the sigmoid of ``slope`` × its weighted sum + its ``shift`` + what a pattern that saw it
    adds: ``trust[0]`` + ``trust[1]`` × the log-odds of the pattern. ``sure`` (2, labels): the probability from
    which families that the model has not seen bear out that a label may be used without a person's eye, where a
    pattern saw it too and where the model is alone. ``doubt``: under which a label that a pattern saw is dropped.
    """

    version: str
    heads: Mapping[str, tuple[str, ...]]
    idf: Mapping[str, Any]
    weights: Any
    bias: Any
    slope: float
    shift: Any
    trust: tuple[float, float]
    sure: Any
    doubt: float

    def raw(self, rows: Any) -> Any:
        """The weighted sums of ``rows``, one column per label and per class of each head."""
        return np.asarray((rows @ self.weights).todense(), dtype=np.float32) + self.bias

    def scores(self, rows: Any) -> Scores:
        """Scores of ``rows``, a matrix made by :func:`crible.classification.features.features`."""
        raw = self.raw(rows)
        count = len(labels())
        found: dict[str, Any] = {"raw": raw[:, :count], "labels": self.likely(raw[:, :count], rows)}
        start = count
        for name, classes in self.heads.items():
            end = start + len(classes)
            found[name] = softmax(raw[:, start:end])
            start = end
        return Scores(**found)

    def likely(self, raw: Any, rows: Any) -> Any:
        """The probabilities of the labels, from their weighted sums and from what the patterns saw in ``rows``."""
        seen, odds = patterns_in(rows)
        told = self.trust[0] * seen + self.trust[1] * odds
        return sigmoid(self.slope * np.clip(raw, -CLIP, CLIP) + self.shift + told)

    def reasons(self, row: Any, label: str) -> list[tuple[int, float]]:
        """The columns of one row that speak for ``label``, with what each adds to the score, most first."""
        column = list(labels()).index(label)
        weight = np.asarray(self.weights[row.indices, column].todense()).ravel()
        shares = row.data * weight
        order = np.argsort(-shares)
        return [(int(row.indices[i]), float(shares[i])) for i in order if shares[i] > 0]


def patterns_in(rows: Any) -> tuple[Any, Any]:
    """Which labels the patterns saw in each row, 1 or 0, and the log-odds they gave them, 0 where they saw none."""
    told = np.asarray(rows[:, STARTS["pattern"] :].todense(), dtype=np.float32) / SEEN_WEIGHT
    seen = told >= _SEEN
    told = np.clip(told, _SEEN, 0.98)
    return seen.astype(np.float32), np.where(seen, np.log(told / (1 - told)), 0).astype(np.float32)


def load_model(folder: Path) -> LinearModel:
    """The model in ``folder``. Raises ConfigurationError when a file is missing, damaged or made for another layout."""
    try:
        told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        # From memory: numpy leaves the file of a damaged archive open.
        with np.load(io.BytesIO((folder / "weights.npz").read_bytes()), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigurationError(f"{folder}: {error}") from error
    if (told.get("format"), told.get("layout")) != (FORMAT, LAYOUT) or told.get("labels") != list(labels()):
        raise ConfigurationError(f"{folder}: made for another version of crible; fit it again")
    heads = {name: tuple(classes) for name, classes in told["heads"]}  # a list: the order is that of the columns
    columns = len(labels()) + sum(len(classes) for classes in heads.values())
    return LinearModel(
        version=str(told["version"]),
        heads=heads,
        idf={block: arrays[f"idf_{block}"].astype(np.float32) for block in HASHED},
        weights=sparse.csr_matrix(
            (arrays["data"].astype(np.float32), arrays["indices"], arrays["indptr"]), shape=(WIDTH, columns)
        ),
        bias=arrays["bias"],
        slope=float(told["slope"]),
        shift=arrays["shift"],
        trust=(float(told["trust"][0]), float(told["trust"][1])),
        sure=arrays["sure"],
        doubt=float(told["doubt"]),
    )


def save_model(model: LinearModel, folder: Path, told: Mapping[str, Any]) -> None:
    """Write the model; ``told`` is added to what ``model.json`` says of it. Half floats: the labels do not notice."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = model.weights.tocsr()
    arrays: dict[str, Any] = {
        "data": weights.data.astype(np.float16), "indices": weights.indices.astype(np.uint8),
        "indptr": weights.indptr.astype(np.int32), "bias": model.bias.astype(np.float32),
        "shift": model.shift.astype(np.float32), "sure": model.sure.astype(np.float32),
    }  # fmt: skip
    arrays |= {f"idf_{block}": model.idf[block].astype(np.float16) for block in HASHED}
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    about = {
        "format": FORMAT, "layout": LAYOUT, "version": model.version, "labels": list(labels()),
        "heads": [[name, list(classes)] for name, classes in model.heads.items()],
        "slope": model.slope, "trust": list(model.trust), "doubt": model.doubt,
        **told,
    }  # fmt: skip
    text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    for name, content in zip(_FILES, (packed.getvalue(), text.encode()), strict=True):
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def sigmoid(scores: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))


def softmax(scores: Any) -> Any:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def top_words(model: LinearModel, row: Any, label: str, names: Mapping[int, Sequence[str]], most: int = 4) -> list[str]:
    """The words of a clause that speak loudest for ``label``: ``names`` are its words by column."""
    weight: dict[str, float] = {}
    for column, share in model.reasons(row, label):
        for word in names.get(column, ()):
            weight[word] = weight.get(word, 0.0) + share / len(names[column])
    return sorted(weight, key=lambda word: -weight[word])[:most]
