"""One worker: the process that reads, seen from the parent. See :mod:`crible.extraction.isolation`."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from crible import errors
from crible.errors import ConfigurationError, CribleError
from crible.extraction import isolation_child as child
from crible.extraction.isolation_codec import HEAD_MAX, MESSAGE_MAX, BadMessage, decode, from_json, to_json
from crible.extraction.isolation_failures import ReaderBroke, ReaderCrashed, ReaderFailed, ReaderMemory, ReaderTimeout
from crible.extraction.office.refusal import Refusal
from crible.extraction.pictures import Picture, decode_pictures
from crible.extraction.unpacked import Unpacked, decode_unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crible.types import Document

_Found = TypeVar("_Found")

_log = logging.getLogger(__name__)

_MIB: Final = 1 << 20
_START_SECONDS: Final = 60.0  # an interpreter is up in 0.1 s; on a loaded machine with a cold disk, a few seconds
_DYING_SECONDS: Final = 2.0  # between the closing of the pipe and the end of the process
_LINE_MAX: Final = 500  # characters of a line of log, of which native code may write millions
_LINES_KEPT: Final = 20
_BOOT: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from crible.extraction.isolation_child import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
# One thread for each library of arithmetic: theirs would reserve 64 MB of address space each, and gain nothing here.
_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1",
    "MALLOC_ARENA_MAX": "1",
}  # fmt: skip
# What the C library says before it aborts on a damaged heap. An abort without a word is pdfium out of memory.
_HEAP: Final = re.compile(r"free\(\)|malloc|realloc|double free|corrupt|munmap_chunk|smashing|assert", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one file may use, and one worker. Raises ConfigurationError on a value that is not above zero.

    ``memory``: bytes of address space of the process, its own 220 MB included. ``seconds + seconds_per_mib * size``:
    CPU seconds for one file, ``seconds_max`` at most; ``idle`` seconds plus ``patience`` times that on the clock. A
    worker is replaced after ``documents`` files, or once it holds ``memory_kept`` bytes when it has nothing to do.
    """

    memory: int = 2 << 30  # 6,000 pages of a real specification take 1.1 GiB; LibreOffice, which inherits it, 1
    # Real tenders take 0.2 to 1.5 s a MiB, 6 ms a page, on a machine of 2020: a slow one is given ten times that; and
    # 0.2 s to draw and straighten a scanned page, of which two minutes of recognition hold 150 at most.
    seconds: float = 60.0
    seconds_per_mib: float = 10.0
    seconds_max: float = 240.0  # below the 300 s that the service gives to a whole tender
    patience: float = 3.0  # other processes take their share of the machine, and some work for this one
    idle: float = 130.0  # the converter of old office files, which is a process of its own, is given 120
    documents: int = 500  # makes the 0.2 s of a start less than a millisecond a file
    memory_kept: int = 512 * _MIB

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"{name} : {getattr(self, name)} (attendu : plus que zéro)")

    def cpu(self, size: int) -> float:
        """CPU seconds for a file of ``size`` bytes."""
        return min(self.seconds + self.seconds_per_mib * size / _MIB, self.seconds_max)

    def wall(self, size: int) -> float:
        """Seconds on the clock for a file of ``size`` bytes."""
        return self.idle + self.patience * self.cpu(size)


def reader_name(reader: Callable[..., Any] | str) -> str:
    """``module:function``, by which the worker finds the reader again. ConfigurationError when it cannot."""
    if isinstance(reader, str):
        return reader
    module, name = getattr(reader, "__module__", None), getattr(reader, "__qualname__", "<>")
    if module in (None, "__main__") or "<" in name:
        raise ConfigurationError(f"{name} : un lecteur isolé est une fonction importable (sinon CRIBLE_ISOLATION=off)")
    return f"{module}:{name}"


