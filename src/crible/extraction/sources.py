"""The files behind the paths a user gives, and what each really is, judged by content and never by extension."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument, EncryptedDocument, UnreadableInput
from crible.extraction import isolation
from crible.extraction.archive import Budget, Entry, archive_outline, natural_key
from crible.extraction.containers import ARCHIVES, CARRIERS, ENVELOPES, ZIP
from crible.extraction.isolation_failures import ReaderFailed
from crible.extraction.office.refusal import Refusal
from crible.extraction.unpacked import left_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_log = logging.getLogger(__name__)

_CARRIED = "(fichiers joints)"  # the name of what a document carries, when nothing more is known of it
_HEAD = 1024  # the PDF header may follow junk, within the first 1,024 bytes
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

# First bytes → media type. Order matters only where one mark begins another.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OUTLOOK = "__properties_version1.0".encode("utf-16-le")  # a stream that only Outlook's messages have
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (_OLE, "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"#!", "application/x-executable"),
    (b"AutoCAD Binary DXF", "image/vnd.dxf"),
    (b"ISO-10303-21", "model/ifc"),
    (b"-----BEGIN PKCS7", "application/pkcs7-signature"),
    (b"-----BEGIN PGP", "application/pgp-signature"),
    (b"-----BEGIN CERTIFICATE", "application/pkcs7-signature"),
)
# Folder inside an Office Open XML file → what the file is.
_OOXML = (
    ("word/", "wordprocessingml.document"),
    ("xl/", "spreadsheetml.sheet"),
    ("ppt/", "presentationml.presentation"),
)
_SIGNED_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # OID 1.2.840.113549.1.7.2, PKCS#7 signedData
# Possessive and atomic: a page of thousands of comments must not be tried in every possible way.
_HTML = re.compile(
    r"(?:\s++|<\?xml[^>]*+>|(?><!--.*?-->))*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(r"\s*<(?:\?xml|[A-Za-z_][\w.:-]*[\s>/])")
_DXF = re.compile(r"\s*+0[ \t]*+\r?\n[ \t]*+SECTION\b")
_EMAIL = re.compile(r"(?:[A-Za-z][A-Za-z-]*:.*\r?\n(?:[ \t].*\r?\n)*){2,}")

JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx"})


def detect_media(data: bytes) -> str:
    """The media type of a file, from its bytes alone. ``application/octet-stream`` when nothing is recognised."""
    if not data:
        return "application/x-empty"
    head = data[:_HEAD]
    if head.startswith(_ZIP_MARKS):
        return _zip_media(data)
    if head.startswith(_OLE) and _OUTLOOK in data:
        return "application/vnd.ms-outlook"
    for mark, media in _MAGIC:
        # « BM » and « MZ » may begin a text; a binary file of theirs holds a NUL byte early.
        if head.startswith(mark) and (len(mark) > 2 or mark in (b"#!", b"\x1f\x8b") or b"\x00" in head):
            return media
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if re.match(rb"AC10[0-9]{2}", head):
        return "image/vnd.dwg"
    if head[:1] == b"\x30" and _SIGNED_DATA in head[:64]:
        return "application/pkcs7-mime"
    if data[257:262] == b"ustar":
        return "application/x-tar"
    text = _as_text(data)
    if text is not None and _HTML.match(text[:4096]):  # before PDF: a page may quote « %PDF- »
        return "text/html"
    if b"%PDF-" in head:
        return "application/pdf"
    if text is None:
        return "application/octet-stream"
    if _XML.match(text):
        return "application/xml"
    if _DXF.match(text):
        return "image/vnd.dxf"
    if _EMAIL.match(text[:4096]) and re.search(r"^(?:mime-version|message-id|received):", text[:4096], re.I | re.M):
        return "message/rfc822"
    if _looks_like_csv(text):
        return "text/csv"
    return "text/plain"


def is_junk(path: str) -> bool:
    """Whether a file is left by an operating system or a program, and belongs to no tender."""
    parts = path.split("/")
    return any(p.lower() in JUNK_NAMES or p.startswith((".", "~$", "._")) for p in parts)


def iter_entries(paths: Sequence[Path], *, budget: Budget) -> Iterator[Entry]:
    """Every file of the tender, one at a time, archives opened up to the nesting limit.

    Paths are as a user knows them: relative to the folder given, ``DCE.zip!/Lot1/CCTP.pdf`` inside an archive. Missing
    files and broken links are entries with a reason; leftovers of systems have the reason ``junk``.
    """
    for path, shown, inside in _listed(paths):
        if inside and is_junk(inside):
            yield Entry(shown, None, "junk")
        else:
            yield from _from_disk(path, shown, budget)


def _listed(paths: Sequence[Path]) -> list[tuple[Path, str, str]]:
    """(path on disk, path as shown, path inside the folder given), folders walked in natural order.

    The last is empty for a file given by itself: what a user names is never junk. Links to folders are not followed.
    """
    found: list[tuple[Path, str, str]] = []
    for given in paths:
        if not given.is_dir():
            found.append((given, given.name or str(given), ""))
            continue
        inside: list[tuple[Path, str, str]] = []
        prefix = f"{given.resolve().name}/" if len(paths) > 1 else ""
        for root, folders, files in os.walk(given, followlinks=False):
            here = Path(root)
            # Hidden folders (.git and its like) are counted and not walked: what they hold was not published.
            kept = [f for f in folders if not f.startswith(".")]
            closed = [f for f in folders if f.startswith(".") or (here / f).is_symlink()]
            folders[:] = kept
            for name in [*files, *closed]:
                relative = (here / name).relative_to(given).as_posix()
                inside.append((here / name, prefix + relative, relative))
        found += sorted(inside, key=lambda item: natural_key(item[1]))
    counts = Counter(shown for _, shown, _ in found)
    # Two files of one name given from two folders are told apart by their folder.
    return [(p, shown if counts[shown] == 1 else p.as_posix(), inside) for p, shown, inside in found]


def _from_disk(path: Path, shown: str, budget: Budget) -> Iterator[Entry]:
    limits = budget.limits
    if path.is_symlink() and (path.is_dir() or not path.exists()):
        yield Entry(shown, None, "symlink")
        return
    if not path.exists():
        yield Entry(shown, None, "missing")
        return
    if not path.is_file():
        yield Entry(shown, None, "not_a_file")
        return
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            is_zip = stream.read(4) in _ZIP_MARKS
        # An archive may be larger than one file may: its entries are read one by one from disk.
        if size > (limits.unpacked if is_zip else limits.file):
            yield Entry(shown, None, "file_too_large", f"{size} > {limits.unpacked if is_zip else limits.file}")
            return
        if is_zip and _zip_media(path) == ZIP:
            yield from _archived(_unpacked(b"", shown, ZIP, budget, file=path), shown, budget, depth=1)
            return
        budget.entries += 1  # an archive counts for what it holds
        if budget.entries > limits.entries:
            budget.refused_entries += 1
            return
        data = path.read_bytes()
    except OSError as error:
        yield Entry(shown, None, "read_error", error.strerror or str(error))
        return
    yield from _opened(Entry(shown, data), budget, depth=0)


def _opened(entry: Entry, budget: Budget, *, depth: int) -> Iterator[Entry]:
    """The entry itself, or what it holds when it is an archive; both when it is a document that carries files."""
    if entry.data is None:
        yield entry
        return
    media = detect_media(entry.data)
    if media in ARCHIVES:
        if depth >= budget.limits.nesting:
            yield Entry(entry.path, None, "nesting_limit", f"> {budget.limits.nesting}", entry.notes)
        else:
            inside = _unpacked(entry.data, entry.path, media, budget)
            yield from _archived(inside, entry.path, budget, depth=depth + 1, notes=entry.notes)
    elif media in ENVELOPES:
        held = _taken_out(entry.data, entry.path, media, budget)
        yield from _carried(held, entry.path, budget, depth=depth) if held else (entry,)
    else:
        yield entry
        if media in CARRIERS:
            yield from _carried(_taken_out(entry.data, entry.path, media, budget), entry.path, budget, depth=depth)


def _unpacked(data: bytes, path: str, media: str, budget: Budget, *, file: Path | None = None) -> Iterator[Entry]:
    """What an archive holds, part after part; ``file``: where a ZIP lies, instead of its bytes.

    Raises what the worker does, when it is asked for the part that cannot be read.
    """
    where = str(file.resolve()) if file else ""
    counted = Budget(budget.limits)  # of this archive, from its beginning: what its own archives use is beside it
    start, more = 0, True
    while more:
        limits = left_of(budget, whole=False)
        limits["entries"] += counted.entries
        limits["unpacked"] += counted.unpacked
        found = isolation.unpack(data, path=path, sha256="", media=media, limits=limits, start=start, file=where)
        _count(budget, found.used, counted)
        counted, start, more = found.used, start + len(found.entries), found.more
        yield from found.entries
        found.check()


def _taken_out(data: bytes, path: str, media: str, budget: Budget) -> tuple[Entry, ...]:
    """The files inside a document or an envelope. One that cannot be opened says so by itself, when it is read.

    A document may be sound when what it carries is not: files that end the worker are told in one entry of their own.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        found = isolation.unpack(data, path=path, sha256=sha256, media=media, limits=left_of(budget))
    except ReaderFailed as failure:
        _log.warning("nothing taken out of %s: %s", path, failure)
        return (Entry(_CARRIED, None, failure.reason, failure.detail),) if media in CARRIERS else ()
    except UnreadableInput as error:
        _log.debug("nothing taken out of %s: %s", path, error)
        return ()
    _count(budget, found.used)
    return found.entries


