"""Which clause to show first: every list of evidence is ranked here, and the doors show its head."""

from __future__ import annotations

from collections.abc import Iterable

from crible.types import Fact, Finding, Role

# Pieces that do not bind the parties: a mandatory wording found only there counts as scored (rubric C.8.2).
NOT_CONTRACTUAL: tuple[Role, ...] = ("RC", "NOTICE", "OTHER")


def ranked(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The ids of ``findings``, each once: contractual pieces first, then the surest, then in the order given."""
    order = sorted(findings, key=lambda f: (f.part in NOT_CONTRACTUAL, -f.probability))
    return tuple(dict.fromkeys(f.id for f in order))


def resting_on(value: str, probability: float, findings: Iterable[Finding], why: str) -> Fact:
    """A fact with the clauses it rests on."""
    return Fact(value, round(probability, 2), ranked(findings), why)
