"""Which lines are headings, how deep they are, and the section path they open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crible.extraction.furniture import folded
from crible.extraction.layout import TYPED
from crible.extraction.numbering import BEGINNINGS, may_have_number, parse_heading_number

if TYPE_CHECKING:
    from crible.extraction.layout import Line

# Forms of numbers met in tenders beside those of numbering.py: « ARTICLE 1er », « 3-1 », « 2-1-4 ».
_FIRST = re.compile(
    r"(?P<word>article|chapitre|titre)\s+(?:1\s?er|premier)\b\s*[.:)–—-]*\s*(?P<title>.*)$", re.IGNORECASE
)
_DASHED = re.compile(r"(?P<number>\d{1,2}(?:-\d{1,2}){1,3})(?:\s*[.:)–—-]\s*|\s+)(?P<title>[^\W\d_].*)$")
# « 11.1.1Demandes de paiement », « 3.1-Les prestations »
_GLUED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4})[-–—:]?(?P<title>[^\W\d_][^\W_]['’]?\w?.*)$")
_ROMAN = re.compile(r"(?P<number>[IVX]{1,5}(?:\.\d{1,2}){0,3})\.?\s*[-–—.:)]?\s+(?P<title>[^\W\d_].*)$")
_NAMED = re.compile(
    r"(?P<word>article|art\.|chapitre|titre|section|partie|annexe|annex|appendix|attachment|chapter|part|clause|lot)\s",
    re.I,
)
_NUMBER_ONLY = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}|[IVX]{1,5})\s*[.)–-]?$")
_SENTENCE_END = re.compile(r"[.;,]\s*$")
# Between dots the year has four digits: « 02.01.03 Panneau de chantier » is a heading.
_DATE = re.compile(
    r"\d{1,2}(?:\s*/\s*\d{1,2}\s*/\s*\d{2,4}|\s?\.\s?\d{1,2}\s?\.\s?(?:19|20)\d\d(?!\d)"
    r"|\s*(?:er\s+)?[a-zéûà]+\s+(?:19|20)\d\d)",
    re.IGNORECASE,
)
_LIST_LIKE = re.compile(r"(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})\)\s")
# How to reach someone: an address of any kind, a street and its number, a postcode before its town.
_CONTACT = re.compile(
    r"@|https?:|www\.|\b(?:tél|fax|tel|siret|cedex)\b|\d{2}[ .]\d{2}[ .]\d{2}[ .]\d{2}"
    r"|\b[BC]\.?[PS]\.?\s?\d{2,5}\b|(?:^|[,–-]\s*)(?:[A-Z]-)?\d{2}\s?\d{3}\s+(?-i:[A-ZÀ-Ý])[^\W\d_]"
    r"|^(?:\d{1,4}\s?(?:bis|ter|[a-c])?\b,?\s+)?(?:(?:rue|avenue|boulevard|allées?|impasse|quai|faubourg)"
    r"\s[^\W_]|(?:av|bd|bld)\.?\s[^\W_]|(?:place|route|chemin|cours|square|esplanade)\s(?:d[eu]s?\s|d['’]))",
    re.IGNORECASE,
)

# Levels of the words that name a division, from the outermost: a « titre » holds chapters, a chapter holds articles.
# Numbers without a word are at 1 + their dots; an annex closes everything before it.
_WORD_LEVELS = {
    "annexe": 0.1, "annex": 0.1, "appendix": 0.1, "attachment": 0.1, "partie": 0.2, "part": 0.2, "titre": 0.3,
    "chapitre": 0.5, "chapter": 0.5, "section": 0.7, "article": 1.0, "art.": 1.0, "clause": 1.0,
}  # fmt: skip
_SMALL_LETTERS = re.compile(r"[a-zà-öø-ÿ]{5}")  # « pour » and « dans » may stand in a title in capitals
_LARGER = 1.07  # times the body size: half a point on a body of 10 is drawing noise, a full point is a title
_LARGE_BARE = 1.15  # without a number, one point more is not yet a title
_LONG_TITLE = 200  # characters: the longest real titles run over three lines of capitals
_LONG_BARE = 110  # characters of a title without number: longer, it is a sentence in bold


@dataclass(frozen=True, slots=True)
class Style:
    """What the ordinary text of a document looks like, and what its table of contents and bookmarks announce."""

    size: float
    bold: bool
    font: str
    numbered: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    articles: bool = False  # the document has « Article 5 »: a bare « 1. » is then inside an article


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that opens a heading: its number (may be empty), its title, and how sure the signs are (0 to 1)."""

    number: str
    title: str
    sure: float
    word: str = ""


