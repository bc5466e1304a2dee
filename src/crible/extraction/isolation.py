"""The parent never parses: ``read(reader, data, path=, sha256=) -> Document`` in a process that may die of it.

A file made to hurt can crash its reader, hang it, or ask it for all the memory there is. So each file is read in a
worker, an interpreter started once and kept, under limits that the system enforces (address space, CPU seconds) and a
deadline that the parent enforces. What goes wrong is a typed error about that file, the worker is replaced, and the
next file is read. The answer is data that :mod:`crible.extraction.isolation_codec` checks, never a pickle. ``draw``
has pages drawn in the same way, its answer is points of grey; ``unpack`` has the files inside an archive or a document
taken out.

``CRIBLE_ISOLATION=off`` reads in this process, for a debugger. On Windows only the deadline exists, and macOS does not
enforce the limit of address space.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crible.errors import ConfigurationError, CribleError
from crible.extraction.isolation_child import reader_of
from crible.extraction.isolation_failures import ReaderBroke, ReaderCrashed, ReaderFailed, ReaderMemory, ReaderTimeout
from crible.extraction.isolation_worker import Worker, WorkerLimits, reader_name

if TYPE_CHECKING:
    from crible.extraction.pictures import Picture
    from crible.extraction.unpacked import Unpacked
    from crible.types import Document

__all__ = [
    "Job", "Pool", "ReaderBroke", "ReaderCrashed", "ReaderFailed", "ReaderMemory", "ReaderTimeout", "WorkerLimits",
    "close", "draw", "read", "read_many", "unpack",
]  # fmt: skip

_TAKE_OUT = "crible.extraction.unpacked:take_out"
_VARIABLE = "CRIBLE_ISOLATION"
_AHEAD = 16  # documents per worker that may wait for their turn: a specification is read as long as many annexes

# ``(data, *, path, sha256) -> Document``: a function at the top of a module, found again by its name in the worker; or
# that name, ``module:function``, which spares this process the loading of the module.
Reader = Callable[..., "Document"] | str
# The same for ``(data, *, path, sha256, pages, dpi) -> pictures of these pages``.
Drawer = Callable[..., "Sequence[Picture]"] | str


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read."""

    reader: Reader
    data: bytes = field(repr=False)
    path: str
    sha256: str


class Pool:
    """Some workers, started when first needed and kept. Used from any thread; one file at a time per worker.

    ``workers`` is how many files may be read at once. A process made by ``fork`` starts workers of its own.
    """

    def __init__(self, *, workers: int = 1, limits: WorkerLimits | None = None) -> None:
        self._limits = limits or WorkerLimits()
        self._room = threading.Condition()
        self._size = 0
        self._idle: list[Worker] = []  # last in, first out: one caller at a time keeps one worker warm
        self._all: list[Worker] = []
        self.grow(workers)
        weakref.finalize(self, _stop, self._all)  # when nobody holds the pool any more, and at exit
        _POOLS.add(self)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grow(self, workers: int) -> None:
        """Allow ``workers`` files at once, if fewer were. Raises ConfigurationError below one."""
        if workers < 1:
            raise ConfigurationError(f"workers : {workers} (attendu : 1 ou plus)")
        with self._room:
            self._idle[:0] = added = [Worker(self._limits) for _ in range(workers - self._size)]
            self._all += added
            self._size = max(self._size, workers)
            self._room.notify_all()

    def close(self) -> None:
        """End the workers; a file being read fails. The pool can be used again."""
        _stop(self._all)

    def read(self, reader: Reader, data: bytes, *, path: str, sha256: str) -> Document:
        """Read one file in a worker.

        Raises the CribleError of the reader, or a ReaderFailed (a Refusal, with its reason): ReaderTimeout,
        ReaderMemory, ReaderCrashed, or ReaderBroke for an exception that is not ours. ConfigurationError when
        ``reader`` is not a function at the top of a module, or when no worker can be started.
        """
        return self._read(Job(reader, data, path, sha256), set())

    def draw(
        self, drawer: Drawer, data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int
    ) -> tuple[Picture, ...]:
        """Have ``pages`` of one file drawn in a worker; those that cannot be are left out. Raises as ``read`` does."""
        name = reader_name(drawer)
        with self._worker() as worker:
            return worker.draw(name, data, path=path, sha256=sha256, pages=pages, dpi=dpi)

    def unpack(
        self, data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int], start: int = 0, file: str = ""
    ) -> Unpacked:
        """Have the files inside an archive or a document taken out in a worker. Raises as ``read`` does.

        The arguments are those of :func:`crible.extraction.unpacked.take_out`.
        """
        with self._worker() as worker:
            return worker.unpack(
                _TAKE_OUT, data, path=path, sha256=sha256, media=media, limits=limits, start=start, file=file
            )

    def read_many(self, jobs: Iterable[Job], *, workers: int | None = None) -> Iterator[Document | CribleError]:
        """Read several files at once: for each job in order, its Document or its error.

        ``jobs`` may be a generator: it is asked for a job when a worker is about to be free, so at most ``2 * workers``
        files are in memory. Documents wait for one that comes before them and takes longer. ``workers`` (default: those
        of the pool) lets the pool grow. Leaving the loop early stops what is being read.
        """
        if workers is not None:
            self.grow(workers)
        count = workers or self._size
        busy: set[Worker] = set()
        waiting: deque[Future[Document | CribleError]] = deque()
        threads = ThreadPoolExecutor(count, thread_name_prefix="crible-read")
        try:
            for job in jobs:
                waiting.append(threads.submit(self._outcome, job, busy))
                while waiting and (waiting[0].done() or len(waiting) >= _AHEAD * count):
                    yield waiting.popleft().result()
                unread = [future for future in waiting if not future.done()]
                if len(unread) >= 2 * count:  # one is read and one is ready, for each worker
                    wait(unread, return_when=FIRST_COMPLETED)
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for worker in tuple(busy):
                worker.stop()
            threads.shutdown(wait=True)

    def _outcome(self, job: Job, busy: set[Worker]) -> Document | CribleError:
        try:
            return self._read(job, busy)
        except CribleError as error:
            return error

    def _read(self, job: Job, busy: set[Worker]) -> Document:
        name = reader_name(job.reader)
        with self._worker() as worker:
            busy.add(worker)
            try:
                return worker.read(name, job.data, path=job.path, sha256=job.sha256)
            finally:
                busy.discard(worker)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        with self._room:
            while not self._idle:
                self._room.wait()
            worker = self._idle.pop()
            room, idle = self._room, self._idle
        try:
            yield worker
        finally:
            with room:  # those of before a fork, if one came between
                idle.append(worker)
                room.notify()

    def _forked(self) -> None:
        """In the child of a fork: the workers are the parent's. Forget them, and start afresh."""
        for worker in self._all:
            worker.forget()
        self._room = threading.Condition()
        self._all[:] = [Worker(self._limits) for _ in range(self._size)]
        self._idle = self._all.copy()


