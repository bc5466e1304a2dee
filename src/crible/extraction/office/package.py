"""The ZIP inside an office file, and its XML: every part bounded before it is unpacked, no entity ever expanded."""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import TYPE_CHECKING

from crible.errors import DamagedDocument
from crible.extraction.archive import READ_ERRORS, Budget, Limits, read_member, refusal_of
from crible.extraction.office.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

# An office file may unpack to less than an archive may: 512 MiB is forty times the largest text of a tender.
_LIMITS = Limits(unpacked=512 << 20, file=256 << 20)
# A part that is held whole as a tree costs about twenty times its size in memory: 64 MiB is a novel of 20,000 pages.
_TREE_MAX = 64 << 20
_DEPTH_MAX = 400  # nested elements: real files stay under 60, and our walks are recursive

# Namespaces → the prefix used in this code; the « strict » variant of the standard has its own addresses.
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w.",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w.",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14.",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc.",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m.",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m.",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r.",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r.",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a.",
    "http://purl.oclc.org/ooxml/drawingml/main": "a.",
    "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing": "xdr.",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing": "xdr.",
    "http://schemas.openxmlformats.org/presentationml/2006/main": "p.",
    "http://purl.oclc.org/ooxml/presentationml/main": "p.",
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office.",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text.",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table.",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style.",
    "urn:oasis:names:tc:opendocument:xmlns:form:1.0": "form.",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw.",
    "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0": "fo.",
    "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0": "manifest.",
    "http://www.w3.org/1999/xlink": "xlink.",
}


class Names(dict[str, str]):
    """``{namespace}local`` → ``w.local``; an unknown namespace is dropped. No colon: ElementTree would look it up."""

    def __missing__(self, full: str) -> str:
        namespace, _, local = full.rpartition("}")
        short = self[full] = _PREFIXES.get(namespace[1:], "") + local
        return short


class Package:
    """The parts of an office file by name. Raises Refusal for what goes over the limits, DamagedDocument otherwise."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.infos = {info.filename: info for info in self._zip.infolist()}
        except (*READ_ERRORS, NotImplementedError) as error:
            raise DamagedDocument(f"fichier bureautique illisible ({error})") from error
        self._folded = {name.lower(): name for name in self.infos}  # part names ignore case
        self._budget = Budget(_LIMITS)
        if len(self.infos) > _LIMITS.entries:
            raise Refusal("entries_limit", f"{len(self.infos)} > {_LIMITS.entries}")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._folded

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.infos if name.lower().startswith(prefix) and not name.endswith("/"))

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None when there is no such part."""
        found = self._folded.get(name.lower())
        if found is None:
            return None
        info = self.infos[found]
        reason, detail = refusal_of(info, self._budget)
        data: bytes | None = None
        if reason is None:
            data, reason, detail = read_member(self._zip, info, self._budget)
        if data is not None:
            return data
        if reason == "damaged":
            raise DamagedDocument(f"{name} : {detail}")
        raise Refusal(reason or "damaged", f"{name} {detail}".strip())

    def tree(self, name: str) -> Element | None:
        """A part as an XML tree with short names, None when there is no such part."""
        data = self.read(name)
        if data is None:
            return None
        if len(data) > _TREE_MAX:
            raise Refusal("file_too_large", f"{name} > {_TREE_MAX}")
        return parse_xml(data)

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Of a part: identifier → (last word of the type, name of the target part); links to the outside left out."""
        folder, base = posixpath.split(part)
        root = self.tree(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found: dict[str, tuple[str, str]] = {}
        for rel in root if root is not None else ():
            target = rel.get("Target", "")
            if rel.get("TargetMode") != "External" and target:
                full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found[rel.get("Id", "")] = (rel.get("Type", "").rsplit("/", 1)[-1], full.lstrip("/"))
        return found

    def main_part(self, default: str) -> str:
        """The part that the package says is its document; ``default`` is where every known program puts it."""
        named = [target for kind, target in self.relations("").values() if kind == "officeDocument"]
        return named[0] if named and named[0] in self else default


def defused() -> None:
    """Raises Refusal (``office_not_supported``) when the part of the installation that reads XML safely is missing."""
    try:
        import defusedxml.ElementTree  # noqa: F401
    except ImportError as error:
        raise Refusal("office_not_supported", "crible[office]") from error


def parse_xml(data: bytes) -> Element:
    """An XML file as a tree with short names. Raises Refusal (``unsafe_xml``) or DamagedDocument."""
    root = next(_events(data, depth_max=_DEPTH_MAX, clear=frozenset()), None)
    if root is None:
        raise DamagedDocument("XML vide")
    return root


def stream_xml(data: bytes, clear: frozenset[str]) -> Iterator[Element]:
    """Each element of the given short names when it ends, emptied once it was looked at: for parts of any size."""
    yield from _events(data, depth_max=_DEPTH_MAX, clear=clear)


def _events(data: bytes, *, depth_max: int, clear: frozenset[str]) -> Iterator[Element]:
    """Elements as they end: those of ``clear``, or the root alone when it is empty."""
    defused()
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    names = Names()
    depth = 0
    parents: list[Element] = []
    try:
        for event, element in iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                if depth > depth_max:
                    raise Refusal("unsafe_xml", f"> {depth_max} niveaux")
                parents.append(element)
                continue
            depth -= 1
            parents.pop()
            element.tag = names[element.tag]
            for key in [k for k in element.attrib if k[0] == "{"]:
                element.attrib[names[key]] = element.attrib.pop(key)
            if element.tag in clear:
                yield element
                element.clear()
                if parents:
                    parents[-1].remove(element)
            elif not depth and not clear:
                yield element
    except DefusedXmlException as error:
        raise Refusal("unsafe_xml", type(error).__name__) from error
    except (ParseError, ValueError, LookupError) as error:
        raise DamagedDocument(f"XML illisible ({error})") from error