def parse_number(text: str, *, any_case: bool = False) -> tuple[str, str] | None:
    """(number, title) at the beginning of a line, the rarer forms included; None when there is none."""
    text = text.strip()
    if not text or len(text) > _LONG_TITLE or not may_have_number(text):
        return None
    found = _number_of(text, any_case=any_case)
    if found is None or _DATE.match(text) or _CONTACT.search(text[:60]):
        return None
    return found


def _number_of(text: str, *, any_case: bool) -> tuple[str, str] | None:
    if text[0].isdigit():
        dashed = _DASHED.match(text)
        if dashed is not None and not dashed["title"][0].islower():
            return dashed["number"], dashed["title"].strip()
        found = parse_heading_number(text, any_case=any_case)
        if found is not None:
            return found
        glued = _GLUED.match(text)
        if glued is not None and glued["title"][0].isupper() and glued["title"][1].islower():
            return glued["number"], glued["title"].strip()
        return None
    first = _FIRST.match(text)
    if first is not None:
        return "1", first["title"].strip()
    found = parse_heading_number(text, any_case=any_case)
    if found is not None:
        return found
    roman = _ROMAN.match(text) if text[0] in "IVX" else None
    if roman is not None and roman["title"][:2].isupper():  # « I PRESCRIPTIONS », not « I think », « X est »
        return roman["number"], roman["title"].strip()
    return None


def is_emphasised(line: Line, style: Style) -> bool:
    """Whether a line stands out of the body: bold, larger, underlined or in capitals."""
    return (
        (line.bold and not style.bold)
        or line.size >= _LARGER * style.size
        or line.underlined
        or is_upper(line.text)
    )  # fmt: skip


def is_upper(text: str) -> bool:
    """Whether a text of four letters or more is in capitals, a few small words aside (« N° », « de »)."""
    if _SMALL_LETTERS.search(text, 8) is not None:  # after « Article », « Chapitre », « Section »
        return False  # settles nearly every line
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 4 and sum(c.isupper() for c in letters) >= 0.85 * len(letters)


def announced(text: str, style: Style) -> bool:
    """Whether the table of contents or the bookmarks of the document hold this very title."""
    if not (style.numbered or style.titles):
        return False
    key = folded(text)
    return len(key) >= 4 and (key in style.numbered or key in style.titles)


