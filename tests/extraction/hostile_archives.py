"""Archives made to hurt whoever opens them, made when asked for: ``ARCHIVES[name]() -> bytes``. No real content."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Mapping

SENTENCE = b"Le titulaire heberge les donnees de la commune en France."


def archive(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method, compresslevel=1) as made:
        warnings.simplefilter("ignore", UserWarning)  # two files of one name
        for name, content in files:
            made.writestr(name, content, method)
    return out.getvalue()


def many_entries(count: int) -> Callable[[], bytes]:
    """A ZIP of so many empty files, written here: the library takes a minute for a million."""

    def make() -> bytes:
        local = b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 0, 0, 33, 0, 0, 0, 6, 0)
        central = b"PK\x01\x02" + struct.pack("<6H3I5H", 20, 20, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0)
        names = [b"%06x" % n for n in range(count)]
        first = b"".join(local + name for name in names)
        size = len(local) + 6
        rest = b"".join(central + struct.pack("<II", 0, n * size) + name for n, name in enumerate(names))
        end = struct.pack("<4H2IH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(rest), len(first), 0)
        return first + rest + b"PK\x05\x06" + end

    return make


def nested(depth: int) -> Callable[[], bytes]:
    def make() -> bytes:
        data = archive(("a.txt", SENTENCE))
        for n in range(depth):
            data = archive((f"{n}.zip", data))
        return data

    return make


def cut(percent: int) -> Callable[[], bytes]:
    whole = archive(*((f"{n}.txt", SENTENCE * 9) for n in range(50)))
    return lambda: whole[: len(whole) * percent // 100]


def lying(data: bytes, size: int) -> bytes:
    """A ZIP of one file that says it unpacks to ``size`` bytes."""
    changed = bytearray(data)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, changed.index(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def link(name: str, target: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def tar(*members: tarfile.TarInfo, content: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for member in members:
            made.addfile(member, io.BytesIO(content))
    return out.getvalue()


def member(name: str, *, size: int = 0, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, to
    return info


def odd_names() -> bytes:
    names = ("a" * 60_000, "é" * 300 + ".txt", "\u202egpj.exe", "CON", "a\tb.txt", " ", "a/" * 2_000 + "b.txt")
    return archive(*((name, SENTENCE) for name in names))


ZEROS = bytes(50_000_000)

# Name → maker. Lazy: a few take a second.
ARCHIVES: Mapping[str, Callable[[], bytes]] = {
    "ZIP honest": lambda: archive(("RC.txt", SENTENCE)),
    **{f"ZIP truncated at {percent} %": cut(percent) for percent in (10, 90, 99)},
    "ZIP empty": archive,
    "ZIP slip": lambda: archive(
        *((name, SENTENCE) for name in ("../../etc/cron.txt", "/etc/x.txt", "C:\\x.txt", "..\\..\\y.txt"))
    ),
    "ZIP bomb, 50 MB in 50 KB": lambda: archive(("a.txt", ZEROS)),
    "ZIP bomb, 40 × 50 MB": lambda: archive(*((f"{n}.txt", ZEROS) for n in range(40))),
    "ZIP bomb that says 10 bytes": lambda: lying(archive(("a.txt", ZEROS)), 10),
    "ZIP bomb that says 4 GB": lambda: lying(archive(("a.txt", SENTENCE)), 0xFFFFFFF0),
    "ZIP in ZIP, 10 deep": nested(10),
    "ZIP of 1,000 ZIPs": lambda: archive(*((f"{n}.zip", archive(("a.txt", SENTENCE))) for n in range(1_000))),
    "ZIP of 100,000 entries": many_entries(100_000),
    "ZIP of 1,000,000 entries": many_entries(1_000_000),
    "ZIP long and odd names": odd_names,
    "ZIP symbolic links": lambda: archive(link("a.txt", b"/etc/passwd"), link("b", b"../.."), ("c.txt", SENTENCE)),
    "ZIP of one name 500 times": lambda: archive(*(("a.txt", SENTENCE) for _ in range(500))),
    "TAR links": lambda: tar(
        member("a", kind=tarfile.SYMTYPE, to="/etc/passwd"), member("b", kind=tarfile.LNKTYPE, to="../a"),
        member("c", kind=tarfile.CHRTYPE), member("../../d.txt", size=len(SENTENCE)), content=SENTENCE,
    ),
    "TAR of 100,000 entries": lambda: tar(*(member(f"{n}.txt") for n in range(100_000))),
    "TAR bomb, 500 MB in 2 MB": lambda: gzip.compress(
        tar(member("a.txt", size=10 * len(ZEROS)), content=ZEROS * 10), 1
    ),
    "TAR truncated": lambda: tar(*(member(f"{n}.txt", size=len(SENTENCE)) for n in range(9)), content=SENTENCE)[:3_000],
    "gzip of gzip of zeros": lambda: gzip.compress(gzip.compress(ZEROS * 4)),
    "7z header only": lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24),
    "7z random": lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + random.Random(9).randbytes(5_000),
}  # fmt: skip
