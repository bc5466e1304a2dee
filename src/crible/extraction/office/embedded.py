"""Files inside documents: what an office file embeds, what an e-mail carries. Each is a file of the tender."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from crible.extraction.archive import Entry, Shelf
from crible.extraction.office.mail import parse_eml
from crible.extraction.office.ole import MAGIC, packed_file, parse_msg
from crible.extraction.office.package import Package
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crible.extraction.archive import Budget

_FOLDERS = ("word/embeddings/", "xl/embeddings/", "ppt/embeddings/")


def office_files(data: bytes, budget: Budget) -> Iterator[Entry]:
    """The files embedded in a DOCX, XLSX or PPTX file. Raises Refusal or DamagedDocument when it cannot be opened."""
    package = Package(data)
    shelf = Shelf(budget)
    for folder in _FOLDERS:
        for name in package.names(folder):
            shown = posixpath.basename(name)
            try:
                content = package.read(name) or b""
            except Refusal as refusal:
                yield from shelf.refuse(shown, refusal.reason, refusal.detail)
                continue
            if content.startswith(MAGIC):
                packed = packed_file(content)
                if packed is not None:
                    shown, content = packed[0].replace("\\", "/").rsplit("/", 1)[-1] or shown, packed[1]
            yield from shelf.put(shown, content)


def eml_files(data: bytes, budget: Budget) -> Iterator[Entry]:
    """The attachments of an e-mail. Raises DamagedDocument."""
    yield from _carried(parse_eml(data).files, budget)


def msg_files(data: bytes, budget: Budget) -> Iterator[Entry]:
    """The attachments of an Outlook message. Raises Refusal or DamagedDocument."""
    yield from _carried(parse_msg(data).files, budget)


def _carried(files: Sequence[tuple[str, bytes]], budget: Budget) -> Iterator[Entry]:
    shelf = Shelf(budget)
    for name, content in files:
        yield from shelf.put(name, content)
