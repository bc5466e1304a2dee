"""How well scans are read, and at what cost: ``python tests/benchmarks/ocr.py [--pages N] [--languages fra]``.

Pages of the generated tenders as images, at 200 and 300 dpi, clean and spoilt; their text layer is the truth. Words
found and their precision, words with an accent apart, CPU-seconds a page of the engine
and of what stands around it. No cache.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import sys
import time
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2
from PIL import Image

from crible.extraction.ocr import DEADLINE, Task
from crible.extraction.ocr_engine import find_engine, missing_part, run_engine
from crible.extraction.ocr_words import page_of

if TYPE_CHECKING:
    from crible.extraction.ocr_engine import Engine

_WORD = re.compile(r"[^\W_]+")


def pages(count: int) -> list[pypdfium2.PdfPage]:
    """Pages of the sample tenders, covers left out, taken in turn from the pieces."""
    from crible_training.samples import NAMES, sample_files

    documents = [pypdfium2.PdfDocument(data) for name in NAMES for data in sample_files(name).values()]
    found = [document[i] for i in range(1, 8) for document in documents if i < len(document)]
    return [page for page in found if len(page.get_textpage().get_text_bounded()) > 800][:count]


def spoilt(image: Image.Image, seed: int) -> Image.Image:
    """Laid 1.3° askew, grey paper, pale ink, grain."""
    turned = np.asarray(image.rotate(1.3, Image.Resampling.BICUBIC, fillcolor=255)) * 0.8 + 40
    grain = np.random.default_rng(seed).normal(0, 28, turned.shape)
    return Image.fromarray(np.clip(turned + grain, 0, 255).astype(np.uint8))


def shares(found: str, expected: str) -> tuple[float, float, float]:
    """Words found of those expected, of those with an accent, and expected of those found."""
    want, got = (Counter(_WORD.findall(unicodedata.normalize("NFC", t).lower())) for t in (expected, found))
    both = want & got
    accented = [w for w in want if not w.isascii()]
    return (
        both.total() / want.total(),
        sum(both[w] for w in accented) / max(sum(want[w] for w in accented), 1),
        both.total() / max(got.total(), 1),
    )


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(engine: Engine, chosen: list[pypdfium2.PdfPage], dpi: int, *, clean: bool) -> str:
    task = Task(engine, None, DEADLINE, run_engine)
    scores, sure, costs, around, left = [], [], [], [], 0
    for n, page in enumerate(chosen):
        image = page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")
        if not clean:
            image = spoilt(image, n)
        before, own = children(), time.process_time()
        reading, _ = task.read(image, dpi)
        result = page_of(reading, n + 1, page.get_size())
        costs.append(children() - before)
        around.append(time.process_time() - own)
        text = page.get_textpage().get_text_bounded().replace("\ufffe", "-").replace("\x02", "-")
        scores.append(shares(" ".join(result.words.texts), text))
        sure.append(result.confidence)
        left += result.reason is not None
    words, accents, precision = (statistics.mean(column) for column in zip(*scores, strict=True))
    return (
        f"{dpi:4} {'clean' if clean else 'noisy':6} {words:6.3f} {accents:8.3f} {precision:10.3f} "
        f"{statistics.mean(sure):11.1f} {left:7} {statistics.mean(costs):13.2f} {statistics.mean(around):13.2f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--languages", default="fra", help="models of tesseract, joined by +")
    options = parser.parse_args()
    engine = find_engine(options.languages)
    if engine is None:
        print(f"skipped: {missing_part(options.languages)} is missing", file=sys.stderr)
        return 0
    chosen = pages(options.pages)
    print(f"tesseract {engine.version}, {engine.languages}, {len(chosen)} pages; CPU-seconds a page")
    print(f"{'dpi':>4} {'':6} {'words':>6} {'accents':>8} {'precision':>10} {'confidence':>11} {'unread':>7} "
          f"{'engine':>13} {'around it':>13}")  # fmt: skip
    for dpi in (200, 300):
        for clean in (True, False):
            print(measure(engine, chosen, dpi, clean=clean), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
