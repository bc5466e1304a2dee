"""What the policies judge: the facts, labels and adverse clauses of one tender (or lot), and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crible.types import Strength


@dataclass(frozen=True, slots=True)
class TenderFacts:
    """The input of :func:`crible.scoring.profiles.judge`: two equal records always give the same verdicts.

    ``facts`` holds the values of rubric C.1 (``digital``, ``cloud``, ``hosting``, ``buyer``, ``personal``, ``health``,
    ``sensitive``, ``strategic``, ``dce``); ``labels`` the strength of each ordinary label; ``adverse`` the parameters
    of the operative adverse labels (``storage``, ``transfer``, ``location`` …); ``params`` those of the labels.

    ``sure`` is ``labels`` without those that are not certain: where a verdict depends on the difference, it becomes
    ``needs_review``. ``doubtful`` names the facts that are not certain, to the same effect. ``caps`` are the reasons
    for which ``compliant`` is withheld (``UNREAD_PAGES`` …). ``evidence`` (finding ids by label) and ``searched``
    only travel to the criteria. ``gaps`` says what keeps the file from being complete: ``pages`` that nobody could
    read, ``pieces`` that are not in it.
    """

    facts: Mapping[str, str]
    labels: Mapping[str, Strength]
    adverse: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    sure: Mapping[str, Strength] | None = None
    doubtful: tuple[str, ...] = ()
    caps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    searched: Mapping[str, int] = field(default_factory=dict)
    unread: bool = False
    gaps: tuple[str, ...] = ()
    as_of: date | None = None

    def mandatory(self, label: str) -> bool:
        return self.labels.get(label) == "mandatory"

    def param(self, label: str, key: str, default: Any = None) -> Any:
        return self.params.get(label, {}).get(key, default)

    def adverse_has(self, label: str, *kinds: str) -> bool:
        """Whether an operative ``label`` was found, of one of ``kinds`` when they are given."""
        found = self.adverse.get(label)
        return found is not None and (not kinds or any(kind in found for kind in kinds))
