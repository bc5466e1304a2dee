"""The tesseract command: found, asked for its version, run on one page, and its answer (hOCR) made into lines.

A process per page, not the library in this process: a page that crashes the engine or never ends costs that page alone.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from crible.errors import UnreadableInput

if TYPE_CHECKING:
    from PIL.Image import Image

    from crible.types import BBox

_LOG = logging.getLogger(__name__)
# French alone: with English beside it, accents right fall from 100 % to 97 % and a page costs a third more, while
# English prose is read as well by the French model, which has the same alphabet (tests/benchmarks/ocr.py).
LANGUAGES = "fra"
_ASK = 10  # seconds for --version and --list-langs, which take 10 ms
# A font's line is 2.2 heights of « x » in Helvetica, 2.4 in Times, 2.1 in DejaVu; the layout compares sizes only.
_LINE = 2.2
_CAPITALS = 1.6  # … and 1.6 heights of a capital or a figure, where a line has nothing else
_BELOW = 0.22  # share of the line under the baseline
_LEADERS = re.compile(r"(.*?)([.·…_]{4,}.*)")
_DOTTED = 60  # confidence of a word that is not the dots of a table of contents, read as « 444 », « eee » or « mm »
_X_HEIGHT = re.compile(r"x_size ([\d.]+); x_descenders (-?[\d.]+); x_ascenders (-?[\d.]+)")
_BOX = re.compile(r"bbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_BASELINE = re.compile(r"baseline (-?[\d.]+) (-?[\d.]+)")
_CONFIDENCE = re.compile(r"x_wconf (\d+)")
_ANGLE = re.compile(r"textangle (-?[\d.]+)")


class EngineFailure(UnreadableInput):
    """The engine gave no text for a page: ``reason`` is ``ocr_timeout`` or ``ocr_failed``."""

    code = "ocr-failed"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Engine:
    """A tesseract that has the languages asked for."""

    command: str
    version: str
    languages: str


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word in pixels. ``box`` spans its line from ascent to descent, as the box of a word of a text layer does."""

    text: str
    confidence: int  # 0 to 100, as the engine says it
    box: BBox


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line in pixels: its height from ascent to descent, and whether it runs across the image."""

    words: tuple[ReadWord, ...]
    size: float
    upright: bool = True


def missing_part(languages: str = LANGUAGES) -> str | None:
    """What is absent to read scans: ``tesseract``, the language models (``fra``), or None when nothing is."""
    command = shutil.which("tesseract")
    if command is None:
        return "tesseract"
    _, known = _about(command, os.environ.get("TESSDATA_PREFIX", ""))
    absent = [language for language in languages.split("+") if language not in known]
    return "+".join(absent) or None


def find_engine(languages: str = LANGUAGES) -> Engine | None:
    """The tesseract command of this machine, None when it or one of the languages is missing."""
    command = shutil.which("tesseract")
    if command is None or missing_part(languages) is not None:
        return None
    version, _ = _about(command, os.environ.get("TESSDATA_PREFIX", ""))
    return Engine(command, version, languages)


@functools.lru_cache(maxsize=8)
def _about(command: str, _models: str) -> tuple[str, frozenset[str]]:
    """Version and languages. ``_models``: the variable that moves the models, so that a change of it asks again."""

    def ask(option: str) -> list[str]:
        try:
            done = subprocess.run([command, option], capture_output=True, text=True, timeout=_ASK, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            _LOG.warning("tesseract %s: %s", option, error)
            return []
        return (done.stdout + done.stderr).splitlines()  # older versions answer on stderr

    first = next(iter(ask("--version")), "")
    return first.removeprefix("tesseract").strip() or "?", frozenset(line.strip() for line in ask("--list-langs")[1:])


def run_engine(engine: Engine, image: Image, *, dpi: int, deadline: float) -> tuple[list[ReadLine], list[BBox]]:
    """The lines of a grey image and the separators seen in it, in pixels. Raises EngineFailure."""
    # Mode 3 (page layout, no orientation): mode 1 costs a sixth more, mode 6 loses columns.
    command = [engine.command, "stdin", "stdout", "-l", engine.languages, "--psm", "3", "--dpi", str(dpi), "hocr"]
    header = b"P5 %d %d 255\n" % image.size  # a bare grey map: nothing to compress, no file left behind
    # One thread: four of them on one page cost twice the processor time of one; pages run side by side instead.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            command, input=header + image.tobytes(), capture_output=True, timeout=deadline, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise EngineFailure("ocr_timeout", f"{deadline} s") from error
    except (OSError, MemoryError) as error:
        raise EngineFailure("ocr_failed", str(error)) from error
    if done.returncode != 0:
        raise EngineFailure("ocr_failed", done.stderr[-300:].decode("utf-8", errors="replace"))
    return parse_hocr(done.stdout)


def parse_hocr(answer: bytes) -> tuple[list[ReadLine], list[BBox]]:
    """The lines and separators of tesseract's hOCR. Raises EngineFailure when it is cut or damaged."""
    try:
        root = ElementTree.fromstring(answer)
    except ElementTree.ParseError as error:
        raise EngineFailure("ocr_failed", str(error)) from error
    lines: list[ReadLine] = []
    separators: list[BBox] = []
    for element in root.iter():
        kind = element.get("class", "")
        if kind == "ocr_separator":
            separators.append(_box(element.get("title", "")))
        elif kind.startswith("ocr_") and _X_HEIGHT.search(element.get("title", "")):  # line, header, caption, float
            line = _line(element)
            if line.words:
                lines.append(line)
    return lines, separators


