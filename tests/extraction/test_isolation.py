"""Reading in a process of its own: what goes wrong there is a typed error about one file, and nothing else."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crible.errors import ConfigurationError, CribleError, DamagedDocument, LimitExceeded
from crible.extraction import isolation, isolation_worker
from crible.extraction.isolation import (
    Job,
    Pool,
    ReaderBroke,
    ReaderCrashed,
    ReaderFailed,
    ReaderMemory,
    ReaderTimeout,
    WorkerLimits,
)
from crible.extraction.office.refusal import Refusal
from crible.extraction.pictures import Picture
from crible.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SHA = "0" * 64
# A tenth of the real limits, so that the suite stays quick; a mebibyte of file still adds nothing.
SMALL = WorkerLimits(memory=500 << 20, seconds=1, seconds_per_mib=1, seconds_max=1, patience=1, idle=1)

_spec = importlib.util.spec_from_file_location("isolation_readers", HERE / "isolation_readers.py")
assert _spec is not None
assert _spec.loader is not None
readers: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readers)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    monkeypatch.syspath_prepend(str(HERE))  # where the worker finds the readers above
    with Pool(limits=SMALL) as pool:
        yield pool


def read(pool: Pool, name: str, data: bytes = b"data", path: str = "CCTP.pdf") -> Document:
    return pool.read(getattr(readers, name), data, path=path, sha256=SHA)


def reader_pid(pool: Pool) -> int:
    return int(read(pool, "honest").title)


def gone(pid: int, *, within: float = 5.0, orphan: bool = False) -> bool:
    """Whether the process ends and is waited for. An orphan may stay a zombie until init cares to look."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        try:
            os.kill(pid, 0)
            if orphan and Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


# One file that goes wrong


@pytest.mark.parametrize(
    ("reader", "error", "reason", "detail"),
    [
        ("segfault", ReaderCrashed, "reader_crashed", "SIGSEGV"),
        ("overflow", ReaderCrashed, "reader_crashed", "SIGSEGV"),
        ("killed", ReaderCrashed, "reader_crashed", "SIGKILL"),
        ("left", ReaderCrashed, "reader_crashed", "réponse invalide"),
        ("broken_heap", ReaderCrashed, "reader_crashed", "SIGABRT"),
        ("forger", ReaderCrashed, "reader_crashed", "réponse invalide"),
        ("liar", ReaderCrashed, "reader_crashed", "réponse invalide"),
        ("untyped", ReaderCrashed, "reader_crashed", "réponse invalide"),
        ("drawing_reader", ReaderCrashed, "reader_crashed", "réponse invalide"),
        ("out_of_memory", ReaderMemory, "reader_memory", ""),
        ("bomb", ReaderMemory, "reader_memory", ""),
        ("spin", ReaderTimeout, "reader_timeout", ""),
        ("sleep", ReaderTimeout, "reader_timeout", ""),
        ("broken", ReaderBroke, "reader_error", "RecursionError"),
    ],
)
def test_a_file_that_defeats_its_reader_is_a_typed_error_and_the_next_one_is_read(
    pool: Pool, reader: str, error: type[ReaderFailed], reason: str, detail: str
) -> None:
    before = reader_pid(pool)
    begun = time.monotonic()
    with pytest.raises(error) as raised:
        read(pool, reader)
    assert time.monotonic() - begun < 6  # the deadline is 2 s
    assert raised.value.reason == reason
    assert str(raised.value).startswith("CCTP.pdf : ")
    assert detail in str(raised.value)
    after = reader_pid(pool)
    assert (after == before) == (error is ReaderBroke)  # a mere exception leaves the process sound
    assert after == before or gone(before)


def test_the_refusal_of_a_reader_arrives_as_it_was_raised(pool: Pool) -> None:
    before = reader_pid(pool)
    with pytest.raises(DamagedDocument, match=r"^CCTP.pdf : endommagé$"):
        read(pool, "refusing")
    with pytest.raises(LimitExceeded, match="9 couches"):
        read(pool, "refusing_in_its_own_way")
    with pytest.raises(Refusal) as raised:
        read(pool, "refusing_with_a_reason")
    assert (type(raised.value), raised.value.reason, raised.value.detail) == (Refusal, "unsafe_xml", "> 200 niveaux")
    assert reader_pid(pool) == before


def test_pages_are_drawn_in_a_worker_as_asked(pool: Pool) -> None:
    found = pool.draw(readers.drawer, b"data", path="CCTP.pdf", sha256=SHA, pages=[2, 5], dpi=96)
    assert found == (Picture(2, 1, 1, b"\x60"), Picture(5, 1, 1, b"\x60"))


