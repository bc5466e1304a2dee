"""Clauses as rows of numbers, for the linear model: words, pieces of words, surroundings, cues, what the patterns saw.

Words are hashed into a fixed number of columns, so that no vocabulary travels with the model. Text is folded (lower
case, no accent, digits as 0) before it is counted: a scan in capitals gives the same columns as clean text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any, get_args

import numpy as np
from scipy import sparse

from crible.classification.detector import Detection
from crible.classification.folding import fold
from crible.classification.obligation import Modality, Obligation
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible.types import Actor, Role, Section, Strength

# Two signs of the same kind must never share a column by design: each block has columns of its own.
_WIDTHS = {"word": 1 << 17, "char": 1 << 18, "around": 1 << 15}
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
HASHED = tuple(_WIDTHS)
# Version of this layout: a model fitted on another one is refused.
LAYOUT = "1"
# Column from which each block counts.
STARTS = dict(
    zip(
        (*HASHED, "cue", "pattern", "end"),
        accumulate((0, *_WIDTHS.values(), len(_CUES), len(labels()))),
        strict=True,
    )
)
WIDTH = STARTS["end"]
_WORD = r"(?u)\b\w[\w'-]*\b"


@cache
def _counters() -> dict[str, Any]:
    from sklearn.feature_extraction.text import HashingVectorizer

    def counter(block: str, **how: Any) -> Any:
        return HashingVectorizer(
            n_features=_WIDTHS[block], alternate_sign=False, norm=None, lowercase=False, dtype=np.float32, **how
        )

    return {
        "word": counter("word", ngram_range=(1, 2), token_pattern=_WORD),
        "char": counter("char", analyzer="char_wb", ngram_range=(3, 5)),
        "around": counter("around", ngram_range=(1, 1), token_pattern=_WORD),
    }


def normal(text: str) -> str:
    """The text as it is counted."""
    return re.sub(r"\d", "0", fold(text))


def around(clause: Clause) -> str:
    """What a clause may lean on: its innermost headings, the head of its list, and the sentence before a short one."""
    headings = clause.heading.split(" > ")[-2:]
    before = clause.before if len(clause.text.split()) < _SHORT else ""
    return normal(" . ".join((*headings, clause.lead, before, *clause.header)))


def counts(clauses: Sequence[Clause]) -> dict[str, Any]:
    """The raw counts of each hashed block, one CSR matrix of ``len(clauses)`` rows per block."""
    texts = [normal(clause.text) for clause in clauses]
    counters = _counters()
    return {
        "word": counters["word"].transform(texts),
        "char": counters["char"].transform(texts),
        "around": counters["around"].transform([around(clause) for clause in clauses]),
    }


def weigh(counted: dict[str, Any], idf: dict[str, Any]) -> list[Any]:
    """Sublinear counts times the rarity of each column, every row of every block of length one."""
    found = []
    for block in HASHED:
        matrix = counted[block].copy()
        np.log1p(matrix.data, out=matrix.data)
        matrix.data *= idf[block][matrix.indices]
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(length > 0, length, 1), np.diff(matrix.indptr)).astype(np.float32)
        found.append(matrix)
    return found


def features(
    clauses: Sequence[Clause],
    speeches: Sequence[Obligation],
    seen: Sequence[Sequence[Detection]],
    idf: dict[str, Any],
) -> Any:
    """One row of :data:`WIDTH` float32 columns per clause, as a CSR matrix.

    ``speeches`` are the cues of each clause, ``seen`` what the patterns found in it, ``idf`` the rarity of the columns
    of each hashed block.
    """
    blocks = weigh(counts(clauses), idf)
    blocks.append(_rows([_cues(c, s) for c, s in zip(clauses, speeches, strict=True)], len(_CUES)))
    order = {label: i for i, label in enumerate(labels())}
    patterns = [{order[d.label]: d.probability for d in sorted(found, key=lambda d: d.probability)} for found in seen]
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
    the word they stand in."""
    counters = _counters()
    text = normal(clause.text)
    found: dict[int, list[str]] = {}

    def add(block: str, counter: Any, ngram: str, shown: str) -> None:
        column = int(counter.transform([ngram]).indices[0]) + STARTS[block]
        if shown not in found.setdefault(column, []):
            found[column].append(shown)

    words = _one_ngram("word")
    for ngram in dict.fromkeys(counters["word"].build_analyzer()(text)):
        add("word", words, ngram, ngram)
    pieces = _one_ngram("char")
    for word in dict.fromkeys(text.split()):
        for ngram in dict.fromkeys(counters["char"].build_analyzer()(word)):
            add("char", pieces, ngram, word.strip(".,;:()«» "))
    return found


@cache
def _one_ngram(block: str) -> Any:
    """A counter for which the whole string is one n-gram."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=_WIDTHS[block], alternate_sign=False, norm=None, lowercase=False, analyzer=_itself
    )


def _itself(text: str) -> list[str]:
    return [text]
