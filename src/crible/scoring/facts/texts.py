"""The few places of a file that say what is bought and by whom: covers, object clauses, lot titles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from crible.classification.folding import fold
from crible.extraction.anchors import evidence
from crible.types import Block, Document, Dossier, Evidence, Finding, Role

# Where the object is stated best; a price list or an annex states its own.
_ORDER: tuple[Role, ...] = ("RC", "CCAP", "CCP", "CCTP", "AE", "NOTICE", "OTHER", "QA", "CRT", "BPU")
# Under a paragraph of text, or with more than a page in five unread, an absence proves nothing.
_WORDS_MIN = 50
_UNREAD_MAX = 0.2
# A cover and its object stand in the first page or, for formats without pages, in the first blocks.
_COVER_BLOCKS = 25
_OBJECT_HEADING = re.compile(r"\bobjets?\b(?!\s+(?:du litige|de la reunion))")
_OBJECT_LINE = re.compile(
    r"\bobjet(?: principal)?(?: et perimetre)?(?: (?:de la |de l'|du |des )?(?:present )?"
    r"(?:marche|consultation|accord-cadre|accord cadre|contrat|procedure|appel d'offres|concession))?"
    r"\s*(?::|-(?=\s))\s*(?=\S)"
)
_PURPOSE = re.compile(
    r"\b(?:(?:a|ont|aura|ayant) pour objet(?: principal)?|(?:marche|accord-cadre|accord cadre|consultation|contrat|"
    r"projet|cctp|ccap|ccp) (?:porte sur|concerne|organise|vise))\s*:?\s*"
    r"(?:(?:de )?(?:definir|fixer|preciser|regir|determiner)[^.;]{0,80}?"
    r"\b(?:prestations?|execution|realisation|modalites|conditions)\s+(?:d[e']s?\s?)?)?"
)
# English calls; « Subject: Request for Quotation » is the name of the procedure, not of the object.
_SUBJECT = re.compile(
    r"\b(?:project title|title of the (?:call|contract)|subject(?: of the (?:contract|call))?)\W{0,4}:\W{0,4}"
    r"(?!request for |rf[qpi]\b|invitation to )|"
    r"\b(?:purpose|objective|subject) of (?:this|the) (?:contract|solicitation|task order|order|procurement|tender|"
    r"call)\s?(?:is|shall be)\s|"
    r"\bhereby issues this request for \w+[^.]{0,200}?\bto (?=procure|provide|obtain|acquire|purchase)"
)
# What ends a title on one line.
_STOP = re.compile(
    r"\.(?:\s|$)|;|\n| (?:date|heure)s? (?:et |limite)|\bdate limite|\bcpv\b|\blieu(?:x)? d'execution|\bcode nuts|"
    r"\bremise des (?:offres|plis)|\.{4,}|\breglement de la consultation\b|\bnumero de (?:consultation|marche)"
)
_TITLE_MAX = 240
_TITLE_MIN = 12
_QUOTE_MAX = 300  # characters of a block quoted for want of a phrase
# Deep in a piece, « a pour objet » speaks of a phase or of a work unit.
_EARLY = 120
# Sixteen statements are enough to judge; a table of work units can hold hundreds.
_PLACES_MAX = 16
_LOT = re.compile(r"\blot (?:n ?[°o] ?)?\d{1,2}\s*[:-]\s*\S")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of text that states the object."""

    document: Document
    block: Block
    text: str


@lru_cache(maxsize=32_768)
def folded_text(text: str) -> str:
    """The folded text of a block. Every fact looks through the same blocks: a tender of 300 pages has thousands."""
    return fold(text)


@cache
def _both_cases(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*stems, *(stem.upper() for stem in stems))))


def speaks_of(text: str, *stems: str) -> bool:
    """Whether a text may hold one of these unaccented stems: a quick look that spares folding most blocks."""
    for stem in _both_cases(stems):  # noqa: SIM110 - a generator costs three times as much, for every block
        if stem in text:
            return True
    return False