@pytest.mark.parametrize("drawer", ["wrong_drawer", "reading_drawer"])
def test_a_picture_that_nobody_asked_for_is_refused(pool: Pool, drawer: str) -> None:
    with pytest.raises(ReaderCrashed, match="réponse invalide"):
        pool.draw(getattr(readers, drawer), b"data", path="CCTP.pdf", sha256=SHA, pages=[1], dpi=96)


def test_what_native_code_prints_is_logged_and_does_not_disturb_the_answer(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "crible.extraction"):
        read(pool, "noisy")
        read(pool, "noisy")
        pool.close()  # its log is read to the end
    assert "native words on descriptor 1" in caplog.text
    assert "page 3: odd" in caplog.text
    assert max(len(record.getMessage()) for record in caplog.records) < 1_000
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}


def test_a_name_and_a_content_of_any_kind_cross(pool: Pool) -> None:
    path = "DCE.zip!/Pièces/\udce9\udc80 « CCTP » 🙂.pdf"
    assert read(pool, "honest", b"\0" * 3_000_000, path=path).path == path


# The life of a worker


def test_a_worker_is_kept_from_one_file_to_the_next_and_ended_by_close(pool: Pool) -> None:
    first = reader_pid(pool)
    assert first != os.getpid()
    assert reader_pid(pool) == first
    pool.close()
    assert gone(first)
    assert reader_pid(pool) != first


