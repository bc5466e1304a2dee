"""Paths in, one Dossier out: each file read by the reader of its kind, and each unread file kept with its reason."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crible.errors import (
    ConfigurationError,
    CribleError,
    DamagedDocument,
    EmptyInput,
    EncryptedDocument,
    InputNotFound,
    LimitExceeded,
    UnreadableInput,
    UnsupportedMedia,
    UsageError,
)
from crible.extraction import announced, isolation
from crible.extraction.archive import Budget, Entry, Limits
from crible.extraction.dates import date_of
from crible.extraction.language import with_languages
from crible.extraction.office.refusal import Refusal
from crible.extraction.sources import detect_media, iter_entries
from crible.extraction.stretches import with_role
from crible.types import Document, Dossier, UnreadPage, Warned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crible.extraction.ocr import OcrMode


def _isolated(module: str, function: str) -> str:
    """The name of a reader: it is loaded, and runs, in a process of its own. What a hostile file does there stays
    there."""
    return f"crible.extraction.{module}:{function}"


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
# Detected media type → reader. A new format is one line here and one module beside the others.
READERS: Mapping[str, str] = {
    "application/pdf": _isolated("pdf", "read_pdf"),
    "text/plain": _isolated("plaintext", "read_text"),
    "text/html": _isolated("hypertext", "read_html"),
    f"{_OOXML}.wordprocessingml.document": _isolated("office.docx", "read_docx"),
    f"{_OOXML}.spreadsheetml.sheet": _isolated("office.xlsx", "read_xlsx"),
    f"{_OOXML}.presentationml.presentation": _isolated("office.pptx", "read_pptx"),
    f"{_ODF}.text": _isolated("office.odf", "read_odt"),
    f"{_ODF}.text-template": _isolated("office.odf", "read_odt"),
    f"{_ODF}.spreadsheet": _isolated("office.odf", "read_ods"),
    f"{_ODF}.spreadsheet-template": _isolated("office.odf", "read_ods"),
    "application/rtf": _isolated("office.rtf", "read_rtf"),
    "text/csv": _isolated("office.csvtable", "read_csv"),
    "message/rfc822": _isolated("office.mail", "read_eml"),
    "application/vnd.ms-outlook": _isolated("office.ole", "read_msg"),
    "application/x-ole-storage": _isolated("office.legacy", "read_legacy"),
}

# Scans, by what may be done about them: the reader of PDFs differs, and images are read as scans or not at all.
_PDF: Mapping[OcrMode, str] = {
    "off": _isolated("pdf", "read_pdf_without_ocr"),
    "force": _isolated("pdf", "read_pdf_by_ocr"),
}
_IMAGE = _isolated("ocr", "read_image")
_IMAGES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "tiff", "gif", "bmp", "webp"))

# Detected media type (or its beginning, longest first) → reason why it is listed and not read.
_UNREAD: tuple[tuple[str, str], ...] = (
    ("application/vnd.openxmlformats-officedocument", "office_not_supported"),
    ("application/vnd.oasis.opendocument", "office_not_supported"),
    ("application/pkcs7", "signature_file"),
    ("application/pgp-signature", "signature_file"),
    ("image/vnd.dwg", "drawing"),
    ("image/vnd.dxf", "drawing"),
    ("model/ifc", "drawing"),
    ("image/", "image_without_ocr"),
    ("application/xml", "xml_not_supported"),
    ("application/vnd.rar", "archive_not_supported"),
    ("application/java-archive", "executable"),
    ("application/x-executable", "executable"),
    ("application/x-empty", "empty_file"),
)
# Kinds that never hold a clause: what they are called does not make them a piece of the contract.
_ROLELESS = frozenset({"signature_file", "drawing", "executable"})
# Reason → error, when the file is all there is. Anything else is UnsupportedMedia.
_ERRORS: Mapping[str, type[CribleError]] = {
    "missing": InputNotFound,
    "empty_file": EmptyInput,
    "empty_archive": EmptyInput,
    "encrypted": EncryptedDocument,
    "damaged": DamagedDocument,
    "file_too_large": LimitExceeded,
    "compression_ratio": LimitExceeded,
    "unpacked_limit": LimitExceeded,
    "nesting_limit": LimitExceeded,
    "page_limit": LimitExceeded,
    "entries_limit": LimitExceeded,
    "unsafe_xml": DamagedDocument,
    "read_error": UnreadableInput,
    "reader_error": UnreadableInput,
    "reader_crashed": UnreadableInput,
    "reader_timeout": UnreadableInput,
    "reader_memory": UnreadableInput,
    "conversion_failed": UnreadableInput,
    "symlink": UnreadableInput,
    "not_a_file": UnreadableInput,
}
# What a user meets most, in words; the rarer reasons are told by their code, which the reports word.
_SAID: Mapping[str, str] = {
    "empty_file": "fichier vide",
    "empty_archive": "archive vide",
    "unsupported_media": "le contenu n'est pas celui que le nom annonce (page web ou texte)",
}
# A text under one of these names is what a server sent instead of the piece: a sign-in page, a message of refusal.
_BINARY_NAMES = re.compile(r"\.(?:pdf|zip|docx?|xlsx?|odt|ods|7z|rar)$", re.IGNORECASE)
_LIMIT_REASONS = frozenset({"file_too_large", "compression_ratio", "unpacked_limit", "nesting_limit", "page_limit"})


@dataclass(slots=True)
class _Place:
    """One entry of the tender, in its order: what it became, or what is to be done about it."""

    entry: Entry
    sha256: str = ""
    first: _Place | None = None  # the entry of the same bytes that comes before
    document: Document | None = None
    failure: tuple[str, CribleError] | None = None  # reason, cause

    @property
    def notes(self) -> tuple[Warned, ...]:
        return tuple(Warned(code, detail, self.entry.path) for code, detail in self.entry.notes)


@dataclass(slots=True)
class _Reading:
    """What is gathered while the entries go by; the bytes of none of them are kept once read."""

    ocr: OcrMode = "auto"
    places: list[_Place] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    first_of: dict[str, _Place] = field(default_factory=dict)  # by SHA-256
    junk: list[str] = field(default_factory=list)


def read_dossier(
    paths: Sequence[Path], *, name: str | None = None, limits: Limits | None = None, ocr: OcrMode = "auto"
) -> Dossier:
    """Read one tender: one file, several files, a folder or a ZIP.

    ``ocr``: scans are read where the engine is installed (``auto``), never (``off``), or with every page that holds an
    image (``force``).
    Every file is a Document of the Dossier: one that cannot be read has no block and an ``unread`` with its reason.
    Raises InputNotFound, EmptyInput, UnsupportedMedia, DamagedDocument, EncryptedDocument, LimitExceeded, or their
    parent UnreadableInput, only when nothing at all can be read; UsageError when no path is given.
    """
    paths = [Path(p) for p in paths]
    if not paths:
        raise UsageError("aucun fichier indiqué")
    budget = Budget(limits or Limits())
    reading = _Reading(ocr)
    waiting: deque[_Place] = deque()
    for found in isolation.read_many(_jobs(iter_entries(paths, budget=budget), reading, waiting), workers=_readers()):
        _settle(waiting.popleft(), found, reading)
    for place in reading.places:
        if place.first is not None:
            _repeat(place, place.first)
    documents = tuple(place.document for place in reading.places if place.document is not None)
    if budget.refused_entries:
        seen = f"{budget.entries - budget.refused_entries} sur {budget.entries}"
        reading.warnings.append(Warned("entries_limit", seen))
    if reading.junk:
        reading.warnings.append(Warned("junk_skipped", f"{len(reading.junk)} : {', '.join(reading.junk[:5])}"))
    if all(place.failure is not None for place in reading.places):
        raise _nothing_read(paths, reading, budget)
    return Dossier(
        name=name or _name(paths),
        sha256=_sha256(paths, documents),
        documents=documents,
        announced_missing=announced.missing_pieces(documents),
        warnings=tuple(reading.warnings),
        ocr=_engine(documents),
    )


def _readers() -> int:
    """Files read at once: one per core, and no more than what a tender of a few large pieces can use."""
    return max(1, min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4))


def _jobs(entries: Iterator[Entry], reading: _Reading, waiting: deque[_Place]) -> Iterator[isolation.Job]:
    """The entries that a reader must see, each with its place at the end of ``waiting``; the others are settled."""
    for entry in entries:
        if entry.reason == "junk":
            reading.junk.append(entry.path)
            continue
        place = _Place(replace(entry, data=None), hashlib.sha256(entry.data).hexdigest() if entry.data else "")
        reading.places.append(place)
        if entry.data is None:
            _refuse(place, entry.reason or "unreadable", entry.detail, reading)
            continue
        if place.sha256 in reading.first_of:
            place.first = reading.first_of[place.sha256]
            continue
        media = detect_media(entry.data)
        reader = _reader_of(media, reading.ocr)
        if media.startswith("text/") and _BINARY_NAMES.search(entry.path):
            _refuse(place, "unsupported_media", media, reading)
        elif reader is None:
            _refuse(place, unread_reason(media, entry.data), media, reading)
        else:
            reading.first_of[place.sha256] = place
            waiting.append(place)
            yield isolation.Job(reader, entry.data, entry.path, place.sha256)


def _settle(place: _Place, found: Document | CribleError, reading: _Reading) -> None:
    """A place with what its reader answered: a Document, whatever happened to the file."""
    if isinstance(found, ConfigurationError):
        raise found  # no worker can be started: that is said of no file
    if isinstance(found, Refusal):
        _refuse(place, found.reason, found.detail, reading)
    elif isinstance(found, CribleError):
        _refuse(place, _reason_of(found), str(found), reading, cause=found)
    else:
        document = with_role(with_languages(replace(found, warnings=found.warnings + place.notes)))
        place.document = replace(document, date=date_of(document))


def _reader_of(media: str, ocr: OcrMode) -> str | None:
    if media == "application/pdf" and ocr in _PDF:
        return _PDF[ocr]
    if media not in _IMAGES:
        return READERS.get(media)
    from crible.extraction.ocr_engine import missing_part

    return None if ocr == "off" or missing_part() is not None else _IMAGE


def _engine(documents: Sequence[Document]) -> str | None:
    """The engine that read at least one page of the documents."""
    if not any(block.method == "ocr" for document in documents for block in document.blocks):
        return None
    from crible.extraction.ocr_engine import find_engine

    engine = find_engine()
    return f"tesseract {engine.version} {engine.languages}" if engine else None


def _refuse(place: _Place, reason: str, detail: str, reading: _Reading, *, cause: CribleError | None = None) -> None:
    path = place.entry.path
    if reason in _LIMIT_REASONS:
        reading.warnings.append(Warned(reason, detail, path))
    place.failure = (reason, cause or _error(reason, path, detail))
    place.document = _unread(place, reason)


def _unread(place: _Place, reason: str) -> Document:
    pages = 1 if reason == "image_without_ocr" else 0  # the pages of the others are not known
    document = Document(
        path=place.entry.path, sha256=place.sha256, role="OTHER", pages=pages, pages_read=0, language=None,
        unread=(UnreadPage(None, reason),), warnings=(Warned("unread_file", reason, place.entry.path), *place.notes),
    )  # fmt: skip
    return document if reason in _ROLELESS else with_role(document)


def _repeat(place: _Place, first: _Place) -> None:
    """The same bytes again: listed under the role of the first, not read twice."""
    assert first.document is not None
    if first.failure is not None:
        place.failure, place.document = first.failure, _unread(place, first.failure[0])
        return
    read, path = first.document, place.entry.path
    here = with_role(Document(path=path, sha256=place.sha256, role="OTHER", pages=0, pages_read=0, language=None))
    if read.lot != here.lot:  # one CCTP put in the folder of each lot applies to all of them
        first.document = replace(read, lot=None)
    place.document = replace(
        here, role=read.role, language=read.language, title=read.title,
        warnings=(Warned("duplicate_of", read.path, path), *place.notes),
    )  # fmt: skip


def unread_reason(media: str, data: bytes = b"") -> str:
    """Why a media type is listed and not read."""
    if media == "application/pkcs7-mime" and b"%PDF-" in data:
        return "signed_envelope_not_supported"  # the piece itself is inside the signature
    return next((reason for prefix, reason in _UNREAD if media.startswith(prefix)), "unknown_format")


def _reason_of(error: CribleError) -> str:
    for kind, reason in (
        (EncryptedDocument, "encrypted"),
        (DamagedDocument, "damaged"),
        (EmptyInput, "empty_file"),
        (LimitExceeded, "page_limit"),
        (UnsupportedMedia, "unsupported_media"),
    ):
        if isinstance(error, kind):
            return reason
    return "unreadable"


def _error(reason: str, path: str, detail: str) -> CribleError:
    kind = _ERRORS.get(reason, UnsupportedMedia)
    said = _SAID.get(reason)
    return kind(f"{path} : {said}" if said else f"{path} : {reason}" + (f" ({detail})" if detail else ""))


def _nothing_read(paths: Sequence[Path], reading: _Reading, budget: Budget) -> CribleError:
    """The error of a tender of which nothing can be read: its own when there is one file or one cause."""
    shown = ", ".join(str(p) for p in paths[:3])
    failures = [(place.entry.path, *place.failure) for place in reading.places if place.failure is not None]
    if not failures:
        return LimitExceeded(shown) if budget.refused_entries else EmptyInput(f"{shown} : aucun fichier à lire")
    if len(failures) == 1:
        return failures[0][2]
    listed = " ; ".join(f"{path} : {reason}" for path, reason, _ in failures[:10])
    kinds = {type(cause) for _, _, cause in failures}
    kind = kinds.pop() if len(kinds) == 1 else UnreadableInput
    return kind(f"aucune pièce lisible ({listed})")


def _name(paths: Sequence[Path]) -> str:
    if len(paths) == 1:
        return paths[0].name or paths[0].resolve().name
    parents = {p.resolve().parent for p in paths}
    return parents.pop().name if len(parents) == 1 else paths[0].name


def _sha256(paths: Sequence[Path], documents: Sequence[Document]) -> str:
    """Of one file, its own; of several, that of their sorted (path, SHA-256) lines: independent of the order given."""
    if len(paths) == 1 and paths[0].is_file():
        with paths[0].open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    lines = sorted(f"{d.path}\0{d.sha256}\n" for d in documents)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
