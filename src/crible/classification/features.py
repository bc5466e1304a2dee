"""Clauses as rows of numbers, for the linear model: words, pieces of words, surroundings, concepts of the lexicon,
cues, what the patterns saw.

Text is folded (lower case, no accent, digits as 0) before it is counted: a scan in capitals gives the same columns as
clean text. Words are hashed into a fixed number of columns (:mod:`crible.classification.ngrams`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, get_args

import numpy as np
from scipy import sparse

from crible.classification.ngrams import PIECES, Hashed, counted, pair, words_of
from crible.classification.obligation import Modality, Obligation
from crible.classification.patterns import Sighting
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.types import Actor, Role, Section, Strength

# Two signs of different kinds must never share a column: each block has columns of its own.
_WIDTHS = {"word": 1 << 17, "piece": 1 << 18, "around": 1 << 15, "concept": 1 << 16}
_CUES: tuple[str, ...] = (
    *(f"part:{v}" for v in get_args(Role)),
    *(f"section:{v}" for v in get_args(Section)),
    *(f"strength:{v}" for v in (*get_args(Strength), None)),
    *(f"modality:{v}" for v in get_args(Modality)),
    *(f"actor:{v}" for v in get_args(Actor)),
    *("row", "heading", "points", "existing", "hollow", "proof", "option", "question", "short", "long"),
)
_CUE_AT = {name: i for i, name in enumerate(_CUES)}
# A clause of fewer words leans on what stands before it.
_SHORT, _LONG = 8, 40
# Pairs are made of the first concepts of a clause: a page-long row would make thousands.
_CONCEPTS_MAX = 24
# What a pattern saw weighs as much as three blocks of words: it is one sign, and the surest.
SEEN_WEIGHT = 3.0
HASHED = tuple(_WIDTHS)
# Version of this layout: a model fitted on another one is refused.
LAYOUT = "2"
# Column from which each block counts.
STARTS = dict(
    zip(
        (*HASHED, "cue", "pattern", "end"),
        accumulate((0, *_WIDTHS.values(), len(_CUES), len(labels()))),
        strict=True,
    )
)
WIDTH = STARTS["end"]


def around(clause: Clause) -> str:
    """What a clause may lean on: its innermost heading, the head of its list, and the sentence before a short one."""
    return " . ".join((clause.heading.rpartition(" > ")[2], *leant_on(clause)))


def leant_on(clause: Clause) -> tuple[str, ...]:
    """The head of its list, the sentence before a short one, the header cells of a row."""
    before = clause.before if len(clause.text.split()) < _SHORT else ""
    return clause.lead, before, *clause.header


def counts(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """The raw counts of each hashed block, one CSR matrix of ``len(sightings)`` rows per block."""
    text = Hashed([s.clause.text for s in sightings])
    beside = Hashed([around(s.clause) for s in sightings])
    pairs, pair_rows = text.pairs()
    found = {
        "word": (np.concatenate((text.words, pairs)), np.concatenate((text.rows, pair_rows))),
        "piece": text.pieces(),
        "around": (beside.words, beside.rows),
        "concept": _concepts(sightings),
    }
    return {block: counted(*found[block], (len(sightings), _WIDTHS[block])) for block in HASHED}


def _concepts(sightings: Sequence[Sighting]) -> tuple[Any, Any]:
    """Hashes and rows of the concepts of each clause, of those around it, and of the pairs of its own."""
    alone: list[int] = []
    alone_rows: list[int] = []
    first: list[int] = []
    second: list[int] = []
    rows: list[int] = []
    for row, sighting in enumerate(sightings):
        names = sorted({m.concept for m in sighting.mentions})[:_CONCEPTS_MAX]
        own = [_named(name) for name in names]
        alone += own
        alone += [_named(f"around:{name}") for name in sorted(sighting.around)]
        alone_rows += [row] * (len(alone) - len(alone_rows))
        for i, one in enumerate(own):
            first += [one] * (len(own) - i - 1)
            second += own[i + 1 :]
        rows += [row] * (len(first) - len(rows))
    pairs = pair(np.array(first, np.uint64), np.array(second, np.uint64))
    return (
        np.concatenate((np.array(alone, np.uint64), pairs)),
        np.concatenate((np.array(alone_rows, np.int64), np.array(rows, np.int64))),
    )


@cache
def _named(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def weigh(counted_blocks: dict[str, Any], idf: dict[str, Any]) -> list[Any]:
    """Sublinear counts times the rarity of each column, every row of every block of length one."""
    found = []
    for block in HASHED:
        matrix = counted_blocks[block].copy()
        np.log1p(matrix.data, out=matrix.data)
        matrix.data *= idf[block][matrix.indices]
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(length > 0, length, 1), np.diff(matrix.indptr)).astype(np.float32)
        found.append(matrix)
    return found


def features(sightings: Sequence[Sighting], speeches: Sequence[Obligation], idf: dict[str, Any]) -> Any:
    """One row of :data:`WIDTH` float32 columns per clause, as a CSR matrix.

    ``speeches`` are the cues of each clause, ``idf`` the rarity of the columns of each hashed block.
    """
    blocks = weigh(counts(sightings), idf)
    blocks.append(_rows([_cues(s.clause, speech) for s, speech in zip(sightings, speeches, strict=True)], len(_CUES)))
    order = {label: i for i, label in enumerate(labels())}
    patterns = [
        {order[d.label]: SEEN_WEIGHT * d.probability for d in sorted(s.detections, key=lambda d: d.probability)}
        for s in sightings
    ]
    blocks.append(_rows(patterns, len(order)))
    return sparse.hstack(blocks, format="csr", dtype=np.float32)


def _cues(clause: Clause, speech: Obligation) -> dict[int, float]:
    words = len(clause.text.split())
    present = {
        "row": clause.is_row,
        "heading": clause.is_heading,
        "points": speech.points is not None,
        "existing": speech.existing,
        "hollow": speech.hollow,
        "proof": speech.proof,
        "option": speech.priced_option,
        "question": "?" in clause.text,
        "short": words < _SHORT,
        "long": words > _LONG,
    }
    names = [
        f"part:{clause.part}", f"section:{clause.section}", f"strength:{speech.strength}",
        f"modality:{speech.modality}", f"actor:{speech.actor}", *(name for name, yes in present.items() if yes),
    ]  # fmt: skip
    return {_CUE_AT[name]: 1.0 for name in names}


def _rows(rows: Sequence[dict[int, float]], width: int) -> Any:
    starts = np.fromiter(accumulate((0, *(len(row) for row in rows))), dtype=np.int32)
    columns = np.fromiter((c for row in rows for c in row), dtype=np.int32)
    values = np.fromiter((v for row in rows for v in row.values()), dtype=np.float32)
    return sparse.csr_matrix((values, columns, starts), shape=(len(rows), width))


def named_columns(clause: Clause) -> dict[int, list[str]]:
    """The words of a clause by the column they are counted in: what an explanation shows. Pieces of words are shown as
    the word they stand in, pairs as two words."""
    words = words_of(clause.text)
    shown = list(dict.fromkeys((*words, *(f"{a} {b}" for a, b in pairwise(words)))))
    found: dict[int, list[str]] = {}

    def add(block: str, hashes: Any, rows: Any) -> None:
        matrix = counted(hashes, rows, (len(shown), _WIDTHS[block])).tocoo()
        for row, at in zip(matrix.row.tolist(), matrix.col.tolist(), strict=True):
            found.setdefault(at + STARTS[block], []).append(shown[row])

    each = Hashed(shown)
    pairs, pair_rows = each.pairs()
    single = [i for i, text in enumerate(shown) if " " not in text]
    alone = np.isin(each.rows, single)
    add("word", np.concatenate((each.words[alone], pairs)), np.concatenate((each.rows[alone], pair_rows)))
    pieces, piece_rows = Hashed([text if i in set(single) else "" for i, text in enumerate(shown)]).pieces(PIECES)
    add("piece", pieces, piece_rows)
    return found
