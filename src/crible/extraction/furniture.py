"""Running headers and footers, page numbers, and tables of contents: kept, and not classified."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import accumulate
from statistics import median
from typing import TYPE_CHECKING

from crible.extraction.numbering import parse_heading_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.extraction.layout import Line

_TOP_ZONE, _BOTTOM_ZONE = 0.2, 0.84  # shares of the page's height where headers end and footers begin
_TOP_EDGE, _BOTTOM_EDGE = 0.12, 0.9  # nearer to the edges, nothing but running lines is printed at one height
_SAME_PLACE = 7.0  # points: a running line moves by less than half a line from page to page
_ENOUGH = 3  # pages; two identical lines may be chance in a long document
_SHARE = 0.45  # of the pages between its first and last: odd and even pages may differ
_ENOUGH_NUMBERED, _SHARE_NUMBERED = 5, 0.8
_TELLING = 8  # characters of a line that is known again by its words alone
_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b")
_NUMBERS = re.compile(r"\d+")
_LONG = 60  # characters: most lines of prose, and few running lines
_PAGE_NUMBER = re.compile(
    r"(?:[-–—|]\s*)?(?:(?:page|p\.|pg\.?|seite|sida|p[áa]gina|pagina)\s*:?\s*)?(\d{1,4})\s*"
    r"(?:(?:/|sur|of|de|di|von|av)\s*\d{1,4})?(?:\s*[-–—|])?",
    re.IGNORECASE,
)
_NUMBER_LENGTH = 40  # characters: longer lines are no page number
_TOC_TITLE = re.compile(
    r"(?:table des mati[èe]res|sommaire|table of contents|contents|inhaltsverzeichnis|indice|índice|inneh[åa]ll"
    r"(?:sf[öo]rteckning)?|inhoudsopgave|sum[áa]rio)\s*:?\s*",
    re.IGNORECASE,
)
_TOC_LETTERS = frozenset("tTsScCiIíÍ")  # that one of them begins with
# Dotted leaders: four dots, spaced dots, an ellipsis run or a drawn line, then at most a page number.
_LEADERS = re.compile(r"(?:\.{4,}|(?:\s?\.\s){3,}|…{2,}|_{5,}|·{4,})[.\s]*(?:page\s*)?(\d{0,4})\s*$", re.IGNORECASE)
_ENDS_IN_NUMBER = re.compile(r"(?:\D|^)\s(\d{1,3})\s*$")
_SIGNS = re.compile(r"[\W_]+")
_ALONE = re.compile(r"\s*\d{1,3}\s*")
_UNTITLED = 5  # entries of a table of contents without title or leaders: fewer may be a table of quantities
_TOC_GAP = 3  # entries may run over two or three lines, of which the last alone ends in a number


def running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[set[int]]:
    """For each page, the indices of its stretches that repeat at the same height on other pages, numbers aside."""
    marked: list[set[int]] = [set() for _ in pages]
    places: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
    for p, parts in enumerate(pages):
        height = heights[p]
        high, low = _TOP_ZONE * height, _BOTTOM_ZONE * height
        for i, part in enumerate(parts):
            if high < part.top and part.bottom < low and part.upright:
                continue
            text = part.text.strip()
            number = _PAGE_NUMBER.fullmatch(text) if len(text) < _NUMBER_LENGTH else None
            at_edge = part.bottom > 0.9 * height or part.top < 0.08 * height
            # « 3 », « Page 3 / 12 » at the edge of page 3 needs no other page to be a page number.
            if number is not None and at_edge and (not text.isdigit() or int(number[1]) == p + 1):
                marked[p].add(i)
                continue
            # In a long line, « l' » and « c » may stay: they are no page numbers.
            signs = _DIGITS if len(text) < _LONG else _NUMBERS
            places[signs.sub("#", text.lower())].append((p, part.top, i))
    for text, found in sorted([place for place in places.items() if len(place[1]) > 1]):
        running: list[float] = []  # the sizes it runs in
        # « 7. Livrables » may stand at the foot of three pages by chance: a numbered line must run more often.
        numbered = parse_heading_number(pages[found[0][0]][found[0][2]].text) is not None
        for group in _by_height(found):
            held = sorted({p for p, _, _ in group})
            enough = _ENOUGH_NUMBERED if numbered else min(_ENOUGH, max(2, len(pages) - 1))  # two pages of two or three
            share = _SHARE_NUMBERED if numbered else _SHARE
            if len(held) < enough or len(held) < share * (held[-1] - held[0] + 1):
                continue
            same = len({pages[p][i].text for p, _, i in group}) == 1  # the number of the notice
            if not same and text.strip("# ./-") == "" and not _follows_pages(pages, group):
                continue  # figures of a table at the top of its pages
            for p, _, i in group:
                marked[p].add(i)
                running.append(pages[p][i].size)
        if running and len(text) >= _TELLING and not numbered:
            # The same words near the edge of a page of another format, on which they stand at another height.
            size = median(running)
            for p, _, i in found:
                if abs(pages[p][i].size - size) < 0.5:
                    marked[p].add(i)
    for p, parts in enumerate(pages):
        _unmark_inner(parts, marked[p], heights[p])
    return marked


def _unmark_inner(parts: Sequence[Line], marked: set[int], height: float) -> None:
    """Far from the edge of the page, a line runs only when everything between it and the edge runs too."""
    inner = [i for i in marked if _TOP_EDGE * height < parts[i].top and parts[i].bottom < _BOTTOM_EDGE * height]
    if not inner:
        return
    text = [part for i, part in enumerate(parts) if i not in marked and part.upright]
    first = min((part.top for part in text), default=height)
    last = max((part.bottom for part in text), default=0.0)
    marked.difference_update([i for i in inner if parts[i].top > first and parts[i].bottom < last])


def _by_height(found: list[tuple[int, float, int]]) -> list[list[tuple[int, float, int]]]:
    groups: list[list[tuple[int, float, int]]] = []
    for item in sorted(found, key=lambda f: (f[1], f[0], f[2])):
        if groups and item[1] - groups[-1][0][1] <= _SAME_PLACE:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _follows_pages(pages: Sequence[Sequence[Line]], group: list[tuple[int, float, int]]) -> bool:
    """Whether bare numbers go up with the pages, as page numbers do."""
    offsets = []
    for p, _, i in group:
        digits = re.findall(r"\d+", pages[p][i].text)
        offsets.append(int(digits[0]) - p if digits else None)
    usual = max(set(offsets), key=lambda o: (offsets.count(o), o is None, o or 0))
    return usual is not None and offsets.count(usual) >= 0.7 * len(offsets)


def contents_lines(lines: Sequence[Line]) -> set[int]:
    """Indices of the lines of tables of contents, their title included, among the lines of a document in order.

    A table of contents is a run of at least three lines with dotted leaders, a title « Sommaire » followed by lines
    that end in growing page numbers, or, without a title, five numbered lines at least that do.
    """
    marked: set[int] = set()
    leaders = [_has_leaders(line.text) for line in lines]
    titles = [
        len(line.text) < 60 and line.text[:1] in _TOC_LETTERS and _TOC_TITLE.fullmatch(line.text.strip()) is not None
        for line in lines
    ]
    numbers = [line.text[-1:].isdigit() for line in lines]
    last_page = lines[-1].page if lines else 0
    dotted = list(accumulate(leaders, initial=0))  # how many before each line
    paged = list(accumulate((a and b for a, b in zip(leaders, numbers, strict=True)), initial=0))
    run_end = 0  # of the last run of leaders seen, which is also that of every run that begins inside it
    i = 0
    while i < len(lines):
        if titles[i]:
            end = _end_of_titled(lines, leaders, i)
        elif leaders[i]:
            end = run_end = run_end if i < run_end else _end_of_run(leaders, i)
            # « Signature ........ » is a blank to fill in: the dots of a table of contents lead to page numbers.
            if paged[end] - paged[i] < max(3, (dotted[end] - dotted[i]) / 2):
                end = i
        elif any(numbers[i : i + _TOC_GAP]):
            end = _end_of_untitled(lines, i, last_page)
        else:
            end = i
        if end > i:
            marked.update(range(i, end))
            i = end
        else:
            i += 1
    return marked


def _has_leaders(text: str) -> bool:
    text = text[-200:]  # leaders stand at the end of the line
    if not (".." in text or ". ." in text or "…" in text or "__" in text or "··" in text):
        return False
    return _LEADERS.search(text) is not None


def _end_of_run(leaders: list[bool], start: int) -> int:
    end = last = start
    while end < len(leaders) and end - last <= _TOC_GAP:
        if leaders[end]:
            last = end
        end += 1
    return last + 1


def _end_of_titled(lines: Sequence[Line], leaders: list[bool], title: int) -> int:
    last, previous, entries = title, 0, 0
    i = title + 1
    while i < len(lines) and i - last <= _TOC_GAP:
        text = lines[i].text
        number = _ENDS_IN_NUMBER.search(text[-12:])
        if leaders[i] or _ALONE.fullmatch(text):  # a page number that was pushed to a line of its own
            last, entries = i, entries + 1
        elif (
            number is not None
            and previous <= int(number[1]) <= previous + 60
            and not text.rstrip(" 0123456789").endswith(",")
        ):
            last, previous, entries = i, int(number[1]), entries + 1
        i += 1
    return last + 1 if entries >= 3 else title


def _end_of_untitled(lines: Sequence[Line], start: int, last_page: int) -> int:
    """The end of a run of numbered lines that end in page numbers of what follows; ``start`` when there is none."""
    if len(lines[start].text) > 200 or parse_heading_number(lines[start].text) is None:
        return start
    last, previous, entries, i = start - 1, lines[start].page, 0, start
    titled = False  # a numbered title waits for its page number, perhaps on the next line
    while i < len(lines) and i - last <= _TOC_GAP:
        text = lines[i].text
        titled = titled or parse_heading_number(text) is not None
        number = _ENDS_IN_NUMBER.search(" " + text[-12:]) if titled else None
        if number is not None and previous <= int(number[1]) <= last_page:
            last, previous, entries, titled = i, int(number[1]), entries + 1, False
        i += 1
    return last + 1 if entries >= _UNTITLED else start


def contents_entries(lines: Sequence[Line], marked: set[int]) -> tuple[frozenset[str], frozenset[str]]:
    """What a table of contents announces: (numbered titles folded, titles without their number folded)."""
    numbered, titles = set(), set()
    held = ""
    for i in sorted(marked):
        text = lines[i].text
        body = _LEADERS.sub("", text[-2000:])
        complete = body != text or _ENDS_IN_NUMBER.search(text) is not None
        body = re.sub(r"[\s.…_·]*\d{0,3}\s*$", "", body) if complete else body
        held = f"{held} {body}".strip()
        if not complete and len(held) < 200 and parse_heading_number(held, any_case=True) is not None:
            continue  # the title goes on on the next line
        parsed = parse_heading_number(held, any_case=True)
        if complete and held:
            numbered.add(folded(held))
            titles.add(folded(parsed[1] if parsed else held))
        held = ""
    return frozenset(numbered - {""}), frozenset(t for t in titles if len(t) >= 4)


def folded(text: str) -> str:
    """Letters and digits only, lower case: « 5.2 – Hébergement » and « 5.2. Hébergement » are one entry."""
    return _SIGNS.sub("", text.lower())
