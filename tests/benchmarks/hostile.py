"""What becomes of files made to hurt, and what isolation costs: ``python tests/benchmarks/hostile.py``.

Each kind of ``tests/extraction/hostile.py`` is read by the PDF reader in a worker of its own, each of
``hostile_archives.py`` and each PDF that carries files as a tender by a process of its own; the table says the outcome,
the seconds on the clock, and the peak memory of the worker (for archives: of the parent, and of the worker). Nothing is
asserted. ``--only WORDS`` picks kinds.
``--overhead FOLDER`` measures instead, on the PDFs of a folder and on a small one, what a worker adds to a reading in
process, what its start costs, and what two workers gain.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "extraction"))  # before this file, which has the name of the one imported

import hostile  # noqa: E402
import hostile_archives  # noqa: E402

from crible.errors import CribleError  # noqa: E402
from crible.extraction.isolation import Job, Pool, WorkerLimits  # noqa: E402
from crible.extraction.pdf import read_pdf  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.types import Document


class Peak:
    """The largest resident memory of the workers of a pool while the block runs, in MB; 0 without /proc."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._done = pool, threading.Event()
        self.mb = 0.0

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self.look()

    def look(self) -> None:
        for worker in self._pool._all:
            try:
                status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
                self.mb = max(self.mb, int(status.split("VmHWM:")[1].split()[0]) / 1024)
            except (OSError, IndexError):
                continue


def outcome(pool: Pool, data: bytes) -> str:
    try:
        document = pool.read(read_pdf, data, path="x.pdf", sha256="0" * 64)
    except CribleError as error:
        reason, detail = getattr(error, "reason", ""), getattr(error, "detail", "")
        return f"killed: {reason} {detail}".strip() if reason else f"refused: {type(error).__name__}"
    return said(document)


def said(document: Document) -> str:
    reasons = sorted({u.reason for u in document.unread})
    notes = sorted({w.code for w in document.warnings})
    size = f"{document.pages_read}/{document.pages} pages, {document.words} words"
    unread = f", unread: {', '.join(reasons)}" if reasons else ""
    return f"read {size}{unread}" + (f" [{', '.join(notes)}]" if notes else "")


def outcomes(only: str, limits: WorkerLimits) -> None:
    print(f"{'kind':36} {'bytes':>9} {'seconds':>8} {'peak MB':>8}  outcome")
    for kind, make in hostile.KINDS.items():
        if only not in kind:
            continue
        data = make()
        with Pool(limits=limits) as pool:
            pool.read(read_pdf, hostile.HONEST, path="x.pdf", sha256="0" * 64)  # warm
            begun = time.perf_counter()
            with Peak(pool) as peak:
                what = outcome(pool, data)
                spent = time.perf_counter() - begun
                peak.look()
            again = outcome(pool, hostile.HONEST)
        lost = "" if again.startswith("read 1/1") else "  NEXT FILE LOST"
        print(f"{kind:36} {len(data):9} {spent:8.2f} {peak.mb:8.0f}  {what}{lost}", flush=True)


# Reads a folder and says what came of it; memory in KB. The highest of this process is asked of /proc: what the system
# says of it otherwise begins with that of the process which started it.
_TENDER = """
import json, re, resource, sys, time
from pathlib import Path
from crible.errors import CribleError
from crible.extraction import isolation, read_dossier
begun = time.perf_counter()
try:
    found = read_dossier([Path(sys.argv[1])])
    unread = sorted({u.reason for d in found.documents for u in d.unread})
    notes = sorted({w.code for w in found.warnings} | {w.code for d in found.documents for w in d.warnings})
    said = f"{len(found.documents)} files, {sum(bool(d.blocks) for d in found.documents)} read"
    said += f", unread: {', '.join(unread)}" * bool(unread) + f" [{', '.join(notes)}]" * bool(notes)
except CribleError as error:
    said = f"refused: {type(error).__name__}"
spent = time.perf_counter() - begun
isolation.close()
status = Path("/proc/self/status")
own = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([said, spent, int(own[1]) if own else 0, worker]))
"""


