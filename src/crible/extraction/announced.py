"""Pieces that the RC announces in the tender file and that are not among its files.

Reads the list under « Contenu du dossier de consultation » of the RC. A piece is called missing only when the list
names it plainly and nothing in the file looks like it: better miss one than invent one. What candidates must bring
themselves (DC1, DC2, mémoire technique, attestations) is not a piece of the buyer's file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crible.extraction.roles import fold, fold_name, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crible.types import Block, Document, Role

_FILE = r"(?:dossier de (?:la )?consultation(?: des entreprises)?|\bd\.?c\.?e\b\.?|documents de la consultation)"
_HOLDS = r"(?:comprend|comporte|contient|est compose|est constitue|se compose|se constitue|comprenant|constitue des)"
_INTRO = re.compile(
    rf"{_FILE}.{{0,80}}{_HOLDS}|{_FILE}.{{0,40}}(?:pieces|documents|elements) suivant"
    rf"|(?:contenu|composition) d(?:u|es) {_FILE}|(?:liste des )?pieces (?:constitutives )?du {_FILE}"
)
# The list of what candidates send also begins with « comprend les pièces suivantes ».
_NOT_INTRO = re.compile(
    r"candidature|\boffres?\b.{0,40}(?:comprend|contient|constitue)|\bplis?\b|a produire|a remettre"
)
_END = re.compile(
    r"\b(?:il|le dossier|ce dossier) est (?:remis|mis a disposition|telechargeable)|les? candidats?\b|\bsoumissionnaire"
    r"|a compter de la date|outre le dossier"
)
# Signs that only a list uses split anywhere; dashes, numbers and letters only where an item may begin, because
# « Annexe 3 – Glossaire » holds a dash too.
_BULLET = re.compile(r"(?:^|\s)[•▪●○◦➢❑]\s+|(?:^|(?<=[;.:]\s))(?:[-–—−*o]|\d{1,2}[.)°]|[a-z]\))\s+(?=\S)")
_ANNEX = re.compile(
    r"\bannexe\s*(?:n\s?°\s*)?(?P<number>\d{1,2}|[a-z]|[ivx]{1,4})\b\s*(?:[:–—-]|au |a l'|du )?\s*(?P<title>.*)"
)
_MOST_BLOCKS = 80  # the longest list met, three annexes per piece, holds about 40 items
_ITEM_MAX = 400  # a longer item is prose

# What a reviewer calls the pieces; the price pieces keep their own names, since one does not stand for another.
_LABELS: tuple[tuple[str, str], ...] = (
    (r"\bd\.?p\.?g\.?f\b|decomposition d(?:u|es) prix", "DPGF"),
    (r"\bd\.?q\.?e\b|detail (?:quantitatif|estimatif)", "DQE"),
    (r"\bb\.?p\.?u\b|bordereaux? (?:des|de) prix", "BPU"),
)
_TRACKED: tuple[Role, ...] = ("AE", "CCAP", "CCTP", "CCP", "CRT", "BPU", "ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST")
# A piece that holds another: one merged CCP stands for the CCAP and the CCTP, and these two for it.
_STANDS_FOR: dict[Role, tuple[Role, ...]] = {"CCAP": ("CCP",), "CCTP": ("CCP",), "CCP": ("CCAP", "CCTP")}
# Words of three letters and more that tell nothing of an annex.
_EMPTY_WORDS = frozenset(
    (
        "annexe",
        "annexes",
        "modele",
        "cadre",
        "type",
        "des",
        "les",
        "une",
        "pour",
        "par",
        "sur",
        "dans",
        "avec",
        "lot",
        "lots",
        "aux",
        "piece",
        "document",
    )
)


def missing_pieces(documents: Sequence[Document]) -> tuple[str, ...]:
    """Names of the announced pieces that are absent, in the order of the RC: ``("AE", "BPU", "Annexe 7 – PAS")``."""
    missing: list[str] = []
    for document in documents:
        if document.role != "RC":
            continue
        parent: Role = "OTHER"  # the piece whose annexes are being listed
        for item in announced_items(document):
            named = names_in(fold(item), ("RC", *_TRACKED))
            # « Lot 1 : bordereau des prix » details the annex above it, and opens no piece.
            if named and not _is_annex(item) and not fold(item).startswith("lot "):
                parent = named[0]
            for label, present in _pieces_of(item, parent, documents):
                if not present and label not in missing:
                    missing.append(label)
    return tuple(missing)


def announced_items(rc: Document) -> tuple[str, ...]:
    """The items of the list of pieces of one RC, as written; empty when there is no such list."""
    blocks = [b for b in rc.blocks if b.kind != "furniture"]
    for index, block in enumerate(blocks):
        folded = fold(block.text)
        if len(folded) > 600 or not _INTRO.search(folded) or _NOT_INTRO.search(folded[:200]):
            continue
        items = tuple(_items(blocks, index))
        # One piece alone is a sentence about it; a list has two at least.
        if sum(bool(names_in(fold(i), _TRACKED)) for i in items) >= 2:
            return items
    return ()


def _items(blocks: Sequence[Block], start: int) -> Iterator[str]:
    intro = blocks[start]
    # Items may follow in the same block, after the colon.
    tail = intro.text.partition(":")[2].strip()
    if tail:
        yield from _split(tail)
    seen = bool(tail)
    for block in blocks[start + 1 : start + _MOST_BLOCKS]:
        folded = fold(block.text)
        is_annex = _ANNEX.match(folded) is not None
        if block.kind == "heading" and not is_annex:
            if seen and not names_in(folded, _TRACKED):
                return
            if not seen and not _INTRO.search(folded) and not names_in(folded, _TRACKED):
                return
        if _INTRO.search(folded) and len(folded) < _ITEM_MAX:
            tail = block.text.partition(":")[2].strip()
            if tail:
                seen = True
                yield from _split(tail)
            continue
        if _END.search(folded) and block.kind != "list_item":
            if seen:
                return
            continue
        for item in _split(block.text):
            if len(item) <= _ITEM_MAX:
                seen = seen or bool(names_in(fold(item), _TRACKED))
                yield item


def _split(text: str) -> Iterator[str]:
    """Items that a reader left in one block: split at bullets and semicolons."""
    for part in _BULLET.split(text):
        for item in part.split(";"):
            item = item.strip(" .;,")
            if item:
                yield item


def _is_annex(item: str) -> bool:
    annex = _ANNEX.search(fold(item))
    return annex is not None and annex.start() <= 4  # a stray bullet may stand before it


def _pieces_of(item: str, parent: Role, documents: Sequence[Document]) -> Iterator[tuple[str, bool]]:
    """(name, present) of each piece that an item of the list names."""
    folded = fold(item)
    roles = names_in(folded, _TRACKED)
    annex = _ANNEX.search(folded)
    if annex is not None and _is_annex(item) and not set(roles) & {"BPU", "CRT", "AE"}:
        present = _annex_present(annex["number"], annex["title"], parent, documents)
        present = present or any(_role_present(role, documents) for role in roles if role.startswith("ANNEX"))
        label = _short(item[annex.start() :])
        # Each piece numbers its own annexes: « Annexe 1 … (CCAP) ».
        yield (f"{label} ({parent})" if parent != "OTHER" else label), present
        return
    for role in roles:
        if role == "CRT" and not re.search(r"cadre|questionnaire|trame|\bcrt", folded):
            continue  # « mémoire technique » alone is what the candidate writes
        if role in ("ANNEX_GDPR", "ANNEX_SEC", "ANNEX_HOST"):
            yield _short(item), _role_present(role, documents) or _words_present(folded, documents)
        elif role == "BPU":
            names = [label for pattern, label in _LABELS if re.search(pattern, folded)] or ["BPU"]
            for name in sorted(names):
                yield name, _role_present(role, documents)
        else:
            yield role, _role_present(role, documents)


def _role_present(role: Role, documents: Sequence[Document]) -> bool:
    roles = (role, *_STANDS_FOR.get(role, ()))
    if any(d.role in roles for d in documents):
        return True
    return any(b.role in roles for d in documents for b in d.blocks)


def _annex_present(number: str, title: str, parent: Role, documents: Sequence[Document]) -> bool:
    """A file called annex N, a heading « Annexe N » inside another piece, or a file with the words of the title."""
    named = re.compile(rf"\bannexe ?(?:n ?°? ?)?0?{re.escape(number)}\b")
    for document in documents:
        if named.search(fold_name(document.path)):
            return True
        if document.role == "RC" and parent != "RC":
            continue  # its list of pieces names every annex
        if any(b.kind == "heading" and named.match(fold(b.text)) for b in document.blocks):
            return True
    return _words_present(title, documents)


def _words_present(title: str, documents: Sequence[Document]) -> bool:
    """Whether a file other than the RC has, in its name or its title, most of the telling words of ``title``."""
    words = {w for w in re.findall(r"[a-z0-9]{3,}", fold(title)) if w not in _EMPTY_WORDS}
    if not words:
        return False
    for document in documents:
        if document.role == "RC":
            continue
        known = set(re.findall(r"[a-z0-9]{3,}", fold_name(document.path) + " " + fold(document.title)))
        # Two telling words of three: names of files shorten titles, but keep their nouns.
        if len(words & known) * 3 >= len(words) * 2:
            return True
    return False


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" .;,")
    return text if len(text) <= 90 else text[:89].rstrip() + "…"
