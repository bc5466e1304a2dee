"""Plain text and Markdown into blocks.

Many published tenders circulate as Markdown made from a PDF, with marks such as ``## Page 12``: the pages are then real
and counted; otherwise a text is one page without number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crible.errors import EmptyInput
from crible.extraction.numbering import heading_depth, parse_heading_number
from crible.types import Block, BlockKind, Document

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE_MARK = re.compile(r"#{1,6}\s*page\s+(\d{1,5})(?:\s*(?:/|sur|of)\s*\d{1,5})?\s*$", re.IGNORECASE)
_ATX = re.compile(r"(#{1,6})\s*(\S.*?)\s*#*$")
_SETEXT = re.compile(r"(=+|-{3,})\s*$")
_RULE = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*$")
_BULLET = re.compile(r"\s*(?:[-*+•▪●○◦➢❑–—§]|[❖✓➔→])\s+(?=\S)")
_ENUMERATED = re.compile(r"\s*(?:\d{1,2}[.)]|[a-z][.)]|\([a-z0-9]{1,3}\)|[ivx]{1,5}[.)])\s+(?=\S)")
_PIPE_ROW = re.compile(r"\s*\|.*\|\s*$")
_PIPE_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
# Dotted leaders of a table of contents: four dots, « . . . . » or an ellipsis run, then the page number.
_LEADERS = re.compile(r"(?:\.{4,}|(?:\s\.){4,}|…{2,}|_{6,})\s*\d{0,4}\s*$")
_LEADERS_TAIL = 200  # where they can stand: a line of a million dots must not be searched from each of them
_MARKS_MAX = 50_000  # characters: no paragraph of a tender is longer, and Markdown marks are searched in square time
_TAG = re.compile(
    r"</?(?:a|br|b|i|u|em|strong|span|div|p|sup|sub|img|font|center|table|tr|td|th|ul|ol|li)\b[^<>]*>", re.I
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>$-])")
# French words that keep their hyphen when it falls at the end of a line.
_HYPHEN_PREFIXES = frozenset(
    (
        "sous",
        "non",
        "ci",
        "mi",
        "mise",
        "auto",
        "anti",
        "avant",
        "après",
        "contre",
        "demi",
        "ex",
        "semi",
        "vice",
        "co",
        "inter",
        "peut",
        "rendez",
        "au",
        "là",
        "procès",
        "main",
        "bien",
        "quasi",
        "multi",
        "plus",
    )
)


@dataclass(slots=True)
class RawBlock:
    """A block before it is numbered and placed; ``level`` is for headings only, 1 the outermost."""

    kind: BlockKind
    text: str
    line: int
    page: int | None
    level: int = 0
    row: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


def decode(data: bytes) -> str:
    """Text of a file: UTF-8 (with or without mark), UTF-16 with mark, otherwise Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read_text(data: bytes, *, path: str, sha256: str) -> Document:
    """A plain text or Markdown file as a Document. Raises EmptyInput when it holds no word."""
    lines = decode(data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    marks = [m for m in (_PAGE_MARK.match(line) for line in lines) if m]
    return document_of(list(_parse(lines, paged=len(marks) > 0)), path=path, sha256=sha256)


def document_of(raws: list[RawBlock], *, path: str, sha256: str) -> Document:
    """Number the blocks, give them their section path and their offsets."""
    blocks: list[Block] = []
    stack: list[tuple[int, str]] = []
    start = 0
    for raw in raws:
        if raw.kind == "heading":
            while stack and stack[-1][0] >= raw.level:
                stack.pop()
            stack.append((raw.level, _section_title(raw.text)))
        block = Block(
            id=f"b{len(blocks) + 1}",
            kind=raw.kind,
            text=raw.text,
            start=start,
            page=raw.page,
            page_end=raw.page,
            bbox=None,
            section_path=tuple(title for _, title in stack),
            anchor={"kind": "text", "line": raw.line},
            row=raw.row,
            header=raw.header,
        )
        blocks.append(block)
        start = block.end + 1
    if not blocks:
        raise EmptyInput(f"{path} : aucun texte")
    pages = max((raw.page or 0 for raw in raws), default=0) or 1
    title = next((b.text for b in blocks if b.kind == "heading" or b.page is not None), blocks[0].text)
    return Document(
        path=path, sha256=sha256, role="OTHER", pages=pages, pages_read=pages, language=None,
        blocks=tuple(blocks), title=title[:200],
    )  # fmt: skip


def _section_title(text: str) -> str:
    parsed = parse_heading_number(text, any_case=True)
    return f"{parsed[0]} {parsed[1]}".strip() if parsed else text


def _parse(lines: list[str], *, paged: bool) -> Iterator[RawBlock]:
    furniture = _repeated(lines) if paged else frozenset()
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(lines).lower()))
    page: int | None = None
    md_level = 0  # level of the last Markdown heading: numbered plain headings nest under it
    held: list[tuple[int, str]] = []
    held_kind: BlockKind = "paragraph"
    header: tuple[str, ...] = ()
    in_front_matter = bool(lines) and lines[0].strip() == "---" and "---" in (x.strip() for x in lines[1:40])
    in_toc = False

    def release() -> Iterator[RawBlock]:
        nonlocal held_kind
        if held:
            text = _clean(_join([t for _, t in held], words))
            if text:
                kind = "furniture" if paged and page is None else held_kind
                yield RawBlock(kind, text, held[0][0], page)
        held.clear()
        held_kind = "paragraph"

    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if in_front_matter:  # the YAML preamble of a Markdown page is kept, and not classified
            if number > 1 and stripped == "---":
                in_front_matter = False
            elif stripped and stripped != "---":
                yield RawBlock("furniture", _clean(stripped), number, page)
            continue
        mark = _PAGE_MARK.match(stripped)
        if mark is not None:
            yield from release()
            page, header, in_toc = int(mark[1]), (), False
            continue
        if not stripped:
            yield from release()
            header, in_toc = (), False
            continue
        if _SETEXT.match(stripped) and held and held_kind == "paragraph" and held[-1][0] == number - 1:
            # An underlined line is a heading, unless the paragraph above is a long one and the line a rule.
            text = _clean(" ".join(t for _, t in held))
            if len(held) <= 2 and text:
                md_level = 1 if stripped[0] == "=" else 2
                first = held[0][0]
                held.clear()
                yield RawBlock("heading", text, first, page, level=md_level)
                continue
        if _RULE.match(line) and not _PIPE_ROW.match(line):
            yield from release()
            continue
        if _folded(stripped) in furniture or _LEADERS.search(stripped[-_LEADERS_TAIL:]):
            yield from release()
            text = _clean(stripped)
            if text:
                yield RawBlock("furniture", text, number, page)
            in_toc = bool(_LEADERS.search(stripped[-_LEADERS_TAIL:]))
            continue
        if _PIPE_ROW.match(line):
            yield from release()
            if _PIPE_RULE.match(line):
                continue
            cells = tuple(_clean(c) for c in re.split(r"(?<!\\)\|", stripped.strip("|")))
            if any(cells):
                if header and len(header) != len(cells):
                    header = ()
                yield RawBlock("table_row", " | ".join(filter(None, cells)), number, page, row=cells, header=header)
                if not header and number < len(lines) and _PIPE_RULE.match(lines[number]) and "|" in lines[number]:
                    header = cells
            continue
        header = ()
        atx = _ATX.match(stripped)
        if atx is not None:
            yield from release()
            text = _clean(atx[2])
            if not text:
                continue
            md_level = len(atx[1])
            kind: BlockKind = "furniture" if paged and page is None else "heading"
            yield RawBlock(kind, text, number, page, level=md_level)
            continue
        level = 0 if in_toc and paged else _plain_heading(lines, number - 1, alone=not held)
        in_toc = False
        if level:
            yield from release()
            yield RawBlock("heading", _clean(stripped), number, page, level=(0 if paged else md_level) + level)
            continue
        if _BULLET.match(line) or _ENUMERATED.match(line):
            yield from release()
            held_kind = "list_item"
        held.append((number, stripped.removeprefix("> ")))
    yield from release()


