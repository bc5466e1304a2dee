"""A fine-tuned ``AutoModelForSequenceClassification`` as what reads clauses: the bridge for a model of one's own.

The folder is what ``save_pretrained`` writes: configuration, weights as safetensors, fast tokenizer. Its classes are
labels of the catalogue, all or some, in ``id2label``; it is read as several-labels-at-once, so that its sums are
independent. It is given the pair (what stands around, clause), a long clause in overlapping stretches. It runs on a GPU
where torch finds one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.artefacts import sha256_of
from crible.classification.encoder import AROUND_TOKENS, OVERLAP, TOKENS, ClauseReader
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

_WEIGHTS = "model.safetensors"
# On a processor one clause at a time is as quick, and pads nothing.
_BATCH = {"cuda": 64, "cpu": 1}


class TorchEncoder(ClauseReader):
    """``version``: the first twelve digits of the SHA-256 of the weights."""

    def __init__(self, folder: Path, *, device: str | None = None) -> None:
        """Raises ConfigurationError for a folder that holds no such model, or one of other labels."""
        super().__init__()
        import torch
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

        weights = folder / _WEIGHTS
        if not weights.is_file():  # a name that is no folder would be looked for on a model hub; a pickle would be run
            raise ConfigurationError(f"{folder}: no {_WEIGHTS}")
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
            self._columns = _columns(folder, config.id2label)
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            network = AutoModelForSequenceClassification.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            )
        except ConfigurationError:
            raise
        except Exception as error:  # the libraries raise their own, undocumented kinds
            raise ConfigurationError(f"{folder}: {error}") from error
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.eval().to(self._device)
        self._room = min(TOKENS, int(getattr(config, "max_position_embeddings", TOKENS)))
        self.version = sha256_of(weights)[:12]
        self.heads = {}

    def _rows(self, texts: Sequence[tuple[str, str]]) -> Iterator[Any]:
        parts, owner = [], []
        for n, (head, text) in enumerate(texts):
            told = self._tokenizer(
                self._cut(head), text, truncation="only_second", max_length=self._room, stride=OVERLAP,
                return_overflowing_tokens=True,
            )  # fmt: skip
            names = set(self._tokenizer.model_input_names)
            count = len(told["input_ids"])
            parts += [{name: told[name][k] for name in told if name in names} for k in range(count)]
            owner += [n] * count
        read: list[list[Any]] = [[] for _ in texts]
        for n, row in zip(owner, self._run(parts), strict=True):
            read[n].append(row)
        for rows in read:
            yield self._merged(rows)

    def _cut(self, head: str) -> str:
        """What stands around, at most AROUND_TOKENS of it: a clause must have room beside it."""
        told = self._tokenizer(head, add_special_tokens=False, return_offsets_mapping=True)
        ends = [end for _, end in told["offset_mapping"][: min(AROUND_TOKENS, self._room // 3)]]
        return head[: ends[-1]] if ends else ""

    def _run(self, parts: Sequence[dict[str, list[int]]]) -> list[Any]:
        import torch

        size = _BATCH.get(self._device.split(":")[0], 1)
        order = sorted(range(len(parts)), key=lambda n: len(parts[n]["input_ids"]))
        found: list[Any] = [None] * len(parts)
        for start in range(0, len(order), size):
            some = order[start : start + size]
            fed = self._tokenizer.pad([parts[n] for n in some], return_tensors="pt").to(self._device)
            with torch.no_grad():
                said = self._network(**fed, output_hidden_states=True)
            weight = fed["attention_mask"][..., None].to(said.logits.dtype)
            vectors = (said.hidden_states[-1] * weight).sum(1) / weight.sum(1)
            for n, sums, vector in zip(some, said.logits.float().cpu(), vectors.float().cpu(), strict=True):
                row = np.full(len(labels()), np.nan, np.float32)
                row[self._columns] = sums.numpy()
                found[n] = np.concatenate([row, vector.numpy()])
        return found


def _columns(folder: Path, classes: dict[int, str]) -> list[int]:
    """The column of the catalogue of each class of the model."""
    order = {label: i for i, label in enumerate(labels())}
    names = [classes[k] for k in sorted(classes)]
    if unknown := [name for name in names if name not in order]:
        raise ConfigurationError(f"{folder}: id2label names what is no label: {json.dumps(unknown[:3])}")
    return [order[name] for name in names]
