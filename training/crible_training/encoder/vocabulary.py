"""Which pieces of the multilingual vocabulary are kept: those of the languages of the tenders that crible reads.

Nine pieces in ten are of other languages and scripts, and their rows are two thirds of the model. Every piece that the
full tokenizer uses on the frequent words of the six languages and on the corpus is kept, and every short, unlettered or
single-letter one. A unigram tokenizer looks for the best path: over a subset that holds the best path it finds the same
one, so that text of these languages is cut, and embedded, exactly as before.

The list ships as ``kept_pieces.npy``, since it depends on word frequencies (wordfreq 3.1.1, data CC BY-SA 4.0:
Robyn Speer, *rspeer/wordfreq*, 2022) that a user need not install.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

LIST = Path(__file__).with_name("kept_pieces.npy")
# From which Zipf frequency a word counts (log10 of its occurrences in a billion words): the rarer words of the first
# language, the common ones of the others.
LANGUAGES = {"fr": 2.0, "en": 3.0, "de": 3.0, "es": 3.0, "it": 3.0, "nl": 3.0}
_SPECIAL = 4  # <s> <pad> </s> <unk> come first, <mask> last
_SCRIPTS = ("GREEK", "CYRILLIC", "LATIN")
_LATIN_END = 0x250  # first code point after Latin Extended-B
_AT_ONCE = 20_000


def kept_pieces() -> Any:
    """Indices of the kept pieces, ascending, int32."""
    return np.load(LIST, allow_pickle=False)


def choose(tokenizer: Any, texts: Iterable[str]) -> Any:
    """Indices to keep of a full ``tokenizers.Tokenizer``: those used on frequent words and on ``texts``."""
    count = tokenizer.get_vocab_size()
    pieces = [tokenizer.id_to_token(i) for i in range(count)]
    kept = np.array([_by_shape(piece) for piece in pieces])
    kept[:_SPECIAL] = kept[-1] = True

    def use(words: list[str]) -> None:
        for start in range(0, len(words), _AT_ONCE):
            for found in tokenizer.encode_batch(words[start : start + _AT_ONCE], add_special_tokens=False):
                kept[found.ids] = True

    for language, least in LANGUAGES.items():
        words = _frequent(language, least)
        for form in (str, str.title, str.upper, "({}".format, "l'{}".format):  # as they stand in a sentence
            use([form(word) for word in words])
    use(list(texts))
    place = {piece: i for i, piece in enumerate(pieces)}
    for i in np.flatnonzero(kept):  # the first piece of a word, and the same inside a word
        piece = pieces[i]
        twin = place.get(piece[1:] if piece.startswith("▁") else "▁" + piece)
        if twin is not None:
            kept[twin] = True
    return np.flatnonzero(kept).astype(np.int32)


def _by_shape(piece: str) -> bool:
    bare = piece.replace("▁", "")
    letters = [c for c in bare if unicodedata.category(c).startswith("L")]
    if not letters or (len(bare) <= 2 and all(ord(c) < _LATIN_END for c in letters)):
        return True
    return len(bare) == 1 and unicodedata.name(bare, "").startswith(_SCRIPTS)


def _frequent(language: str, least: float) -> list[str]:
    from wordfreq import get_frequency_dict

    return [word for word, share in get_frequency_dict(language, wordlist="best").items() if share >= 10 ** (least - 9)]
