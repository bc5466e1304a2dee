"""The texts of the samples: a ``tender.yaml`` per sample, a YAML file per piece, and the small markup of their bodies.

The markup, one construct per block of lines::

    # Article 5 – Délais          a heading; two or three # for the levels below
    some prose, over lines        a paragraph: its lines are joined
    - a bullet / -- a dash        list items, one per line (a line that begins with two spaces goes on)
    | cell | cell |               a ruled table, its first row is the header; « @widths 10 70 20 » before it (percent)
    @note text                    a framed paragraph
    @small text                   a paragraph in small letters, as notes under tables are
    @page                         a page break

``**bold**`` works everywhere. Anything else that begins with « @ » is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from crible.errors import ConfigurationError

Kind = Literal["heading", "paragraph", "item", "dash", "table", "note", "small", "page"]
CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True, slots=True)
class Element:
    """One construct of a body. ``level`` is set on headings; ``rows`` and ``widths`` (percent) on tables."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One PDF: ``short`` stands in the running header, ``contents`` asks for a table of contents."""

    file: str
    short: str
    title: str
    body: str
    subtitle: str = ""
    contents: bool = False
    cover: bool = True
    scanned: bool = False

    def elements(self) -> list[Element]:
        """The parsed body. Raises ConfigurationError at the first line that is not of the markup."""
        return list(_parse(self.body, self.file))


@dataclass(frozen=True, slots=True)
class Tender:
    """One sample: who buys what, how its pieces look, and the pieces in the order of their files.

    ``running`` is the object in a few words, for footers; ``cover`` is « framed » or « ruled ».
    """

    buyer: str
    service: str
    address: str
    object: str
    running: str
    reference: str
    date: str
    procedure: str
    font: str
    colour: str
    cover: str
    justified: bool
    size: float
    pieces: tuple[Piece, ...] = ()


_Made = TypeVar("_Made", Piece, Tender)


def load_tender(name: str) -> Tender:
    """Read ``content/<name>``. Raises ConfigurationError for a missing file, an unknown or a missing key."""
    folder = CONTENT / name
    head = _read(folder / "tender.yaml")
    pieces = tuple(
        _make(Piece, _read(path), path) for path in sorted(folder.glob("*.yaml")) if path.name != "tender.yaml"
    )
    return _make(Tender, {**head, "pieces": pieces}, folder / "tender.yaml")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    if not isinstance(loaded, dict):
        raise ConfigurationError(f"{path.name}: a mapping is expected")
    return loaded


def _make(kind: type[_Made], values: Mapping[str, Any], path: Path) -> _Made:
    allowed = [f.name for f in fields(kind)]
    if unknown := sorted(set(values) - set(allowed)):
        raise ConfigurationError(f"{path.name}: unknown keys {unknown}; allowed: {', '.join(allowed)}")
    try:
        return kind(**values)
    except TypeError as error:  # a key without a default is missing
        raise ConfigurationError(f"{path.name}: {error}") from error


def _parse(body: str, file: str) -> Iterator[Element]:
    widths: tuple[float, ...] = ()
    for block in _blocks(body):
        first = block[0]
        if first.startswith("|"):
            rows = tuple(tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in block)
            if len({len(row) for row in rows}) != 1 or (widths and len(widths) != len(rows[0])):
                raise ConfigurationError(f"{file}: rows of different lengths in the table « {first[:60]} »")
            yield Element("table", rows=rows, widths=widths)
            widths = ()
        elif first.startswith("#"):
            marks, _, title = " ".join(block).partition(" ")
            yield Element("heading", title.strip(), level=len(marks))
        elif first.startswith("@"):
            word, _, rest = " ".join(block).partition(" ")
            if word == "@widths":
                widths = tuple(float(n) for n in rest.split())
            elif word in ("@note", "@small", "@page"):
                yield Element(word[1:], rest)  # type: ignore[arg-type]  # one of the three kinds just named
            else:
                raise ConfigurationError(f"{file}: unknown mark {word}; allowed: @note, @page, @small, @widths")
        elif first.startswith("-- "):
            yield Element("dash", " ".join(block)[3:])
        elif first.startswith("- "):
            yield Element("item", " ".join(block)[2:])
        else:
            yield Element("paragraph", " ".join(block))


def _blocks(body: str) -> Iterator[list[str]]:
    """Lines that belong together: paragraphs end at a blank line, a mark opens a block of its own."""
    held: list[str] = []
    for line in [*body.splitlines(), ""]:
        text = line.strip()
        opens = text.startswith(("- ", "-- ", "#", "@")) or (held and text.startswith("|") != held[0].startswith("|"))
        if held and (not text or opens):
            yield held
            held = []
        if text:
            held.append(text)
