"""7z archives: unpacked by streams into one unnamed temporary file, so that a solid archive never fills the memory."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from crible.errors import DamagedDocument, EncryptedDocument
from crible.extraction.archive import RATIO_FLOOR, Entry, Shelf, natural_key
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.extraction.archive import Budget

_IN_MEMORY = 32 << 20  # smaller archives never touch the disk


@dataclass(slots=True)
class _Wanted:
    """One entry of the archive: its name there, and why it is not unpacked."""

    name: str
    reason: str | None = None
    detail: str = ""
    size: int = 0


def seven_zip_entries(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    """The files of a 7z archive in natural order. Raises Refusal (``archive_not_supported`` without the library,
    ``compression_ratio`` for a bomb), EncryptedDocument or DamagedDocument.
    """
    try:
        import py7zr
        from py7zr.exceptions import DecompressionBombError, PasswordRequired
    except ImportError as error:
        raise Refusal("archive_not_supported", "crible[office]") from error
    shelf = Shelf(budget)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as store:
        factory = _factory(store)
        wanted: list[_Wanted] = []
        missing = "damaged"
        try:
            with py7zr.SevenZipFile(io.BytesIO(data), max_extract_size=_most(data, budget)) as archive:
                if archive.needs_password():
                    raise EncryptedDocument(f"{name} : protégé par un mot de passe")
                wanted = _listing(archive, data, budget)
                names = [w.name for w in wanted if w.reason is None]
                if names:
                    archive.extract(targets=names, factory=factory)
        except EncryptedDocument:
            raise
        except PasswordRequired as error:
            raise EncryptedDocument(f"{name} : protégé par un mot de passe") from error
        except DecompressionBombError:
            missing = "unpacked_limit"  # what came out before is kept
        except (Refusal, MemoryError):
            raise
        except Exception as error:  # the library raises many kinds, its own and those of eight decoders
            raise DamagedDocument(f"archive illisible ({type(error).__name__})") from error
        for one in sorted(wanted, key=lambda w: natural_key(w.name)):
            content = factory.content(one.name) if one.reason is None else None
            if content is None or len(content) != one.size:
                yield from shelf.refuse(one.name, one.reason or missing, one.detail)
            else:
                yield from shelf.put(one.name, content)


def _most(data: bytes, budget: Budget) -> int:
    """How many bytes the archive may unpack to as a whole."""
    limits = budget.limits
    return max(min(limits.unpacked - budget.unpacked, max(RATIO_FLOOR, limits.ratio * len(data))), 1)


def _listing(archive: Any, data: bytes, budget: Budget) -> list[_Wanted]:
    """What the archive says it holds, the entries that are not to be unpacked marked with their reason."""
    limits = budget.limits
    infos = [info for info in archive.list() if not info.is_directory]
    total = sum(info.uncompressed for info in infos)
    if total > RATIO_FLOOR and total > limits.ratio * len(data):
        raise Refusal("compression_ratio", f"{total // len(data)} > {limits.ratio}")
    found: list[_Wanted] = []
    used = budget.unpacked
    for info in infos:
        one = _Wanted(info.filename, size=info.uncompressed)
        parts = info.filename.replace("\\", "/").split("/")
        if info.is_symlink:
            one.reason = "symlink"
        elif ".." in parts or info.filename.startswith(("/", "\\")) or ":" in parts[0]:
            one.reason = "unsafe_name"  # the library refuses the whole archive for one such name
        elif info.uncompressed > limits.file:
            one.reason, one.detail = "file_too_large", f"{info.uncompressed} > {limits.file}"
        elif used + info.uncompressed > limits.unpacked:
            one.reason, one.detail = "unpacked_limit", f"> {limits.unpacked}"
        else:
            used += info.uncompressed
        found.append(one)
    return found


def _factory(store: IO[bytes]) -> Any:
    """What py7zr writes into: every file after the other in ``store``. Its classes are made here: it loads late."""
    from py7zr.io import Py7zIO, WriterFactory

    class Slot(Py7zIO):
        def __init__(self) -> None:
            self.start = store.seek(0, io.SEEK_END)
            self.length = 0

        def write(self, s: bytes | bytearray) -> int:
            store.seek(self.start + self.length)
            self.length += len(s)
            return store.write(s)

        def read(self, size: int | None = None) -> bytes:
            store.seek(self.start)
            return store.read(self.length)

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            return None

        def size(self) -> int:
            return self.length

    class Factory(WriterFactory):
        def __init__(self) -> None:
            self.slots: dict[str, Slot] = {}

        def create(self, filename: str) -> Py7zIO:
            slot = self.slots[filename] = Slot()
            return slot

        def content(self, name: str) -> bytes | None:
            slot = self.slots.get(name)
            return slot.read() if slot is not None else None

    return Factory()