def read(reader: Reader, data: bytes, *, path: str, sha256: str) -> Document:
    """:meth:`Pool.read` in the pool that this process shares; without isolation, a plain call of ``reader``."""
    if not isolated():
        document: Document = _function(reader)(data, path=path, sha256=sha256)
        return document
    return _shared().read(reader, data, path=path, sha256=sha256)


def draw(
    drawer: Drawer, data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int
) -> tuple[Picture, ...]:  # fmt: skip
    """:meth:`Pool.draw` in the pool that this process shares; without isolation, a plain call of ``drawer``."""
    if not isolated():
        return tuple(_function(drawer)(data, path=path, sha256=sha256, pages=pages, dpi=dpi))
    return _shared().draw(drawer, data, path=path, sha256=sha256, pages=pages, dpi=dpi)


def unpack(
    data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int], start: int = 0, file: str = ""
) -> Unpacked:
    """:meth:`Pool.unpack` in the pool that this process shares; without isolation, a plain call."""
    asked: dict[str, Any] = {
        "path": path, "sha256": sha256, "media": media, "limits": limits, "start": start, "file": file,
    }  # fmt: skip
    if not isolated():
        found: Unpacked = _function(_TAKE_OUT)(data, **asked)
        return found
    return _shared().unpack(data, **asked)


def read_many(jobs: Iterable[Job], *, workers: int = 1) -> Iterator[Document | CribleError]:
    """:meth:`Pool.read_many` in the pool that this process shares; without isolation, one after the other here."""
    if isolated():
        yield from _shared().read_many(jobs, workers=workers)
        return
    for job in jobs:
        try:
            yield _function(job.reader)(job.data, path=job.path, sha256=job.sha256)
        except CribleError as error:
            yield error
        except Exception as error:
            yield ReaderBroke(job.path, type(error).__name__)


def isolated() -> bool:
    """Whether files are read in a process of their own. Raises ConfigurationError on an unknown CRIBLE_ISOLATION."""
    value = os.environ.get(_VARIABLE, "on")
    if value not in ("on", "off"):
        raise ConfigurationError(f"{_VARIABLE} : {value!r} (attendu : on, off)")
    return value == "on"


def close() -> None:
    """End the workers of the shared pool, if there are any; the next call starts others."""
    for pool in tuple(_SHARED):
        pool.close()


def _function(reader: Reader | Drawer) -> Callable[..., Any]:
    return reader_of(reader) if isinstance(reader, str) else reader


def _shared() -> Pool:
    with _LOCK:
        if not _SHARED:
            _SHARED.append(Pool())
        return _SHARED[0]


def _stop(workers: Iterable[Worker]) -> None:
    for worker in tuple(workers):
        worker.stop()


def _after_fork() -> None:
    global _LOCK
    _LOCK = threading.Lock()  # another thread may have held it
    for pool in tuple(_POOLS):
        pool._forked()


_LOCK = threading.Lock()
_SHARED: list[Pool] = []  # none, or the one
_POOLS: weakref.WeakSet[Pool] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
