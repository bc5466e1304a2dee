"""Boxes to tick: what is ticked speaks, what is printed and not ticked does not (rubric B.9, B.10.14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crible.classification.folding import fold

_BOX = re.compile(r"(☐|☑|☒|\[\s?[xX]\s?\]|\[\s?\])")
_TICKED = re.compile(r"☑|☒|\[\s?[xX]\s?\]")
_YES = re.compile(r"^\W*(oui|yes)\b")
_NO = re.compile(r"^\W*(non|no|neant|aucune?s?|sans objet|none)\b")
# A place outside the Union, on a line of boxes that only names places.
_ABROAD = re.compile(
    r"^\W*(?:dans (?:un|des|tout) )?(?:pays (?:situes? )?)?(?:hors (?:de )?|en dehors de |outside )"
    r"(?:l'ue\b|l'union|ue\b|l'espace|l'eee|eee\b|the e)|^\W*(?:dans )?(?:un |des )?pays tiers\b"
)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a line of boxes says once read: the plain words, and whether any box was ticked at all."""

    text: str
    filled: bool


def read_boxes(text: str) -> Ticked | None:
    """The meaning of a line of boxes, None when it has none.

    « Transferts hors UE : ☐ oui ☒ non » reads « Transferts hors UE : interdit ». A single ticked box before a sentence
    reads as the sentence.
    """
    pieces = _BOX.split(text)
    if len(pieces) < 3:
        return None
    head = pieces[0].strip()
    options = [
        (bool(_TICKED.match(box)), label.strip(" ;,/|")) for box, label in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    ticked = [label for on, label in options if on]
    if not ticked:
        return Ticked(" ".join([head, *(label for _, label in options)]).strip(), filled=False)
    words = [_plain(label) for label in ticked]
    return Ticked(f"{head} {' ; '.join(words)}".strip(), filled=True)


def _plain(label: str) -> str:
    folded = fold(label)
    if yes := _YES.match(folded):
        return "oui, possible" + label[yes.end() :]
    if no := _NO.match(folded):
        return "non, interdit" + label[no.end() :]
    if _ABROAD.search(folded):
        return "oui, possible " + label  # the head of the line asks where; the box ticked allows it
    return label
