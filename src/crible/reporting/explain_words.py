"""Rules and changes as sentences: what a criterion asks, what would change a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crible.reporting.words import Lang, decimal, say, term
from crible.scoring.changes import Change
from crible.scoring.policy import AllOf, AnyOf, Component, Condition, LabelCondition, Objective, PolicyPack, Term


def rule_of(criterion: str, pack: PolicyPack, lang: Lang) -> str:
    """The rule of a criterion in words; empty when the pack has no such criterion."""
    for part in pack.components:
        if part.id == criterion:
            return _component(part, lang)
    for objective in pack.objectives:
        if objective.id.lower() == criterion:
            return _objective(objective, pack, lang)
    return ""


def labels_sought(criterion: str, pack: PolicyPack) -> list[str]:
    """The labels that can satisfy a criterion, each once, in the order of the pack."""
    from crible.scoring.policy_checks import labels_in

    found = [t for p in pack.components if p.id == criterion for b in p.best_of for t in (b.all_of or (b.label,))]
    for objective in pack.objectives:
        if objective.id.lower() == criterion:
            found += [label for rule in objective.levels.values() for label in labels_in(rule)]
    return list(dict.fromkeys(found))


def sentence(changes: Sequence[Change], verdict: str, lang: Lang, *, lots: bool = False) -> str:
    """« Si le CCTP exigeait la qualification SecNumCloud (obligatoire), l'avis deviendrait « conforme ». »"""
    parts = [change_in_words(change, lang) for change in changes]
    # Between two conditions the words that come back, « , si … et si … », have their spaces: YAML keeps them.
    *first, last = parts
    conditions = say("change:if", lang).join(first) + say("change:and_if", lang) + last if first else last
    if lots:
        conditions += " " + say("change:in_lots", lang)
    return say("change:sentence", lang, conditions=conditions, verdict=say(verdict, lang))


def change_in_words(change: Change, lang: Lang) -> str:
    """One condition, without its « si »."""
    if change.kind == "settle":
        return say("change:settle", lang, fact=say(change.target, lang), value=term(change.target, change.value, lang))
    if change.kind == "confirm" and change.value != "label":
        return say("change:confirm:fact", lang, what=say(change.target, lang))
    code = "change:confirm:label" if change.kind == "confirm" else f"change:{change.kind}"
    what = say(change.target, lang).rstrip(".") if change.kind in ("withdraw", "close") else _demand(change, lang)
    return say(code, lang, what=what)


def _demand(change: Change, lang: Lang) -> str:
    code = f"demand:{change.target}"
    said = say(code, lang)
    words = [say(change.target, lang) if said == code else said, *_particulars(change.params, lang)]
    return ", ".join(words)


def _particulars(params: Mapping[str, Any], lang: Lang) -> list[str]:
    found = []
    for key, value in params.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        for one in values:
            code = f"particular:{key}" if one is True else f"particular:{key}:{one}"
            said = say(code, lang)
            found.append(f"{key} : {str(one).lower()}" if said == code else said)
    return found


def _component(part: Component, lang: Lang) -> str:
    terms = " ; ".join(_term(t, lang) for t in part.best_of)
    met = "explain:rule.met_any" if part.met_from == "any" else "explain:rule.met"
    return ". ".join(
        (
            say("explain:rule.weight", lang, weight=_number(part.weight, lang)),
            _capital(say("explain:rule.best", lang, terms=terms)),
            _capital(say(met, lang, value=_number(part.met_at, lang))) + ".",
        )
    )


def _term(one: Term, lang: Lang) -> str:
    words = say("explain:and", lang).join(say(label, lang) for label in one.all_of) or say(one.label, lang)
    words = ", ".join([words, *_particulars(one.when, lang)])
    if one.unless:
        words += ", " + say("explain:unless", lang, what=", ".join(_particulars(one.unless, lang)))
    return f"{words} ({_number(one.factor, lang)})"


def _objective(objective: Objective, pack: PolicyPack, lang: Lang) -> str:
    parts = [say("explain:rule.weight", lang, weight=_number(objective.weight, lang))]
    if objective.base:
        parts.append(_capital(say("explain:rule.base", lang, level=objective.base)))
    for level, rule in objective.levels.items():
        parts.append(_capital(say("explain:rule.level", lang, level=level, condition=_condition(rule, lang))))
    return ". ".join([*parts, _capital(say("explain:rule.target", lang, level=pack.flags["target"]))]) + "."


def _condition(rule: Condition, lang: Lang) -> str:
    if isinstance(rule, str):
        return say(rule, lang)
    if isinstance(rule, LabelCondition):
        return ", ".join([say(rule.label, lang), *_particulars(rule.when, lang)])
    parts: tuple[Condition, ...] = ()
    joint = ""
    if isinstance(rule, AllOf):
        parts, joint = rule.all, "explain:and"
    elif isinstance(rule, AnyOf):
        parts, joint = rule.any, "explain:or"
    # A group inside a group is bracketed: « A et (B ou C) ».
    return say(joint, lang).join(
        f"({_condition(p, lang)})" if isinstance(p, (AllOf, AnyOf)) else _condition(p, lang) for p in parts
    )


def _number(value: float, lang: Lang) -> str:
    return decimal(value, lang, digits=0 if value == int(value) else 2 if round(value, 1) != value else 1)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
