"""How long the judge takes on a classified tender of 300 pages: under 50 ms, and what share of the whole that is.

``python tests/benchmarks/judging.py [PAGES]``. The tender is made of a sample that ships, its pages repeated with other
numbers so that no text is met twice; nothing is kept from one run to the next. Medians of nine runs in one process.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import crible
from crible.classification import classify
from crible.scoring import assess
from crible.scoring.facts.texts import folded_text
from crible.types import Block, Document, Dossier
from crible_models import resource

RUNS = 9
TARGET_MS = 50.0


def longer(document: Document, times: int) -> Document:
    """The document with its pages ``times`` over, each copy with its number in every text."""
    blocks: list[Block] = []
    start = 0
    for copy in range(times):
        for block in document.blocks:
            text = block.text if copy == 0 else f"{block.text} ({copy})"
            page = None if block.page is None else block.page + copy * document.pages
            blocks.append(replace(block, text=text, start=start, page=page, page_end=page))
            start += len(text) + 1
    return replace(document, blocks=tuple(blocks), pages=times * document.pages, pages_read=times * document.pages_read)


def with_lots(dossier: Dossier, lots: int) -> Dossier:
    """The same pages, the technical piece once for each lot."""
    technical = next(d for d in dossier.documents if d.role == "CCTP")
    others = tuple(d for d in dossier.documents if d is not technical)
    pieces = tuple(replace(technical, path=f"CCTP_lot{n}.pdf", lot=str(n)) for n in range(1, lots + 1))
    return replace(dossier, documents=(*others, *pieces))


def median_ms(act: Callable[[], object]) -> float:
    took = []
    for _ in range(RUNS):
        folded_text.cache_clear()  # a tender is judged once: what a former run folded must not help
        begin = time.process_time()
        act()
        took.append(1000 * (time.process_time() - begin))
    return statistics.median(took)


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    sample = crible.read(resource("samples", "conforme"), ocr="off")
    times = -(-pages // sample.pages)
    dossier = replace(sample, documents=tuple(longer(d, times) for d in sample.documents))
    begin = time.process_time()
    findings = classify(dossier)
    classified = 1000 * (time.process_time() - begin)
    assess(dossier, findings)  # policies and lexicons load once
    judged = median_ms(lambda: assess(dossier, findings))
    blocks = sum(len(d.blocks) for d in dossier.documents)
    print(f"{dossier.pages} pages, {blocks} blocks, {len(findings)} findings")
    print(f"judged in {judged:.0f} ms (target {TARGET_MS:.0f} ms), {100 * judged / classified:.1f} % of classifying it")
    lots = with_lots(sample, 4)
    of_lots, of_sample = classify(lots), classify(sample)
    by_lot, whole = median_ms(lambda: assess(lots, of_lots)), median_ms(lambda: assess(sample, of_sample))
    print(f"four lots: {by_lot / whole:.1f} times the time of the same call without lots")


if __name__ == "__main__":
    main()