def word_count(block: Block) -> int:
    """Words of a block: its text has one space between two of them."""
    return block.text.count(" ") + 1 if block.text else 0


def quoted(document: Document, block: Block, text: str = "") -> Evidence:
    """The passage ``text`` of a block, or the beginning of the block where it is not written so."""
    start = block.text.find(text) if text else -1
    if start < 0:
        return evidence(document, block, 0, _QUOTE_MAX)
    return evidence(document, block, start, start + len(text))


def ordered(dossier: Dossier) -> list[Document]:
    """The documents, those that state the object best first."""
    rank = {role: i for i, role in enumerate(_ORDER)}
    return sorted(dossier.documents, key=lambda d: (rank.get(d.role, len(rank)), d.path))


def body(document: Document) -> Iterator[Block]:
    """The blocks, running headers and tables of contents left out."""
    return (b for b in document.blocks if b.kind != "furniture")


def too_little_read(dossier: Dossier) -> str:
    """Why « nothing was found » says nothing of this file: hardly any words, or too many pages that nobody read."""
    words = 0
    for document in dossier.documents:
        for block in body(document):
            words += word_count(block)
            if words >= _WORDS_MIN:
                break
    if words < _WORDS_MIN:
        return "hardly any readable words"
    for document in dossier.documents:
        technical = document.role in ("CCTP", "CCP") and document.unread
        if technical and document.pages_read < (1 - _UNREAD_MAX) * max(document.pages, 1):
            return f"{document.path} is unread"  # the piece that says what is bought
    unread = dossier.pages - dossier.pages_read
    return f"{unread} of {dossier.pages} pages unread" if unread > _UNREAD_MAX * dossier.pages else ""


def cover(document: Document) -> list[Block]:
    """The blocks of the first page."""
    blocks = [b for b in body(document) if b.page in (None, 1)]
    return blocks[:_COVER_BLOCKS]


def object_places(dossier: Dossier) -> list[Place]:
    """Where the object is stated: « Objet : … », the first paragraphs under an « Objet » heading, the lot titles."""
    found: list[Place] = []
    for document in ordered(dossier):
        if document.role in ("CRT", "BPU", "ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST"):
            continue
        found += _in_document(document)
    return found


def stated(places: list[Place]) -> list[str]:
    """The phrases that say « objet : … » or « a pour objet … », folded; the paragraphs that follow them left out."""
    phrases = []
    for place in places:
        whole = folded_text(place.block.text)
        if (_OBJECT_LINE.search(whole) or _PURPOSE.search(whole)) and not _PROCEDURE.match(fold(place.text)):
            phrases.append(fold(place.text))
    return phrases


def _in_document(document: Document) -> list[Place]:
    found: list[Place] = []
    under = 0
    announced = False  # « La consultation concerne : », and the object is the next block
    for n, block in enumerate(body(document)):
        if len(found) >= _PLACES_MAX:
            break
        if n >= _EARLY and not (under or announced) and not speaks_of(block.text, "bjet", "lot", "Lot"):
            continue
        folded = folded_text(block.text)
        stated = _OBJECT_LINE.search(folded) if "objet" in folded else None
        if stated is None and n < _EARLY:
            stated = _PURPOSE.search(folded) or _SUBJECT.search(folded)
        if stated:
            text = _clip(block.text, folded, stated.end())
            announced = len(text) < _TITLE_MIN
            if not announced:
                found.append(Place(document, block, text))
        elif announced:
            announced = False
            found.append(Place(document, block, _clip(block.text, folded, 0)))
        elif under and block.kind != "heading":
            found.append(Place(document, block, _clip(block.text, folded, 0)))
        elif block.kind in ("heading", "table_row") and "lot" in folded and _LOT.search(folded):
            found.append(Place(document, block, block.text[:_TITLE_MAX]))
        if block.kind == "heading" or (len(block.text) < 60 and _OBJECT_HEADING.match(folded)):
            # Two paragraphs state the object; the rest of the article is procedure.
            under = 2 if _OBJECT_HEADING.search(folded) and len(folded) < 90 else 0
        elif under:
            under -= 1
    return found


