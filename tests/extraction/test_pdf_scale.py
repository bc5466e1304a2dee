"""Large pages and long documents: time in proportion, memory flat, limits told."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pdf_pages import mixed

from crible.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("kind", ["lines", "scattered", "one place", "dots"])
def test_a_page_of_thousands_of_words_is_read_in_linear_time(sheets: Callable, read: Callable, kind: str) -> None:
    import random
    import time

    def seconds(count: int) -> float:
        made, places = sheets(), random.Random(1)
        for n in range(count):
            x, top, size, text = {
                "lines": (20, 20 + 800 * n / count, 0.06, "le titulaire, et les"),
                "scattered": (595 * places.random(), 842 * places.random(), 4, "mot"),
                "one place": (72, 100, 10, "mot"),
                "dots": (20, 20 + 800 * n / count, 0.06, ". . . . . . . ."),
            }[kind]
            made.text(x, top, text, size=size)
        pdf = made.pdf()
        begun = time.process_time()
        assert read(pdf).pages == 1
        return time.process_time() - begun

    few = min(seconds(2_000), seconds(2_000))
    assert seconds(16_000) < 32 * few  # 8 × the words; a square search takes 64 × as long


def test_more_pages_than_the_limit_are_refused(
    sheets: Callable, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crible.extraction import pdf

    monkeypatch.setattr(pdf, "_PAGES_MAX", 2)
    with pytest.raises(LimitExceeded, match="3 pages"):
        read(mixed(sheets))


def test_five_hundred_pages_stay_flat_in_memory(sheets: Callable, tmp_path: Path) -> None:
    def written(count: int) -> Path:
        made = sheets()
        for n in range(count):
            made.text(72, 20, "Commune de Sainte-Anselme – CCTP", size=8)
            for k in range(40):
                made.text(
                    72, 60 + 14 * k, f"Clause {n}.{k} : le titulaire répond aux demandes des services de la commune."
                )
            made.page()
        path = tmp_path / f"{count}.pdf"
        path.write_bytes(made.pdf())
        return path

    code = (
        "import resource, sys; from crible.extraction.pdf import read_pdf\n"
        "d = read_pdf(open(sys.argv[1], 'rb').read(), path='x.pdf', sha256='')\n"
        "print(d.pages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    peaks = {}
    for count in (25, 500):
        done = subprocess.run(
            [sys.executable, "-c", code, str(written(count))], capture_output=True, text=True, check=True
        )
        pages, peak = map(int, done.stdout.split())
        assert pages == count
        peaks[count] = peak
    # 475 pages of 600 words more: their words and boxes, about a quarter of a megabyte a page, and no page kept open.
    assert peaks[500] - peaks[25] < 160
