"""Dossier in, clauses out: the unit that detectors see (rubric B.1), with its surroundings.

A clause is a sentence, a bullet or a table row. It keeps the block it stands in, the headings above it, and what its
meaning may lean on: the sentence before, the head of the list it belongs to, the header cells of its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crible.classification.folding import fold
from crible.classification.sections import section_of
from crible.extraction.roles import lot_in_heading
from crible.types import Block, Document, Dossier, Role, Section

# A full stop ends a sentence when a capital, a digit, a bullet or a guillemet follows; « art. 28 », « n°. 3 » do not.
_END = re.compile(r"(?<=[.!?…])([\"»)\]]*)\s+(?=[\"«(\[•▪–—-]?\s?[A-ZÀ-ÖØ-Þ0-9☐☑☒])|(?<=;)\s+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:art|al|cf|ex|etc|no|n|p|pp|M|Mme|MM|St|env|min|max|resp|réf|ref|chap|fig|vol|i\.e|e\.g|vs)|\b[A-Z])\.$",
    re.I,
)
_LEAD_IN = re.compile(r"[:：]\s*$")
# « O pour obligatoire, S pour souhaitable », « S = structurante »: two letters explained make a legend.
LEGEND = re.compile(
    r"(?<![\w'])([A-Z]{1,2}\d?)\s*(?:=|:|→|\bpour\b|\bsignifie\b|\bcorrespond à\b|\bdésigne\b)"
    r"\s*(?:une? )?(?:exigences? )?([^\W\d]+(?: \([^)]{3,30}\))?)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """``text`` is ``block.text[start:end]``; ``before`` and ``lead`` are what it may lean on, nearest first."""

    id: str
    text: str
    part: Role
    section: Section
    heading: str
    before: str = ""
    lead: str = ""
    header: tuple[str, ...] = ()
    legend: str = ""  # of a row: the paragraph above its table that says what the letters of its columns mean
    is_heading: bool = False
    is_row: bool = False
    language: str | None = None
    lot: str | None = None
    document: Document | None = None
    block: Block | None = None
    start: int = 0
    end: int = 0

    @property
    def context(self) -> str:
        """Everything around the clause that can complete its meaning, headings last."""
        return " . ".join(t for t in (self.lead, self.before, self.heading) if t)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of a block; a semicolon ends one too, since it separates requirements."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        head = text[start : match.start()]
        if text[match.start() - 1] == "." and _ABBREVIATION.search(head):
            continue
        if head.strip():
            spans.append((start, match.end(1) if match.group(1) else match.start()))
        start = match.end()
    if text[start:].strip():
        spans.append((start, len(text)))
    return spans


def clauses(dossier: Dossier) -> Iterator[Clause]:
    """The clauses of every document, in reading order; furniture is left out."""
    for n, document in enumerate(dossier.documents, 1):
        yield from _document_clauses(document, n)


def _document_clauses(document: Document, number: int) -> Iterator[Clause]:
    lead = ""
    before = ""
    legend = ""
    for block in document.blocks:
        if block.kind == "furniture" or not block.text.strip():
            continue
        part = block.role or document.role
        heading = " > ".join(block.section_path)
        if block.kind == "heading":
            lead = before = ""
        elif block.kind not in ("list_item", "table_row") and not _is_question(part, lead):
            lead = ""
        if block.kind != "table_row" and len(LEGEND.findall(block.text)) >= 2:
            legend = block.text
        spans = [(0, len(block.text))] if block.kind in ("heading", "table_row") else split_sentences(block.text)
        if block.kind == "table_row" and block.row and block.row == block.header:
            continue
        for i, (start, end) in enumerate(spans):
            text = block.text[start:end]
            yield Clause(
                id=f"d{number}.{block.id}.{i}", text=text, part=part,
                section=section_of(part, block.section_path, text), heading=heading,
                before="" if block.kind == "table_row" else before, lead=lead, header=block.header,
                legend=legend if block.kind == "table_row" else "",
                is_heading=block.kind == "heading", is_row=block.kind == "table_row",
                language=block.language or document.language,
                lot=document.lot or _lot_named(block.section_path),
                document=document, block=block, start=start, end=end,
            )  # fmt: skip
            before = text if block.kind != "heading" else ""
            if _is_question(part, text):
                lead = text
        if block.kind == "paragraph" and _LEAD_IN.search(block.text):
            lead = block.text[spans[-1][0] :] if spans else ""


def clause_from_text(
    id: str, text: str, *, part: Role = "CCTP", section: Section | None = None, heading: str = ""
) -> list[Clause]:
    """Clauses of a bare text, as ``crible classify`` receives it."""
    is_row = " | " in text
    path = tuple(h for h in heading.split(" > ") if h)
    spans = [(0, len(text))] if is_row else split_sentences(text)
    found = []
    before = lead = ""
    for i, (start, end) in enumerate(spans):
        piece = text[start:end]
        found.append(
            Clause(
                id=f"{id}.{i}",
                text=piece,
                part=part,
                section=section or section_of(part, path, piece),
                heading=heading,
                before=before,
                lead=lead,
                is_row=is_row,
                start=start,
                end=end,
            )
        )
        before = piece
        if _is_question(part, piece):
            lead = piece
    return found


def _lot_named(path: tuple[str, ...]) -> str | None:
    """The lot that a heading above the clause is about: « Lot n° 2 – Hébergement »."""
    return next((lot for heading in path if (lot := lot_in_heading(heading)) is not None), None)


def _is_question(part: Role, text: str) -> bool:
    """In questions and answers the answer leans on the question, however many sentences follow."""
    return part == "QA" and text.rstrip().endswith("?")


def folded(clause: Clause) -> str:
    return fold(clause.text)
