"""The wording of our own corpus that a clause is most like: « ressemble à », for what no rule and no word explains.

``likeness.npz``, beside the encoder, holds the vectors of some training wordings that carry a label, centred, of unit
length, in 8 bits, with the texts.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crible.errors import ConfigurationError
from crible.types import Likeness

FILE = "likeness.npz"
_SCALE = 127


@dataclass(frozen=True, slots=True)
class Likenesses:
    """``vectors``: int8 (wordings, hidden); ``centre``: float32 (hidden), taken off every vector before it is compared,
    since all vectors lean one way; ``texts``: one per wording; ``rows``: label → the wordings that carry it."""

    vectors: Any
    centre: Any
    texts: tuple[str, ...]
    rows: dict[str, Any]

    def nearest(self, vector: Any, label: str) -> Likeness | None:
        """The wording with this label that is most like a clause, by the cosine of their vectors."""
        mine = self.rows.get(label)
        if mine is None:
            return None
        near = self.vectors[mine].astype(np.float32) @ unit(vector - self.centre) / _SCALE
        best = int(near.argmax())
        return Likeness(self.texts[int(mine[best])], round(float(near[best]), 3))


def unit(vectors: Any) -> Any:
    """Each vector at length one; a null one stays null."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)


def load_likenesses(folder: Path) -> Likenesses:
    """Raises ConfigurationError when ``likeness.npz`` cannot be read."""
    try:
        with (folder / FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            told = json.loads(bytes(arrays["told"]).decode("utf-8"))
            vectors, centre = arrays["vectors"], arrays["centre"]
        texts = tuple(told["texts"])
        if vectors.shape != (len(texts), len(centre)):
            raise ConfigurationError(f"{folder / FILE}: {vectors.shape} vectors for {len(texts)} texts")
        rows = {label: np.array(mine, np.intp) for label, mine in told["labels"].items()}
        return Likenesses(vectors, centre, texts, rows)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ConfigurationError(f"{folder / FILE}: {error}") from error


def save_likenesses(
    folder: Path, vectors: Any, centre: Any, texts: list[str], labels: dict[str, list[int]]
) -> None:  # fmt: skip
    """Write ``likeness.npz``: ``vectors`` float32 as the encoder gives them, ``labels`` label → wordings."""
    small = np.round(unit(vectors - centre) * _SCALE).astype(np.int8)
    told = json.dumps({"texts": texts, "labels": labels}, ensure_ascii=False).encode("utf-8")
    part = folder / f"{FILE}.part"
    with part.open("wb") as stream:
        np.savez_compressed(stream, vectors=small, centre=centre, told=np.frombuffer(told, np.uint8))
    part.replace(folder / FILE)
