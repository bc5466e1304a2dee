"""What each piece is: the RC, the CCAP, the CCTP … from its file name, its cover and its running headers.

A cover that says what it is beats the file name (« doc1.pdf » may be the CCTP); a piece that cites another on its first
page keeps its own role, because a title stands early, alone, and is not preceded by « le » or « au ».
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast, get_args

import yaml

from crible.errors import ConfigurationError
from crible.types import Document, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

# Weights: two signs of the second kind are worth one title; see the head of roles.yaml.
_TITLE, _SHORT, _NAME = 10.0, 6.0, 6.0
# A running header repeats the title over the whole file: worth a file name.
_HEADER = 6.0
# How far a title may stand from the top of the text, in characters. Covers begin with the buyer and the object.
_COVER = 1_500
# Below this the piece is OTHER: a citation alone (a fifth of a title) or initials at the bottom of the cover.
_ENOUGH = 3.0
# Headings of a role's own needed to recognise it by its content alone: two may be a coincidence.
_CONTENT_NEEDED = 3


@dataclass(frozen=True, slots=True)
class RolePatterns:
    """What one role calls itself; see the head of roles.yaml."""

    title: re.Pattern[str]
    short: re.Pattern[str] | None
    name: re.Pattern[str] | None
    content: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """roles.yaml, compiled."""

    roles: dict[Role, RolePatterns]
    citation: re.Pattern[str]
    stretches: dict[Role, re.Pattern[str]]
    inside_gdpr: re.Pattern[str]


def role_of(document: Document) -> Role:
    """The role of a piece; OTHER when nothing says it clearly."""
    scores = role_scores(document)
    if max(scores.values(), default=0.0) < _ENOUGH:
        scores = _by_content(document)
    if not scores:
        return "OTHER"
    best = max(scores, key=lambda role: scores[role])
    return best if scores[best] >= _ENOUGH else "OTHER"


def _by_content(document: Document) -> dict[Role, float]:
    """A last resort for pieces without name or title: headings, or column titles, that only one role has."""
    known = lexicon()
    folded = [fold(b.text) for b in document.blocks if b.kind in ("heading", "table_row") and len(b.text) <= 200]
    scores: dict[Role, float] = {}
    for role, patterns in known.roles.items():
        found = sum(any(p.search(text) for text in folded) for p in patterns.content)
        if found >= _CONTENT_NEEDED:
            scores[role] = _ENOUGH * found / _CONTENT_NEEDED
    return scores


def role_scores(document: Document) -> dict[Role, float]:
    """How much speaks for each role: name, cover and running headers added."""
    known = lexicon()
    cover = _cover(document)
    running = _running(document)
    name = fold_name(document.path)
    scores: dict[Role, float] = {}
    for role, patterns in known.roles.items():
        score = _cover_score(cover, patterns, known.citation)
        score += _header_score(running, patterns)
        # The last part of the path names the piece; its folders are shared with other pieces.
        score += _NAME * _in_name(name, patterns)
        if score > 0:
            scores[role] = score
    return scores


def names_in(folded: str, among: Sequence[Role]) -> tuple[Role, ...]:
    """The roles that a folded phrase names, in its order; where two patterns overlap the longer match wins."""
    spans: list[tuple[int, int, Role]] = []
    for role in among:
        patterns = lexicon().roles[role]
        for pattern in (patterns.title, patterns.short):
            if pattern is not None:
                spans += [(m.start(), m.end(), role) for m in pattern.finditer(folded)]
    spans.sort(key=lambda span: (span[0] - span[1], span[0]))  # longest first
    kept: list[tuple[int, int, Role]] = []
    for span in spans:
        if all(span[1] <= start or span[0] >= end for start, end, _ in kept):
            kept.append(span)
    return tuple(dict.fromkeys(role for _, _, role in sorted(kept)))


def fold(text: str) -> str:
    """Lower case without accents, straight apostrophes, white space folded: what the patterns are written for."""
    text = text.replace("’", "'").replace("œ", "oe").replace("Œ", "oe").replace("º", "°")
    decomposed = unicodedata.normalize("NFD", text.lower())
    return re.sub(r"\s+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def fold_name(path: str) -> str:
    """The last part of a path without its extension, folded, its separators turned into spaces."""
    last = path.rsplit("/", 1)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    spaced = re.sub(r"[_\-.,;+()\[\]]+", " ", re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z]{2,})", " ", stem))
    return fold(spaced)


def lot_of(document: Document, role: Role = "OTHER") -> str | None:
    """The lot a piece is about: « 2 » for « CCTP lot 2.pdf », « Lot 2/CCTP.pdf » or a cover that names lot 2 only.

    The cover of a piece common to all lots (NOTICE, RC, CCAP, QA) may name the first one; it is not asked.
    """
    parts = document.path.replace("!/", "/").split("/")
    for part in reversed(parts):  # the file's own name first, then its folders and archives
        lots = _lots(fold_name(part))
        if lots:
            return _one_lot(lots)
    if role in ("NOTICE", "RC", "CCAP", "QA"):
        return None
    blocks = [b for b in document.blocks if b.page in (None, 1)][:60]
    return _one_lot(_lots(fold(" | ".join(b.text for b in blocks))[:_COVER]))


_LOT = re.compile(r"\blot(?P<many>s)?\s*(?:-\s*)?(?:n\s?[°o]\s*)?:?\s*(?P<lot>\d{1,4}[a-z]?|[a-h]|[ivx]{1,4})\b(?!')")


_LOT_FIRST = re.compile(r"(?:[\divx.]+\s+)?(?:[-–:]\s*)?lots?\b")


@lru_cache(maxsize=4096)
def lot_in_heading(heading: str) -> str | None:
    """The lot that a heading opens with, « 3.2 Lot n° 2 : hébergement »; None for several, and for one in passing."""
    folded = fold(heading)
    return _one_lot(_lots(folded)) if _LOT_FIRST.match(folded) else None


def _lots(folded: str) -> list[str]:
    found = [("*" if m["many"] else "") + (m["lot"].lstrip("0") or "0").upper() for m in _LOT.finditer(folded)]
    return list(dict.fromkeys(found))


def _one_lot(lots: list[str]) -> str | None:
    # « lots 1 et 2 » and a list of lots concern several; lot 00 is where works contracts put what is common to all.
    return lots[0] if len(lots) == 1 and not lots[0].startswith("*") and lots[0] != "0" else None


def _cover(document: Document) -> str:
    """The folded beginning of the document, one block per line: the first page, or the first blocks without pages."""
    lines: list[str] = []
    size = 0
    first = next((b.page for b in document.blocks if b.page is not None), None)
    for block in document.blocks:
        if block.kind == "furniture" or (first is not None and block.page not in (None, first)):
            continue
        line = fold(block.text)
        lines.append(line)
        size += len(line)
        if size > _COVER:
            break
    return "\n".join(lines)


def _running(document: Document) -> list[str]:
    """The folded running headers and footers: short furniture met on several pages, numbers aside."""
    counts: Counter[str] = Counter()
    seen: set[tuple[int | None, str]] = set()
    for block in document.blocks[:4000]:  # the headers of the first pages are those of all
        # A line of a table of contents ends in a page number after dots, and is not a header.
        if block.kind == "furniture" and len(block.text) <= 200 and not re.search(r"\.{4,}|…{2,}", block.text):
            line = re.sub(r"\d+", "#", fold(block.text))
            if (block.page, line) not in seen:
                seen.add((block.page, line))
                counts[line] += 1
    return [line for line, n in counts.items() if n >= 2]


def _cover_score(cover: str, patterns: RolePatterns, citation: re.Pattern[str]) -> float:
    """The best match on the cover: its weight, its place, and whether it is a title or a citation."""
    flat = cover.replace("\n", " ")
    best = 0.0
    for pattern, weight in ((patterns.title, _TITLE), (patterns.short, _SHORT)):
        if pattern is None:
            continue
        for match in pattern.finditer(flat):
            if match.start() > _COVER:
                break
            begins_line = match.start() == 0 or cover[match.start() - 1] == "\n"
            line_end = cover.find("\n", match.end())
            rest = cover[match.end() : line_end if line_end >= 0 else len(cover)]
            score = weight * (1.0 - 0.6 * match.start() / _COVER)
            if not begins_line and citation.search(flat[: match.start()]):
                score *= 0.2  # « annexe au CCAP », « voir le règlement de la consultation »
            elif not begins_line:
                score *= 0.8
            if len(rest) > 80:
                score *= 0.5  # a title stands alone on its line, or nearly
            best = max(best, score)
    return best


def _header_score(running: list[str], patterns: RolePatterns) -> float:
    best = 0.0
    for line in running:
        for pattern, weight in ((patterns.title, 1.0), (patterns.short, 0.8)):
            match = pattern.search(line) if pattern is not None else None
            if match is not None:
                # « CCTP – marché 2026 » leads with its title; « … annexe au CCTP » does not.
                best = max(best, _HEADER * weight * (1.0 if match.start() <= 40 else 0.5))
    return best


def _in_name(name: str, patterns: RolePatterns) -> float:
    """1 for a file name that names the role, a little less the later it does: « annexe PAS au CCTP » is a PAS."""
    starts = [m.start() for p in (patterns.title, patterns.short, patterns.name) if p and (m := p.search(name))]
    if not starts:
        return 0.0
    return max(1.0 - min(starts) / 100, 0.5)


@cache
def lexicon() -> Lexicon:
    """roles.yaml, read once. Raises ConfigurationError on an unknown key or role."""
    import crible_models

    path = crible_models.resource("lexicon", "roles.yaml")
    data = cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))
    known = {"format", "roles", "citation_cues", "stretches", "inside_gdpr"}
    if set(data) - known:
        raise ConfigurationError(f"{path.name}: unknown keys {sorted(set(data) - known)}; allowed: {sorted(known)}")
    unknown = sorted((set(data["roles"]) | set(data["stretches"])) - set(get_args(Role)))
    if unknown:
        raise ConfigurationError(f"{path.name}: unknown roles {unknown}; allowed: {sorted(get_args(Role))}")
    roles: dict[Role, RolePatterns] = {}
    for role, groups in data["roles"].items():
        if set(groups) - {"title", "short", "name", "content"}:
            raise ConfigurationError(
                f"{path.name}: {role}: keys {sorted(groups)}; allowed: title, short, name, content"
            )
        title = _union(groups.get("title", []))
        if title is None:
            raise ConfigurationError(f"{path.name}: {role} has no title")
        content = tuple(p for e in groups.get("content", []) if (p := _union([e])) is not None)
        roles[role] = RolePatterns(title, _union(groups.get("short", [])), _union(groups.get("name", [])), content)
    stretches = {role: p for role, entries in data["stretches"].items() if (p := _union(entries)) is not None}
    citation, inside = _union(data["citation_cues"]), _union(data["inside_gdpr"])
    if citation is None or inside is None:
        raise ConfigurationError(f"{path.name}: citation_cues and inside_gdpr must not be empty")
    return Lexicon(roles, citation, stretches, inside)


def _union(entries: list[dict[str, str]]) -> re.Pattern[str] | None:
    for entry in entries:
        if set(entry) != {"pattern", "source"}:
            raise ConfigurationError(f"roles.yaml: {entry} must have exactly the keys pattern and source")
    return re.compile("|".join(f"(?:{e['pattern']})" for e in entries)) if entries else None
