"""`crible policy list`, `show`, `lint` and `diff`: the packs as a reader or a script wants them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crible.errors import InputNotFound
from crible.reporting.words import day, decimal, printable, say, term
from crible.scoring.policy import PolicyPack, examine, list_policies, load_policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crible.reporting.words import Lang
    from crible.scoring.policy_file import Problem

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
        "sound": "rien à redire",
        "error": "✗",
        "warning": "!",
        "same": "Aucune différence.",
        "added": "+",
        "removed": "−",
        "changed": "~",
        "diff.identity": "Identité",
        "diff.dates": "Dates",
        "diff.legal_basis": "Textes",
        "diff.weights": "Poids",
        "diff.criteria": "Critères",
        "diff.terms": "Clauses comptées et leur part",
        "diff.citations": "Textes cités par critère",
        "diff.objectives": "Objectifs",
        "diff.thresholds": "Seuils",
        "diff.strengths": "Valeur des forces",
        "diff.downgrades": "Abaissements",
        "diff.part_weights": "Poids des pièces",
        "diff.verdict_caps": "Plafonds par avis",
        "diff.penalties": "Points retirés",
        "diff.adverse_levels": "Niveaux abaissés par une clause contraire",
        "diff.buyers": "Acheteurs visés",
        "diff.flags": "Réglages",
        "diff.rules": "Règles",
        "diff.other": "Autres",
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
        "sound": "nothing to say",
        "error": "✗",
        "warning": "!",
        "same": "No difference.",
        "added": "+",
        "removed": "−",
        "changed": "~",
        "diff.identity": "Identity",
        "diff.dates": "Dates",
        "diff.legal_basis": "Legal texts",
        "diff.weights": "Weights",
        "diff.criteria": "Criteria",
        "diff.terms": "Clauses that count, and their share",
        "diff.citations": "Texts cited by criterion",
        "diff.objectives": "Objectives",
        "diff.thresholds": "Thresholds",
        "diff.strengths": "Value of strengths",
        "diff.downgrades": "Downgrades",
        "diff.part_weights": "Weight of pieces",
        "diff.verdict_caps": "Caps by verdict",
        "diff.penalties": "Points taken off",
        "diff.adverse_levels": "Levels lowered by an adverse clause",
        "diff.buyers": "Buyers concerned",
        "diff.flags": "Flags",
        "diff.rules": "Rules",
        "diff.other": "Other",
    },
}


def is_file(asked: str) -> bool:
    """Whether ``--policy`` names a file (``./mine.yaml``) and not a policy that ships."""
    return asked.endswith((".yaml", ".yml")) or "/" in asked or "\\" in asked


def find(asked: str, *, as_of: date | None = None) -> PolicyPack:
    """The pack of a file, or one that ships. Raises PolicyNotFound, ConfigurationError or InputNotFound."""
    if not is_file(asked):
        return load_policy(asked, as_of=as_of)
    path = Path(asked)
    if not path.is_file():
        raise InputNotFound(f"{path} n'existe pas ou n'est pas un fichier")
    return read_policy(path)


def linted(asked: Sequence[str], lang: Lang, *, today: date, form: str = "text") -> tuple[str, bool]:
    """What is wrong with files or policies that ship (all of these when none is named), and whether any is refused.

    Periods are compared with those of the versions that ship too.
    """
    from crible.scoring.policy_checks import periods, warnings

    found: dict[str, list[Problem]] = {}
    packs: list[tuple[str, PolicyPack]] = []
    for name in asked or [pack.name for pack in list_policies()]:
        pack, problems = (load_policy(name), []) if not is_file(name) else _examined(name)
        label = name if is_file(name) else pack.name if pack else name
        found[label] = problems + (warnings(pack, today) if pack else [])
        packs += [(label, pack)] if pack else []
    shipped = [pack for pack in list_policies() if pack not in [p for _, p in packs]]
    for pack, problem in periods([*(p for _, p in packs), *shipped]):
        for label, mine in packs:
            if mine is pack:
                found[label].append(problem)
    refused = any(p.severity == "error" for problems in found.values() for p in problems)
    if form == "json":
        return _json([_problem(label, p, lang) for label, problems in found.items() for p in problems]), refused
    return "".join(_told(label, problems, lang) for label, problems in found.items()), refused


def _examined(name: str) -> tuple[PolicyPack | None, list[Problem]]:
    path = Path(name)
    if not path.is_file():
        raise InputNotFound(f"{path} n'existe pas ou n'est pas un fichier")
    return examine(path)


def _told(label: str, problems: Sequence[Problem], lang: Lang) -> str:
    from crible.scoring.policy_file import told

    words = _WORDS[lang]
    if not problems:
        return f"{printable(label)}{_colon(lang)}{words['sound']}\n"
    lines = [f"  {words[p.severity]} {printable(told(p, lang))}" for p in problems]
    return "\n".join([printable(label), *lines]) + "\n"


def _problem(label: str, problem: Problem, lang: Lang) -> dict[str, Any]:
    from crible.scoring.policy_file import told

    return {
        "policy": label, "severity": problem.severity, "code": problem.code, "path": problem.path,
        "line": problem.line, "message": told(problem, lang),
    }  # fmt: skip


def compared(old: str, new: str, lang: Lang, *, form: str = "text") -> str:
    """What changes from one version (or file) to another. Raises as :func:`find`."""
    from crible.scoring.policy_diff import diff

    before, after = find(old), find(new)
    found = diff(before, after)
    if form == "json":
        return _json([
            {"section": d.section, "entry": d.entry, "change": d.change, "before": d.before, "after": d.after}
            for d in found
        ])  # fmt: skip
    words = _WORDS[lang]
    lines = [f"{before.name} → {after.name}", ""]
    section = ""
    for d in found:
        if d.section != section:
            section = d.section
            lines.append(words[f"diff.{section}"])
        what = " · ".join(say(part.lower(), lang) for part in d.entry.split(":"))
        shown = {"added": [d.after], "removed": [d.before], "changed": [d.before, d.after]}[d.change]
        value = "" if shown[-1] is True else " → ".join(_value(v, lang) for v in shown)
        lines.append(f"  {words[d.change]} {printable(what)}" + (f"{_colon(lang)}{value}" if value else ""))
    return "\n".join(lines) + "\n" if found else f"{lines[0]}\n{words['same']}\n"


def _value(value: Any, lang: Lang) -> str:
    """A value of a pack in one line: of a text, what a reader would cite; of nested data, no quotes and no blanks."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict) and "text" in value:
        return printable(", ".join(str(value[k]) for k in ("text", "article", "url", "status") if value.get(k)))
    if isinstance(value, dict):
        return ", ".join(f"{k} {_value(v, lang)}" for k, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, list):
        return "(" + " ; ".join(_value(v, lang) for v in value) + ")"
    if isinstance(value, float):
        return decimal(value, lang, digits=0 if value == int(value) else 2)
    return printable(str(value).lower() if isinstance(value, bool) else str(value))


def _colon(lang: Lang) -> str:
    return " : " if lang == "fr" else ": "


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
    """One policy in full, that ships or in a file. Raises as :func:`find`."""
    pack = find(name, as_of=as_of)
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
