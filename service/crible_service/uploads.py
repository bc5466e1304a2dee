"""A multipart body onto disk, as it comes: sizes and numbers are counted while reading, never believed."""

from __future__ import annotations

import asyncio
import errno
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from crible_service.problems import FieldError, Problem
from crible_service.settings import MIB, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from python_multipart.multipart import MultipartCallbacks
    from starlette.requests import Request

FIELDS = ("policy", "as_of", "buyer", "name", "lang")
# The last two are what other clients call the same field.
FILE_FIELDS = ("files", "file", "files[]")
_FIELD_BYTES = 1000  # the longest, a tender's name, is a line
_NAME_BYTES = 180  # file systems allow 255; the library adds folders and « (2) »
_FRAMING = MIB  # boundaries and part headers of 200 files, at some 5 KiB each
# A browser shows an answer only once its whole body is taken, so a refused body is read and dropped up to this
# many times the limit, and this many seconds.
_DRAIN_TIMES = 4
_DRAIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Upload:
    """The files of one tender, in the order sent, and the other fields of the form (blank ones left out)."""

    files: tuple[Path, ...]
    fields: Mapping[str, str]


async def receive(request: Request, folder: Path, *, settings: Settings) -> Upload:
    """Write the files of a multipart request into ``folder``.

    Raises Problem (``multipart-expected``, ``upload-too-large``, ``too-many-files``, ``validation``, ``no-file`` …),
    and ClientDisconnect when the client leaves.
    """
    stream = request.stream()
    try:
        async with asyncio.timeout(settings.upload_deadline):
            return await _receive(request, stream, folder, settings)
    except TimeoutError:
        raise Problem("upload-interrupted") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Problem("storage-full") from error
        raise
    except Problem:
        await drain(stream, settings)
        raise


async def drain(stream: AsyncIterator[bytes], settings: Settings) -> None:
    """Read and drop what is left of a refused body, within bounds."""
    left = _DRAIN_TIMES * settings.max_upload
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    return
    except TimeoutError:
        return


async def _receive(request: Request, stream: AsyncIterator[bytes], folder: Path, settings: Settings) -> Upload:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Problem("multipart-expected")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > settings.max_upload + _FRAMING:
        raise too_large(settings)
    sink = _Sink(folder, settings)
    try:
        parser = MultipartParser(boundary, sink.callbacks())
        taken = 0
        async for chunk in stream:
            taken += len(chunk)
            if taken > settings.max_upload + _FRAMING:
                raise too_large(settings)
            parser.write(chunk)
        if not sink.ended:
            raise Problem("bad-request", "Le formulaire est tronqué.", en="The form is truncated.")
    except MultipartParseError as error:
        raise Problem("bad-request", f"multipart : {error}", en=f"multipart: {error}") from error
    finally:
        sink.close()
    if not sink.files:
        raise _no_file()
    return Upload(tuple(sink.files), sink.fields)


def too_large(settings: Settings) -> Problem:
    size = f"{settings.max_upload / MIB:g}"
    return Problem(
        "upload-too-large",
        f"Les pièces dépassent {size} Mio. N'envoyer que les pièces utiles (RC, CCAP, CCTP, AE, annexes).",
        en=f"The documents exceed {size} MiB. Send only the useful ones.",
    )


class _Sink:
    """Receives the parser's events: one part at a time, a file or a field."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.files: list[Path] = []
        self.fields: dict[str, str] = {}
        self.ended = False
        self._folder = folder
        self._settings = settings
        self._taken: set[str] = set()
        self._size = 0
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._disposition = b""
        self._field = ""
        self._value = bytearray()
        self._file: BinaryIO | None = None
        self._skip = False

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _part_begin(self) -> None:
        self._disposition, self._field, self._skip = b"", "", False
        self._value.clear()

    def _header_end(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)
        name.clear()
        value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        self._field = _text(options.get(b"name", b""))
        raw = options.get(b"filename")
        if raw is None:
            if self._field in FILE_FIELDS:  # a text where a file belongs
                raise _no_file()
            if self._field not in FIELDS:
                raise _unknown(self._field, (*FIELDS, "files"))
            return
        if self._field not in FILE_FIELDS:
            raise _unknown(self._field, ("files",))
        if not raw:  # a form sent without choosing a file has one nameless, empty part
            self._skip = True
            return
        if len(self.files) >= self._settings.max_files:
            most = self._settings.max_files
            raise Problem(
                "too-many-files",
                f"Plus de {most} fichiers : réunir les pièces dans un ZIP.",
                en=f"More than {most} files: put the documents in a ZIP.",
            )
        path = self._folder / _free(safe_name(_text(raw)), self._taken)
        self._file = path.open("xb")
        self.files.append(path)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._skip:
            return
        if self._file is None:
            self._value.extend(data[start:end])
            if len(self._value) > _FIELD_BYTES:
                raise Problem(
                    "validation",
                    errors=[
                        FieldError(
                            f"/{self._field}",
                            "too_long",
                            f"plus de {_FIELD_BYTES} octets",
                            f"over {_FIELD_BYTES} bytes",
                        )
                    ],
                )
            return
        self._size += end - start
        if self._size > self._settings.max_upload:
            raise too_large(self._settings)
        self._file.write(data[start:end])

    def _part_end(self) -> None:
        if self._file is not None:
            self.close()
        elif not self._skip and (value := _text(bytes(self._value)).strip()):
            self.fields[self._field] = value

    def _end(self) -> None:
        self.ended = True


def safe_name(name: str) -> str:
    """A file name to write and to show: accents kept; no folder, no control or direction character, never empty."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = " ".join(
        "".join(c for c in name if c == " " or unicodedata.category(c)[0] not in "CZ" or c == "\u00a0").split()
    )
    if not name.strip("."):
        return "piece"
    suffix = PurePosixPath(name).suffix
    if len(suffix) > 10:
        suffix = ""
    stem = name[: len(name) - len(suffix)] if suffix else name
    while len((stem + suffix).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix


def _free(name: str, taken: set[str]) -> str:
    """``name``, or « name (2) » when another file has it; two names that differ by case are the same on some disks."""
    path, count, found = PurePosixPath(name), 1, name
    while found.casefold() in taken:
        count += 1
        found = f"{path.stem} ({count}){path.suffix}"
    taken.add(found.casefold())
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _no_file() -> Problem:
    return Problem("no-file", errors=[FieldError("/files", "missing", "au moins un fichier", "at least one file")])


def _unknown(field: str, allowed: tuple[str, ...]) -> Problem:
    listed = ", ".join(allowed)
    fr, en = f"champ inconnu ; admis : {listed}", f"unknown field; allowed: {listed}"
    return Problem("validation", errors=[FieldError(f"/{field[:50]}", "unknown_field", fr, en)])
