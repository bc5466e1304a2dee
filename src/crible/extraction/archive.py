"""ZIP archives, one entry at a time and never on disk: names repaired, limits counted, nothing silently lost."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a damaged or hostile archive makes the standard library raise while an entry is read.
READ_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)
# Below one mebibyte an extreme ratio (a page of spaces, a blank picture) harms nobody.
RATIO_FLOOR = 1 << 20
_CHUNK = 1 << 20
_TAIL = 22 + 0xFFFF  # bytes: the end of a ZIP with its longest comment
_LISTING_MAX = 16 << 20  # bytes: 200,000 entries; a document of 10,000 pictures has one
_NAME_MAX = 255  # what file systems take; a longer name is shortened for display


@dataclass(frozen=True, slots=True)
class Limits:
    """What one tender may ask for. Sizes in bytes; ``ratio`` is unpacked over packed, of one entry."""

    entries: int = 5_000
    nesting: int = 3
    unpacked: int = 2 << 30
    ratio: int = 200
    file: int = 500 << 20


@dataclass(slots=True)
class Budget:
    """What has been used of the limits, over all the archives of one tender."""

    limits: Limits
    entries: int = 0
    unpacked: int = 0
    refused_entries: int = 0  # entries beyond the limit, counted and not listed one by one


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its bytes, or the reason why there are none (``data`` is None exactly when ``reason`` is set)."""

    path: str
    data: bytes | None
    reason: str | None = None
    detail: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # (code, detail) of warnings: unsafe_name, duplicate_name …


@dataclass(frozen=True, slots=True)
class Label:
    """The name under which an entry is shown, and what was changed in it."""

    name: str
    notes: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Shelf:
    """The entries of one container of any kind: counted, named safely, told apart, kept within the limits."""

    budget: Budget
    _seen: dict[str, int] = field(default_factory=dict)

    def label(self, raw_name: str) -> Label | None:
        """Count one more entry and name it; None when it is beyond the limit."""
        self.budget.entries += 1
        if self.budget.entries > self.budget.limits.entries:
            self.budget.refused_entries += 1
            return None
        name, notes = _safe_name(raw_name)
        self._seen[name] = self._seen.get(name, 0) + 1
        if self._seen[name] > 1:
            notes.append(("duplicate_name", name))
            name = _numbered(name, self._seen[name])
        return Label(name, tuple(notes))

    def put(self, raw_name: str, data: bytes) -> Iterator[Entry]:
        """One entry whose bytes are at hand already."""
        label = self.label(raw_name.replace("\\", "/"))
        if label is None:
            return
        reason, detail = self.over(len(data))
        if reason is None:
            self.budget.unpacked += len(data)
        yield Entry(label.name, None if reason else data, reason, detail, label.notes)

    def refuse(self, raw_name: str, reason: str, detail: str = "") -> Iterator[Entry]:
        """One entry that is listed and not read."""
        label = self.label(raw_name.replace("\\", "/"))
        if label is not None:
            yield Entry(label.name, None, reason, detail, label.notes)

    def over(self, size: int) -> tuple[str | None, str]:
        """The limit that ``size`` more bytes would break."""
        limits = self.budget.limits
        if size > limits.file:
            return "file_too_large", f"{size} > {limits.file}"
        if self.budget.unpacked + size > limits.unpacked:
            return "unpacked_limit", f"> {limits.unpacked}"
        return None, ""

    @property
    def room(self) -> int:
        """How many bytes the next entry may have."""
        return max(min(self.budget.limits.file, self.budget.limits.unpacked - self.budget.unpacked), 0)


def read_entries(source: Path | bytes, *, budget: Budget, skip: int = 0) -> Iterator[Entry]:
    """The entries of a ZIP in natural order of their names, directories left out.

    The first ``skip`` of those within the limits are counted again, and neither opened nor given. Raises
    DamagedDocument when the archive itself cannot be opened.
    """
    try:
        archive = zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source))
    except (*READ_ERRORS, NotImplementedError) as error:
        raise DamagedDocument(f"archive illisible ({error})") from error
    with archive:
        named = [(repaired_name(info), info) for info in archive.infolist() if not info.is_dir()]
        named.sort(key=lambda pair: natural_key(pair[0]))
        shelf = Shelf(budget)
        for raw_name, info in named:
            label = shelf.label(raw_name)
            if label is None:
                continue
            reason, detail = refusal_of(info, budget)
            if skip:
                skip -= 1
                budget.unpacked += info.file_size if reason is None else 0
                continue
            data: bytes | None = None
            if reason is None:
                data, reason, detail = read_member(archive, info, budget)
            yield Entry(label.name, data, reason, detail, label.notes)


def archive_outline(source: Path | bytes) -> tuple[frozenset[str], str]:
    """The names inside a ZIP, and the text of its entry ``mimetype`` (empty when there is none): what tells an office
    document from an archive. Nothing when the archive cannot be opened, or lists more than office documents do.
    """
    if _listing_size(source) > _LISTING_MAX:
        return frozenset(), ""
    try:
        with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            names = frozenset(archive.namelist())
            declared = ""
            # Media types are short: a longer entry of that name is something else, and is not unpacked.
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= 200:
                declared = archive.read("mimetype").decode("ascii", errors="replace")
            return names, declared
    except (*READ_ERRORS, NotImplementedError, RuntimeError):
        return frozenset(), ""


