"""`crible policy list` and `show`: the packs as a reader or a script wants them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from crible.reporting.words import day, decimal, say, term
from crible.scoring.policy import PolicyPack, list_policies, load_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crible.reporting.words import Lang

_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "since": "en vigueur du {start}",
        "until": " au {end}",
        "review": "à relire avant le {day}",
        "late": "RELECTURE DÉPASSÉE depuis le {day}",
        "texts": "Textes",
        "criteria": "Critères (poids)",
        "objectives": "Objectifs (poids)",
        "rules": "Règles, dans l'ordre (statut)",
        "buyers": "Acheteurs visés",
        "penalties": "Points retirés",
        "flags": "Réglages",
    },
    "en": {
        "since": "in force from {start}",
        "until": " to {end}",
        "review": "to be reviewed by {day}",
        "late": "REVIEW OVERDUE since {day}",
        "texts": "Legal texts",
        "criteria": "Criteria (weight)",
        "objectives": "Objectives (weight)",
        "rules": "Rules, in order (status)",
        "buyers": "Buyers concerned",
        "penalties": "Points taken off",
        "flags": "Flags",
    },
}


def listed(lang: Lang, *, as_of: date | None = None, form: str = "text") -> str:
    """Every version of every policy, or those in force on ``as_of``: a line each, or a JSON array."""
    packs = [pack for pack in list_policies() if as_of is None or pack.in_force(as_of)]
    if form == "json":
        return _json([_summary(pack) for pack in packs])
    width = max((len(pack.name) for pack in packs), default=0)
    today = as_of or date.today()
    lines = []
    for pack in packs:
        lines.append(f"{pack.name:<{width}}  {pack.title[lang]}")
        lines.append(f"{'':<{width}}  {_dates(pack, lang, today)}")
    return "\n".join(lines) + "\n" if lines else ""


def shown(name: str, lang: Lang, *, as_of: date | None = None, form: str = "text") -> str:
    """One policy in full. Raises PolicyNotFound."""
    pack = load_policy(name, as_of=as_of)
    if form == "json":
        return _json(pack.model_dump(mode="json", by_alias=True))
    words = _WORDS[lang]
    parts = [f"{pack.name}  {pack.title[lang]}", _dates(pack, lang, as_of or date.today()), ""]
    parts += _block(words["texts"], (_text(ref) for ref in pack.legal_basis))
    parts += _block(words["buyers"], [", ".join(term("buyer", b, lang) for b in pack.buyers)] if pack.buyers else [])
    parts += _block(words["criteria"], (f"{say(c.id, lang)} ({_weight(c.weight, lang)})" for c in pack.components))
    parts += _block(
        words["objectives"], (f"{say(o.id.lower(), lang)} ({_weight(o.weight, lang)})" for o in pack.objectives)
    )
    parts += _block(words["rules"], (f"{r.id} → {say(r.verdict, lang)} [{r.status}]" for r in pack.rules))
    parts += _block(
        words["penalties"],
        (
            f"{say(label, lang)} : " + ", ".join(f"{kind} −{_weight(points, lang)}" for kind, points in kinds.items())
            for label, kinds in pack.penalties.items()
        ),
    )
    parts += _block(words["flags"], (f"{flag} = {str(value).lower()}" for flag, value in pack.flags.items()))
    return "\n".join(parts).rstrip() + "\n"


def _block(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return [title, *found, ""] if found else []


def _dates(pack: PolicyPack, lang: Lang, today: date) -> str:
    words = _WORDS[lang]
    text = words["since"].format(start=day(pack.effective_from.isoformat(), lang))
    if pack.effective_to is not None:
        text += words["until"].format(end=day(pack.effective_to.isoformat(), lang))
    if not pack.in_force(today):
        return text  # kept for tenders of its time, and no longer reviewed
    review = words["late" if pack.past_review(today) else "review"]
    return f"{text}, {review.format(day=day(pack.review_by.isoformat(), lang))}"


def _text(ref: Any) -> str:
    return f"[{ref.status}] {ref}" + (f" {ref.url}" if ref.url else "")


def _weight(value: float, lang: Lang) -> str:
    return decimal(value, lang, digits=0 if value == int(value) else 1)


def _summary(pack: PolicyPack) -> dict[str, Any]:
    keep = {"id", "version", "title", "effective_from", "effective_to", "review_by", "status"}
    return pack.model_dump(mode="json", include=keep)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
