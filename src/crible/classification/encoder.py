"""The encoder: a small multilingual transformer that reads a clause with what stands around it.

It runs on ONNX Runtime, without torch (extra ``encoder``). The artefact is a folder: ``model.onnx`` (token ids and mask
in, one weighted sum per label and per class of the heads, and the vector of the clause, out), ``tokenizer.json`` and
``encoder.json``. Each clause is read by itself: its scores never depend on what else is read with it.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from crible.classification.features import leant_on
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

FORMAT = 1
# Tokens of a reading: nineteen clauses in twenty of the corpus have fewer than seventy, surroundings included.
TOKENS, AROUND_TOKENS = 192, 64
# Of a longer clause, every stretch is read, each beginning this many tokens before the end of the last.
OVERLAP = 32
_BEGIN, _PAD, _END = 0, 1, 2
# A fusion of ONNX Runtime whose result takes three times as long as the two steps that it fuses.
_SLOWER = ["SkipLayerNormFusion"]
_CACHED = 20_000  # readings kept, 2 kB each: headings and boilerplate come again in every piece of a tender


class EncoderMissing(ConfigurationError):
    """The parts that run the encoder are not installed."""

    code = "encoder-missing"
    advice: ClassVar[dict[str, str]] = {
        "fr": "Installer crible[encoder], ou choisir --detector linear.",
        "en": "Install crible[encoder], or choose --detector linear.",
    }


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder says of some clauses, one row each: weighted sums of the labels in the order of the catalogue,
    of the classes of each head, and the vectors."""

    labels: Any
    heads: Mapping[str, Any]
    vectors: Any


def is_installed() -> bool:
    """Whether the parts that run the encoder are installed."""
    return all(find_spec(name) is not None for name in ("onnxruntime", "tokenizers"))


def told_around(clause: Clause) -> str:
    """What the encoder reads before the clause: the kind of piece, the kind of section, lead and header. Not the
    headings: the corpus' are more telling than those of tenders, and a network that has them leans on them."""
    return f"query: {clause.part} · {clause.section} · {' . '.join(t for t in leant_on(clause) if t)} : "


def stretches(tokenizer: Any, texts: Sequence[tuple[str, str]]) -> list[list[list[int]]]:
    """The token ids of each (surroundings, clause): one list of at most TOKENS, or several for a long clause."""
    before = tokenizer.encode_batch([head for head, _ in texts], add_special_tokens=False)
    after = tokenizer.encode_batch([text for _, text in texts], add_special_tokens=False)
    found = []
    for head, text in zip(before, after, strict=True):
        lead = head.ids[:AROUND_TOKENS]
        room = TOKENS - 2 - len(lead)
        starts = range(0, max(1, len(text.ids) - OVERLAP), room - OVERLAP) if len(text.ids) > room else (0,)
        found.append([[_BEGIN, *lead, *text.ids[start : start + room], _END] for start in starts])
    return found


class ClauseReader(ABC):
    """What an encoder does whatever runs it: it answers in order, reads a clause once, and the whole of a long one.

    ``version`` and ``heads`` (name → classes) as the artefact says.
    """

    version: str
    heads: Mapping[str, tuple[str, ...]]

    def __init__(self) -> None:
        self._cache: OrderedDict[bytes, Any] = OrderedDict()

    @abstractmethod
    def _rows(self, texts: Sequence[tuple[str, str]]) -> Iterator[Any]:
        """For each (surroundings, clause), the sums of the labels (NaN: a label that it does not know), those of the
        heads, and the vector, in one float32 array."""

    def read(self, clauses: Sequence[Clause]) -> Reading:
        """What the encoder says of each clause, in the same order."""
        texts = [(told_around(clause), clause.text) for clause in clauses]
        keys = [hashlib.sha256("\0".join(text).encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._cache}
        known = {key: self._cache[key] for key in keys if key in self._cache}
        for key, row in zip(new, self._rows(list(new.values())), strict=True):
            known[key] = self._cache[key] = row
        for key in known:
            self._cache.move_to_end(key)
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return self._reading(np.array([known[key] for key in keys], np.float32).reshape(len(keys), -1))

    @property
    def kept(self) -> int:
        """How many distinct clauses, with what stands around them, it has read and remembers."""
        return len(self._cache)

    def forget(self) -> None:
        """Drop the readings that are kept, so that a measure begins anew."""
        self._cache.clear()

    def _merged(self, read: Sequence[Any]) -> Any:
        """A long clause carries what any of its stretches carries; how, the most telling stretch says."""
        if len(read) == 1:
            return read[0]
        count = len(labels())
        rows = np.stack(read)
        merged = rows[int(np.nanmax(rows[:, :count], axis=1).argmax())].copy()
        merged[:count] = rows[:, :count].max(axis=0)
        return merged

    def _reading(self, rows: Any) -> Reading:
        start = len(labels())
        heads = {}
        for name, classes in self.heads.items():
            heads[name] = rows[:, start : start + len(classes)]
            start += len(classes)
        return Reading(rows[:, : len(labels())], heads, rows[:, start:])


class Encoder(ClauseReader):
    """The encoder on ONNX Runtime."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Raises EncoderMissing without ONNX Runtime, ConfigurationError for a folder that is not an encoder's."""
        super().__init__()
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderMissing(f"{error.name} n'est pas installé") from error
        try:
            told = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
            if told.get("format") != FORMAT or told.get("labels") != list(labels()):
                raise ConfigurationError(f"{folder}: made for another version of crible; train it again")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
            )
        except ConfigurationError:
            raise
        except Exception as error:  # ONNX Runtime and tokenizers raise their own, undocumented kinds
            raise ConfigurationError(f"{folder}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.version = str(told["version"])
        self.heads = {name: tuple(classes) for name, classes in told["heads"]}

    def _rows(self, texts: Sequence[tuple[str, str]]) -> Iterator[Any]:
        for parts in stretches(self._tokenizer, texts):
            yield self._merged([self._run(ids) for ids in parts])

    def _run(self, ids: list[int]) -> Any:
        fed = np.array([ids], np.int64)
        sums, vector = self._session.run(None, {"input_ids": fed, "attention_mask": np.ones_like(fed)})
        return np.concatenate([sums[0], vector[0]])
