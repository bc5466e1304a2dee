"""What the engine read of an image, made into the words of a page; and whether it, or a hidden text, can be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crible.extraction.language import detect
from crible.extraction.ocr_engine import ReadLine, ReadWord
from crible.extraction.ocr_image import Pose, unposed
from crible.extraction.pdf_chars import FloatArray, PageWords
from crible.extraction.pdf_glyphs import clean_word
from crible.extraction.pdf_paths import PageRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.types import BBox

# Mean confidence, of 100. On pages degraded on purpose, 80 went with nine words in ten right, 75 with four in five, 65
# with three in four; upside down it is 33. Below, « no clause found » would not be worth saying.
FLOOR = 75.0
_FEW = 15  # letters, as for text layers: a stamp, a page number
_BLANK = 0.002  # share of ink under which a page with few letters is blank, or nearly; a line of text has 0.001
_DUST = 30  # confidence under which a sign that is no letter and no figure is dust
_SURE = 60  # confidence of a word: of those that are right on clean scans, one in fifty is below
_SNAP = 0.08  # sizes this near to the body's are the body's: heights of « x » are whole pixels, 14 at 200 dpi
_BOLD = 1.28  # times the strokes of ordinary lines: all bold lines of 13 real pages are beyond, and 2 % of the others
_ODD_WORDS, _ENOUGH = 0.2, 30  # share of tokens that no prose writes, in a layer of so many tokens at least
_ACCENTS, _LETTERS_ENOUGH = 0.01, 400  # share of accented letters: 0.035 in French, 0 once an English model read it
# How the engine reads the bullets that it does not know, alone before a wider space.
_BULLETS = frozenset("e o + * ° © ® ¢ · • ¤ » - – — e_ +_ *_ ©_".split())  # noqa: SIM905  # easier to read so
_TOKEN = re.compile(
    r"""[(«“"'\[]*(?:[^\W\d_]+(?:[-’'./&@][^\W\d_]*)*|[\d.,:/%€$°+()-]+[^\W\d_]{0,3}|[-–—•:;!?»%€&+=*/.…]+)[)»”"'\].,;:!?…]*"""
)
_MIXED = re.compile(r"[^\W\d_]*[a-zà-ÿ][A-ZÀ-Ý][a-zà-ÿ]+")  # « hEberge »


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What was read of one page image.

    ``words`` and ``rules`` are in points of the page set straight, for the layout; ``shown`` holds the boxes of the
    words on the page as displayed, for the evidence. ``reason`` is why the page stays unread, None when it is read.
    """

    words: PageWords
    shown: FloatArray
    rules: PageRules
    confidence: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The engine's answer for one image, as it is cached: pixels of the straight image."""

    width: int
    height: int
    dpi: int
    pose: Pose
    ink: float
    lines: tuple[ReadLine, ...]
    strokes: tuple[float, ...]
    separators: tuple[BBox, ...]


def confidence_of(reading: Reading) -> float:
    """The mean confidence of the letters and figures read."""
    weights = [(sum(c.isalnum() for c in word.text), word.confidence) for line in reading.lines for word in line.words]
    total = sum(weight for weight, _ in weights)
    return sum(weight * confidence for weight, confidence in weights) / total if total else 0.0


def from_json(value: Any) -> Reading:
    """A reading out of the cache. Raises KeyError, TypeError or ValueError when it is not one."""
    lines = tuple(
        ReadLine(
            tuple(ReadWord(w["text"], w["confidence"], tuple(w["box"])) for w in line["words"]),
            line["size"], line["upright"],
        )
        for line in value["lines"]
    )  # fmt: skip
    return Reading(
        value["width"], value["height"], value["dpi"], Pose(**value["pose"]), value["ink"], lines,
        tuple(value["strokes"]), tuple(tuple(box) for box in value["separators"]),
    )  # fmt: skip


def page_of(reading: Reading, number: int, size: tuple[float, float]) -> OcrPage:
    """A reading in pixels as the words of a page in points."""
    scale = 72 / reading.dpi
    body, stroke = _usual(reading)
    texts: list[str] = []
    boxes: list[BBox] = []
    sizes: list[float] = []
    breaks: list[bool] = []
    upright: list[bool] = []
    bold: list[bool] = []
    doubtful: list[bool] = []
    for line, thickness in zip(reading.lines, reading.strokes, strict=True):
        begins = True
        height = body if abs(line.size - body) <= _SNAP * body else line.size
        for text, box, said in _kept(line):
            texts.append(text)
            boxes.append(box)
            doubtful.append(said < _SURE)
            sizes.append(height * scale)
            breaks.append(begins)
            upright.append(line.upright)
            bold.append(stroke > 0 and thickness > _BOLD * stroke)
            begins = False
    placed = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    # The page's own size, not that of the pixels: they are a whole number.
    turned = reading.pose.turns % 2 == 1
    width, height = (size[1], size[0]) if turned else size
    words = PageWords(
        number, width, height, texts, placed * scale, np.asarray(sizes), np.asarray(breaks, dtype=bool),
        np.asarray(upright, dtype=bool), np.asarray(bold, dtype=bool), np.full(len(texts), "", dtype=object),
        doubtful=np.asarray(doubtful, dtype=bool),
    )  # fmt: skip
    shown = unposed(placed, reading.pose, reading.width, reading.height) * scale
    confidence = confidence_of(reading)
    return OcrPage(words, shown, _rules(reading, scale), confidence, _reason(reading, words, confidence))


def _reason(reading: Reading, words: PageWords, confidence: float) -> str | None:
    letters = letters_of(words.texts)
    if letters < _FEW and reading.ink < _BLANK:
        return None  # blank, or a page number on white
    # A drawing: a sure legend, and letters seen everywhere in its lines.
    unsure = words.doubtful is not None and 2 * int(words.doubtful.sum()) > len(words.texts)
    return "ocr_low_confidence" if letters < _FEW or confidence < FLOOR or unsure else None


def _usual(reading: Reading) -> tuple[float, float]:
    """The height and the strokes that most letters of the page have."""
    weighed = [
        (line.size, stroke, sum(len(word.text) for word in line.words))
        for line, stroke in zip(reading.lines, reading.strokes, strict=True)
        if line.upright
    ]
    if not weighed:
        return 0.0, 0.0
    return _median((s, w) for s, _, w in weighed), _median((t, w) for _, t, w in weighed)


def _median(weighed: Any) -> float:
    ordered = sorted(weighed)
    half = sum(weight for _, weight in ordered) / 2
    for value, weight in ordered:
        half -= weight
        if half <= 0:
            return float(value)
    return 0.0


def _kept(line: ReadLine) -> list[tuple[str, BBox, int]]:
    """The words of a line, without dust and borders read as letters, and with its bullet."""
    words = list(line.words)
    found: list[tuple[str, BBox, int]] = []
    for i, word in enumerate(words):
        text = clean_word(word.text.strip("|_"))
        space = words[i + 1].box[0] - word.box[2] if i + 1 < len(words) else 0.0
        if i == 0 and word.text in _BULLETS and space > 0.3 * line.size:
            text = "•" if word.text not in "-–—" else text
        elif not text or (word.confidence < _DUST and not any(c.isalnum() for c in text)):
            continue
        found.append((text, word.box, word.confidence))
    return found


def _rules(reading: Reading, scale: float) -> PageRules:
    """The separators that the engine sees are the borders of tables."""
    rules = PageRules(image_cover=1.0, images=1)
    for box in reading.separators:
        x0, top, x1, bottom = (value * scale for value in box)
        if x1 - x0 >= bottom - top:
            rules.horizontal.append(((top + bottom) / 2, x0, x1))
        else:
            rules.vertical.append(((x0 + x1) / 2, top, bottom))
    return rules


def letters_of(texts: Sequence[str]) -> int:
    return sum(c.isalnum() for text in texts for c in text)


def is_poor(texts: Sequence[str]) -> bool:
    """Whether a hidden text layer is not worth keeping: words that no prose writes, or French without its accents."""
    sample = [text[:40] for text in texts[:2000] if text]  # a page has 500 words; longer ones are leaders
    if len(sample) < _ENOUGH:
        return False  # too little to judge: kept
    odd = sum(1 for text in sample if not _TOKEN.fullmatch(text) or (_MIXED.match(text) and len(text) > 4))
    if odd > _ODD_WORDS * len(sample):
        return True
    text = " ".join(sample)
    small = [c for c in text if c.islower()]
    if len(small) < _LETTERS_ENOUGH or detect(text) != "fr":
        return False
    return sum(not c.isascii() for c in small) < _ACCENTS * len(small)
