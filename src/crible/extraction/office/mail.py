"""E-mail (EML, and MSG of Outlook): the message is a Document, its attachments are files of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crible.errors import CribleError, DamagedDocument, EmptyInput
from crible.extraction.office.blocks import Gathered, Piece, clean, document_of

if TYPE_CHECKING:
    from email.message import EmailMessage, Message

    from crible.types import Document

_PARTS_MAX = 5_000  # as the entries of an archive


@dataclass(slots=True)
class Mail:
    """A message taken apart. ``html`` is used when ``text`` is empty; ``files`` are (name, bytes)."""

    subject: str = ""
    heads: list[str] = field(default_factory=list)
    text: str = ""
    html: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)


def read_eml(data: bytes, *, path: str, sha256: str) -> Document:
    """An e-mail as a Document: its subject a heading, its other headers furniture. Raises EmptyInput."""
    return mail_document(parse_eml(data), path=path, sha256=sha256, kind="eml")


def mail_document(mail: Mail, *, path: str, sha256: str, kind: str) -> Document:
    """The blocks of a message; ``kind`` is that of its anchors, whose ``line`` counts in the body from 1."""
    from crible.extraction.hypertext import read_html
    from crible.extraction.plaintext import read_text

    found = Gathered()
    if mail.subject:
        found.pieces.append(Piece("heading", clean(mail.subject), {"kind": kind, "part": "subject"}, level=1))
    for head in mail.heads:
        found.pieces.append(Piece("furniture", clean(head), {"kind": kind, "part": "header"}))
    body = mail.text.strip() and mail.text
    read, content = (read_text, body) if body else (read_html, mail.html)
    try:
        # The mark at the head says UTF-8 whatever the message itself says further down.
        inner = read(b"\xef\xbb\xbf" + content.encode("utf-8", "replace"), path=path, sha256=sha256)
    except EmptyInput:
        if not found.pieces:
            raise
    else:
        for block in inner.blocks:
            anchor = {"kind": kind, "part": "body", "line": (block.anchor or {}).get("line", 1)}
            level = 1 + len(block.section_path) if block.kind == "heading" else 0
            found.pieces.append(Piece(block.kind, block.text, anchor, level=level, row=block.row, header=block.header))
    return document_of(found, path=path, sha256=sha256)


def parse_eml(data: bytes) -> Mail:
    """An e-mail taken apart. Raises DamagedDocument when the parser itself gives up."""
    from email import policy
    from email.parser import BytesParser

    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        return _taken_apart(message)
    except CribleError:
        raise
    except (ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError) as error:
        # The standard parser is lenient, and raises these on headers that are broken on purpose.
        raise DamagedDocument(f"courriel illisible ({type(error).__name__})") from error


def _taken_apart(message: EmailMessage) -> Mail:
    mail = Mail(subject=_header(message, "subject"))
    mail.heads = [f"{name} : {_header(message, key)}" for name, key in _HEADS if _header(message, key)]
    for number, part in enumerate(_parts(message), 1):
        if number > _PARTS_MAX:
            break
        kind = part.get_content_type()
        name = part.get_filename() or ""
        if kind == "message/rfc822":
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            if inner is not None and not isinstance(inner, str):
                mail.files.append((name or "message.eml", inner.as_bytes()))
            continue
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
        inline = not name and part.get_content_disposition() != "attachment"
        if inline and kind == "text/plain" and not mail.text.strip():
            mail.text = _decoded(content, part)
        elif inline and kind == "text/html" and not mail.html.strip():
            mail.html = _decoded(content, part)
        elif content:
            mail.files.append((name or f"piece-{number}{_suffix(kind)}", content))
    return mail


_HEADS = (("De", "from"), ("À", "to"), ("Copie", "cc"), ("Date", "date"))


def _header(message: Message, key: str) -> str:
    return re.sub(r"\s+", " ", str(message.get(key, "") or "")).strip()


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message; a message inside it is one leaf."""
    stack: list[Message] = [message]
    while stack:
        part = stack.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            stack += [p for p in reversed(payload) if not isinstance(p, str)]
        else:
            yield part


def _decoded(content: bytes, part: Message) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return content.decode("cp1252", errors="replace")


def _suffix(kind: str) -> str:
    return {"application/pdf": ".pdf", "text/html": ".html", "text/plain": ".txt"}.get(kind, ".bin")