def judge(line: Line, before: Line | None, after: Line | None, style: Style, opened: Opened) -> Mark | None:
    """Whether a line opens a heading. ``before`` and ``after``: its neighbours in reading order, None at the ends."""
    if line.doubtful or line.font == TYPED:
        return None  # letters seen in a drawing, the answers of a form
    text = line.text.strip()
    if text[:1].islower() and text[:3] not in BEGINNINGS:
        return None  # half of the lines of prose
    if text[:1].islower() and _NAMED.match(text) is None:
        return None
    if len(text) < 2 or not (text[0].isalpha() or any(c.isalpha() for c in text)) or _is_listed(text):
        return None
    emphasised = is_emphasised(line, style)
    if not emphasised:
        ordinary = line.size < _LARGE_BARE * style.size and not may_have_number(text)
        if (ordinary and not announced(text, style)) or _LIST_LIKE.match(text):
            return None
    parsed = parse_number(text, any_case=emphasised or line.size >= style.size)
    if parsed is None:
        return _bare(line, before, after, style, emphasised=emphasised)
    number, title = parsed
    named = _NAMED.match(text)
    word = named["word"].lower() if named and named["word"].lower() in _WORD_LEVELS else ""
    in_contents = announced(text, style) or announced(title, style)
    alone = _stands_alone(line, before, after)
    if in_contents and (emphasised or alone or word):
        return Mark(number, title, 1.0, word)
    if title.endswith((";", ",")) or (_SENTENCE_END.search(title) and len(title.split()) > 9):
        return None
    if emphasised and (alone or line.bold or line.underlined or word or line.size >= _LARGER * style.size):
        # « 1. Nom : … » of a form: a bold line that goes on in a field to fill in.
        if re.search(r":\s*(?:…|\.{3,}|_{3,})", title) or (not title and not word):
            return None
        # A bold note or the legend of a figure; a number that is next in line may be printed smaller.
        if line.size < (0.85 if opened.follows(number) else 0.95) * style.size and not word:
            return None
        return Mark(number, title, 0.9, word)
    if word and alone and (not title or not _SENTENCE_END.search(title)):
        return Mark(number, title, 0.8, word)
    if "." in number and number[0].isdigit() and alone and opened.follows(number) and len(title.split()) <= 16:
        return Mark(number, title, 0.7, word)
    return None


def _is_listed(text: str) -> bool:
    """Whether a text is an item whatever it looks like: « a) le mémoire », « 1) une copie des données ; »."""
    found = _LIST_LIKE.match(text)
    return found is not None and (text[0].islower() or text[found.end() :][:1].islower() or text.endswith((";", ",")))


def _bare(line: Line, before: Line | None, after: Line | None, style: Style, *, emphasised: bool) -> Mark | None:
    """A title without a number: it must stand out and stand alone."""
    text = line.text.strip()
    if len(text) > _LONG_BARE or text[-1] in ".;,…" or text[0].islower() or text[0] in "•☐☑☒-–—*(":
        return None
    if text[0].isdigit():
        return None
    large = line.size >= _LARGE_BARE * style.size
    strong = (line.bold and not style.bold) or large or (line.underlined and len(text.split()) <= 12)
    if announced(text, style) and (emphasised or _stands_alone(line, before, after)):
        return None if _CONTACT.search(text) else Mark("", text, 0.9)
    if not emphasised and not large:
        return None
    if is_upper(text) and len(text.split()) >= 2 and line.size >= 0.95 * style.size:
        strong = True
    if not strong or line.size < 0.95 * style.size or not _stands_alone(line, before, after):
        return None
    if sum(c.isalpha() for c in text) < 0.5 * len(text):
        return None  # an amount, a reference
    if text.endswith(":") and len(text.split()) > 8:
        return None  # the sentence that opens a list, in bold
    return None if _CONTACT.search(text) else Mark("", text, 0.6)


def _stands_alone(line: Line, before: Line | None, after: Line | None) -> bool:
    """Whether a line is neither the middle nor the beginning of a paragraph."""
    if before is not None and before.page == line.page and before.flow == line.flow:
        close = line.top - before.bottom < 0.55 * line.size
        same = abs(before.size - line.size) < 0.4 and before.bold == line.bold
        ended = re.search(r"[.;:!?»)]\s*$", before.text) is not None or before.width < 0.75 * max(line.width, 200.0)
        if close and same and not ended:
            return False
    if after is not None and after.page == line.page and after.flow == line.flow:
        close = after.top - line.bottom < 0.55 * line.size
        same = abs(after.size - line.size) < 0.4 and after.bold == line.bold
        if close and same and after.text[:1].islower():
            return False
    return True