def _plain_heading(lines: list[str], index: int, *, alone: bool) -> int:
    """The level of a numbered heading written without any mark, or 0.

    A heading of a text file stands alone: the line before is blank (``alone``), and the next one is blank, or so much
    longer that the paragraph cannot have begun here. « ARTICLE 5 » needs no blank line before it.
    """
    text = lines[index].strip()
    after = lines[index + 1].strip() if index + 1 < len(lines) else ""
    if len(after) <= 3:  # the number of a footnote, left alone on its line by the conversion
        after = ""
    parsed = parse_heading_number(text, any_case=alone and not after)
    if parsed is None:
        parsed = parse_heading_number(text, any_case=alone and len(text) < len(after) * 0.7)
    if parsed is None or len(text) > 120:  # one line of a page is at most about 120 characters
        return 0
    number, title = parsed
    # A sentence ends in a point; eight words leave room for « 5. Durée du marché. », which some authors write.
    if title.endswith((";", ",")) or (title.endswith(".") and len(title.split()) > 8):
        return 0
    named = number.startswith("Ann") or text[:3].lower() in ("art", "cha", "tit")
    if re.match(r"\w{1,2}\)", text) or (after[:1].islower() and not named):
        return 0  # « 1) … », « a) … » are items of a list
    begun = not after or len(text) < len(after) * 0.7 or "." in number or named
    if not (alone or named) or not begun or len(title.split()) > 20:
        return 0
    return heading_depth(number)


