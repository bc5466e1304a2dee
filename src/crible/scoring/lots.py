"""The lots of a tender and what concerns each (rubric B.4.7): its pieces, its chapters, its clauses, its title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from crible.classification.folding import fold
from crible.extraction.roles import lot_in_heading
from crible.scoring.facts.cpv import find_codes
from crible.scoring.facts.texts import body, folded_text, ordered, speaks_of
from crible.types import Block, Document, Dossier, Finding, Role, Verdict, Warned

# The largest calls have about a hundred lots; a file that names thousands would hold the judge for minutes.
LOTS_MAX = 200
# Pieces that list the lots; elsewhere a lot is named by the piece or the chapter that is about it.
_LISTING: tuple[Role, ...] = ("RC", "NOTICE", "CCAP", "CCP", "AE", "CCTP")
_TITLE = re.compile(r"^\W*(?:[\divx.]+\s+)?(?:[-–:]\s*)?lot\s*(?:n\s?[°o]\s*)?:?\s*[\da-z]{1,4}\b\W*(?P<title>.*)$")
_TITLE_MAX = 200  # characters: a longer line is a sentence about the lot
_COVER = 30  # blocks of a lot's own piece in which its cover names it
_COLUMN = re.compile(r"^(?:n\s?[°o]\s*(?:du |de )?)?lots?\b")
_NUMBER = re.compile(r"^\W*(?:lot\s*)?(?:n\s?[°o]\s*)?0*(\d{1,3}[a-z]?)\W*$")
_WORDS = re.compile(r"(?i)(?!euros?\b)[^\W\d_]{4,}")  # « 68 645 833 € HT » is no title
# A tender is as good as its worst lot; lots out of scope say nothing of it unless all are.
_WORST: Mapping[Verdict, int] = {"non_compliant": 0, "needs_review": 1, "compliant": 2, "out_of_scope": 3}


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot: the dossier and the findings that concern it, common ones included.

    ``own``: it has its own technical piece. ``cpv``: the codes printed in its own pieces and chapters; None when
    nothing but its number tells it from the others, and the codes of the call are its own.
    """

    id: str
    title: str
    dossier: Dossier
    findings: tuple[Finding, ...]
    own: bool
    cpv: tuple[str, ...] | None


def lots_of(dossier: Dossier, findings: Sequence[Finding]) -> tuple[tuple[Lot, ...], tuple[Warned, ...]]:
    """The lots in the order of their numbers; nothing for a call with fewer than two, nor, with a warning, for one with
    more than can be judged one by one."""
    titles = _titles(dossier)
    named = {*titles, *(d.lot for d in dossier.documents if d.lot), *(f.lot for f in findings if f.lot)}
    if len(named) < 2:
        return (), ()
    if len(named) > LOTS_MAX:
        return (), (Warned("LOTS_NOT_JUDGED", str(len(named))),)
    chapters = [_chapters(document) for document in dossier.documents]
    lots = (_lot(lot, titles.get(lot, ""), dossier, chapters, findings) for lot in sorted(named, key=_order))
    return tuple(lots), ()


def worst_first(verdict: Verdict, score: float | None) -> tuple[int, float]:
    """A key that sorts the results of lots, the worst first."""
    return _WORST[verdict], score if score is not None else 0.0


def _order(lot: str) -> tuple[int, str]:
    digits = re.match(r"\d+", lot)
    return (int(digits[0]) if digits else 10_000, lot)


def _lot(
    lot: str, title: str, dossier: Dossier, chapters: Sequence[Sequence[str | None]], findings: Sequence[Finding]
) -> Lot:
    documents = tuple(
        _share(document, about, lot)
        for document, about in zip(dossier.documents, chapters, strict=True)
        if document.lot in (None, lot)
    )
    own = any(d.lot == lot and d.role in ("CCTP", "CCP") for d in documents)
    kept = tuple(f for f in findings if f.lot in (None, lot) and not (own and _of_the_whole(f)))
    alone = tuple(
        document if document.lot == lot else replace(document, blocks=_chapter(document, about, lot))
        for document, about in zip(dossier.documents, chapters, strict=True)
        if document.lot == lot or lot in about
    )
    codes = find_codes(replace(dossier, documents=alone, notice=None))[0] if own or title else None
    return Lot(lot, title, replace(dossier, documents=documents), kept, own, codes)


