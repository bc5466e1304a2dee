"""TAR archives, bare or compressed by gzip, bzip2 or xz, read as a stream: links refused, nothing written to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from typing import TYPE_CHECKING, cast

from crible.errors import DamagedDocument
from crible.extraction.archive import RATIO_FLOOR, Entry, Shelf, best_reading
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from crible.extraction.archive import Budget

_ERRORS = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError)
_XZ_MEMORY = 512 << 20  # the strongest preset of xz asks for 65 MiB
_CHUNK = 1 << 20
_HEADERS_MAX = 100_000  # the library keeps each header that it has seen: a bomb of empty files fills the memory
_BLOCK = 512  # of a TAR file; its mark stands at 257 of the first


class _Counted(io.RawIOBase):
    """A decompressed stream that stops at a limit: what a bomb unpacks to is never seen."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._left = most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(_CHUNK if size < 0 else size)
        self._left -= len(data)
        if self._left < 0:
            raise Refusal("compression_ratio")
        return data


def tar_entries(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    """The files of a TAR archive in its own order; or the one file of a bare ``.gz``, ``.bz2`` or ``.xz``.

    Raises DamagedDocument when nothing can be read, Refusal (``compression_ratio``) when the whole is a bomb.
    An archive that breaks off gives what came before, then an entry that says so.
    """
    limits = budget.limits
    # The headers of a TAR are not counted as files: 1 KiB for each entry that may be there.
    most = limits.unpacked - budget.unpacked + 1024 * limits.entries
    if not data.startswith(b"\x1f\x8b") and data[:3] != b"BZh" and data[:1] != b"\xfd":
        yield from _members(io.BytesIO(data), budget)
        return
    most = min(most, max(RATIO_FLOOR, limits.ratio * len(data)))
    try:
        with _unpacked(data) as stream:
            head = stream.read(_BLOCK)
    except _ERRORS as error:
        raise DamagedDocument(f"archive illisible ({error})") from error
    with _unpacked(data) as stream:
        counted = _Counted(stream, most)
        if head[257:262] == b"ustar":
            yield from _members(cast("IO[bytes]", counted), budget)
        else:
            yield from _alone(counted, name, budget)


def _unpacked(data: bytes) -> IO[bytes]:
    source = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=source))
    if data.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(source))
    return cast("IO[bytes]", io.BufferedReader(_Xz(source)))


class _Xz(io.RawIOBase):
    """An xz stream with a limit on the memory it may ask for, which the standard file object does not offer."""

    def __init__(self, source: io.BytesIO) -> None:
        self._source = source
        self._decoder = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        while not self._decoder.eof:
            fed = self._source.read(_CHUNK) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not fed:
                raise EOFError("xz tronqué")
            data = self._decoder.decompress(fed, len(view))
            if data:
                view[: len(data)] = data
                return len(data)
        return 0


def _alone(stream: _Counted, name: str, budget: Budget) -> Iterator[Entry]:
    """A single compressed file, under its name without the last extension."""
    shelf = Shelf(budget)
    base = name.rsplit("/", 1)[-1]
    shown = base.rsplit(".", 1)[0] if "." in base else base
    parts: list[bytes] = []
    size, room = 0, shelf.room
    try:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > room:
                yield from shelf.refuse(shown, "file_too_large", f"> {room}")
                return
            parts.append(chunk)
    except _ERRORS as error:
        raise DamagedDocument(f"archive illisible ({error})") from error
    yield from shelf.put(shown, b"".join(parts))


def _members(stream: IO[bytes], budget: Budget) -> Iterator[Entry]:
    shelf = Shelf(budget)
    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                count += 1
                if count > _HEADERS_MAX:
                    raise Refusal("entries_limit", f"> {_HEADERS_MAX}")
                if not member.isdir():
                    yield from _member(archive, member, shelf)
    except _ERRORS as error:
        if not count:
            raise DamagedDocument(f"archive illisible ({error})") from error
        yield from shelf.refuse("(suite illisible)", "damaged", str(error))
    except Refusal as refusal:
        yield from shelf.refuse("(suite non lue)", refusal.reason, refusal.detail)


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, shelf: Shelf) -> Iterator[Entry]:
    name = repaired(member.name)
    if member.issym() or member.islnk():
        yield from shelf.refuse(name, "symlink")
        return
    if not member.isreg():
        yield from shelf.refuse(name, "not_a_file")
        return
    reason, detail = shelf.over(member.size)
    # A sparse file is holes that take no room in the archive: a bomb in a few bytes.
    if reason is None and member.issparse() and member.size > RATIO_FLOOR:
        reason = "compression_ratio"
    if reason is not None:
        yield from shelf.refuse(name, reason, detail)
        return
    file = archive.extractfile(member)
    content = file.read(member.size) if file is not None else b""
    if len(content) < member.size:
        yield from shelf.refuse(name, "damaged")
    else:
        yield from shelf.put(name, content)


def repaired(name: str) -> str:
    """The name of an entry with its accents, whatever table its author's system used."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return best_reading(name.encode("utf-8", "surrogateescape"), default=name.encode("ascii", "replace").decode())
    return name
