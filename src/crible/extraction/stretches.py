"""Stretches of one file that are another piece: a GDPR annex at the end of a CCAP, a CCTP bound after an RC."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from crible.extraction.roles import fold, lexicon, lot_of, role_of

if TYPE_CHECKING:
    from crible.extraction.roles import Lexicon
    from crible.types import Block, Document, Role

# The pieces that small buyers bind into one PDF, each with its cover.
_BOUND: tuple[Role, ...] = ("RC", "AE", "CCAP", "CCTP", "CCP", "CRT", "BPU")
# A cover holds a title, a buyer, an object and an address: fewer words than any page of clauses.
_COVER_WORDS = 150
_ANNEX = re.compile(r"(?:annexes?|appendices?|annex)\b\s*(?:n ?°\s*)?(?P<number>[ivx]+\b|\d+\b|[a-z]\b)?")


def with_role(document: Document) -> Document:
    """The document with its role, its lot, and the role of the stretches in it that are another piece."""
    role = role_of(document)
    return replace(document, role=role, lot=lot_of(document, role), blocks=with_stretches(document.blocks, role))


def with_stretches(blocks: tuple[Block, ...], role: Role) -> tuple[Block, ...]:
    """The blocks, those of a stretch that is another piece marked with its role.

    A bound piece runs from its cover to the next cover; an annex to the next annex heading that is not part of it (the
    annexes I to IV of the Commission's clauses are part of a GDPR annex).
    """
    known = lexicon()
    words: Counter[int | None] = Counter()
    for block in blocks:
        if block.kind != "furniture":
            words[block.page] += len(block.text.split())
    bound: Role | None = None  # the piece bound into this file, when not its first
    annex_role: Role | None = None
    opened_by = ""
    page: int | None = None
    out: list[Block] = []
    for index, block in enumerate(blocks):
        if block.kind == "furniture":
            out.append(block)
            continue
        # A reader may take a title at the top of a page for a paragraph: its place there is proof enough.
        tops_page = block.page is not None and block.page != page
        first_page = page is None
        page = block.page_end or block.page
        if tops_page and not first_page and words[block.page] <= _COVER_WORDS:
            piece = _cover_role(blocks, index, known)
            if piece is not None and piece != (bound or role):
                bound, annex_role = (None if piece == role else piece), None
        title = _title_at(blocks, index, tops_page=tops_page)
        if title and (bound or role) in ("CCAP", "CCTP", "CCP", "AE", "RC", "OTHER"):
            opened = next((r for r, pattern in known.stretches.items() if pattern.search(title)), None)
            annex = _ANNEX.match(title)
            if annex_role is not None and annex is not None and _belongs(title, annex, opened_by, annex_role, known):
                pass
            elif opened is not None and opened != role:
                annex_role, opened_by = opened, title
            elif annex is not None:
                annex_role = None
        current = annex_role or bound
        out.append(replace(block, role=current) if current is not None else block)
    return tuple(out)


def _cover_role(blocks: tuple[Block, ...], index: int, known: Lexicon) -> Role | None:
    """The role that a page names in a line of its own, when it looks like the cover of a piece."""
    page = blocks[index].page
    lines: list[str] = []
    for block in blocks[index : index + 40]:
        if block.page != page:
            break
        if block.kind != "furniture":
            if block.text.endswith((";", ":")) or len(block.text) > 250:
                return None  # a list or a paragraph: a short page of clauses, not a cover
            lines.append(fold(block.text))
    for line in lines:
        for role in _BOUND:
            match = known.roles[role].title.match(line)
            # The title begins its line and nearly fills it: « cahier des clauses … particulieres (cctp) ».
            if match is not None and len(line) - match.end() <= 30:
                return role
    return None


def _title_at(blocks: tuple[Block, ...], index: int, *, tops_page: bool) -> str:
    """The folded title that a block begins, with the short lines after it that continue it; empty for running text."""
    block = blocks[index]
    # 250 characters: the longest annex titles run over three lines of a page.
    if len(block.text) > 250 or not (block.kind == "heading" or (tops_page and block.kind == "paragraph")):
        return ""
    parts = [block.text]
    if len(block.text) < 80:
        for following in blocks[index + 1 : index + 4]:
            if following.page != block.page or len(following.text) > 80 or following.text.endswith((".", ";", ":")):
                break
            parts.append(following.text)
    return fold(" ".join(parts))[:250]


def _belongs(title: str, annex: re.Match[str], opened_by: str, current: Role, known: Lexicon) -> bool:
    """Whether an annex heading is a part of the GDPR annex that is open, and not the next annex of the contract."""
    if current != "ANNEX_GDPR":
        return False
    if known.inside_gdpr.search(title):
        return True
    parent = _ANNEX.match(opened_by)
    number = annex["number"] or ""
    if not number:
        return False
    # Roman numbers or letters inside « Annexe 3 » are another series, and so is any number when it has none.
    return parent is None or not parent["number"] or (parent["number"].isdigit() and not number.isdigit())