def _count(budget: Budget, used: Budget, before: Budget | None = None) -> None:
    """Take what was used off the limits of the tender, what was counted ``before`` excepted."""
    budget.entries += used.entries - (before.entries if before else 0)
    budget.unpacked += used.unpacked - (before.unpacked if before else 0)
    budget.refused_entries += used.refused_entries - (before.refused_entries if before else 0)


def _archived(
    inside: Iterator[Entry], shown: str, budget: Budget, *, depth: int, notes: tuple[tuple[str, str], ...] = ()
) -> Iterator[Entry]:
    """What an archive holds, each entry opened in turn; or the archive itself, when it has nothing to give."""
    held = 0
    try:
        for inner in inside:
            held += 1
            path = f"{shown}!/{inner.path}"
            if is_junk(inner.path):
                yield Entry(path, None, "junk")
                continue
            renamed = Entry(path, inner.data, inner.reason, inner.detail, inner.notes)
            yield from _opened(renamed, budget, depth=depth)
    except Refusal as refusal:
        yield Entry(shown, None, refusal.reason, refusal.detail, notes)
    except EncryptedDocument:
        yield Entry(shown, None, "encrypted", "", notes)
    except DamagedDocument as error:
        yield Entry(shown, None, "damaged", str(error), notes)
    except Exception as error:
        # A file that defeats its opener must not stop the others, no more than one that defeats its reader.
        _log.exception("opening %s failed", shown)
        yield Entry(shown, None, "reader_error", type(error).__name__, notes)
    else:
        if not held and not budget.refused_entries:
            yield Entry(shown, None, "empty_archive", "", notes)