def _listing_size(source: Path | bytes) -> int:
    """Bytes of the list of entries at the end of a ZIP, as it says: the standard library reads them all at once."""
    if isinstance(source, bytes):
        tail = source[-_TAIL:]
    else:
        try:
            with source.open("rb") as stream:
                stream.seek(max(stream.seek(0, io.SEEK_END) - _TAIL, 0))
                tail = stream.read()
        except OSError:
            return 0
    at = tail.rfind(b"PK\x05\x06")
    return int(struct.unpack_from("<I", tail, at + 12)[0]) if 0 <= at <= len(tail) - 22 else 0


def natural_key(path: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key under which « Lot 2 » comes before « Lot 10 », whatever the case."""
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", path).casefold())
    # isdecimal, not isdigit: int() refuses « ² ».
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p), path


def repaired_name(info: zipfile.ZipInfo) -> str:
    """The name of an entry, with the accents its author typed.

    Without the UTF-8 flag the standard library decodes names as CP437; French Windows tools write CP850 or CP1252 and
    some others UTF-8. The reading with the most French letters and the fewest odd signs is kept.
    """
    name = info.filename
    unicode_path = _unicode_path(info.extra)
    if unicode_path:
        name = unicode_path
    elif not info.flag_bits & 0x800 and not name.isascii():
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        if raw:
            name = best_reading(raw, default=name)
    return unicodedata.normalize("NFC", name).replace("\\", "/")


_FRENCH = frozenset("éèêëàâäîïôöùûüçœæÉÈÊËÀÂÄÎÏÔÖÙÛÜÇŒÆ°’«»–€")


def best_reading(raw: bytes, *, default: str) -> str:
    try:
        return raw.decode("utf-8")  # other encodings are almost never valid UTF-8 by chance
    except UnicodeDecodeError:
        pass
    best, best_score = default, _frenchness(default)
    for encoding in ("cp850", "cp1252"):
        try:
            reading = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _frenchness(reading)
        if score > best_score:
            best, best_score = reading, score
    return best


def _frenchness(name: str) -> int:
    score = 0
    for previous, char in zip(" " + name, name, strict=False):
        if char.isascii():
            continue
        score += 1 if char in _FRENCH else -2
        if char.isupper() and previous.islower():  # « rÈglement »: a capital inside a word betrays the wrong table
            score -= 2
    return score


def _unicode_path(extra: bytes) -> str:
    """The name of the Info-ZIP « Unicode Path » field (0x7075), which some tools write beside a legacy name."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        body = extra[position + 4 : position + 4 + size]
        if kind == 0x7075 and len(body) > 5 and body[0] == 1:
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return ""
        position += 4 + size
    return ""


def _safe_name(name: str) -> tuple[str, list[tuple[str, str]]]:
    """A name that stays inside the archive, and what was changed. Nothing is written to disk: this is for display."""
    notes: list[tuple[str, str]] = []
    cleaned = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") else c for c in name)
    parts = [p for p in cleaned.split("/") if p not in ("", ".", "..")]
    if parts and re.fullmatch(r"[A-Za-z]:", parts[0]):
        parts = parts[1:]
    shortened = [_shortened(p) for p in parts] or ["(sans nom)"]
    safe = "/".join(shortened)
    if cleaned.startswith("/") or ".." in cleaned.split("/") or re.match(r"[A-Za-z]:/", cleaned) or cleaned != name:
        notes.append(("unsafe_name", safe))
    if shortened != parts:
        notes.append(("name_shortened", safe))
    return safe, notes


def _shortened(part: str) -> str:
    if len(part) <= _NAME_MAX:
        return part
    suffix = PurePosixPath(part).suffix[:10]
    return part[: _NAME_MAX - len(suffix) - 1] + "…" + suffix


def _numbered(name: str, count: int) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({count}){path.suffix}"))


def refusal_of(info: zipfile.ZipInfo, budget: Budget) -> tuple[str | None, str]:
    """Why an entry is not even opened, from what the archive declares of it."""
    limits = budget.limits
    if stat.S_ISLNK(info.external_attr >> 16):
        return "symlink", ""
    if info.flag_bits & 0x1:
        return "encrypted", ""
    if info.file_size > limits.file:
        return "file_too_large", f"{info.file_size} > {limits.file}"
    if info.file_size > RATIO_FLOOR and info.file_size > limits.ratio * max(info.compress_size, 1):
        return "compression_ratio", f"{info.file_size // max(info.compress_size, 1)} > {limits.ratio}"
    if budget.unpacked + info.file_size > limits.unpacked:
        return "unpacked_limit", f"> {limits.unpacked}"
    return None, ""


def read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> tuple[bytes | None, str | None, str]:  # fmt: skip
    """The bytes of an entry, counted as they come: what the archive declares may be a lie."""
    room = min(budget.limits.file, budget.limits.unpacked - budget.unpacked)
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > room:
                    return None, "file_too_large", f"> {room}"
                parts.append(chunk)
    except NotImplementedError as error:
        return None, "unsupported_compression", str(error)
    except RuntimeError as error:  # what zipfile raises for a missing password
        return None, "encrypted", str(error)
    except READ_ERRORS as error:
        return None, "damaged", str(error)
    finally:
        budget.unpacked += size
    return b"".join(parts), None, ""