def _join(parts: list[str], words: Counter[str]) -> str:
    """Join the lines of a paragraph, and the words cut by a hyphen at the end of a line."""
    text = parts[0].strip()
    for part in parts[1:]:
        part = part.strip()
        cut = re.search(r"([^\W\d_]+)[-\u00ad\u2010]$", text)
        follow = re.match(r"[^\W\d_]+", part)
        if cut is None or follow is None or not follow[0][0].islower():
            text = f"{text} {part}"
            continue
        first, rest = cut[1].lower(), follow[0].lower()
        keeps = words[f"{first}-{rest}"] > 0 or (first in _HYPHEN_PREFIXES and words[first + rest] == 0)
        text = f"{text[:-1]}-{part}" if keeps and text[-1] != "\u00ad" else text[:-1] + part
    return text


def _clean(text: str) -> str:
    """NFC, Markdown marks taken off, white space folded."""
    if len(text) <= _MARKS_MAX:
        text = _TAG.sub(" ", _LINK.sub(r"\1", text))
        for _ in range(2):  # bold inside italics: two passes are enough
            text = _EMPHASIS.sub(r"\2", text)
        text = _ESCAPE.sub(r"\1", text)
    text = unicodedata.normalize("NFC", text.replace("\u00ad", ""))
    return re.sub(r"\s+", " ", text).strip()


def _folded(line: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", " ", line.strip().lower()))


def _repeated(lines: list[str]) -> frozenset[str]:
    """Running headers and footers: lines found among the first or last three of several pages, numbers aside."""
    pages: list[list[str]] = [[]]
    for line in lines:
        if _PAGE_MARK.match(line.strip()):
            pages.append([])
        elif line.strip() and not _RULE.match(line):
            pages[-1].append(_folded(line))
    counts: Counter[str] = Counter()
    for page in pages[1:]:
        counts.update(set(page[:3] + page[-3:]))
    # A third of the pages, and three at least: below that a repeated line may be a clause that recurs.
    needed = max(3, (len(pages) - 1) // 3)
    return frozenset(line for line, n in counts.items() if n >= needed)
