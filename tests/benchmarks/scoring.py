"""Where the time of ``crible.score`` goes: reading, classifying, judging, in CPU-seconds and pages per CPU-second.

``python tests/benchmarks/scoring.py [FOLDER…]``: each folder one tender; by default the samples that ship, and the
development tenders where they are present. Medians of three runs in one process, tenders interleaved.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import crible
from crible.classification import classify
from crible.scoring import assess
from crible_models import resource

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
HELP = "import sys; sys.argv[1:] = ['--help']; from crible.cli import main; main()"


def tenders() -> list[Path]:
    if len(sys.argv) > 1:
        return [Path(p) for p in sys.argv[1:]]
    real = ROOT.parent / "shared" / "data" / "real"
    found = [p for p in sorted(resource("samples").iterdir()) if p.is_dir()]
    return found + ([p for p in sorted(real.iterdir()) if p.is_dir()] if real.is_dir() else [])


def once(path: Path) -> tuple[int, float, float, float]:
    """Pages, and the CPU-seconds of reading, classifying and judging."""
    marks = [time.process_time()]
    dossier = crible.read(path)
    marks.append(time.process_time())
    findings = classify(dossier)
    marks.append(time.process_time())
    assess(dossier, findings)
    marks.append(time.process_time())
    read, classified, judged = (b - a for a, b in pairwise(marks))
    return dossier.pages, read, classified, judged


def start_up(code: str) -> float:
    """Wall-clock milliseconds of a new interpreter that runs ``code``, the interpreter's own start deducted."""

    def run(what: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", what], check=True, capture_output=True)
        return 1000 * (time.perf_counter() - begin)

    pairs = [(run(code), run("pass")) for _ in range(5)]
    return statistics.median(full - bare for full, bare in pairs)


def main() -> None:
    paths = tenders()
    once(paths[0])  # lexicons and libraries load once
    runs = [[once(path) for path in paths] for _ in range(RUNS)]
    print(f"{'tender':32} {'pages':>6} {'read':>7} {'classify':>9} {'judge':>7} {'pages/s':>8}")
    total = [0.0, 0.0, 0.0, 0.0]
    for i, path in enumerate(paths):
        pages = runs[0][i][0]
        read, classified, judged = (statistics.median(run[i][k] for run in runs) for k in (1, 2, 3))
        rate = pages / (read + classified + judged)
        print(f"{path.name[:32]:32} {pages:6} {read:7.2f} {classified:9.2f} {judged:7.3f} {rate:8.0f}")
        total = [a + b for a, b in zip(total, (pages, read, classified, judged), strict=True)]
    rate = total[0] / sum(total[1:])
    print(f"{'all':32} {total[0]:6.0f} {total[1]:7.2f} {total[2]:9.2f} {total[3]:7.3f} {rate:8.0f}")
    print(f"import crible: {start_up('import crible'):.0f} ms")
    print(f"crible --help: {start_up(HELP):.0f} ms")


if __name__ == "__main__":
    main()
