"""The gazetteer as the judge reads it (rubric E.1): who may block, and which qualifications come to an end.

Only entries verified at least in part, and exposed to non-European law, block a verdict; the others raise notes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from crible.classification.folding import fold
from crible.scoring.facts.texts import body
from crible.types import Document, Dossier, Warned
from crible_models import resource

# A qualification that ends within this time is told beforehand (CHOICE: the time of a procedure).
SOON = timedelta(days=90)
# The name of a company is told of its qualified service only where the service is spoken of (rubric E.3.1).
_CONTEXT = re.compile(r"\b(?:secnumcloud|heberg\w*|cloud|iaas|paas|saas|nuage|qualifi\w*)\b")
_AROUND = 120  # characters on each side
# « IaaS Cloud on Demand (30/11/2026: renewal NOT verified) »
_SERVICE = re.compile(r"(?P<service>[^;()]+?)\s*\((?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: ``ends`` are the qualified services with the last day of their qualification."""

    id: str
    names: tuple[str, ...]
    exposure: str
    certainty: str
    ends: tuple[tuple[str, date], ...]


@cache
def entries() -> dict[str, Entry]:
    """Every row of the gazetteer by its id."""
    with resource("gazetteer.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        row["id"]: Entry(
            row["id"],
            tuple(name.strip() for name in row["aliases"].split(";")),
            row["exposure"],
            row["certainty"],
            tuple(
                (m["service"].strip(), date(int(m["year"]), int(m["month"]), int(m["day"])))
                for m in _SERVICE.finditer(row["secnumcloud"])
            ),
        )
        for row in rows
    }


def may_block(entity_id: str) -> bool:
    """Whether naming this entity is a blocker: exposure ``yes``, certainty V (verified) or P (partly)."""
    entry = entries().get(entity_id)
    return entry is not None and entry.exposure == "yes" and entry.certainty in ("V", "P")


def qualification_warnings(dossier: Dossier, day: date) -> tuple[Warned, ...]:
    """``QUALIFICATION_EXPIRED`` and ``QUALIFICATION_ENDS_SOON`` for the qualified services that the pieces name.

    The gazetteer knows the end that was decided, not a renewal: the warning asks to check, and changes no verdict.
    """
    found: list[Warned] = []
    for document in dossier.documents:
        for entry, name in _named(document):
            for service, end in entry.ends:
                if end - day <= SOON:
                    code = "QUALIFICATION_EXPIRED" if end < day else "QUALIFICATION_ENDS_SOON"
                    found.append(Warned(code, f"{name}, {service} ({end.isoformat()})", document.path))
    return tuple(dict.fromkeys(found))


def _named(document: Document) -> Iterator[tuple[Entry, str]]:
    """The entries with qualified services that a document names as hosts, each once, with the name met."""
    text = "\n".join(block.text for block in body(document))
    for entry in entries().values():
        if not entry.ends:
            continue
        # Names are written with their capitals: looking for them as they are is what makes this fast.
        for name in entry.names:
            if name in text and _as_host(name, text):
                yield entry, name
                break


def _as_host(name: str, text: str) -> bool:
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
        around = text[max(0, match.start() - _AROUND) : match.start()] + " " + text[match.end() : match.end() + _AROUND]
        if _CONTEXT.search(fold(around)):
            return True
    return False
