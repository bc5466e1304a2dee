"""Policies as dated data: one YAML per policy and version, a strict schema, the newest or the one in force at a date.

An unknown key is an error that names the allowed ones: a mistyped weight must never be ignored in silence. A pack says
everything that the arithmetic needs; which rules apply them, in which order, is one of the four rulebooks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crible.errors import ConfigurationError, PolicyNotFound
from crible.scoring.policy_file import Problem, in_words, parse, schema_problems
from crible.types import Role, Strength, Verdict
from crible_models import resource

# The four policies, in the order in which they are shown.
POLICY_IDS = ("seed", "fr-etat", "fr-sante", "eu-seal")
# LAW: in force and binding; SOFT: doctrine, framework; PROP: not adopted; SEED: the opinion piece; CHOICE: ours.
RuleStatus = Literal["LAW", "SOFT", "PROP", "SEED", "CHOICE"]
When = dict[str, bool | int | str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What the rules of one policy read by name: component keys, flags with their kind, weighted objectives or not."""

    keys: tuple[str, ...] = ()
    flags: Mapping[str, type] = field(default_factory=dict)
    objectives: bool = False


RULEBOOKS: Mapping[str, Rulebook] = {
    "seed": Rulebook(("loc", "multi", "immunity", "gdpr"), {"include_non_strategic": bool}),
    "fr-etat": Rulebook((), {"ppl_31_1_in_force": bool, "strict_circular": bool}),
    "fr-sante": Rulebook(("reversibility", "gdpr")),
    "eu-seal": Rulebook((), {"target": int, "include_non_strategic": bool}, objectives=True),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LegalRef(_Strict):
    """A text a criterion rests on."""

    id: str
    text: str
    article: str = ""
    url: str = ""
    status: RuleStatus

    def __str__(self) -> str:
        return f"{self.text}, {self.article}" if self.article else self.text


class Term(_Strict):
    """``factor`` times the value of a label (or the lowest of ``all_of``), if its parameters allow."""

    label: str = ""
    all_of: tuple[str, ...] = ()
    factor: Annotated[float, Field(gt=0, le=1)] = 1.0
    when: When = {}
    unless: When = {}

    @model_validator(mode="after")
    def _one_source(self) -> Term:
        if bool(self.label) == bool(self.all_of):
            raise ValueError("a term names either one label or several in all_of")
        return self


class Component(_Strict):
    """A weighted part of a score: the best of its terms, from 0 to 1.

    ``met_at`` is the value at which the criterion is shown as met, counted on mandatory clauses only unless
    ``met_from`` is ``any``; ``partial_below`` the mandatory value under which the seed reports a partial pillar.
    """

    id: str
    key: str
    weight: Annotated[float, Field(gt=0)]
    best_of: tuple[Term, ...]
    met_at: float
    met_from: Literal["mandatory", "any"] = "mandatory"
    partial_below: float | None = None
    not_applicable_when: dict[str, str] = {}
    legal_basis: tuple[str, ...] = ()


class LabelCondition(_Strict):
    label: str
    when: When = {}


class AllOf(_Strict):
    all: tuple[Condition, ...]


class AnyOf(_Strict):
    any: tuple[Condition, ...]


Condition = Union[str, LabelCondition, AllOf, AnyOf]  # noqa: UP007 - pydantic resolves the recursion by this name


class Objective(_Strict):
    """One objective of the European framework: which clauses guarantee which level."""

    id: str
    weight: Annotated[float, Field(gt=0)]
    base: int = 0
    base_lost_to: tuple[str, ...] = ()
    levels: dict[int, Condition]


class Gate(_Strict):
    label: str
    param: str


class AdverseLevel(_Strict):
    label: str
    at_most: dict[str, int]


class Downgrade(_Strict):
    label: str
    when: When
    from_: tuple[Strength, ...] = Field(alias="from")
    to: Strength


class Thresholds(_Strict):
    """``label_auto`` and above is used as it is, ``label_min`` to ``label_auto`` is used but to be confirmed.

    ``hds_v1_until``: last day of the first HDS référentiel; ``refusal_gap``: how many levels under the target refuse.
    """

    label_auto: Annotated[float, Field(ge=0, le=1)]
    label_min: Annotated[float, Field(ge=0, le=1)]
    complete_min_words: Annotated[int, Field(ge=0)]
    hds_v1_until: date | None = None
    refusal_gap: Annotated[int, Field(ge=1)] = 2


class Rule(_Strict):
    id: str
    verdict: Verdict
    status: RuleStatus


class PolicyPack(_Strict):
    """One policy at one version: everything the arithmetic needs, and the texts it rests on.

    A pack of one's own has an ``id`` of its own and says in ``based_on`` whose rules apply its numbers.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
    based_on: Literal["seed", "fr-etat", "fr-sante", "eu-seal"] | None = None
    title: dict[Literal["fr", "en"], str]
    effective_from: date
    effective_to: date | None = None
    reviewed_on: date
    review_by: date
    status: RuleStatus
    legal_basis: tuple[LegalRef, ...]
    strengths: dict[Strength, float]
    downgrades: tuple[Downgrade, ...] = ()
    thresholds: Thresholds
    part_weights: dict[Role, float]
    verdict_caps: dict[Literal["compliant", "needs_review", "non_compliant"], float]
    penalties: dict[str, dict[str, float]] = {}
    penalty_cap: float = 0.0
    buyers: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    objectives: tuple[Objective, ...] = ()
    max_level: int = 4
    scored_share: float = 0.0
    core: tuple[str, ...] = ()
    gate: Gate | None = None
    adverse_levels: tuple[AdverseLevel, ...] = ()
    flags: dict[str, bool | int]
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _references_exist(self) -> PolicyPack:
        known = {ref.id for ref in self.legal_basis}
        for component in self.components:
            if missing := sorted(set(component.legal_basis) - known):
                raise ValueError(f"component {component.id!r} cites unknown legal_basis {missing}")
        objectives = {o.id for o in self.objectives}
        cited = {*self.core, *(o for a in self.adverse_levels for o in a.at_most)}
        if missing := sorted(cited - objectives):
            raise ValueError(f"unknown objectives {missing}")
        return self

    @property
    def name(self) -> str:
        """``fr-etat@2026.2``, the way a user asks for it."""
        return f"{self.id}@{self.version}"

    @property
    def rulebook(self) -> str:
        """Whose rules judge with this pack; an id of :data:`RULEBOOKS`, or the pack's own when it says none."""
        return self.based_on or self.id

    @property
    def stamp(self) -> str:
        """The name, and for a pack that does not ship a digest of its content too: two drafts may share a name."""
        if self.id in POLICY_IDS:
            return self.name
        return f"{self.name}+{hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:12]}"

    def texts(self, ids: Iterable[str] | None = None) -> tuple[str, ...]:
        """The texts of ``ids`` (all of them when None), in words."""
        wanted = None if ids is None else set(ids)
        return tuple(str(ref) for ref in self.legal_basis if wanted is None or ref.id in wanted)

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def past_review(self, day: date) -> bool:
        """Whether somebody should have read this pack again by ``day``."""
        return day > self.review_by


def read_policy(path: Path) -> PolicyPack:
    """Read and check one pack. Raises :class:`ConfigurationError` that names file, lines and allowed keys."""
    pack, problems = examine(path)
    if pack is None or problems:
        raise ConfigurationError(in_words(path.name, problems, "en"))
    return pack


def examine(path: Path) -> tuple[PolicyPack | None, list[Problem]]:
    """The pack of a file, None where it breaks the schema, and everything that is wrong with it.

    Raises :class:`ConfigurationError` for a file that is no YAML mapping at all.
    """
    from crible.scoring.policy_checks import incoherences

    parsed = parse(path)
    try:
        pack = PolicyPack.model_validate(parsed.data)
    except ValidationError as error:
        return None, schema_problems(error, PolicyPack, parsed)
    return pack, [parsed.placed(problem) for problem in incoherences(pack)]


def list_policies() -> list[PolicyPack]:
    """Every version of every shipped policy, in the order of :data:`POLICY_IDS`, the oldest version first."""
    return list(_shipped())


def load_policy(policy: str, *, version: str | None = None, as_of: date | None = None) -> PolicyPack:
    """The pack of ``policy`` (``ID`` or ``ID@VERSION``): that version, or the one in force ``as_of``, or the newest.

    Raises :class:`PolicyNotFound` that names what exists.
    """
    name, _, asked = policy.partition("@")
    version = version or asked or None
    versions = [pack for pack in _shipped() if pack.id == name]
    if not versions:
        raise PolicyNotFound(f"unknown policy {name!r}; known: {', '.join(POLICY_IDS)}")
    if version is not None:
        for pack in versions:
            if pack.version == version:
                return pack
        raise PolicyNotFound(f"{name} has no version {version!r}; known: {', '.join(p.version for p in versions)}")
    if as_of is None:
        return versions[-1]
    for pack in reversed(versions):
        if pack.in_force(as_of):
            return pack
    known = ", ".join(f"{p.version} ({p.effective_from} – {p.effective_to or '…'})" for p in versions)
    raise PolicyNotFound(f"no version of {name} is in force on {as_of}; known: {known}")


@cache
def _shipped() -> tuple[PolicyPack, ...]:
    packs = [read_policy(path) for path in sorted(resource("policies").glob("*.yaml"))]
    order = {name: i for i, name in enumerate(POLICY_IDS)}
    if unknown := sorted({p.id for p in packs} - set(order)):
        raise ConfigurationError(f"policies that nobody judges: {unknown}")
    return tuple(sorted(packs, key=lambda p: (order[p.id], p.effective_from)))
