"""Styles and automatic numbers of a word-processor file: what is a heading, how deep, and the number printed on it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BASED_MAX = 20  # links of a chain of styles: a style based on itself must end
_HEADING_NAME = re.compile(r"heading (\d)$")
_TOC_NAME = re.compile(r"(?:toc|table of (?:figures|authorities)|index)\b")


def value(parent: Element | None, path: str, default: str = "") -> str:
    """The ``w:val`` of the element at ``path`` under ``parent``."""
    element = parent.find(path) if parent is not None else None
    return default if element is None else element.get("w.val", default)


def count_of(raw: str | None) -> int:
    """A count written in an attribute; 0 when it is none."""
    return int(raw) if raw is not None and raw.isdecimal() and len(raw) < 9 else 0


def is_on(parent: Element | None, tag: str) -> bool | None:
    """A toggle property: True, False, or None when it is not said."""
    element = parent.find(tag) if parent is not None else None
    if element is None:
        return None
    return element.get("w.val", "1") not in ("0", "false", "off", "none")


@dataclass(slots=True)
class Style:
    """What a paragraph style says, its ancestors included. ``level``: 0 none, 1 the outermost heading."""

    level: int = 0
    bold: bool = False
    num: str = ""
    ilvl: int | None = None
    toc: bool = False
    item: bool = False


class Styles:
    """The paragraph styles of a file by identifier."""

    def __init__(self, root: Element | None) -> None:
        elements = root.findall("w.style") if root is not None else []
        self._raw = {e.get("w.styleId", ""): e for e in elements}
        self._known: dict[str, Style] = {}
        self.default = next(
            (e.get("w.styleId", "") for e in elements
             if e.get("w.type") == "paragraph" and e.get("w.default") in ("1", "true")),
            "",
        )  # fmt: skip

    def of(self, identifier: str) -> Style:
        if identifier not in self._known:
            self._known[identifier] = self._resolve(identifier)
        return self._known[identifier]

    def _resolve(self, identifier: str) -> Style:
        style = Style()
        chain: list[Element] = []
        at: str = identifier
        while at in self._raw and len(chain) < _BASED_MAX:
            chain.append(self._raw[at])
            at = value(self._raw[at], "w.basedOn")
        for element in reversed(chain):  # from the ancestor down: the nearest wins
            name = value(element, "w.name").lower()
            outline = value(element, "w.pPr/w.outlineLvl")
            named = _HEADING_NAME.match(name)
            if outline.isdecimal():
                style.level = int(outline) + 1 if int(outline) < 9 else 0
            elif named is not None:
                style.level = int(named[1])
            elif name == "title":
                style.level = 1
            style.toc = style.toc or _TOC_NAME.match(name) is not None
            style.item = style.item or name.startswith(("list bullet", "list number", "list paragraph bullet"))
            bold = is_on(element.find("w.rPr"), "w.b")
            style.bold = style.bold if bold is None else bold
            style.num = value(element, "w.pPr/w.numPr/w.numId", style.num)
            ilvl = value(element, "w.pPr/w.numPr/w.ilvl")
            style.ilvl = int(ilvl) if ilvl.isdecimal() else style.ilvl
        return style


@dataclass(slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    style: str = ""
    legal: bool = False
    restart: int | None = None


@dataclass(slots=True)
class _Counter:
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Automatic numbers, counted as the paragraphs go by. Numbers that share a definition share their count."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract_of: dict[str, str] = {}
        self._overrides: dict[str, dict[int, int]] = {}
        self._counters: dict[str, _Counter] = {}
        self._begun: set[str] = set()
        if root is None:
            return
        linked: dict[str, str] = {}  # style link → the definition that holds its levels
        needs: dict[str, str] = {}
        for abstract in root.findall("w.abstractNum"):
            identifier = abstract.get("w.abstractNumId", "")
            self._levels[identifier] = dict(map(_level, abstract.findall("w.lvl")))
            linked[value(abstract, "w.styleLink")] = identifier
            needs[identifier] = value(abstract, "w.numStyleLink")
        for identifier, link in needs.items():
            if link and not self._levels[identifier] and link in linked:
                self._levels[identifier] = self._levels[linked[link]]
        for num in root.findall("w.num"):
            identifier = num.get("w.numId", "")
            self._abstract_of[identifier] = value(num, "w.abstractNumId")
            self._overrides[identifier] = _overrides(num)

    def level_of_style(self, num: str, style: str) -> int:
        """The level that a definition ties to a paragraph style; the first when it ties none."""
        levels = self._levels.get(self._abstract_of.get(num, ""), {})
        return next((n for n, level in levels.items() if level.style == style), 0)

    def next(self, num: str, ilvl: int) -> tuple[str, bool]:
        """(number as printed, whether it is an item of a list with a mark) of the next paragraph; ("", False): none."""
        abstract = self._abstract_of.get(num, "")
        levels = self._levels.get(abstract, {})
        level = levels.get(ilvl)
        if level is None:
            return "", False
        counter = self._counters.setdefault(abstract, _Counter())
        if num not in self._begun:
            self._begun.add(num)
            for at, start in self._overrides.get(num, {}).items():
                counter.counts[at] = start - 1
        counter.counts[ilvl] = counter.counts.get(ilvl, level.start - 1) + 1
        for deeper in [n for n in counter.counts if n > ilvl]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or restart > ilvl:
                del counter.counts[deeper]
        if level.form == "bullet":
            return "", True
        if level.form == "none":
            return "", False

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            one = levels.get(at, _Level())
            count = counter.counts.get(at, one.start)
            return formatted(count, "decimal" if level.legal and at < ilvl else one.form)

        return re.sub(r"%([1-9])", shown, level.text).strip(), True


def _level(element: Element) -> tuple[int, _Level]:
    start = value(element, "w.start", "1")
    restart = value(element, "w.lvlRestart")
    return count_of(element.get("w.ilvl")), _Level(
        start=int(start) if start.isdecimal() else 1,
        form=value(element, "w.numFmt", "decimal"),
        text=value(element, "w.lvlText"),
        style=value(element, "w.pStyle"),
        legal=bool(is_on(element, "w.isLgl")),
        restart=int(restart) if restart.isdecimal() else None,
    )


def _overrides(num: Element) -> dict[int, int]:
    found: dict[int, int] = {}
    for override in num.findall("w.lvlOverride"):
        start = value(override, "w.startOverride")
        if start.isdecimal():
            found[count_of(override.get("w.ilvl"))] = int(start)
    return found


def formatted(count: int, form: str) -> str:
    """A count as its format prints it; formats that we do not know print in figures."""
    if form in ("upperLetter", "lowerLetter") and 0 < count <= 26 * 10:
        letters = chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters if form == "upperLetter" else letters.lower()
    if form in ("upperRoman", "lowerRoman") and 0 < count < 4000:
        return _roman(count) if form == "upperRoman" else _roman(count).lower()
    if form == "decimalZero":
        return f"{count:02d}"
    if form == "none":
        return ""
    return str(count)


def _roman(count: int) -> str:
    found = ""
    for size, mark in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
        (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while count >= size:
            found, count = found + mark, count - size
    return found
