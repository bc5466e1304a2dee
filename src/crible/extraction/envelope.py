"""Signed envelopes (``.p7m``, PKCS#7 SignedData): the piece inside, as it was before it was signed.

Only the content is taken out; the signature is not checked, and crible says nothing of it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.extraction.archive import Entry, Shelf

if TYPE_CHECKING:
    from crible.extraction.archive import Budget

SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # OID 1.2.840.113549.1.7.2
_SEQUENCE, _OID, _OCTETS, _CONSTRUCTED_OCTETS, _EXPLICIT_0 = 0x30, 0x06, 0x04, 0x24, 0xA0
_ARMOUR = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----(.+?)-----END", re.DOTALL)
_DEPTH_MAX = 16  # pieces inside pieces of a content cut into parts: real ones are cut once


class _Malformed(Exception):
    """The bytes are not the structure they claim to be."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One element of BER: its tag, where its content begins, where it ends, where the next element begins."""

    tag: int
    start: int
    end: int
    after: int


def signed_content(data: bytes) -> bytes | None:
    """The signed piece, None when there is none inside (a detached signature) or the envelope is malformed."""
    armoured = _ARMOUR.search(data[: 64 << 10]) and _ARMOUR.search(data)
    if armoured:
        try:
            data = base64.b64decode(armoured[1], validate=False)
        except (binascii.Error, ValueError):
            return None
    try:
        return _content(data)
    except (_Malformed, IndexError, ValueError, RecursionError):
        return None


def envelope_entries(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    """The piece inside an envelope, under its name without ``.p7m``; nothing when there is none."""
    content = signed_content(data)
    if content:
        base = re.sub(r"\.(?:p7m|p7s|p7|pkcs7)$", "", name.rsplit("/", 1)[-1], flags=re.IGNORECASE)
        yield from Shelf(budget).put(base or "contenu", content)


def _content(data: bytes) -> bytes | None:
    """ContentInfo → SignedData → EncapsulatedContentInfo → its octets (RFC 5652, 3 and 5)."""
    info = _expect(data, _node(data, 0, len(data)), _SEQUENCE)
    kind, explicit = _children(data, info, 2)
    if kind.tag != _OID or data[kind.start : kind.end] != SIGNED_DATA:
        return None
    signed = _expect(data, _children(data, _expect(data, explicit, _EXPLICIT_0), 1)[0], _SEQUENCE)
    inner = _expect(data, _children(data, signed, 3)[2], _SEQUENCE)
    parts = _children(data, inner, 2)
    if len(parts) < 2 or parts[1].tag != _EXPLICIT_0:
        return None
    held = _children(data, parts[1], 1)
    return b"".join(_octets(data, held[0], 0)) if held else None


def _expect(data: bytes, node: _Node, tag: int) -> _Node:
    if node.tag != tag:
        raise _Malformed
    return node


def _octets(data: bytes, node: _Node, depth: int) -> Iterator[bytes]:
    """The bytes of an octet string, which may be cut into parts."""
    if node.tag == _OCTETS:
        yield data[node.start : node.end]
    elif node.tag == _CONSTRUCTED_OCTETS and depth < _DEPTH_MAX:
        at = node.start
        while at < node.end:
            part = _node(data, at, node.end)
            yield from _octets(data, part, depth + 1)
            at = part.after
    else:
        raise _Malformed


def _children(data: bytes, node: _Node, most: int) -> list[_Node]:
    found: list[_Node] = []
    at = node.start
    while at < node.end and len(found) < most:
        child = _node(data, at, node.end)
        found.append(child)
        at = child.after
    return found


def _node(data: bytes, at: int, limit: int, depth: int = 0) -> _Node:
    """The element at ``at``; a length left open ends at the two zero bytes that close it."""
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F or depth > _DEPTH_MAX * 4:
        raise _Malformed
    start = at + 2
    if first == 0x80:
        end = start
        while data[end : end + 2] != b"\x00\x00":
            if end >= limit:
                raise _Malformed
            end = _node(data, end, limit, depth + 1).after
        return _Node(tag, start, end, end + 2)
    length = first
    if first > 0x80:
        count = first & 0x7F
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > limit:
        raise _Malformed
    return _Node(tag, start, start + length, start + length)
