"""Readers that misbehave, for the tests of isolation. Imported by name in the worker, hence a file of their own."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from collections.abc import Sequence

from crible.errors import DamagedDocument, LimitExceeded
from crible.extraction.office.refusal import Refusal
from crible.extraction.pictures import Picture
from crible.types import Document


class TooManyLayers(LimitExceeded):
    """An error of a reader's own, which the tree of the library does not hold."""


def honest(data: bytes, *, path: str, sha256: str) -> Document:
    """The title says which process read it."""
    return Document(path, sha256, "OTHER", 1, 1, None, title=str(os.getpid()))


def slow(data: bytes, *, path: str, sha256: str) -> Document:
    time.sleep(float(data))
    return honest(data, path=path, sha256=sha256)


def segfault(data: bytes, *, path: str, sha256: str) -> Document:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def overflow(data: bytes, *, path: str, sha256: str) -> Document:
    """The stack of C: nothing counts the calls when nested tuples are hashed."""
    nested: tuple[object, ...] = ()
    for _ in range(500_000):
        nested = (nested,)
    return honest(data, path=str(hash(nested)), sha256=sha256)


def killed(data: bytes, *, path: str, sha256: str) -> Document:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def left(data: bytes, *, path: str, sha256: str) -> Document:
    os._exit(0)


def broken_heap(data: bytes, *, path: str, sha256: str) -> Document:
    os.write(2, b"free(): invalid pointer\n")
    os.abort()


def out_of_memory(data: bytes, *, path: str, sha256: str) -> Document:
    """As pdfium ends when an allocation fails."""
    os.abort()


def bomb(data: bytes, *, path: str, sha256: str) -> Document:
    kept = []
    while True:
        kept.append(bytearray(50_000_000))


def spin(data: bytes, *, path: str, sha256: str) -> Document:
    """Native code that keeps the interpreter: no thread and no handler of Python runs."""
    re.match(r"(a+)+b", "a" * 100)
    raise AssertionError


def sleep(data: bytes, *, path: str, sha256: str) -> Document:
    time.sleep(3600)
    raise AssertionError


def noisy(data: bytes, *, path: str, sha256: str) -> Document:
    os.write(1, b"native words on descriptor 1\n")
    os.write(2, b"native words on descriptor 2\n" + b"x" * 1_000_000 + b"\n")
    print("printed", os.read(0, 10))
    logging.getLogger("crible.extraction.pdf").warning("page 3: odd")
    return honest(data, path=path, sha256=sha256)


def forger(data: bytes, *, path: str, sha256: str) -> Document:
    """Writes on every descriptor it can find, the channel among them."""
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"+" * 4_096)
        except OSError:
            continue
    return honest(data, path=path, sha256=sha256)


def liar(data: bytes, *, path: str, sha256: str) -> Document:
    return honest(data, path="another.pdf", sha256=sha256)


def drawer(data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int) -> list[Picture]:
    """A point per page, and the resolution as its level of grey."""
    return [Picture(page, 1, 1, bytes([dpi])) for page in pages]


def wrong_drawer(data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int) -> list[Picture]:
    return [Picture(99, 1, 1, b"\0")]


def reading_drawer(data: bytes, *, path: str, sha256: str, pages: Sequence[int], dpi: int) -> Document:
    return honest(data, path=path, sha256=sha256)


def drawing_reader(data: bytes, *, path: str, sha256: str) -> list[Picture]:
    return [Picture(1, 1, 1, b"\0")]


def dying_opener(
    data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int], start: int = 0, file: str = ""
) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def untyped(data: bytes, *, path: str, sha256: str) -> Document:
    return Document(path, sha256, "OTHER", "one", 1, None)  # type: ignore[arg-type]


def broken(data: bytes, *, path: str, sha256: str) -> Document:
    raise RecursionError("objet récursif")


def refusing(data: bytes, *, path: str, sha256: str) -> Document:
    raise DamagedDocument(f"{path} : endommagé")


def refusing_in_its_own_way(data: bytes, *, path: str, sha256: str) -> Document:
    raise TooManyLayers(f"{path} : 9 couches")


def refusing_with_a_reason(data: bytes, *, path: str, sha256: str) -> Document:
    raise Refusal("unsafe_xml", "> 200 niveaux")


def fat(data: bytes, *, path: str, sha256: str) -> Document:
    """Keeps 100 MB after the document is read."""
    honest.__dict__.setdefault("kept", []).append(b"x" * 100_000_000)
    return honest(data, path=path, sha256=sha256)