@dataclass(slots=True)
class Opened:
    """The headings open at a point of the document, and how deep each kind of heading was found to be."""

    stack: list[tuple[float, str, str]] = field(default_factory=list)  # (level, number, label)
    path: tuple[str, ...] = ()  # their labels, from the outermost
    _bare_levels: dict[tuple[int, bool, bool], float] = field(default_factory=dict)
    _letters: dict[str, float] = field(default_factory=dict)
    _top_look: tuple[int, bool] | None = None  # size and capitals of the last « 5 » at the top level

    def follows(self, number: str) -> bool:
        """Whether a number continues the open ones: « 5.3 » after « 5.2 » or « 5.1.4 », « 5.2.1 » under « 5.2 »."""
        try:
            wanted = [int(part) for part in number.split(".")]
        except ValueError:
            return False
        for _, held, _ in self.stack:
            try:
                have = [int(part) for part in held.removeprefix("Annexe ").split(".")]
            except ValueError:
                continue
            if wanted[:-1] == have and wanted[-1] <= 1:
                return True
            if len(wanted) == len(have) and wanted[:-1] == have[:-1] and 0 < wanted[-1] - have[-1] <= 2:
                return True
        return False

    def open(self, mark: Mark, line: Line, style: Style) -> None:
        """Close what the heading ends, and open it. The label is « 5.2 Hébergement »."""
        level = self._level(mark, line, style)
        while self.stack and self.stack[-1][0] >= level:
            self.stack.pop()
        label = f"{mark.number} {mark.title}".strip() or line.text
        self.stack.append((level, mark.number, label[:_LONG_TITLE]))
        self.path = tuple([label for _, _, label in self.stack])

    def _level(self, mark: Mark, line: Line, style: Style) -> float:
        number = mark.number.removeprefix("Annexe ").removeprefix("Annex ")
        if mark.word:
            return _WORD_LEVELS[mark.word] + number.count(".")
        if number[:1].isdigit():
            dots = number.count(".") + number.count("-")
            if dots:
                return 1.0 + dots
            look = (round(line.size), is_upper(line.text))
            if style.articles or self._is_inner(number, look):
                # A bare « 1. » in a document of articles is a part of one: under the deepest heading of another kind.
                return self._inside("digit", number)
            self._top_look = look
            return 1.0
        if number:
            return self._inside("roman" if re.match(r"[IVX]", number) else "letter", number) + number.count(".")
        shown = (round(line.size), line.bold, is_upper(line.text))
        known = self._bare_levels.get(shown)
        if known is None:
            known = self._bare_levels[shown] = (self.stack[-1][0] if self.stack else 0.5) + 0.5
        # Never shallower than its look was when first met under a numbered heading that is still open.
        numbered = [level for level, number, _ in self.stack if number]
        return max(known, numbered[-1] + 0.25) if numbered and line.size <= 1.3 * style.size else min(known, 1.0)

    def _is_inner(self, number: str, look: tuple[int, bool]) -> bool:
        """Whether a bare number counts the parts of an open « 4.1.2 », and is not the « 5 » after « 4 »."""
        dotted = [held for level, held, _ in self.stack if level > 1.0 and _kind(held) == "dotted"]
        if not dotted:
            return False
        if self._top_look is None:  # no chapter is numbered « 5 » alone
            return number == "1" or "digit" in self._letters
        chapter = re.match(r"\d+", dotted[-1])
        follows = chapter is not None and number.isdigit() and 0 < int(number) - int(chapter[0]) <= 2
        return not (follows and look == self._top_look)

    def _inside(self, kind: str, number: str) -> float:
        """The level of a series « A, B … », « I, II … » or « 1, 2 … » that begins under whatever is open."""
        first = number.split(".")[0] in ("A", "I", "1")
        if first or kind not in self._letters:
            # The series begins again: it may now be under another heading than before.
            open_levels = [level for level, held, _ in self.stack if held and _kind(held) != kind]
            if kind == "roman":
                self._letters[kind] = 0.8 if not open_levels or open_levels[0] >= 1.0 else open_levels[-1] + 0.5
            else:
                self._letters[kind] = open_levels[-1] + 0.6 if open_levels else 1.0
        return self._letters[kind]


def _kind(number: str) -> str:
    if number[:1].isdigit():
        return "digit" if "." not in number and "-" not in number else "dotted"
    return "roman" if re.match(r"[IVX]", number) else "letter"
