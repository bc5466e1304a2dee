"""Where the time of ``crible.score`` goes: reading, classifying, judging, in CPU-seconds and pages per CPU-second.

``python tests/benchmarks/scoring.py [--detector NAME] [--ocr off] [FOLDER…]``: each folder one tender; by default the
samples that ship, and the development tenders where they are present. Medians of three runs in one process, tenders
interleaved. ``closely``: the share of clauses that the encoder reads. Then, in processes of their own: the time of
``import crible`` and ``crible --help``, the time to the first verdict and the most memory held.
"""

from __future__ import annotations

import argparse
import os
import resource as process
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import get_args

import crible
from crible.classification import classify, detector_named
from crible.classification.cascade import default_name
from crible.classification.combined import CombinedDetector
from crible.classification.detector import Detector
from crible.classification.encoder import told_around
from crible.classification.segments import clauses
from crible.extraction.ocr import OcrMode
from crible.scoring import assess
from crible.types import DetectorName
from crible_models import resource

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
HELP = "import sys; sys.argv[1:] = ['--help']; from crible.cli import main; main()"


def tenders() -> list[Path]:
    real = ROOT.parent / "shared" / "data" / "real"
    found = [p for p in sorted(resource("samples").iterdir()) if p.is_dir()]
    return found + ([p for p in sorted(real.iterdir()) if p.is_dir()] if real.is_dir() else [])


def cpu() -> float:
    """CPU-seconds of this process and of those that it started: pages are read, and scans recognised, in others."""
    ended = process.getrusage(process.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + _living(os.getpid())


def _living(pid: int) -> float:
    total = 0.0
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + _living(int(child))
    return total


def once(path: Path, detector: Detector, ocr: OcrMode) -> tuple[int, float, float, float, float]:
    """Pages, the CPU-seconds of reading, classifying and judging, and the share of clauses read closely."""
    encoder = detector.encoder if isinstance(detector, CombinedDetector) else None
    if encoder is not None:
        encoder.forget()
    marks = [cpu()]
    dossier = crible.read(path, ocr=ocr)
    marks.append(cpu())
    findings = classify(dossier, detector=detector)
    marks.append(cpu())
    assess(dossier, findings)
    marks.append(cpu())
    read, classified, judged = (b - a for a, b in pairwise(marks))
    share = encoder.kept / len({(c.text, told_around(c)) for c in clauses(dossier)}) if encoder is not None else 0.0
    return dossier.pages, read, classified, judged, share


def start_up(code: str) -> float:
    """Wall-clock milliseconds of a new interpreter that runs ``code``, the interpreter's own start deducted."""

    def run(what: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", what], check=True, capture_output=True)
        return 1000 * (time.perf_counter() - begin)

    pairs = [(run(code), run("pass")) for _ in range(5)]
    return statistics.median(full - bare for full, bare in pairs)


def first_verdict(path: Path, detector: str, ocr: str) -> tuple[float, float]:
    """Seconds from the shell to the verdict, and the most memory that a process of it held, in MB."""
    code = (
        f"import crible, resource; crible.score({str(path)!r}, detector={detector!r}, ocr={ocr!r}); "
        "print(max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))"
    )
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, int(done.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--detector", choices=get_args(DetectorName), default=default_name())
    parser.add_argument("--ocr", choices=get_args(OcrMode), default="auto")
    asked = parser.parse_args()
    paths, detector = asked.folders or tenders(), detector_named(asked.detector)
    once(paths[0], detector, asked.ocr)  # lexicons and libraries load once
    runs = [[once(path, detector, asked.ocr) for path in paths] for _ in range(RUNS)]
    print(f"{'tender':32} {'pages':>6} {'read':>7} {'classify':>9} {'judge':>7} {'all':>7} {'closely':>8}")
    total = [0.0, 0.0, 0.0, 0.0]
    for i, path in enumerate(paths):
        pages, share = runs[0][i][0], runs[0][i][4]
        read, classified, judged = (statistics.median(run[i][k] for run in runs) for k in (1, 2, 3))
        took = read + classified + judged
        print(f"{path.name[:32]:32} {pages:6} {read:7.2f} {classified:9.2f} {judged:7.3f} {took:7.2f} {share:8.0%}")
        total = [a + b for a, b in zip(total, (pages, read, classified, judged), strict=True)]
    print(f"{'all':32} {total[0]:6.0f} {total[1]:7.2f} {total[2]:9.2f} {total[3]:7.3f} {sum(total[1:]):7.2f}")
    print(f"import crible: {start_up('import crible'):.0f} ms")
    print(f"crible --help: {start_up(HELP):.0f} ms")
    for path in (paths[0], max(zip(runs[0], paths, strict=True))[1]):
        seconds, memory = first_verdict(path, asked.detector, asked.ocr)
        print(f"{path.name}: {seconds:.1f} s to the verdict in a new process, {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
