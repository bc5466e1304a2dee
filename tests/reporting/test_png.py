"""Points as a PNG file, whose chunks, sums and rows another reader finds as they were."""

from __future__ import annotations

import struct
import zlib

import pytest

from crible.reporting.png import png


@pytest.mark.parametrize(("width", "height", "bits"), [(1, 1, 4), (5, 3, 4), (8, 2, 8), (9, 2, 1)])
def test_a_png_holds_the_points_it_was_given(width: int, height: int, bits: int) -> None:
    stride = (width * bits + 7) // 8
    rows = bytes(range(7, 7 + stride * height))
    data = png(width, height, rows, bits=bits)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(data):
        (size,) = struct.unpack_from(">I", data, place)
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", data, place + 8 + size)[0] == zlib.crc32(kind + content)
        chunks[kind] = content
        place += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (width, height, bits, 0, 0, 0, 0)
    lines = zlib.decompress(chunks[b"IDAT"])
    assert b"".join(lines[i + 1 : i + 1 + stride] for i in range(0, len(lines), stride + 1)) == rows


def test_a_png_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        png(4, 2, b"abc", bits=4)
