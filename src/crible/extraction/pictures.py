"""Pictures of pages as they cross from the worker that drew them: points of grey, counted and checked, no image format.

A process that has parsed a hostile file may answer anything, and an image decoder is one more thing to attack. So no
image file crosses: the parent gets points, and writes the image itself (:mod:`crible.reporting.png`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crible.extraction.isolation_codec import BadMessage

# Points of the longer side, and of a page: A4 at 96 dpi has 0.9 million, A3 1.8. A plan is drawn at what fits.
SIDE_MAX: Final = 4_096
POINTS_MAX: Final = 2_000_000
_COUNT = struct.Struct("<I")
_SIZES = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as displayed, in 16 levels of grey (0 is black).

    ``rows``: two points a byte, the left one in the upper half, each row padded to a byte. Sixteen levels are enough to
    see where text stands, and weigh half of 256.
    """

    page: int
    width: int
    height: int
    rows: bytes = field(repr=False)

    @property
    def stride(self) -> int:
        """Bytes of a row."""
        return (self.width + 1) // 2


def encode_pictures(pictures: Sequence[Picture]) -> bytes:
    """The pictures as bytes: their count, page and size of each, then their points."""
    heads = b"".join(_SIZES.pack(p.page, p.width, p.height) for p in pictures)
    return b"".join([_COUNT.pack(len(pictures)), heads, *(p.rows for p in pictures)])


def decode_pictures(message: bytes | bytearray | memoryview, *, pages: Sequence[int]) -> tuple[Picture, ...]:
    """The pictures of a message, of some of ``pages``, in order. Raises BadMessage on anything else."""
    view = memoryview(message)
    if len(view) < _COUNT.size:
        raise BadMessage("pictures")
    (count,) = _COUNT.unpack_from(view)
    body = _COUNT.size + count * _SIZES.size
    if count > len(pages) or len(view) < body:
        raise BadMessage("count of the pictures")
    found: list[Picture] = []
    asked = sorted(set(pages))
    for n in range(count):
        page, width, height = _SIZES.unpack_from(view, _COUNT.size + n * _SIZES.size)
        if page not in asked or (found and page <= found[-1].page):
            raise BadMessage("page of a picture")
        if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
            raise BadMessage("size of a picture")
        size = (width + 1) // 2 * height
        if len(view) < body + size:
            raise BadMessage("points of a picture")
        found.append(Picture(page, width, height, bytes(view[body : body + size])))
        body += size
    if body != len(view):
        raise BadMessage("sizes of the pictures")
    return tuple(found)
