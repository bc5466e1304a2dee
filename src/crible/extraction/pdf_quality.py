"""Whether a page can be read from its text layer, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crible.extraction.pdf_glyphs import is_private

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.layout import Line
    from crible.extraction.pdf_chars import PageWords
    from crible.extraction.pdf_paths import PageRules

_FEW = 15  # characters: a stamp or a page number on a scan
_COVERED = 0.5  # share of the page under images above which it is a scan
_DRAWN = 30  # shapes on a page without a letter: text turned into outlines, or a plan
_SAMPLE = 250  # words of a page that are looked at, half of an ordinary page
_WORDS = 20  # fewer words say nothing about a language
_UNKNOWN = 0.3  # share of characters without meaning above which the fonts have no usable encoding
_GLANCE = 8  # words that settle it when nearly all have vowels
_NO_VOWEL = 0.6  # share of words of four letters or more without a vowel: no European language comes near it
_VOWELS = frozenset("aeiouyàâäáãåæèéêëìíîïòóôöõøœùúûüÿAEIOUYÀÂÄÁÃÅÆÈÉÊËÌÍÎÏÒÓÔÖÕØŒÙÚÛÜŸ")


def unread_reason(words: PageWords, rules: PageRules, body: Sequence[Line]) -> str | None:
    """Why a page is unread: ``scan_without_ocr``, ``no_text``, ``lost_text`` or ``garbled_text``.

    None when it is read, as a blank page is.

    ``body`` is the page without its running lines: a scan keeps the header that was printed over it.
    """
    letters = int(words.lengths.sum())
    own = sum([len(line.text) for line in body]) if letters < 1_000 else letters
    if letters < _FEW or own < _FEW:
        if rules.image_cover >= _COVERED:
            return "scan_without_ocr"
        if letters < _FEW and rules.shapes >= _DRAWN:
            return "no_text"
        if letters == 0 and rules.images:
            return "scan_without_ocr"
        if letters == 0 and rules.lost_text:
            return "lost_text"
    return "garbled_text" if _is_garbled(words.texts, private=words.private) else None


def _is_garbled(texts: Sequence[str], *, private: bool = True) -> bool:
    if len(texts) < _WORDS:
        return False
    sample = texts[:: len(texts) // _SAMPLE + 1]
    if private:
        whole = "".join(sample)
        unknown = sum(c == "\ufffd" or is_private(c) for c in whole)
        if unknown > _UNKNOWN * len(whole):
            return True
    # One word in eight first: most pages are prose beyond doubt.
    without, judged = _vowelless(sample[::8])
    if judged >= _GLANCE and without <= 0.25 * judged:
        return False
    without, judged = _vowelless(sample)
    return judged >= _WORDS and without > _NO_VOWEL * judged


def _vowelless(words: Sequence[str]) -> tuple[int, int]:
    """How many words have no vowel, of those that should have one."""
    # Latin words only: Greek, Cyrillic or Arabic pages have vowels that are not listed here.
    long = [t for t in words if len(t) >= 4 and t.isalpha() and t[0] < "\u0250" and not t.isupper()]
    return sum([_VOWELS.isdisjoint(t) for t in long]), len(long)
