"""An assessment read back from the JSON that `crible score` wrote, checked: a file may come from anybody.

Only what the reports need is kept; fields that are not known are left alone, so that a newer crible can add some.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crible.errors import DamagedDocument, LimitExceeded, UnreadableInput
from crible.types import Effect, Severity, Status, Strength, Verdict

MOST_BYTES = 256 * 1024 * 1024  # of one assessment; 5,000 findings make about 10 MB


class _Saved(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Anchor(_Saved):
    quote: str
    document: str
    role: str = "OTHER"
    section: str = ""
    page: int | None = None


class SavedLikeness(_Saved):
    text: str
    cosine: float


class SavedDetector(_Saved):
    kind: str
    version: str
    threshold: float
    like: SavedLikeness | None = None


class SavedFinding(_Saved):
    id: str
    label: str
    probability: float
    strength: Strength | None = None
    effect: Effect | None = None
    negated: bool = False
    lot: str | None = None
    part: str = "OTHER"
    detector: SavedDetector | None = None
    evidence: Anchor


class SavedCriterion(_Saved):
    id: str
    status: Status
    weight: float
    points: float
    evidence: tuple[str, ...] = ()
    searched: dict[str, int] = {}


class SavedProfile(_Saved):
    policy: str
    version: str
    verdict: Verdict
    score: float | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    criteria: tuple[SavedCriterion, ...] = ()


class SavedLot(_Saved):
    lot: str
    title: str = ""
    profiles: dict[str, SavedProfile] = {}


class SavedFact(_Saved):
    value: str
    probability: float = 1.0
    evidence: tuple[str, ...] = ()


class SavedLabel(_Saved):
    strength: Strength | None = None
    effect: Effect | None = None
    findings: tuple[str, ...] = ()
    params: dict[str, Any] = {}


class SavedConflict(_Saved):
    code: str
    topic: str = ""
    findings: tuple[str, ...] = ()


class SavedLegality(_Saved):
    code: str
    severity: Severity
    legal_basis: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class SavedDocument(_Saved):
    path: str
    role: str = "OTHER"
    pages: int = 0
    pages_read: int = 0


class Unread(_Saved):
    document: str
    pages: tuple[int, int] | None = None
    reason: str = ""


class Coverage(_Saved):
    pages: int = 0
    pages_read: int = 0
    unread: tuple[Unread, ...] = ()


class Buyer(_Saved):
    name: str = ""
    class_: str = Field("unknown", alias="class")


class Tender(_Saved):
    name: str = ""
    sha256: str
    title: str = ""
    notice: dict[str, Any] | None = None
    buyer: Buyer = Buyer(**{"class": "unknown"})
    cpv: tuple[str, ...] = ()
    published_on: str | None = None


class PolicyRef(_Saved):
    id: str
    version: str
    as_of: str


class SavedWarning(_Saved):
    code: str
    detail: str = ""
    document: str | None = None


class SavedAssessment(_Saved):
    """What the reports need of an assessment; names and meanings are those of the JSON."""

    schema_version: Literal["1.0"]
    id: str
    tender: Tender
    policy: PolicyRef
    verdict: Verdict
    completeness: str
    profiles: dict[str, SavedProfile]
    facts: dict[str, SavedFact]
    labels: dict[str, SavedLabel] = {}
    findings: tuple[SavedFinding, ...] = ()
    conflicts: tuple[SavedConflict, ...] = ()
    legality: tuple[SavedLegality, ...] = ()
    lots: tuple[SavedLot, ...] = ()
    documents: tuple[SavedDocument, ...] = ()
    announced_missing: tuple[str, ...] = ()
    coverage: Coverage = Coverage()
    warnings: tuple[SavedWarning, ...] = ()
    judged: dict[str, dict[str, Any]] = {}


def saved(data: Mapping[str, Any], name: str) -> SavedAssessment:
    """Check one assessment. Raises :class:`~crible.errors.UnreadableInput` that names the file and the first fault."""
    try:
        return SavedAssessment.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "assessment"
        raise DamagedDocument(f"{name}: {where}: {first['msg']}") from error


def decoded(raw: bytes, name: str) -> Mapping[str, Any]:
    """One JSON object. Raises :class:`~crible.errors.UnreadableInput`."""
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DamagedDocument(f"{name}: JSON: {error}") from error
    if not isinstance(data, dict):
        raise DamagedDocument(f"{name}: JSON: an object is expected, not {type(data).__name__}")
    return data


def load(path: Path) -> SavedAssessment:
    """The assessment of a file. Raises :class:`~crible.errors.UnreadableInput`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput(f"{path.name}: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise LimitExceeded(f"{path.name}: more than {MOST_BYTES:,} bytes")
    return saved(decoded(raw, path.name), path.name)
