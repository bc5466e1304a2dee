"""Who buys: the name printed on the pieces, and the class that decides which law applies (rubric C.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crible.classification.folding import fold
from crible.errors import UsageError
from crible.scoring.facts.lexicon import data
from crible.scoring.facts.texts import body, cover, folded_text, ordered, quoted
from crible.types import Block, Document, Dossier, Evidence, Fact

BUYER_CLASSES = (
    "state", "state_operator", "gip_listed", "gip_other", "pds", "hospital", "social_security", "local_large",
    "local_small", "public_establishment_other", "eu_institution", "private_or_entity", "unknown",
)  # fmt: skip

_LOCAL = ("local_large", "local_small")

_LABEL = re.compile(
    r"\b(?:(?:nom et adresse officiels? de l'organisme acheteur|nom (?:de l'acheteur|du pouvoir adjudicateur|"
    r"complet de l'acheteur)|"
    r"pouvoir adjudicateur|entite adjudicatrice|maitre d'ouvrage|maitrise d'ouvrage|collectivite contractante|"
    r"personne publique|"
    r"identification de l'acheteur|designation de l'acheteur|organisme acheteur|acheteur(?: public)?|"
    r"contracting authority)"
    r"(?: contractante?)?)\s*(?P<colon>[:-]\s*)?"
)
# What follows a name on the same line.
_AFTER_NAME = re.compile(
    r"\b(?:adresse|telephone|tel|correspondant|n° ?siret|siret|siren|courriel|mail|representant|represente|objet|"
    r"date|contact|"
    r"boulevard|avenue|rue|place|bd|bp|cs)\b|[;|\n]|\. |\.$|\b\d{5}\b|, (?=\d)|\d{1,3},? (?:rue|avenue|boulevard|place)"
)
_SIREN = re.compile(r"\bsire[nt]\b\W{0,6}(?:n°\W?)?\s*((?:\d[\s\u00a0]?){9,14})", re.IGNORECASE)
_NAME_MAX = 160
# Only the first pages name the buyer; later mentions of a ministry are references to laws.
_FIRST_BLOCKS = 60


@dataclass(frozen=True, slots=True)
class _Passage:
    """Words of a piece and where they stand."""

    text: str = ""
    quotes: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Noticed:
    name: str = ""
    numbers: tuple[str, ...] = ()
    category: str = ""


def find_buyer(dossier: Dossier, override: str | None = None) -> tuple[str, Fact]:
    """The name of the buyer (empty when not found) and the fact ``buyer``.

    The name printed on the pieces says the class best; then the legal category and the SIREN of the notice, whose data
    are dated in ``buyers.yaml``. ``override`` is a class, a SIREN or a SIRET. Raises :class:`UsageError` for anything
    else.
    """
    said_by_notice = _notice_buyer(dossier.notice)
    printed = _labelled_name(dossier)
    on_cover = _cover_name(dossier)
    name = said_by_notice.name or printed.text or on_cover.text
    if override is not None:
        return name, _overridden(override, classify_name(name))
    kind = classify_name(name)
    if kind != "unknown":
        where = printed if name == printed.text else on_cover if name == on_cover.text else _Passage()
        return name, Fact(kind, 0.9, why=f"name: {name}", quotes=where.quotes)
    kind = _by_category(said_by_notice.category) or _by_number(said_by_notice.numbers)
    if kind:
        return name, Fact(kind, 0.7, why="legal category or SIREN of the notice")
    for number in _numbers(dossier):
        if kind := _by_number([number.text]):
            return name, Fact(kind, 0.6, why="SIREN series printed on the pieces", quotes=number.quotes)
    kind = classify_name(on_cover.text)
    if kind != "unknown":
        return name or on_cover.text, Fact(kind, 0.7, why=f"cover page: {on_cover.text}", quotes=on_cover.quotes)
    return name, Fact("unknown", 0.5, why="no known kind of buyer named on the first pages", quotes=printed.quotes)


def classify_name(name: str) -> str:
    """The class of a buyer's name; ``unknown`` when no pattern knows it."""
    folded = fold(name)
    for kind, known in _classes():
        if any(p.search(folded) for p in known):
            return "local_large" if kind == "local_small" and _is_large_commune(folded) else kind
    return "unknown"


@cache
def _classes() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple((c["class"], tuple(re.compile(p) for p in c["patterns"])) for c in data("buyers.yaml")["classes"])


@cache
def _large_commune() -> re.Pattern[str]:
    # « Saint Quentin » is printed with and without its hyphens.
    names = (re.escape(n).replace(r"\-", "[ -]").replace(r"\ ", "[ -]") for n in data("buyers.yaml")["large_communes"])
    towns = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"\b(?:commune|ville|mairie|municipalite)\s+(?:de |du |des |d')?(?:{towns})(?![\w-])")


def _is_large_commune(folded: str) -> bool:
    return bool(_large_commune().search(folded))


