"""Scoring in processes of their own: a hostile PDF may hang or kill its reader, never the service.

Each lane is one spawned process and one pipe. Jobs and answers cross as JSON. A process that dies or outlives its
deadline is replaced; the service itself never opens a document.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crible
from crible.errors import CribleError
from crible_service.problems import Problem, problem_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from crible.types import Assessment

_log = logging.getLogger(__name__)

# The signature of ``crible.score``. It is handed to the worker by name, so it must stand at the top of a module.
Score = Callable[..., "Assessment"]

_TICK = 0.2  # seconds between two looks at the deadline and at a client that may have left
_START_SECONDS = 60.0  # loading the lexicons takes two to four seconds on a slow machine; ten times that is a fault
_OK, _FAILED = b"+", b"-"


@dataclass(frozen=True, slots=True)
class Job:
    """One tender to score: paths on disk, the name to show, and the options as the user wrote them."""

    paths: tuple[str, ...]
    name: str
    policy: str | None = None
    as_of: str | None = None
    buyer: str | None = None


class ClientGone(Exception):
    """The client left before its answer; its work was stopped."""


def work(pipe: Connection, score: Score) -> None:
    """The life of a worker process: load, say ready, answer jobs until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the service closes us in order
    if score is crible.score:
        _warm()
    pipe.send_bytes(_OK)
    while True:
        try:
            message = json.loads(pipe.recv_bytes())
            pipe.send_bytes(_answer(Job(**message), score))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _warm() -> None:
    """Load the lexicons, so that the first user does not wait for them."""
    from crible.classification import classify_texts

    list(classify_texts([{"id": "0", "text": "Le titulaire héberge les données en France."}]))


def _answer(job: Job, score: Score) -> bytes:
    from crible.reporting.json import assessment_to_dict

    try:
        assessment = score(
            list(job.paths),
            policy=job.policy,
            as_of=date.fromisoformat(job.as_of) if job.as_of else None,
            buyer=job.buyer,
            name=job.name,
        )
        # allow_nan: JSON has no NaN, and a client should not be the one to find out.
        return _OK + json.dumps(assessment_to_dict(assessment), ensure_ascii=False, allow_nan=False).encode()
    except CribleError as error:
        problem = problem_of(error)
    except Exception:
        _log.exception("scoring failed")
        problem = Problem("internal")
    plain = problem.to_plain()
    for path in job.paths:  # where the pieces lay on our disk is nobody's business
        folder = f"{Path(path).parent}/"
        plain |= {lang: plain[lang].replace(folder, "") for lang in ("fr", "en")}
    return _FAILED + json.dumps(plain).encode()


class Lane:
    """One worker process, used by one thread at a time."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start the process, without waiting until it is ready."""
        # Spawned, never forked: the service has threads, and a fork copies their locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._score), name="crible-worker", daemon=True)
        process.start()
        theirs.close()  # otherwise the death of the worker would not close the pipe
        self._process, self._pipe, self._ready = process, ours, False

    def stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def wait_ready(self) -> None:
        """Raises Problem ``not-ready`` when the process does not come up."""
        if not self.alive:
            self.restart()
        if self._ready:
            return
        assert self._pipe is not None
        try:
            if self._pipe.poll(_START_SECONDS):
                self._pipe.recv_bytes()
                self._ready = True
                return
        except (EOFError, OSError):
            _log.error("worker died while starting")
        self.stop()
        raise Problem("not-ready")

    def run(self, job: Job, *, deadline: float, cancelled: threading.Event) -> bytes:
        """The answer to one job, or Problem. The process is replaced when it dies, is late, or is no longer wanted."""
        self.wait_ready()
        assert self._pipe is not None
        ends = time.monotonic() + deadline
        try:
            self._pipe.send_bytes(json.dumps(asdict(job)).encode())
            while not self._pipe.poll(_TICK):
                if cancelled.is_set():
                    self.restart()
                    raise ClientGone
                if time.monotonic() > ends:
                    self.restart()
                    raise Problem("deadline-exceeded")
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            _log.error("worker died on a job: %s", type(error).__name__)
            self.restart()
            raise Problem("worker-lost") from error
        if answer[:1] == _FAILED:
            raise Problem.from_plain(json.loads(answer[1:]))
        return answer[1:]


class Pool:
    """The lanes, and the places in front of them. Used from one event loop."""

    def __init__(self, score: Score, *, workers: int, backlog: int, deadline: float) -> None:
        self._lanes = [Lane(score) for _ in range(workers)]
        self._idle: asyncio.Queue[Lane] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="crible-lane")
        self._places = workers + backlog
        self._taken = 0
        self._deadline = deadline
        self._running: set[threading.Event] = set()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for lane in self._lanes:
            # Lanes are made ready in the background: the page is there at once.
            await loop.run_in_executor(self._threads, lane.start)
            self._idle.put_nowait(lane)

    async def close(self) -> None:
        """Stop every job, then every process: nobody waits for a deadline to stop the service."""
        for cancelled in tuple(self._running):
            cancelled.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for lane in self._lanes:
            lane.stop()

    @property
    def alive(self) -> bool:
        return any(lane.alive for lane in self._lanes)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places from before the upload until the answer. Raises Problem ``busy``."""
        if self._taken >= self._places:
            raise Problem("busy")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def run(self, job: Job, *, gone: Callable[[], Awaitable[bool]]) -> bytes:
        """Score in the next free lane: the Assessment as JSON. Raises Problem, or ClientGone once ``gone()``."""
        waiting = asyncio.create_task(self._idle.get())
        try:
            await _while_there(waiting, gone)
        except BaseException:
            if waiting.done() and not waiting.cancelled():
                self._idle.put_nowait(waiting.result())
            waiting.cancel()
            raise
        lane, cancelled = waiting.result(), threading.Event()
        self._running.add(cancelled)
        loop = asyncio.get_running_loop()
        running: asyncio.Future[Any] = loop.run_in_executor(
            self._threads, lambda: lane.run(job, deadline=self._deadline, cancelled=cancelled)
        )
        # The lane comes back when its thread is done, even if nobody waits for the answer any more.
        running.add_done_callback(lambda done: self._back(lane, done))
        try:
            await _while_there(running, gone)
        finally:
            # The files of the job are removed after this: whoever reads them must have stopped.
            cancelled.set()
            self._running.discard(cancelled)
            if not running.done():
                await asyncio.wait({running})
        answer: bytes = running.result()
        return answer

    def _back(self, lane: Lane, done: asyncio.Future[Any]) -> None:
        self._idle.put_nowait(lane)
        if not done.cancelled():
            done.exception()  # seen here, so that an answer nobody waits for is not reported as forgotten


async def _while_there(task: asyncio.Future[Any], gone: Callable[[], Awaitable[bool]]) -> None:
    """Wait for ``task``; raise ClientGone when the client leaves first."""
    while not task.done():
        await asyncio.wait({task}, timeout=_TICK)
        if not task.done() and await gone():
            raise ClientGone