def _chapter(document: Document, about: Sequence[str | None], lot: str) -> tuple[Block, ...]:
    return tuple(block for block, chapter in zip(document.blocks, about, strict=True) if chapter == lot)


def _of_the_whole(finding: Finding) -> bool:
    """What the common pieces say is bought is bought by some lot, not by each: a lot's own piece says its object."""
    bought = finding.label.startswith("ds_") or finding.label == "ho_hosting_in_scope"
    return bought and finding.lot is None and finding.part in ("RC", "NOTICE", "CCAP", "AE")


def _share(document: Document, about: Sequence[str | None], lot: str) -> Document:
    """A document without the chapters of other lots."""
    if not about or not set(about) - {None, lot}:
        return document
    kept = (block for block, chapter in zip(document.blocks, about, strict=True) if chapter in (None, lot))
    return replace(document, blocks=tuple(kept))


def _chapters(document: Document) -> list[str | None]:
    """The lot that each block is about; empty for a piece that is about one lot, or where no chapter names one."""
    if document.lot is not None:
        return []
    about = [
        _named_above((*b.section_path, b.text) if b.kind == "heading" else b.section_path) for b in document.blocks
    ]
    return about if any(about) else []


@lru_cache(maxsize=4096)
def _named_above(headings: tuple[str, ...]) -> str | None:
    return next((lot for heading in headings if (lot := lot_in_heading(heading)) is not None), None)


def _titles(dossier: Dossier) -> dict[str, str]:
    """Lot to title: as the first piece that lists the lots says, otherwise the cover or the name of the lot's own."""
    found: dict[str, str] = {}
    for document in ordered(dossier):
        if document.role not in _LISTING:
            continue
        blocks = islice(body(document), None if document.lot is None else _COVER)
        for block in blocks:
            if len(block.text) <= _TITLE_MAX and (block.kind == "table_row" or speaks_of(block.text, "lot", "Lot")):
                for lot, title in _named(block):
                    if document.lot in (None, lot):
                        found[lot] = found.get(lot) or title
    for document in dossier.documents:
        if document.lot is not None:
            found[document.lot] = found.get(document.lot) or _in_name(document)
    return found


def _in_name(document: Document) -> str:
    """« CCTP_LOT-05_Electricite.pdf » says « Electricite »."""
    stem = re.sub(r"\.\w{1,5}$", "", re.split(r"!?/", document.path)[-1])
    told = re.split(r"(?i)lot[\s_-]*(?:n°?)?[\s_-]*\w{1,4}(?=[\s_-])", stem)[-1]
    title = " ".join(re.sub(r"[\s_-]+", " ", told).split())
    return title if told != stem and _WORDS.search(title) else ""


def _named(block: Block) -> Iterator[tuple[str, str]]:
    if block.kind == "table_row" and len(block.row) > 1 and block.header and _COLUMN.match(fold(block.header[0])):
        number = _NUMBER.match(fold(block.row[0]))
        if number and block.row != block.header:
            told = next((cell.strip() for cell in block.row[1:] if _WORDS.search(cell)), "")
            yield number[1].upper(), told
        return
    lot = lot_in_heading(block.text) if block.text[:1].upper() == block.text[:1] else None
    if lot is None:
        return
    folded = folded_text(block.text)
    title = _TITLE.match(folded)
    told = block.text[title.start("title") :].strip() if title else ""  # folding keeps every offset
    if block.kind == "heading" or _WORDS.search(told):
        yield lot, told if _WORDS.search(told) else ""