def archive_outcomes(only: str) -> None:
    print(f"{'kind':36} {'bytes':>9} {'seconds':>8} {'parent':>8} {'worker':>8}  outcome")
    for kind, make in (hostile_archives.ARCHIVES | hostile.CARRIERS).items():
        if only not in kind:
            continue
        with tempfile.TemporaryDirectory() as folder:
            data = make()
            (Path(folder) / "DCE.zip").write_bytes(data)
            (Path(folder) / "RC.pdf").write_bytes(hostile.HONEST)
            command = [sys.executable, "-c", _TENDER, folder]
            done = subprocess.run(command, capture_output=True, check=False)
        try:
            what, spent, parent, worker = json.loads(done.stdout)
        except ValueError:
            what, spent, parent, worker = f"CRASHED {done.stderr[-200:]!r}", 0.0, 0, 0
        print(f"{kind:36} {len(data):9} {spent:8.2f} {parent // 1024:8} {worker // 1024:8}  {what}", flush=True)


def best(*runs: Callable[[], object], repeat: int = 7) -> list[float]:
    """The shortest milliseconds of each, one after the other in turn: what is left when the machine is shared."""
    spent: list[list[float]] = [[] for _ in runs]
    for _ in range(repeat):
        for run, times in zip(runs, spent, strict=True):
            begun = time.perf_counter()
            run()
            times.append((time.perf_counter() - begun) * 1000)
    return [min(times) for times in spent]


def overhead(folder: Path) -> None:
    jobs = []
    for path in sorted(folder.rglob("*.pdf")):
        data = path.read_bytes()
        jobs.append(Job(read_pdf, data, path.name, hashlib.sha256(data).hexdigest()))
    small = Job(read_pdf, hostile.HONEST, "honest.pdf", "0" * 64)
    with Pool() as pool:
        begun = time.perf_counter()
        pool.read(small.reader, small.data, path=small.path, sha256=small.sha256)
        first = time.perf_counter() - begun
        print(f"start and first document (readers loaded): {first * 1000:.0f} ms")
        print(f"{'document':34} {'KB':>6} {'pages':>5} {'here ms':>8} {'worker ms':>9} {'added':>7}")
        here_all = there_all = 0.0
        for job in [small, *jobs]:
            pages = read_pdf(job.data, path=job.path, sha256=job.sha256).pages
            asked = {"path": job.path, "sha256": job.sha256}
            here, there = best(partial(read_pdf, job.data, **asked), partial(pool.read, read_pdf, job.data, **asked))
            here_all, there_all = here_all + here, there_all + there
            name = job.path[:34]
            print(f"{name:34} {len(job.data) // 1024:6} {pages:5} {here:8.1f} {there:9.1f} {there - here:7.1f}")
        print(f"all {len(jobs)}: here {here_all:.0f} ms, worker {there_all:.0f} ms ({there_all / here_all - 1:+.1%})")
    with Pool() as one, Pool(workers=2) as two:
        runs = [lambda pool=pool: list(pool.read_many(jobs)) for pool in (one, two)]
        alone, together = best(*runs, repeat=5)
    print(f"read_many: {alone:.0f} ms with one worker, {together:.0f} ms with two: {alone / together:.2f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--memory", type=int, default=2048, help="address space in MiB")
    parser.add_argument("--seconds", type=float, default=20, help="CPU seconds for a small file")
    parser.add_argument("--overhead", type=Path, metavar="FOLDER", help="measure the cost of isolation on its PDFs")
    options = parser.parse_args()
    if options.overhead:
        overhead(options.overhead)
    else:
        outcomes(options.only, WorkerLimits(memory=options.memory << 20, seconds=options.seconds))
        archive_outcomes(options.only)


if __name__ == "__main__":
    main()