def _clip(text: str, folded: str, start: int) -> str:
    """From ``start`` to the end of the phrase; of « concerne l'appel d'offres ayant pour objet … », what comes last."""
    stop = _STOP.search(folded, start + 8)
    if again := _PURPOSE.search(folded, start, stop.start() if stop else len(folded)):
        return _clip(text, folded, again.end())
    end = min(stop.start() if stop else len(text), start + _TITLE_MAX)
    return " ".join(text[start:end].split()).strip(" .:-–")


# A cover line that names the piece, the buyer or the procedure rather than the object.
_NOT_A_TITLE = re.compile(
    r"^(?:\W*(?:page|procedure|numero|n°|dossier|date|tel|adresse|courriel|siret|version|indice|annexe|lot|article|"
    r"sommaire|avis)\b)|"
    r"reglement de (?:la )?consultation|cahier des (?:clauses|charges)|acte d'engagement|bordereau des prix|"
    r"pouvoir adjudicateur|acheteur|maitre d'ouvrage|@|https?:|^\W*\d{5}\b|^(?:mairie|ville|commune|ministere|"
    r"direction)\b"
)
# Where the object is stated, lines of procedure stand beside it.
_PROCEDURE = re.compile(
    r"\W*(?:(?:le|la|les) present|request for \w+|rf[qp]\b|"
    r"(?:mode|forme|type|nature|montant|duree|numero|nombre|lieux?|categorie|cpv|code)\b.{0,30}?(?:[:|]|\bd['e]\b)|\d{8}\b)"
)
_ABOUT = re.compile(
    r"\b(?:marche|accord-cadre|accord cadre|fourniture|prestations?|travaux|acquisition|mise en oeuvre|mise en œuvre|"
    r"maintenance|"
    r"hebergement|plateforme|plate-forme|solution|services?|systeme|refonte|amenagement|gardiennage|surveillance|"
    r"achat|location)\b"
)


def title(dossier: Dossier, places: list[Place] | None = None) -> str:
    """What is bought, in the words of the file; an empty string when no piece says it. ``places``: where, if known."""
    for place in object_places(dossier) if places is None else places:
        folded = fold(place.text)
        if len(place.text) >= _TITLE_MIN and not _LOT.match(folded) and not _PROCEDURE.match(folded):
            return place.text.lstrip("-•–▪ ")
    for document in ordered(dossier):
        for block in cover(document):
            folded = folded_text(block.text)
            if 15 <= len(block.text) <= _TITLE_MAX and _ABOUT.search(folded) and not _NOT_A_TITLE.search(folded):
                return " ".join(block.text.split())
    for document in ordered(dossier):
        if document.title and _ABOUT.search(folded := fold(document.title)) and not _NOT_A_TITLE.search(folded):
            return document.title
    return ""


def in_object(findings: Iterable[Finding], places: list[Place]) -> frozenset[str]:
    """The ids of the findings that stand where the object is stated: an object clause, a lot title, a cover page."""
    stretches: dict[str, list[tuple[int, int]]] = {}
    for place in places:
        stretches.setdefault(place.document.path, []).append((place.block.start, place.block.end))
    return frozenset(f.id for f in findings if _stands_in(f.evidence, stretches))


def _stands_in(found: Evidence, stretches: Mapping[str, list[tuple[int, int]]]) -> bool:
    if found.page == 1 and found.role in ("RC", "CCAP", "CCTP", "CCP", "AE", "NOTICE"):
        return True
    if speaks_of(found.section, "lot", "Lot") and _LOT.search(folded_text(found.section)):
        return True
    start, end = found.char
    return any(first < end and start < last for first, last in stretches.get(found.document, ()))
