"""Files inside an archive or a document, taken out in the worker, as they cross to the parent: names, reasons, bytes.

Archives cross in parts: a large one is asked again for what follows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crible.errors import CribleError, DamagedDocument, EncryptedDocument
from crible.extraction.archive import Budget, Entry, Limits, read_entries
from crible.extraction.containers import ARCHIVES, CARRIERS, ENVELOPES, ZIP
from crible.extraction.isolation_codec import MESSAGE_MAX, BadMessage, from_json, to_json
from crible.extraction.office.refusal import Refusal

_HEAD = struct.Struct("<Q")
# Bytes of files that one answer may hold: what is beyond is listed as over the limit of unpacked bytes.
ROOM_MAX: Final = MESSAGE_MAX - (64 << 20)


# … and one answer about a ZIP, which is opened anywhere without reading what comes before: the parent holds no more.
ROOM_ZIP: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files found, and what the archive used of the limits up to there.

    ``more``: others follow. ``failure``: the archive breaks off after them: the name of an error, its reason, its
    detail.
    """

    entries: tuple[Entry, ...]
    used: Budget
    more: bool = False
    failure: tuple[str, str, str] | None = None

    def check(self) -> None:
        """Raise what the archive broke off with: Refusal, EncryptedDocument or DamagedDocument."""
        if self.failure is None:
            return
        name, reason, detail = self.failure
        if name == Refusal.__name__:
            raise Refusal(reason, detail)
        raise (EncryptedDocument if name == EncryptedDocument.__name__ else DamagedDocument)(detail)


def take_out(
    data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int], start: int = 0, file: str = ""
) -> Unpacked:
    """The files inside an archive, a document or an envelope of type ``media``, within what is left of the limits.

    Of an archive, those from the entry ``start`` on, as many as one answer holds. ``file``: a ZIP to read from disk
    instead of ``data``.
    """
    budget = Budget(Limits(**limits))
    if media not in ARCHIVES:
        opener = CARRIERS.get(media) or ENVELOPES[media]
        return Unpacked(tuple(opener(data, path, budget)), budget)
    if media == ZIP:
        room, skip = ROOM_ZIP, 0
        inside = read_entries(Path(file) if file else data, budget=budget, skip=start)
    else:
        room, skip = ROOM_MAX, start
        inside = ARCHIVES[media](data, path, budget)
    found: list[Entry] = []
    try:
        for n, entry in enumerate(inside):
            if n < skip:
                continue
            found.append(entry)
            room -= len(entry.data or b"")
            if room <= 0:
                return Unpacked(tuple(found), budget, more=True)
    except CribleError as error:
        if not found:
            raise
        reason, detail = (error.reason, error.detail) if isinstance(error, Refusal) else ("", str(error))
        kind = Refusal if isinstance(error, Refusal) else type(error)
        return Unpacked(tuple(found), budget, failure=(kind.__name__, reason, detail))
    return Unpacked(tuple(found), budget)


def left_of(budget: Budget, *, whole: bool = True) -> dict[str, int]:
    """What is left of the limits, as :func:`take_out` wants it. ``whole``: for one answer that holds everything."""
    limits = budget.limits
    unpacked = max(limits.unpacked - budget.unpacked, 0)
    return {
        "entries": max(limits.entries - budget.entries, 0), "nesting": limits.nesting, "ratio": limits.ratio,
        "unpacked": min(unpacked, ROOM_MAX) if whole else unpacked, "file": limits.file,
    }  # fmt: skip


def encode_unpacked(found: Unpacked) -> bytes:
    """A head that says what there is, then the bytes of the files one after the other."""
    head = to_json(
        {
            "entries": [
                [e.path, None if e.data is None else len(e.data), e.reason, e.detail, [list(n) for n in e.notes]]
                for e in found.entries
            ],
            "used": [found.used.entries, found.used.unpacked, found.used.refused_entries],
            "more": found.more, "failure": found.failure,
        }
    )  # fmt: skip
    return b"".join([_HEAD.pack(len(head)), head, *(e.data for e in found.entries if e.data is not None)])


def decode_unpacked(message: bytes | bytearray | memoryview, *, limits: dict[str, int]) -> Unpacked:
    """The files of a message. Raises BadMessage on anything that :func:`encode_unpacked` does not write."""
    view = memoryview(message)
    try:
        (size,) = _HEAD.unpack_from(view)
        head: dict[str, Any] = from_json(view[_HEAD.size : _HEAD.size + size])
        entries, used = head["entries"], [_count(n) for n in head["used"]]
        more, failure = head["more"], head["failure"]
        if not isinstance(more, bool) or (failure is not None and len(failure) != 3):
            raise BadMessage("end of the files")
        broken = None if failure is None else (_text(failure[0]), _text(failure[1]), _text(failure[2]))
        found = []
        at = _HEAD.size + size
        for name, length, reason, detail, notes in entries:
            if (length is None) == (reason is None):
                raise BadMessage("file and reason")
            content = None if length is None else bytes(view[at : at + _count(length)])
            at += 0 if length is None else length
            found.append(Entry(_text(name), content, reason and _text(reason), _text(detail), tuple(map(_note, notes))))
    except (struct.error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadMessage("files") from error
    if at != len(view) or len(found) > limits["entries"] or len(used) != 3:
        raise BadMessage("sizes of the files")
    return Unpacked(tuple(found), Budget(Limits(**limits), *used), more, broken)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadMessage("number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadMessage("text")
    return value


def _note(value: Any) -> tuple[str, str]:
    code, detail = value
    return _text(code), _text(detail)
