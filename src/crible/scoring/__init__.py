"""Findings in, Assessment out: ``assess(dossier, findings) -> Assessment``.

Policies are data (``crible_models/policies``): :func:`crible.scoring.policy.load_policy` reads them, and
:func:`crible.scoring.profiles.judge` is the pure arithmetic on facts and labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from crible.scoring.policy import PolicyPack
    from crible.types import Assessment, Dossier, Finding

__all__ = ["assess"]


def assess(
    dossier: Dossier,
    findings: Sequence[Finding],
    *,
    policy: str | PolicyPack | None = None,
    as_of: date | None = None,
    buyer: str | None = None,
    today: date | None = None,
    models: Mapping[str, str] | None = None,
) -> Assessment:
    """Judge one tender under the four policies.

    ``policy`` (``ID``, ``ID@VERSION``, or a pack of one's own, judged beside the four) chooses the headline, ``seed``
    when not given; ``as_of`` the date whose rules apply, the newest rules when not given; ``buyer`` (a class of rubric
    C.6, a SIREN or a SIRET) overrides the detected buyer; ``today`` only tells which packs are due for review;
    ``models`` the versions of what read the clauses, those of the findings when not given. Raises
    :class:`~crible.errors.PolicyNotFound`, :class:`~crible.errors.ConfigurationError` or
    :class:`~crible.errors.UsageError`.
    """
    # The packs are validated with pydantic, which `import crible` must not load.
    from crible.scoring.assess import assess_tender

    # Loading the module of the same name puts it in this function's place in the package: the second call would fail.
    globals()["assess"] = _assess
    return assess_tender(dossier, findings, policy=policy, as_of=as_of, buyer=buyer, today=today, models=models)


_assess = assess