class Worker:
    """One process, used by one thread at a time; ``stop`` may be called from any."""

    def __init__(self, limits: WorkerLimits) -> None:
        self._limits = limits
        self._lock = threading.RLock()  # over the three below, never held while a file is read
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = False
        self._late = False
        self._read = 0  # files, by this process
        self._said: deque[str] = deque(maxlen=_LINES_KEPT)
        self._pump: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process, if there is one now."""
        process = self._process
        return process.pid if process is not None else None

    def read(self, reader: str, data: bytes, *, path: str, sha256: str) -> Document:
        """Have one file read. Raises CribleError: see :meth:`crible.extraction.isolation.Pool.read`."""
        decoded = partial(_document, path=path, sha256=sha256)
        return self._asked(reader, data, path, sha256, {}, child.DOCUMENT, decoded)

    def draw(
        self, drawer: str, data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int
    ) -> tuple[Picture, ...]:
        """Have pages of one file drawn. Raises as ``read`` does."""
        more = {"pages": list(pages), "dpi": dpi}
        return self._asked(drawer, data, path, sha256, more, child.PICTURES, partial(decode_pictures, pages=pages))

    def unpack(
        self, opener: str, data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int], start: int,
        file: str,
    ) -> Unpacked:  # fmt: skip
        """Have the files that one file holds taken out. Raises as ``read`` does."""
        more = {"media": media, "limits": limits, "start": start, "file": file}
        return self._asked(opener, data, path, sha256, more, child.FILES, partial(decode_unpacked, limits=limits))

    def _asked(
        self, reader: str, data: bytes, path: str, sha256: str, more: Mapping[str, Any], expected: bytes,
        decoded: Callable[[bytearray], _Found],
    ) -> _Found:  # fmt: skip
        """One request and its answer, of the kind ``expected``."""
        seconds, wall = self._limits.cpu(len(data)), self._limits.wall(len(data))
        process = self._started()
        keep = False
        try:
            with self._watched(process, wall):
                asked = {
                    "reader": reader, "path": path, "sha256": sha256, "more": more, "seconds": seconds, "wall": wall,
                }  # fmt: skip
                _ask(process, to_json(asked), data)
                kind, memory, content = _answer(process)
            self._read += 1
            keep = self._read < self._limits.documents and memory <= self._limits.memory_kept
            if kind == expected:
                return decoded(content)
            raise self._failure(kind, content, path)
        except (OSError, EOFError, BadMessage) as error:  # BrokenPipeError: it died before it had the whole file
            keep = False
            raise self._autopsy(process, path, error) from None
        except ReaderMemory:
            keep = False
            raise
        finally:  # after Ctrl-C too: the process is then in the middle of a file
            self._release(process, keep=keep)

    def stop(self) -> None:
        """Kill the process, whatever it is doing: it holds nothing. The next file starts another."""
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return
            _kill(process)
            process.wait()
            if not self._busy:  # otherwise a thread reads from the pipes: it is told that they ended, and closes them
                _close(process)
            pump = self._pump
        if pump is not None:
            pump.join(_DYING_SECONDS)  # it ends with the process, which held the other end

    def _release(self, process: subprocess.Popen[bytes], *, keep: bool) -> None:
        """The thread that had the process is done with it. Its pipes are closed if it is to end, or has been ended."""
        if not keep:
            self.stop()
        with self._lock:
            self._busy = False
            if self._process is not process:
                _close(process)

    def forget(self) -> None:
        """In the child of a fork, which owns the pipes (they must close with the parent) and not the process."""
        process, self._process = self._process, None
        if process is not None:
            process.returncode = 0  # not ours to wait for: without this the interpreter complains when it is collected
            _close(process)
            if process.stderr is not None:
                process.stderr.close()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._busy = True
                return self._process
            self.stop()  # reaps one that was killed while it waited
            self._process = process = self._start()
            self._busy, self._read, self._late = True, 0, False
        kind = b""
        try:
            with self._watched(process, _START_SECONDS):
                kind, _, _ = _answer(process)
        except (OSError, EOFError, BadMessage) as error:
            _log.debug("worker did not start: %s", error)
        finally:
            if kind != child.READY:
                self._release(process, keep=False)
        if kind != child.READY:
            raise ConfigurationError(f"le processus de lecture ne démarre pas : {' | '.join(self._said)[-400:]}")
        return process

    def _start(self) -> subprocess.Popen[bytes]:
        path = json.dumps([p or os.getcwd() for p in sys.path])  # noqa: PTH109  # '' in a notebook: where it runs
        level = logging.DEBUG if _log.isEnabledFor(logging.DEBUG) else logging.WARNING
        command = [sys.executable, "-I", "-c", _BOOT, path, str(self._limits.memory), str(level)]
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, env={**os.environ, **_ENVIRONMENT},
                process_group=0 if os.name == "posix" else None,  # Ctrl-C is for the parent; see _kill
            )  # fmt: skip
        except OSError as error:
            raise ConfigurationError(f"le processus de lecture ne démarre pas : {error}") from error
        self._said.clear()
        assert process.stderr is not None
        # A daemon: the interpreter does not wait for it, and a fork has none.
        self._pump = threading.Thread(target=_forward, args=(process.stderr, self._said), daemon=True)
        self._pump.start()
        return process

    @contextmanager
    def _watched(self, process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
        """Kill the process after ``seconds``: the pipe then closes, and whoever reads from it is told."""
        done = False

        def end() -> None:
            with self._lock:
                if not done:
                    self._late = True
                    _kill(process)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                done = True

    def _failure(self, kind: bytes, content: bytearray, path: str) -> CribleError:
        """The error that an answer tells. Raises BadMessage when it tells none."""
        if kind == child.MEMORY:
            return ReaderMemory(path)
        try:
            name, said, detail = map(_string, from_json(content))
        except (ValueError, TypeError, RecursionError) as error:
            raise BadMessage("error") from error
        if kind == child.BROKE:
            _log.error("reader failed on %s\n%s", path, said)
            return ReaderBroke(path, name[:_LINE_MAX])
        if kind == child.REFUSED and name == Refusal.__name__:
            return Refusal(said, detail)
        found: Any = getattr(errors, name, None)
        if kind != child.REFUSED or not (isinstance(found, type) and issubclass(found, CribleError)):
            raise BadMessage("error")
        return found(said)

    def _autopsy(self, process: subprocess.Popen[bytes], path: str, error: Exception) -> ReaderFailed:
        """What the end of the process says of the file that ended it."""
        code = 0
        if not isinstance(error, BadMessage):  # it lives, and what it said makes no sense
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(_DYING_SECONDS)
        pump = self._pump
        if pump is not None and code:
            pump.join(_DYING_SECONDS)  # its last words
        said = " | ".join(self._said)
        _log.debug("reading of %s ended: %s, exit code %s, %s", path, error, code, said)
        name = _signal_name(code)
        if self._late or name in ("SIGXCPU", "SIGALRM"):
            return ReaderTimeout(path)
        if name == "SIGABRT" and not _HEAP.search(said):
            return ReaderMemory(path)
        return ReaderCrashed(path, name or (f"code {code}" if code else "réponse invalide"))


def _document(content: bytearray, *, path: str, sha256: str) -> Document:
    document = decode(content)
    if (document.path, document.sha256) != (path, sha256):
        raise BadMessage("another document")
    return document


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise BadMessage("not a string")
    return value


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it may have started: character recognition is a command of its own."""
    if os.name == "posix" and process.poll() is None:  # not waited for yet, so the number is still its own
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _signal_name(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else ""
    return f"signal {-code}"


def _ask(process: subprocess.Popen[bytes], asked: bytes, data: bytes) -> None:
    assert process.stdin is not None
    for part in (child.REQUEST.pack(len(asked), len(data)) + asked, data):
        view = memoryview(part)
        while view:
            view = view[process.stdin.write(view) :]


def _answer(process: subprocess.Popen[bytes]) -> tuple[bytes, int, bytearray]:
    """``(kind, memory held, content)``. Raises EOFError when the process is gone, BadMessage on too long an answer."""
    kind, memory, size = child.ANSWER.unpack(_take(process, child.ANSWER.size))
    if size > (
        MESSAGE_MAX if kind in (child.DOCUMENT, child.PICTURES, child.FILES) else HEAD_MAX // 64
    ):  # an error is a few lines
        raise BadMessage(f"{size} bytes")
    return kind, memory, _take(process, size)


def _take(process: subprocess.Popen[bytes], size: int) -> bytearray:
    stream: Any = process.stdout
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        read = stream.readinto(view[got:])
        if not read:
            raise EOFError(f"{got} of {size} bytes")
        got += read
    return data


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _forward(stream: IO[bytes], said: deque[str]) -> None:
    """Lines of the process to the log, until it ends. Raw reads: a flood costs a buffer, not memory."""
    rest = b""
    with stream:
        while piece := stream.read(1 << 16):
            *lines, rest = (rest + piece).split(b"\n")
            rest = rest[-_LINE_MAX:]
            for line in lines[-_LINES_KEPT:]:
                text = line[:_LINE_MAX].decode("utf-8", "replace")
                said.append(text)
                _log.debug("worker: %s", text)
        if rest:
            said.append(rest.decode("utf-8", "replace"))