def _carried(inside: Iterable[Entry], shown: str, budget: Budget, *, depth: int) -> Iterator[Entry]:
    """The files that a document carries, each opened in turn."""
    for inner in inside:
        renamed = Entry(f"{shown}!/{inner.path}", inner.data, inner.reason, inner.detail, inner.notes)
        if depth >= budget.limits.nesting:
            yield Entry(renamed.path, None, "nesting_limit", f"> {budget.limits.nesting}", inner.notes)
        else:
            yield from _opened(renamed, budget, depth=depth + 1)


def _zip_media(source: Path | bytes) -> str:
    """A word-processor file, a spreadsheet or a true archive: all three are ZIP files."""
    names, first = archive_outline(source)
    if "[Content_Types].xml" in names:
        inside = (media for prefix, media in _OOXML if any(n.startswith(prefix) for n in names))
        return ".".join(filter(None, ("application/vnd.openxmlformats-officedocument", next(inside, ""))))
    # The format's own rule: the first entry is called mimetype, is stored, and holds the media type.
    declared = re.fullmatch(r"application/[\w.+-]+", first.strip())
    if declared is not None:
        return declared[0]
    return "application/java-archive" if "META-INF/MANIFEST.MF" in names else "application/zip"


def _as_text(data: bytes) -> str | None:
    """The beginning of a text file, or None for binary content."""
    head = data[: 64 << 10]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore")
    if b"\x00" in head:
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4 and len(data) > len(head):  # a character cut by our own limit
            return head[: error.start].decode("utf-8-sig")
    text = head.decode("cp1252", errors="replace")
    odd = sum(1 for c in text if c == "\ufffd" or (ord(c) < 32 and c not in "\t\n\r\f"))
    # Windows-1252 decodes almost anything: beyond 2 % of signs that no text holds, the file is binary.
    return text if odd * 50 <= len(text) else None


def _looks_like_csv(text: str) -> bool:
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    if len(lines) < 3:
        return False
    for separator in (";", "\t", ","):
        counts = [re.sub(r'"[^"]*"', "", line).count(separator) for line in lines]
        usual = max(set(counts), key=lambda n: (counts.count(n), n))
        # Two separators at least and the same on nine lines of ten: prose has neither.
        if usual >= 2 and counts.count(usual) * 10 >= len(lines) * 9:
            return True
    return False