def _overridden(override: str, named: str) -> Fact:
    """The class that the user gives, or that of a number; ``named``: the class that the name of the buyer says."""
    digits = re.sub(r"\D", "", override)
    if override in BUYER_CLASSES:
        return Fact(override, 1.0, why="given by the user")
    if len(digits) in (9, 14) and not re.search(r"[A-Za-z]", override):
        said = _by_number([digits])
        if said in _LOCAL and named in _LOCAL:
            said = named  # a number tells a local authority, and not its size
        return Fact(said or "unknown", 0.7 if said else 0.5, why=f"SIREN {digits[:9]} given by the user")
    raise UsageError(f"unknown buyer {override!r}; give a SIREN or one of: {', '.join(BUYER_CLASSES)}")


def _by_number(numbers: Sequence[str]) -> str:
    table: Mapping[str, str] = data("buyers.yaml")["siren_prefixes"]
    return next((table[n[:2]] for n in numbers if n[:2] in table), "")


def _by_category(category: str) -> str:
    """The class of a legal category of the register of companies, its longest known prefix deciding."""
    table: Mapping[str, str] = data("buyers.yaml")["legal_categories"]
    return next((table[category[:n]] for n in range(len(category), 1, -1) if category[:n] in table), "")


def _numbers(dossier: Dossier) -> list[_Passage]:
    """The SIREN numbers of the first pages, where the buyer's stands."""
    found = []
    for document in ordered(dossier):
        if document.role not in ("RC", "AE", "CCAP", "CCP", "NOTICE"):
            continue
        for block in _first(document.blocks):
            for match in _SIREN.finditer(block.text):
                number = re.sub(r"\D", "", match[1])
                if len(number) in (9, 14):
                    found.append(_Passage(number, (quoted(document, block, match[0]),)))
    return found


def _notice_buyer(notice: Mapping[str, object] | None) -> _Noticed:
    """The buyer as a notice gives it: a name, or ``{"name", "siren", "legal_category"}``."""
    buyer = (notice or {}).get("buyer", "")
    if not isinstance(buyer, Mapping):
        return _Noticed(str(buyer or "").strip())
    name, number, category = (str(buyer.get(key) or "").strip() for key in ("name", "siren", "legal_category"))
    digits = re.sub(r"\D", "", number)
    return _Noticed(name, (digits,) if len(digits) in (9, 14) else (), category if category.isdigit() else "")


def _first(blocks: tuple[Block, ...]) -> list[Block]:
    return [b for b in blocks if b.kind != "furniture"][:_FIRST_BLOCKS]


def _understood(dossier: Dossier) -> list[Document]:
    """The pieces whose language is understood: a French pattern means nothing in a Swedish sentence."""
    return [d for d in ordered(dossier) if d.language in ("fr", "en", None)]


def _labelled_name(dossier: Dossier) -> _Passage:
    """« Acheteur : … » and its variants, on one line or on the next."""
    unknown = _Passage()
    for document in _understood(dossier):
        blocks = [b for b in body(document) if b.page is None or b.page <= 4][:_FIRST_BLOCKS]
        for i, block in enumerate(blocks):
            folded = folded_text(block.text)
            label = _LABEL.search(folded)
            if label is None or not _stands_alone(block.text, label):
                continue
            rest, there = block.text[label.end() :].strip(" :–-\n"), block
            if not rest and i + 1 < len(blocks):  # « Article 1 – Acheteur », the name below
                there, below = blocks[i + 1], blocks[i + 1].text
                again = _LABEL.match(fold(below))
                rest = below[again.end() :] if again and again["colon"] else below
            name = _clip(rest)
            if classify_name(name) != "unknown":
                return _Passage(name, (quoted(document, there, name),))
            if not unknown.text and _looks_like_name(name):
                unknown = _Passage(name, (quoted(document, there, name),))
    return unknown


def _stands_alone(text: str, label: re.Match[str]) -> bool:
    """« Acheteur : X » or « Acheteur X », at the start of a line; « l'acheteur » in a sentence names nobody."""
    before, after = text[: label.start()].rstrip(), text[label.end() :]
    if before and not re.search(r"(?:[\n.:–-]|^\W*[A-Z0-9]{1,3})$", before):
        return False
    return bool(label["colon"]) or not after.strip() or after.lstrip()[:1].isupper()


def _looks_like_name(name: str) -> bool:
    return 3 <= len(name) <= 100 and name[:1].isupper() and not re.search(r"\b(?:doit|est|sont|peut|sera)\b", name)


def _clip(text: str) -> str:
    stop = _AFTER_NAME.search(fold(text), 3)
    return " ".join(text[: min(stop.start() if stop else len(text), _NAME_MAX)].split()).strip(" ,.:;–-")


def _cover_name(dossier: Dossier) -> _Passage:
    """The first line of a cover page that is the name of a known kind of buyer."""
    for document in _understood(dossier):
        for block in cover(document):
            if len(block.text) > 2 * _NAME_MAX:
                continue
            name = _clip(block.text)
            if classify_name(name) != "unknown" and not re.search(
                r"\b(?:cahier|reglement|acte d'engagement)\b", fold(name)
            ):
                return _Passage(name, (quoted(document, block, name),))
    return _Passage()
