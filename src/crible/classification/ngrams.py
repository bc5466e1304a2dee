"""Words and pieces of words of many texts, hashed into columns at once: no vocabulary travels with a model.

The texts are laid end to end in one array of bytes; every count is a few operations on that array.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from crible.classification.folding import fold

PIECES = (3, 4, 5)  # characters of the pieces of words
_WORD = re.compile(r"[a-z0]+")
_SPACE = 32
# Odd 64-bit constants: the multiplier of the rolling hash (FNV's prime), two that tell the words of a pair apart, and
# the golden ratio that spreads the hash over the columns (Knuth, The Art of Computer Programming, 6.4).
_P = 0x00000100000001B3
_P_INVERSE = pow(_P, -1, 1 << 64)
_FIRST, _SECOND, _SPREAD = 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x9E3779B97F4A7C15


def words_of(text: str) -> list[str]:
    """The words of a text as they are counted: folded, digits as 0, cut at apostrophes and hyphens."""
    return _WORD.findall(re.sub(r"\d", "0", fold(text)).replace("œ", "oe"))


def column(hashed: Any, bits: int) -> Any:
    """The columns, of ``1 << bits``, of an array of uint64."""
    return ((hashed * np.uint64(_SPREAD)) >> np.uint64(64 - bits)).astype(np.int32)


def pair(first: Any, second: Any) -> Any:
    """One hash for two, in their order. Arrays of uint64."""
    return first * np.uint64(_FIRST) + second * np.uint64(_SECOND)


class Hashed:
    """The hashes of the words of some texts, with the row of each, and of the pieces of words when asked."""

    def __init__(self, texts: Sequence[str]) -> None:
        lines = [f" {' '.join(words_of(text))} ".encode("ascii") for text in texts]
        self.rows_of_bytes = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        self.bytes = np.frombuffer(b"".join(lines), dtype=np.uint8)
        inside = self.bytes != _SPACE
        before = np.concatenate(([False], inside[:-1])) if len(inside) else inside
        after = np.concatenate((inside[1:], [False])) if len(inside) else inside
        starts, ends = np.nonzero(inside & ~before)[0], np.nonzero(inside & ~after)[0] + 1
        self.rows = self.rows_of_bytes[starts]
        self.words = self._hashes(starts, ends)

    def _hashes(self, starts: Any, ends: Any) -> Any:
        """Of each span: the sum of its bytes times the powers of P, counted from its start, modulo 2^64."""
        size = len(self.bytes)
        powers = np.cumprod(np.full(size, _P, np.uint64)) if size else np.zeros(0, np.uint64)
        inverse = np.cumprod(np.full(size, _P_INVERSE, np.uint64)) if size else powers
        summed = np.concatenate((np.zeros(1, np.uint64), np.cumsum(self.bytes * powers, dtype=np.uint64)))
        return (summed[ends] - summed[starts]) * inverse[starts]

    def pairs(self) -> tuple[Any, Any]:
        """Hashes and rows of the pairs of neighbours."""
        same = self.rows[1:] == self.rows[:-1]
        return pair(self.words[:-1], self.words[1:])[same], self.rows[1:][same]

    def pieces(self, sizes: Sequence[int] = PIECES) -> tuple[Any, Any]:
        """Hashes and rows of the pieces of words; a piece may hold the space before or after its word."""
        hashes, rows = [], []
        space = self.bytes == _SPACE
        rolling = self.bytes.astype(np.uint64)
        power = np.full(1, _P, np.uint64)
        crossed = np.zeros(len(self.bytes), dtype=bool)  # a space stands inside
        for size in range(2, max(sizes) + 1):
            count = len(self.bytes) - size + 1
            if count <= 0:
                break
            rolling = rolling[:count] + self.bytes[size - 1 :] * power
            power = power * np.uint64(_P)
            crossed = crossed[:count] | (space[size - 2 : size - 2 + count] if size > 2 else False)
            if size in sizes:
                whole = ~crossed
                hashes.append(rolling[whole] + np.uint64(size))
                rows.append(self.rows_of_bytes[:count][whole])
        return np.concatenate(hashes or [rolling[:0]]), np.concatenate(rows or [self.rows[:0]])


def counted(hashes: Any, rows: Any, shape: tuple[int, int]) -> Any:
    """How often each column stands in each row: a CSR matrix of float32 with ``shape[1]``, a power of two, columns."""
    columns = column(hashes, shape[1].bit_length() - 1)
    matrix = sparse.csr_matrix((np.ones(len(columns), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    return matrix
