"""Who buys: the name printed on the pieces, and the class that decides which law applies (rubric C.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from crible.classification.folding import fold
from crible.errors import UsageError
from crible.scoring.facts.lexicon import data
from crible.scoring.facts.texts import body, cover, ordered
from crible.types import Block, Document, Dossier, Fact

BUYER_CLASSES = (
    "state", "state_operator", "gip_listed", "gip_other", "pds", "hospital", "social_security", "local_large",
    "local_small", "public_establishment_other", "eu_institution", "private_or_entity", "unknown",
)  # fmt: skip

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


def find_buyer(dossier: Dossier, override: str | None = None) -> tuple[str, Fact]:
    """The name of the buyer (empty when not found) and the fact ``buyer``.

    ``override`` is a class, a SIREN or a SIRET. Raises :class:`UsageError` for anything else.
    """
    name = _notice_name(dossier.notice) or _labelled_name(dossier) or _cover_name(dossier)
    if override is not None:
        return name, _overridden(override)
    said = classify_name(name)
    if said != "unknown":
        return name, Fact(said, 0.9, why=f"name: {name}")
    by_number = _by_number(_numbers(dossier))
    if by_number:
        return name, Fact(by_number, 0.6, why="SIREN series printed on the pieces")
    cover_name = _cover_name(dossier)
    said = classify_name(cover_name)
    if said != "unknown":
        return name or cover_name, Fact(said, 0.7, why=f"cover page: {cover_name}")
    return name, Fact("unknown", 0.5, why="no known kind of buyer named on the first pages")


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


def _overridden(override: str) -> Fact:
    digits = re.sub(r"\D", "", override)
    if override in BUYER_CLASSES:
        return Fact(override, 1.0, why="given by the user")
    if len(digits) in (9, 14) and not re.search(r"[A-Za-z]", override):
        said = _by_number([digits])
        return Fact(said or "unknown", 0.7 if said else 0.5, why=f"SIREN {digits[:9]} given by the user")
    raise UsageError(f"unknown buyer {override!r}; give a SIREN or one of: {', '.join(BUYER_CLASSES)}")


def _by_number(numbers: list[str]) -> str:
    table: Mapping[str, str] = data("buyers.yaml")["siren_prefixes"]
    return next((table[n[:2]] for n in numbers if n[:2] in table), "")


def _numbers(dossier: Dossier) -> list[str]:
    """The SIREN numbers of the first pages, where the buyer's stands."""
    texts = (
        b.text for d in ordered(dossier) if d.role in ("RC", "AE", "CCAP", "CCP", "NOTICE") for b in _first(d.blocks)
    )
    found = [re.sub(r"\D", "", m[1]) for text in texts for m in _SIREN.finditer(text)]
    return [n for n in found if len(n) in (9, 14)]


def _notice_name(notice: Mapping[str, object] | None) -> str:
    buyer = (notice or {}).get("buyer", "")
    if isinstance(buyer, Mapping):
        buyer = buyer.get("name", "")
    return str(buyer or "").strip()


def _first(blocks: tuple[Block, ...]) -> list[Block]:
    return [b for b in blocks if b.kind != "furniture"][:_FIRST_BLOCKS]


def _understood(dossier: Dossier) -> list[Document]:
    """The pieces whose language is understood: a French pattern means nothing in a Swedish sentence."""
    return [d for d in ordered(dossier) if d.language in ("fr", "en", None)]


def _labelled_name(dossier: Dossier) -> str:
    """« Acheteur : … » and its variants, on one line or on the next."""
    unknown = ""
    for document in _understood(dossier):
        blocks = [b for b in body(document) if b.page is None or b.page <= 4][:_FIRST_BLOCKS]
        for i, block in enumerate(blocks):
            folded = fold(block.text)
            label = _LABEL.search(folded)
            if label is None or not _stands_alone(block.text, label):
                continue
            rest = block.text[label.end() :].strip(" :–-\n")
            if not rest and i + 1 < len(blocks):  # « Article 1 – Acheteur », the name below
                below = blocks[i + 1].text
                again = _LABEL.match(fold(below))
                rest = below[again.end() :] if again and again["colon"] else below
            name = _clip(rest)
            if classify_name(name) != "unknown":
                return name
            unknown = unknown or (name if _looks_like_name(name) else "")
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


def _cover_name(dossier: Dossier) -> str:
    """The first line of a cover page that is the name of a known kind of buyer."""
    for document in _understood(dossier):
        for block in cover(document):
            if len(block.text) > 2 * _NAME_MAX:
                continue
            name = _clip(block.text)
            if classify_name(name) != "unknown" and not re.search(
                r"\b(?:cahier|reglement|acte d'engagement)\b", fold(name)
            ):
                return name
    return ""
