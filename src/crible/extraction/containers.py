"""Which files hold other files, and what opens each: archives and envelopes are only that, documents are read too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from crible.extraction.archive import Entry, read_entries

if TYPE_CHECKING:
    from crible.extraction.archive import Budget

Opener = Callable[[bytes, str, "Budget"], Iterator[Entry]]
ZIP = "application/zip"


def _seven_zip(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.sevenzip import seven_zip_entries

    return seven_zip_entries(data, name, budget)


def _tar(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.tarball import tar_entries

    return tar_entries(data, name, budget)


def _envelope(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.envelope import envelope_entries

    return envelope_entries(data, name, budget)


def _pdf(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.attachments import pdf_files

    return pdf_files(data, budget)


def _office(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.office.embedded import office_files

    return office_files(data, budget)


def _eml(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.office.embedded import eml_files

    return eml_files(data, budget)


def _msg(data: bytes, name: str, budget: Budget) -> Iterator[Entry]:
    from crible.extraction.office.embedded import msg_files

    return msg_files(data, budget)


_OOXML = "application/vnd.openxmlformats-officedocument"
# Media type → what opens it, when the file is nothing but what it holds.
ARCHIVES: Mapping[str, Opener] = {
    ZIP: lambda data, name, budget: read_entries(data, budget=budget),
    "application/x-7z-compressed": _seven_zip,
    "application/x-tar": _tar,
    "application/gzip": _tar,
    "application/x-bzip2": _tar,
    "application/x-xz": _tar,
}
# The same for signed envelopes: one that holds nothing stays a file of its own.
ENVELOPES: Mapping[str, Opener] = {
    "application/pkcs7-mime": _envelope,
    "application/pkcs7-signature": _envelope,
}
# Documents that are read, and may carry files besides.
CARRIERS: Mapping[str, Opener] = {
    "application/pdf": _pdf,
    f"{_OOXML}.wordprocessingml.document": _office,
    f"{_OOXML}.spreadsheetml.sheet": _office,
    f"{_OOXML}.presentationml.presentation": _office,
    "message/rfc822": _eml,
    "application/vnd.ms-outlook": _msg,
}