def test_a_worker_is_replaced_after_so_many_files_and_when_it_keeps_memory(pool: Pool) -> None:
    with Pool(limits=WorkerLimits(documents=2)) as short:
        pids = [reader_pid(short) for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
    with Pool(limits=WorkerLimits(memory_kept=90 << 20)) as light:
        before = reader_pid(light)
        assert reader_pid(light) == before
        read(light, "fat")
        assert reader_pid(light) != before


def test_a_worker_that_was_killed_while_it_waited_is_replaced(pool: Pool) -> None:
    pid = reader_pid(pool)
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert reader_pid(pool) != pid


def test_an_interruption_ends_the_worker_in_the_middle_of_its_file(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = reader_pid(pool)

    def interrupted(process: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(isolation_worker, "_answer", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read(pool, "honest")
    assert gone(pid)
    assert reader_pid(pool) != pid


def test_closing_while_a_file_is_read_fails_that_file_only(pool: Pool) -> None:
    reader_pid(pool)
    threading.Timer(0.3, pool.close).start()
    with pytest.raises(ReaderCrashed):
        read(pool, "sleep")
    reader_pid(pool)


@pytest.mark.parametrize("executable", ["/nowhere/python", "/bin/false"])
def test_a_worker_that_does_not_start_is_a_matter_of_configuration(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", executable)
        with pytest.raises(ConfigurationError, match="ne démarre pas"):
            read(pool, "honest")
    reader_pid(pool)


# Several at once


def test_several_threads_share_the_workers_of_a_pool(pool: Pool) -> None:
    pool.grow(2)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(read(pool, "slow", b"0.02").title for _ in range(5)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 2


def test_many_files_come_back_in_order_each_with_its_document_or_its_error(pool: Pool) -> None:
    jobs = [
        Job(readers.slow, b"0.3", "a", SHA),
        Job(readers.segfault, b"", "b", SHA),
        Job(readers.honest, b"", "c", SHA),
        Job(readers.refusing, b"", "d", SHA),
        Job(readers.honest, b"", "e", SHA),
    ]
    found = list(pool.read_many(jobs, workers=2))
    assert [f.path if isinstance(f, Document) else type(f) for f in found] == [
        "a", ReaderCrashed, "c", DamagedDocument, "e"
    ]  # fmt: skip


def test_files_are_asked_for_as_workers_become_free(pool: Pool) -> None:
    asked: list[int] = []

    def jobs(first: bytes, others: bytes) -> Iterator[Job]:
        for n in range(20):
            asked.append(n)
            yield Job(readers.slow, others if n else first, str(n), SHA)

    found = pool.read_many(jobs(b"0.2", b"0.2"), workers=2)
    assert next(found).path == "0"  # type: ignore[union-attr]
    assert len(asked) <= 6  # two done, two being read, two ready
    assert [f.path for f in found] == [str(n) for n in range(1, 20)]  # type: ignore[union-attr]
    asked.clear()
    found = pool.read_many(jobs(b"0.8", b"0"), workers=2)
    next(found)
    assert len(asked) > 10  # the second worker did not wait for the first


def test_leaving_the_loop_early_stops_what_is_being_read(pool: Pool) -> None:
    jobs = [Job(readers.honest, b"", "a", SHA), *[Job(readers.sleep, b"", "b", SHA)] * 3]
    found = pool.read_many(jobs, workers=2)
    next(found)
    begun = time.monotonic()
    found.close()  # type: ignore[attr-defined]  # a generator
    assert time.monotonic() - begun < 1.5  # the deadline is 2 s


# With isolation off, and wrong use


def test_isolation_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_ISOLATION", "off")
    monkeypatch.syspath_prepend(str(HERE))

    def local(data: bytes, *, path: str, sha256: str) -> Document:
        return readers.honest(data, path=path, sha256=sha256)  # type: ignore[no-any-return]

    assert isolation.read(local, b"", path="a", sha256=SHA).title == str(os.getpid())
    jobs = [Job(local, b"", "a", SHA), Job(readers.refusing, b"", "b", SHA), Job(readers.broken, b"", "c", SHA)]
    document, refused, broke = isolation.read_many(jobs)
    assert isinstance(document, Document)
    assert isinstance(refused, DamagedDocument)
    assert isinstance(broke, ReaderBroke)
    assert isolation.read("isolation_readers:honest", b"", path="a", sha256=SHA).title == str(os.getpid())
    assert isolation.draw(readers.drawer, b"", path="a", sha256=SHA, pages=[1], dpi=9) == (Picture(1, 1, 1, b"\x09"),)
    with pytest.raises(RecursionError):  # as it is, for a debugger
        isolation.read(readers.broken, b"", path="a", sha256=SHA)


def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIBLE_ISOLATION", "false")
    with pytest.raises(ConfigurationError, match="on, off"):
        isolation.read(readers.honest, b"", path="a", sha256=SHA)


def test_a_reader_that_a_worker_cannot_find_is_refused(pool: Pool) -> None:
    with pytest.raises(ConfigurationError, match="importable"):
        pool.read(lambda data, *, path, sha256: readers.honest(data, path, sha256), b"", path="a", sha256=SHA)


@pytest.mark.parametrize("name", ["memory", "seconds", "documents", "patience"])
def test_a_limit_is_above_zero(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        WorkerLimits(**{name: 0})


def test_the_time_for_a_file_grows_with_its_size_up_to_a_limit() -> None:
    limits = WorkerLimits(seconds=20, seconds_per_mib=10, seconds_max=100)
    assert [limits.cpu(mib << 20) for mib in (0, 1, 500)] == [20, 30, 100]
    assert WorkerLimits(seconds=20, patience=2, idle=5).wall(0) == 45


# Other processes

SCRIPT = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
import isolation_readers as readers, os, signal, threading, time
from crible.extraction import isolation
def pid(): return int(isolation.read(readers.honest, b'', path='a', sha256='').title)
"""


def script(text: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT + text], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_an_exit_without_close_leaves_no_process_and_no_warning() -> None:
    with script("print(pid())") as done:
        out, err = done.communicate(timeout=30)
    assert (done.returncode, err) == (0, "")
    assert gone(int(out), orphan=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_and_a_daemonic_process_have_workers_of_their_own() -> None:
    text = """
import multiprocessing, warnings
warnings.simplefilter('ignore', DeprecationWarning)  # Python 3.12 on forks beside threads: what is tested here
def child(pipe): pipe.send(pid())
ours = pid()
here, there = multiprocessing.Pipe()
for _ in range(2):
    process = multiprocessing.get_context('fork').Process(target=child, args=(there,), daemon=True)
    process.start(); process.join()
    print(here.recv())
print(ours); print(pid())
"""
    with script(text) as done:
        out, err = done.communicate(timeout=60)
    assert (done.returncode, err) == (0, "")
    first, second, ours, again = (int(line) for line in out.split())
    assert ours == again
    assert len({first, second, ours}) == 3
    assert all(gone(pid, orphan=True) for pid in (first, second, ours))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker ends with its document")
@pytest.mark.parametrize("busy", ["", "spin", "sleep"])
def test_a_worker_dies_with_its_parent_whatever_it_does(busy: str) -> None:
    text = "print(pid(), flush=True)\n"
    if busy:  # from a thread that starts the worker and outlives it
        text = f"""
worker = []
def start():
    worker.append(pid())
one = threading.Thread(target=start); one.start(); one.join()
args = dict(reader=readers.{busy}, data=b'', path='a', sha256='')
threading.Thread(target=isolation.read, kwargs=args, daemon=True).start()
time.sleep(0.3); print(worker[0], flush=True)
"""
    with script(text + "time.sleep(60)") as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.kill()
        parent.communicate()
        assert gone(pid, within=2, orphan=True)


def test_the_parent_loads_no_reader() -> None:
    text = """
try: isolation.read('crible.extraction.pdf:read_pdf', b'%PDF-', path='a', sha256='')
except Exception as error: print(type(error).__name__)
print(sorted({'pypdfium2', 'numpy', 'pdfplumber'} & set(sys.modules)))
"""
    with script(text) as done:
        out, _ = done.communicate(timeout=30)
    assert out.split("\n")[:2] == ["DamagedDocument", "[]"]


def test_errors_of_isolation_are_errors_of_the_library() -> None:
    assert issubclass(ReaderFailed, CribleError)
    assert ReaderFailed.exit_code == 3
