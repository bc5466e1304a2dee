"""Assessments from files and folders, one at a time, as rows of a portfolio; what is unreadable is told and skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from crible.errors import CribleError, DamagedDocument, LimitExceeded
from crible.reporting.saved import Tender, decoded
from crible.scoring.portfolio import Row, amount_band
from crible.types import Effect, Severity, Strength, Verdict

# Of one assessment; 5,000 findings make about 10 MB.
_MOST_BYTES = 64 * 1024 * 1024
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?=$|-)")
_SERIOUS = ("blocking", "high", "medium")


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that could not be read: the file, the line in it (None: the whole file) and why."""

    source: str
    line: int | None
    why: str


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Profile(_Line):
    verdict: Verdict


class _Fact(_Line):
    value: str


class _Label(_Line):
    strength: Strength | None = None
    effect: Effect | None = None
    params: dict[str, Any] = {}


class _Legality(_Line):
    severity: Severity


class _Lot(_Line):
    profiles: dict[str, _Profile]


class _Assessment(_Line):
    """What a row needs of an assessment: the findings, most of its bytes, are left aside."""

    schema_version: Literal["1.0"]
    tender: Tender
    completeness: str
    profiles: dict[str, _Profile]
    facts: dict[str, _Fact]
    labels: dict[str, _Label] = {}
    legality: tuple[_Legality, ...] = ()
    lots: tuple[_Lot, ...] = ()


def rows_of(paths: Sequence[Path]) -> Iterator[Row | Skipped]:
    """The rows of JSON and JSONL files and of the folders that hold some, in the order of their names."""
    for path in paths:
        for file in _files(path):
            yield from _rows_in(file)


def row_of(data: Mapping[str, Any], source: str) -> Row:
    """The row of one assessment. Raises :class:`~crible.errors.DamagedDocument` naming the first fault."""
    try:
        found = _Assessment.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "assessment"
        raise DamagedDocument(f"{where}: {first['msg']}") from error
    tender, notice = found.tender, found.tender.notice or {}
    lots = [lot.profiles for lot in found.lots if lot.profiles] or [found.profiles]
    amount = _amount(notice.get("amount"))
    month = _MONTH.match(tender.published_on or "")
    waived = found.labels["ad_requirement_waived"] if "ad_requirement_waived" in found.labels else _Label()
    return Row(
        key=_key(tender, notice),
        source=source,
        parts=tuple((1 / len(lots), {name: p.verdict for name, p in by.items()}) for by in lots),
        digital=_fact(found, "digital"),
        hosting=_fact(found, "hosting"),
        health=_fact(found, "health"),
        complete=found.completeness == "complete",
        labels={name: label.strength for name, label in found.labels.items() if label.strength is not None},
        adverse=tuple(name for name, label in found.labels.items() if label.effect == "operative"),
        waived=_words(waived.params.get("target")) if waived.effect == "operative" else (),
        legality=any(warning.severity in _SERIOUS for warning in found.legality),
        amount=amount,
        cells={
            "buyer_class": tender.buyer.class_ if tender.buyer.class_ != "unknown" else "",
            "buyer": " ".join(tender.buyer.name.split())[:120],
            "cpv": tender.cpv[0][:3] if tender.cpv and tender.cpv[0][:3].isdigit() else "",
            "month": month[0] if month else "",
            "region": _text(notice.get("nuts")),
            "procedure": _text(notice.get("procedure")),
            "amount_band": amount_band(amount),
        },
    )


def _rows_in(file: Path) -> Iterator[Row | Skipped]:
    name = str(file)
    lines = file.suffix.lower() == ".jsonl"
    try:
        with file.open("rb") as stream:
            number = 0
            # The size is asked for, so that a file without line breaks is not in memory as a whole.
            while raw := (stream.readline(_MOST_BYTES + 1) if lines else stream.read(_MOST_BYTES + 1)):
                number += 1
                place = number if lines else None
                if len(raw) > _MOST_BYTES:
                    why = LimitExceeded(f"more than {_MOST_BYTES:,} bytes")
                    yield Skipped(name, place, str(why))
                    while lines and raw and not raw.endswith(b"\n"):
                        raw = stream.readline(_MOST_BYTES)
                    if not lines:
                        return
                    continue
                if raw.strip():
                    yield _row_or_why(raw, name, place)
            if number == 0:
                yield Skipped(name, None, "empty file")
    except OSError as error:
        yield Skipped(name, None, error.strerror or type(error).__name__)


def _row_or_why(raw: bytes, name: str, place: int | None) -> Row | Skipped:
    source = name if place is None else f"{name}:{place}"
    try:
        return row_of(decoded(raw, ""), source)
    except CribleError as error:
        return Skipped(name, place, str(error).removeprefix(": "))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in (".json", ".jsonl") and p.is_file())


def _key(tender: Tender, notice: Mapping[str, Any]) -> str:
    """What makes a tender the same: its id at the buyer's profile, else buyer, reference and month, else its files."""
    if identity := _text(notice.get("id")):
        return f"notice:{identity}"
    siren, reference = _text(notice.get("siren")), _text(notice.get("reference"))
    if siren and reference:
        return f"call:{siren}:{reference}:{(tender.published_on or '')[:7]}"
    return f"files:{tender.sha256}"


def _fact(found: _Assessment, name: str) -> str:
    return found.facts[name].value if name in found.facts else "unknown"


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(v) for v in value) if isinstance(value, (list, tuple)) else (str(value),) if value else ()


def _text(value: object) -> str:
    return " ".join(value.split())[:120] if isinstance(value, str) else ""


def _amount(value: object) -> float | None:
    # Booleans are numbers to Python; an amount of a hostile file may be infinite.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e12:
        return None
    return float(value)
