"""What the policies judged, as plain data that travels with an assessment, and back: a verdict can be judged again.

``from_record(to_record(tender)) == tender``, and so the same verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crible.errors import DamagedDocument
from crible.scoring.tender import TenderFacts
from crible.types import Strength


class _Record(BaseModel):
    """The shape of a record; a file may come from anybody, so every kind is checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    facts: dict[str, str]
    labels: dict[str, Strength]
    adverse: dict[str, tuple[str, ...]]
    params: dict[str, dict[str, Any]]
    conflicts: tuple[str, ...] = ()
    sure: dict[str, Strength] | None = None
    doubtful: tuple[str, ...] = ()
    caps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: dict[str, tuple[str, ...]] = {}
    searched: dict[str, int] = {}
    unread: bool = False
    gaps: tuple[str, ...] = ()
    as_of: date | None = None


def to_record(tender: TenderFacts) -> dict[str, Any]:
    """Plain data (JSON kinds only) from which :func:`from_record` makes an equal tender."""
    return {
        "facts": dict(tender.facts),
        "labels": dict(tender.labels),
        "adverse": {label: list(kinds) for label, kinds in tender.adverse.items()},
        "params": {label: _plain(params) for label, params in tender.params.items()},
        "conflicts": list(tender.conflicts),
        "sure": None if tender.sure is None else dict(tender.sure),
        "doubtful": list(tender.doubtful),
        "caps": list(tender.caps),
        "notes": list(tender.notes),
        "evidence": {label: list(ids) for label, ids in tender.evidence.items()},
        "searched": dict(tender.searched),
        "unread": tender.unread,
        "gaps": list(tender.gaps),
        "as_of": tender.as_of.isoformat() if tender.as_of else None,
    }


def from_record(data: Mapping[str, Any]) -> TenderFacts:
    """The tender of a record. Raises :class:`~crible.errors.DamagedDocument` when it is none."""
    from crible.scoring.policy_checks import FACTS

    try:
        record = _Record.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DamagedDocument(f"judged.{where}: {first['msg']}") from error
    for name, known in FACTS.items():
        if record.facts.get(name) not in known:
            raise DamagedDocument(f"judged.facts.{name}: {record.facts.get(name)!r} is none of {', '.join(known)}")
    return TenderFacts(**{name: getattr(record, name) for name in _Record.model_fields})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
