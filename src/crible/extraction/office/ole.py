"""The older Office container (OLE): its kind, whether a password guards it, Outlook messages, packed files."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crible.errors import DamagedDocument
from crible.extraction.office.mail import Mail, mail_document
from crible.extraction.office.refusal import Refusal
from crible.types import UnreadPage

if TYPE_CHECKING:
    from crible.types import Document

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams, as the directory of the container writes them → what the file is.
_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("__properties_version1.0", "msg"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"),
)
_BODY_RTF = "10090102"  # compressed RTF: a message that has no other body is told unread
_FILEPASS = 0x2F


def kind_of(data: bytes) -> str:
    """``doc``, ``xls``, ``ppt``, ``msg``, ``encrypted``, or empty: told by the names in the container's directory."""
    found = next((kind for name, kind in _STREAMS if name.encode("utf-16-le") in data), "")
    return found or ("xls" if "Book".encode("utf-16-le") + b"\x00\x00" in data else "")


def opened(data: bytes) -> Any:
    """The container as an ``olefile.OleFileIO``. Raises Refusal when the library is missing, DamagedDocument."""
    try:
        import olefile
    except ImportError as error:
        raise Refusal("office_not_supported", "crible[office]") from error
    try:
        return olefile.OleFileIO(io.BytesIO(data))
    except Exception as error:  # the library raises plain errors of many kinds on damaged containers
        raise DamagedDocument(f"conteneur illisible ({type(error).__name__})") from error


def is_locked(data: bytes, kind: str) -> bool:
    """Whether a DOC or XLS file asks for a password; False when that cannot be told."""
    try:
        with opened(data) as container:
            if kind == "doc":
                # FibBase, offset 10: bit 8 is fEncrypted ([MS-DOC] 2.5.2).
                head = _stream(container, "WordDocument")[:12]
                return len(head) == 12 and bool(struct.unpack_from("<H", head, 10)[0] & 0x100)
            if kind == "xls":
                return _has_filepass(_stream(container, "Workbook") or _stream(container, "Book"))
    except (Refusal, DamagedDocument, struct.error):
        return False
    return False


def _has_filepass(book: bytes) -> bool:
    """Whether one of the first records of a workbook says it is encrypted ([MS-XLS] 2.4.117)."""
    at = 0
    for _ in range(20):  # the record stands right after the first one
        if at + 4 > len(book):
            return False
        kind, size = struct.unpack_from("<HH", book, at)
        if kind == _FILEPASS:
            return True
        at += 4 + size
    return False


def _stream(container: Any, *path: str) -> bytes:
    try:
        if container.exists(list(path)):
            data = container.openstream(list(path)).read()
            return data if isinstance(data, bytes) else b""
    except Exception:  # a damaged stream is an absent one: what else the container holds is still read
        return b""
    return b""


def read_msg(data: bytes, *, path: str, sha256: str) -> Document:
    """An Outlook message as a Document. Raises Refusal, DamagedDocument or EmptyInput."""
    mail = parse_msg(data)
    document = mail_document(mail, path=path, sha256=sha256, kind="msg")
    if mail.text.strip() or mail.html.strip():
        return document
    with opened(data) as container:
        if not _stream(container, f"__substg1.0_{_BODY_RTF}"):
            return document
    return replace(document, pages_read=0, unread=(UnreadPage(None, "message_body_not_supported"),))


def parse_msg(data: bytes) -> Mail:
    """An Outlook message taken apart; an attached message is left out, as it has no bytes of its own."""
    try:
        return _parsed(data)
    except (RecursionError, ValueError, IndexError) as error:  # a directory that turns in circles
        raise DamagedDocument(f"message illisible ({type(error).__name__})") from error


def _parsed(data: bytes) -> Mail:
    with opened(data) as container:
        mail = Mail(subject=_property(container, (), "0037"), text=_property(container, (), "1000"))
        heads = (("De", "0C1A"), ("À", "0E04"), ("Copie", "0E03"))
        mail.heads = [f"{name} : {_property(container, (), tag)}" for name, tag in heads]
        mail.heads = [head for head in mail.heads if not head.endswith(" : ")]
        html = _stream(container, "__substg1.0_10130102")
        mail.html = _html(html) or _property(container, (), "1013")
        folders = sorted({entry[0] for entry in container.listdir() if entry[0].startswith("__attach_version1.0_")})
        for number, folder in enumerate(folders, 1):
            content = _stream(container, folder, "__substg1.0_37010102")
            name = _property(container, (folder,), "3707") or _property(container, (folder,), "3704")
            if content:
                mail.files.append((name or f"piece-{number}.bin", content))
        return mail


def _property(container: Any, folder: tuple[str, ...], tag: str) -> str:
    """A text property: its Unicode form, or the one in the table of characters of Western Windows."""
    wide = _stream(container, *folder, f"__substg1.0_{tag}001F")
    if wide:
        return wide.decode("utf-16-le", errors="replace").rstrip("\x00")
    return _stream(container, *folder, f"__substg1.0_{tag}001E").decode("cp1252", errors="replace").rstrip("\x00")


def _html(data: bytes) -> str:
    named = re.search(rb"charset=[\"']?([\w-]{3,20})", data[:2000])
    for codec in (named[1].decode() if named else "utf-8", "utf-8"):
        try:
            return data.decode(codec)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", errors="replace")


def packed_file(data: bytes) -> tuple[str, bytes] | None:
    """(name, bytes) of the file that an OLE object of an office document holds; None when it holds none."""
    try:
        with opened(data) as container:
            for stream in ("CONTENTS", "Package"):  # a PDF embedded by its reader; a whole office file
                content = _stream(container, stream)
                if content:
                    return "", content
            return _native(_stream(container, "\x01Ole10Native"))
    except (Refusal, DamagedDocument):
        return None


def _native(stream: bytes) -> tuple[str, bytes] | None:
    """The « Package » of Windows: size, 2 bytes, name, path, 8 bytes, path, then the size and the bytes of the file."""
    try:
        name_end = stream.index(b"\x00", 6)
        name = stream[6:name_end].decode("cp1252", errors="replace")
        at = stream.index(b"\x00", name_end + 1) + 1 + 4
        at += 4 + struct.unpack_from("<I", stream, at)[0]
        size = struct.unpack_from("<I", stream, at)[0]
    except (ValueError, struct.error):
        return None
    content = stream[at + 4 : at + 4 + size]
    return (name, content) if content and len(content) == size else None
