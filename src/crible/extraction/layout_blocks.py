"""From lines and tables in reading order to drafts of blocks: paragraphs, headings, items, rows, notes, furniture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from crible.extraction.headings import Opened, Style, announced, is_emphasised, is_upper, judge, parse_number
from crible.extraction.layout import Line
from crible.extraction.tables import Table
from crible.extraction.tables_rows import Row, goes_on, rows_of_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.headings import Mark
    from crible.extraction.pdf_chars import PageWords
    from crible.types import BlockKind

# Private-use signs that nobody maps are bullets of symbol fonts: nothing else stands alone before a text.
_BULLET = re.compile(
    r"(?:[•▪●○◦➢➤❑❏❐❒–—‐*→✓✔✗✘❖☐☑☒§·►■□◼◻▢◆◇▶➔\-]+|[o\ue000-\uf8ff]|\[[xX ]?\])\s+\S|[•▪●○◦►■\-–☐☑☒](?=[^\W\d_])"
)
_ENUMERATED = re.compile(
    r"(?:\d{1,2}\s?[.)°]|[a-zA-Z]\s?[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)|[ivx]{1,4}\s?[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S"
)
_ENDED = re.compile(r"[.!?:;…]\s*[»”\")]?\s*$")
# A line that ends so is not the end of a sentence, whatever the next one begins with.
_OPEN_END = re.compile(
    r"(?:,|\b(?:d[eu]s?|l[ae]s?|une?|et|ou|à|aux?|en|par|pour|sur|dans|avec|sous|entre|qu[ei]|dont|s(?:on|a|es)|leurs?"
    r"|ce(?:t|tte|s)?|of|the|and|or|to|by|for|with)|[’'])$"
)
_NOTE = re.compile(r"(?:\d{1,3}|\*{1,3}|\(\d{1,2}\)|\[\d{1,2}\])\s*\S")

_WIDER = 0.35  # font sizes added to the usual gap between lines: half the smallest space set between paragraphs
_ROOM = 0.12  # share of the column left free on a line that the next word would have fitted in
_TITLE_WORDS = 9  # words of a title that ends like a sentence
_FEW = 300  # characters outside tables: four lines, which may all be titles
_TITLE_LINES = 5  # lines of one title at most: covers set theirs on four


@dataclass(slots=True)
class Draft:
    """A block before its text is built. ``lines`` for running text, ``row`` for table rows."""

    kind: BlockKind
    lines: list[Line] = field(default_factory=list)
    row: Row | None = None
    path: tuple[str, ...] = ()
    left: float = 0.0  # of a paragraph that may go on: where its leftmost line begins


@dataclass(slots=True)
class PageLayout:
    """What stands on one page: items in reading order (lines and tables), and the running lines set apart."""

    words: PageWords
    items: list[Line | Table]
    running: list[Line] = field(default_factory=list)
    contents: set[int] = field(default_factory=set)  # indices of items that belong to a table of contents


def usual_style(pages: Sequence[PageLayout], numbered: frozenset[str], titles: frozenset[str]) -> Style:
    """The body of a document: size, weight and font that most of its characters have."""
    looks: dict[tuple[float, str, bool], int] = {}
    articles = 0
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                look, text = (item.size, item.font, item.bold), item.text
                looks[look] = looks.get(look, 0) + len(text)
                articles += text[:7].lower() == "article" and text[7:].lstrip()[:1].isdigit()
    if sum(looks.values()) < _FEW:  # a title over a price list: on its own, it would be the body
        for page in pages:
            words = page.words
            for w in (w for item in page.items if isinstance(item, Table) for w in item.words):
                look = float(words.sizes[w]), str(words.fonts[w]), bool(words.bold[w])
                looks[look] = looks.get(look, 0) + len(words.texts[w])
    sizes: dict[float, int] = {}
    fonts: dict[str, int] = {}
    bold = 0
    for (height, name, strong), weight in looks.items():
        size = round(height * 2) / 2
        sizes[size] = sizes.get(size, 0) + weight
        fonts[name] = fonts.get(name, 0) + weight
        bold += weight * strong
    total = sum(looks.values())
    if not total:
        return Style(10.0, False, "", numbered, titles)
    size = max(sorted(sizes), key=lambda s: sizes[s])
    font = max(sorted(fonts), key=lambda f: fonts[f])
    return Style(size, bold > 0.6 * total, font, numbered, titles, articles >= 3)


def drafts_of(pages: Sequence[PageLayout], style: Style) -> list[Draft]:
    """The blocks of a document, in reading order, each under its headings."""
    builder = _Builder(style)
    for page in pages:
        builder.page(page)
    return builder.drafts


class _Builder:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.opened = Opened()
        self.drafts: list[Draft] = []
        self.held: Draft | None = None  # the paragraph or item that the next line may continue
        # The last table and its header, while nothing follows it.
        self.table: tuple[Table, tuple[str, ...]] | None = None

    def page(self, page: PageLayout) -> None:
        for line in page.running:
            if line.middle < page.words.height / 2:
                self._add(Draft("furniture", [line]))
        items = page.items
        lead, rights = _usual_gap(items), _right_edges(items)
        skip = 0
        for i, item in enumerate(items):
            if i < skip:
                continue
            if isinstance(item, Table):
                self._table(item, page.words)
                continue
            self.table = None if item.text else self.table
            if i in page.contents:
                self.held = None
                self._add(Draft("furniture", [item]))
                continue
            before = items[i - 1] if i else None
            after = items[i + 1] if i + 1 < len(items) else None
            mark = judge(
                item, before if isinstance(before, Line) else None, after if isinstance(after, Line) else None,
                self.style, self.opened,
            )  # fmt: skip
            if mark is not None and not (mark.sure < 0.65 and _is_list_start(item)):
                lines = self._title_lines(mark, item, items[i + 1 : i + _TITLE_LINES])
                if lines:
                    self._heading(mark, lines)
                    skip = i + len(lines)
                    continue
            self._line(item, page.words, lead, rights[i])
        for line in page.running:
            if line.middle >= page.words.height / 2:
                self._add(Draft("furniture", [line]))

    def _add(self, draft: Draft) -> None:
        draft.path = self.opened.path
        self.drafts.append(draft)

    def _title_lines(self, mark: Mark, first: Line, following: Sequence[Line | Table]) -> list[Line]:
        """The lines of the title that ``first`` begins; none when they turn out to be a sentence in bold."""
        lines = [first]
        for item in following:
            if not isinstance(item, Line) or not self._goes_on(mark, lines, item):
                break
            lines.append(item)
        whole = " ".join(line.text for line in lines)
        bare = len(lines) > 1 and not mark.number and not mark.word and not is_upper(whole)
        return [] if bare and _ENDED.search(whole) and len(whole.split()) > _TITLE_WORDS else lines

    def _heading(self, mark: Mark, lines: list[Line]) -> None:
        whole = " ".join(line.text for line in lines)
        if len(lines) > 1:
            parsed = parse_number(whole, any_case=True)
            title = parsed[1] if parsed and mark.number else whole
            mark = type(mark)(mark.number, title, mark.sure, mark.word)
        self.held = None
        self.opened.open(mark, lines[0], self.style)
        self._add(Draft("heading", lines))

    def _goes_on(self, mark: Mark, lines: list[Line], line: Line) -> bool:
        """Whether a title runs on to the next line."""
        last = lines[-1]
        if line.flow != last.flow or line.top - last.bottom > 0.75 * last.size or _is_list_start(line):
            return False
        so_far = " ".join(part.text for part in lines)
        if announced(f"{so_far} {line.text}", self.style) and not announced(so_far, self.style):
            return True
        same = abs(line.size - last.size) < 0.4 and line.bold == last.bold and line.underlined == last.underlined
        if not same or parse_number(line.text) is not None or announced(so_far, self.style):
            return False
        if not is_emphasised(line, self.style) or is_upper(last.text) != is_upper(line.text):
            return False
        if not mark.title or not mark.number:
            return True  # « ARTICLE 5 » above its title; the lines of a cover
        # 450: the usual column in points
        return line.text[:1].islower() or last.width > 0.55 * 450 or is_upper(line.text)

    def _line(self, line: Line, words: PageWords, lead: float, right: float) -> None:
        held = self.held
        item = _is_list_start(line)
        if held is not None and not item and self._continues(held, line, lead, right):
            held.lines.append(line)
            held.left = min(held.left, line.x0)
            return
        kind: BlockKind = "list_item" if item else "paragraph"
        small = line.size <= 0.9 * self.style.size and line.top > 0.6 * words.height and not line.doubtful
        if small and (_NOTE.match(line.text) or (self.drafts and self.drafts[-1].kind == "footnote")):
            kind = "footnote"
        self.held = Draft(kind, [line], left=line.x0)
        self._add(self.held)

    def _continues(self, held: Draft, line: Line, lead: float, right: float) -> bool:
        """Whether a line that begins no item goes on with the paragraph or item before it."""
        last, first = held.lines[-1], held.lines[0]
        if last.doubtful != line.doubtful:
            return False  # a text, and what was seen in a picture beside it
        if (last.page, last.flow) != (line.page, line.flow):
            # Across a page or a column: the sentence is not over and the next line does not begin one.
            near = line.page - last.page <= 1 and line.upright and last.upright
            size = abs(last.size - line.size) <= 0.1 * self.style.size
            if not (near and size) or held.kind == "footnote" or _ENDED.search(last.text[-6:]):
                return False
            return line.text[:1].islower() or _OPEN_END.search(last.text[-8:]) is not None
        if not line.upright or line.top - last.bottom > lead + _WIDER * line.size:
            return False
        if abs(last.size - line.size) > 0.12 * self.style.size:
            return False
        ended = _ENDED.search(last.text[-6:]) is not None
        if last.bold != line.bold and ended:
            return False
        if held.kind == "footnote":
            return not _NOTE.match(line.text)
        if held.kind == "list_item" and line.x0 < first.x0 - 3:
            return False
        left = held.left
        if held.kind == "paragraph" and ended and line.x0 > left + 12:  # the indent of a new paragraph
            return False
        room = right - last.x1 - (line.second_x - line.x0 if line.second_x else line.width)
        width = max(right - left, 1.0)
        if room > 0.02 * width and ended and right - last.x1 > 0.08 * width:
            return False
        return room <= _ROOM * width or line.text[:1].islower() or _OPEN_END.search(last.text[-8:]) is not None

    def _table(self, table: Table, words: PageWords) -> None:
        self.held = None
        rows, header = rows_of_table(table, words, self.table)
        first = next((row for row in rows if not row.repeated), None)
        last = next((d for d in reversed(self.drafts) if d.kind != "furniture"), None)
        if self.table and first and last is not None and last.row is not None and goes_on(last.row, first):
            last.row.tail = first
            rows.remove(first)
        for row in rows:
            self._add(Draft("furniture" if row.repeated else "table_row", row=row))
        self.table = (table, header)


def _is_list_start(line: Line) -> bool:
    text = line.text
    if text[:1].isalpha() and text[1:3].isalpha() and text[0] not in "ivx":
        return False  # a word: settles nearly every line
    return _BULLET.match(text) is not None or _ENUMERATED.match(text) is not None


def _usual_gap(items: Sequence[Line | Table]) -> float:
    """The usual space between two lines of a paragraph on a page, in points."""
    gaps = []
    last: Line | None = None
    for item in items:
        line = item if isinstance(item, Line) else None
        if line is not None and last is not None and last.flow == line.flow:
            gap, size = line.top - last.bottom, last.size
            if -0.3 * size < gap < 1.1 * size and abs(size - line.size) < 0.5:
                gaps.append(gap)
        last = line
    if len(gaps) < 4:
        return 0.25 * (median(i.size for i in items if isinstance(i, Line)) if gaps else 10.0)
    gaps.sort()
    # Below the middle: pages of short paragraphs have as many wide gaps as usual ones.
    return gaps[int(0.4 * len(gaps))]


def _right_edges(items: Sequence[Line | Table]) -> list[float]:
    """For each line, the right end of the text around it: the longest line of its column and stretch."""
    edges = [0.0] * len(items)
    begin, edge = 0, 0.0
    previous: Line | None = None
    for i, item in enumerate(items):
        line = item if isinstance(item, Line) else None
        if previous is not None and (
            line is None or line.flow != previous.flow or line.top - previous.bottom > 2.5 * line.size
        ):
            edges[begin:i] = [edge] * (i - begin)
            previous = None
        if line is not None:
            if previous is None:
                begin, edge = i, line.x1
            elif line.x1 > edge:
                edge = line.x1
        previous = line
    if previous is not None:
        edges[begin:] = [edge] * (len(items) - begin)
    return edges