def _line(element: ElementTree.Element) -> ReadLine:
    title = element.get("title", "")
    x0, _, _, bottom = _box(title)
    heights = _X_HEIGHT.search(title)
    size, below, above = (float(value) for value in heights.groups()) if heights else (0.0, 0.0, 0.0)
    slope, drop = (float(v) for v in found.groups()) if (found := _BASELINE.search(title)) else (0.0, 0.0)
    angle = float(found[1]) if (found := _ANGLE.search(title)) else 0.0
    upright = round(angle) % 360 == 0
    words = []
    for child in element:
        about = child.get("title", "")
        if text := "".join(child.itertext()).strip():
            confidence = int(found[1]) if (found := _CONFIDENCE.search(about)) else 0
            words.append(ReadWord(text, confidence, _box(about)))
    words = _with_leaders(words)
    # The height of « x » is measured; ascents and descents are guessed where a line has none, and wander.
    height = max(_LINE * (size - below - above), 1.0)
    if upright and words and not any(c.islower() for word in words for c in word.text):
        heights_of = sorted(word.box[3] - word.box[1] for word in words if any(c.isalnum() for c in word.text))
        # The lower quarter: accents, commas and dust make words higher, nothing makes them lower.
        height = max(_CAPITALS * heights_of[len(heights_of) // 4], 1.0) if heights_of else height
    if upright:
        for i, word in enumerate(words):
            base = bottom + drop + slope * ((word.box[0] + word.box[2]) / 2 - x0)
            box = (word.box[0], base - (1 - _BELOW) * height, word.box[2], base + _BELOW * height)
            words[i] = ReadWord(word.text, word.confidence, box)
    return ReadLine(tuple(words), height, upright)


def _with_leaders(words: list[ReadWord]) -> list[ReadWord]:
    """Dotted leaders as one word of dots, whatever letters the engine saw in them."""
    found: list[ReadWord] = []
    inside = False
    for i, word in enumerate(words):
        dots = _LEADERS.fullmatch(word.text)
        if dots is None and word.text == "." and i + 1 < len(words) and words[i + 1].text.startswith("."):
            dots = _LEADERS.fullmatch("....")
        if inside and (dots or word.confidence < _DOTTED):
            last = found[-1]
            found[-1] = ReadWord(last.text, last.confidence, (*last.box[:2], word.box[2], last.box[3]))
            continue
        inside = dots is not None
        if dots is None:
            found.append(word)
            continue
        x0, top, x1, bottom = word.box
        # « PROJET.......4 » is read with the confidence of its dots: the word before them has its own share of the box.
        cut = x0 + (x1 - x0) * len(dots[1]) / len(word.text)
        if dots[1]:
            found.append(ReadWord(dots[1], max(word.confidence, _DOTTED), (x0, top, cut, bottom)))
        found.append(ReadWord("....", word.confidence, (cut, top, x1, bottom)))
    return found


def _box(title: str) -> BBox:
    found = _BOX.search(title)
    if found is None:
        return 0.0, 0.0, 0.0, 0.0
    x0, top, x1, bottom = (float(value) for value in found.groups())
    return x0, top, x1, bottom
