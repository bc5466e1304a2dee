"""Files that a document carries, taken out of it in the worker, as they cross to the parent: names, reasons, bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

from crible.extraction.archive import Budget, Entry, Limits
from crible.extraction.containers import CARRIERS, ENVELOPES
from crible.extraction.isolation_codec import MESSAGE_MAX, BadMessage, from_json, to_json

_HEAD = struct.Struct("<Q")
# Bytes of files that one answer may hold: what is beyond is listed as over the limit of unpacked bytes.
ROOM_MAX: Final = MESSAGE_MAX - (64 << 20)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files found, and what they used of the limits."""

    entries: tuple[Entry, ...]
    used: Budget


def take_out(data: bytes, *, path: str, sha256: str, media: str, limits: dict[str, int]) -> Unpacked:
    """The files inside a document or an envelope of type ``media``, within what is left of the tender's limits."""
    budget = Budget(Limits(**limits))
    opener = CARRIERS.get(media) or ENVELOPES[media]
    return Unpacked(tuple(opener(data, path, budget)), budget)


def left_of(budget: Budget) -> dict[str, int]:
    """What is left of the limits, as :func:`take_out` wants it."""
    limits = budget.limits
    return {
        "entries": max(limits.entries - budget.entries, 0), "nesting": limits.nesting, "ratio": limits.ratio,
        "unpacked": min(max(limits.unpacked - budget.unpacked, 0), ROOM_MAX), "file": limits.file,
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
        }
    )
    return b"".join([_HEAD.pack(len(head)), head, *(e.data for e in found.entries if e.data is not None)])


def decode_unpacked(message: bytes | bytearray | memoryview, *, limits: dict[str, int]) -> Unpacked:
    """The files of a message. Raises BadMessage on anything that :func:`encode_unpacked` does not write."""
    view = memoryview(message)
    try:
        (size,) = _HEAD.unpack_from(view)
        head: dict[str, Any] = from_json(view[_HEAD.size : _HEAD.size + size])
        entries, used = head["entries"], [_count(n) for n in head["used"]]
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
    return Unpacked(tuple(found), Budget(Limits(**limits), *used))


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
