"""The life of a reading process: bytes of a file in; a Document, pictures of its pages, or the files it carries out,
over the pipes that were its stdin and stdout.

Started by :mod:`crible.extraction.isolation`; nothing else calls it. Everything that guards the parent is set here
before a byte of a file is read, and by the system wherever it can be: a reader in native code holds the interpreter, so
no thread and no signal handler of Python would run.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import struct
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from crible import errors
from crible.extraction.isolation_codec import encode, from_json, to_json
from crible.extraction.office.refusal import Refusal
from crible.extraction.pictures import encode_pictures
from crible.extraction.unpacked import Unpacked, encode_unpacked
from crible.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable

# Bytes of the JSON head (reader, path, sha256, its other arguments, seconds), bytes of the file.
REQUEST: Final = struct.Struct("=IQ")
ANSWER: Final = struct.Struct("=cQQ")  # kind, memory of the process in bytes, bytes that follow
READY: Final = b"R"  # once, when the process is up
DOCUMENT, PICTURES, FILES, REFUSED, BROKE, MEMORY = b"+", b"P", b"F", b"-", b"!", b"M"  # kinds of answer
_SAID_MAX: Final = 2_000  # characters of an error's message
_TRACE_MAX: Final = 8_000  # characters of a traceback: its end


def main(memory: int, level: int) -> None:
    """Read documents until the parent closes the pipe. ``memory``: bytes of address space; ``level`` of the log."""
    requests, answers = _channel()
    _limit(memory)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")
    try:
        _send(answers, READY, b"")
        while (head := _take(requests, REQUEST.size)) is not None:
            size, length = REQUEST.unpack(head)
            asked = _take(requests, size)
            data = _take(requests, length)
            if asked is None or data is None:
                return
            _send(answers, *_answer(from_json(asked), data, requests.fileno()))
            del data  # before the next one comes
    except BrokenPipeError:  # the parent is gone
        return


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the channel, moved away from descriptors 0 and 1, where native code may write or read."""
    requests = os.fdopen(os.dup(0), "rb")  # buffered: a file of 500 MiB is read in place, not copied
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  # a descriptor is wanted, not a file
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what is printed becomes a line of the log
    return requests, answers


def _limit(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where Ctrl-C reaches us all the same, the parent ends us itself
    try:
        import resource
    except ImportError:  # Windows: the deadline of the parent is all there is
        return
    _lower(resource.RLIMIT_CORE, 0)  # a crash on purpose must not write gigabytes to the disk
    _lower(resource.RLIMIT_AS, memory)


def _lower(which: int, value: int) -> None:
    """Set a limit for good (soft and hard), never above the one inherited; where the system has none, do without."""
    import resource

    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(which, (value, value))
    except (ValueError, OSError) as error:  # macOS knows RLIMIT_AS and refuses it
        logging.getLogger(__name__).debug("limit %d not set: %s", which, error)


def _arm(seconds: float, wall: float, channel: int) -> None:
    """Have the system end this process when the document takes too long, or when the parent dies meanwhile."""
    try:
        import fcntl
        import resource
    except ImportError:
        return
    # The CPU limit counts from the start of the process: the soft one moves with each document.
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    # A parent that is alive ends us before this; the two seconds let it be the one to say so.
    signal.setitimer(signal.ITIMER_REAL, wall + 2)
    # Nothing comes on the pipe while a document is read, unless its other end closes: then SIGIO, which ends a process
    # on Linux. PR_SET_PDEATHSIG would fire when the THREAD that started us ends.
    if sys.platform == "linux":
        fcntl.fcntl(channel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(channel, fcntl.F_SETFL, fcntl.fcntl(channel, fcntl.F_GETFL) | os.O_ASYNC)


def _disarm(channel: int) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(channel, fcntl.F_SETFL, fcntl.fcntl(channel, fcntl.F_GETFL) & ~os.O_ASYNC)


def _answer(asked: dict[str, Any], data: bytes, channel: int) -> tuple[bytes, bytes]:
    """``(kind, content)`` of the answer to one request."""
    _arm(asked["seconds"], asked["wall"], channel)
    try:
        found = reader_of(asked["reader"])(data, path=asked["path"], sha256=asked["sha256"], **asked["more"])
        if isinstance(found, Document):
            return DOCUMENT, encode(found)
        return (FILES, encode_unpacked(found)) if isinstance(found, Unpacked) else (PICTURES, encode_pictures(found))
    except Refusal as error:
        return REFUSED, to_json([Refusal.__name__, error.reason[:_SAID_MAX], error.detail[:_SAID_MAX]])
    except errors.CribleError as error:
        return REFUSED, to_json([_known(type(error)), str(error)[:_SAID_MAX], ""])
    except MemoryError:
        return MEMORY, b""
    except Exception as error:
        trace = "".join(traceback.format_exception(error))[-_TRACE_MAX:]
        return BROKE, to_json([type(error).__name__, trace, ""])
    finally:
        _disarm(channel)


def reader_of(name: str) -> Callable[..., Any]:
    """The reader called ``module:function``."""
    module, _, function = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in function.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]  # the parent names readers only


def _known(kind: type) -> str:
    """The nearest class of the tree in ``crible.errors``, the only one that the parent rebuilds."""
    return next(k.__name__ for k in kind.__mro__ if k.__module__ == errors.__name__)


def _take(stream: BinaryIO, size: int) -> bytes | None:
    """Exactly ``size`` bytes, or None when the parent has closed the pipe."""
    data = stream.read(size)
    return data if len(data) == size else None


def _send(stream: BinaryIO, kind: bytes, content: bytes) -> None:
    for part in (ANSWER.pack(kind, _memory(), len(content)), content):
        view = memoryview(part)
        while view:
            view = view[stream.write(view) :]


def _memory() -> int:
    """Bytes of memory held now (Linux), or at most until now (elsewhere), 0 where nothing tells."""
    try:
        with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123  # every document pays for this line
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
