"""Many assessments as figures (rubric D): shares with their intervals, intervals for what a person still has to review.

``Portfolio.add`` takes one row per tender and keeps only that: ten thousand assessments are never in memory at once.
The same tender seen twice counts once, as last seen.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crible.types import Verdict

Z = 1.96  # of a 95 % interval
MIN_CELL = 5  # under this many calls a share is not published (rubric D)
MIN_BUYER_CELL = 3  # the same where a cell is one buyer
SEED_BAND = (0.50, 0.60)  # what the 2020 opinion piece asks to reserve
ROLLING_MONTHS = 6
# Upper bounds in euros, before tax; the thresholds of the bands are ours.
AMOUNT_BANDS = ((40_000, "<40k"), (221_000, "40k-221k"), (1_000_000, "221k-1M"), (10_000_000, "1M-10M"))
BREAKDOWNS = ("buyer_class", "buyer", "cpv", "month", "region", "procedure", "amount_band")
_ADVERSE = ("ad_non_eu_allowed", "ad_named_exposed_provider", "ad_requirement_waived", "ad_foreign_law_terms",
            "ad_nationality_or_local_preference", "ad_brand_no_equivalent")  # fmt: skip
_LOCATIONS = ("france", "eu", "none")
_SECNUMCLOUD = ("mandatory", "scored", "desirable", "waived", "none")


@dataclass(frozen=True, slots=True)
class Row:
    """What the figures need of one tender. ``parts`` are its lots: a weight (they make 1) and the verdicts by profile.

    ``labels`` are the strengths, ``adverse`` the operative labels, ``waived`` what they set aside; ``month`` is
    ``2026-09``; unknown particulars are empty, an unknown amount None.
    """

    key: str
    source: str
    parts: tuple[tuple[float, Mapping[str, Verdict]], ...]
    digital: str
    hosting: str
    health: str
    complete: bool
    labels: Mapping[str, str]
    adverse: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    legality: bool = False
    amount: float | None = None
    cells: Mapping[str, str] = field(default_factory=dict)

    def share(self, profile: str, *verdicts: Verdict) -> float:
        """The weight of the lots that have one of ``verdicts`` under ``profile``."""
        return math.fsum(weight for weight, by in self.parts if by.get(profile) in verdicts)


@dataclass(frozen=True, slots=True)
class Rate:
    """``n`` of ``m``, its share and its 95 % interval; all None when the cell is too small to be published."""

    n: float | None
    m: float | None
    p: float | None
    low: float | None
    high: float | None

    @property
    def published(self) -> bool:
        return self.p is not None


@dataclass(frozen=True, slots=True)
class Compliance:
    """The demand-side rate of one profile: from what is compliant to what may be, after review.

    ``low`` counts the compliant, ``high`` also those to review, both of the calls in scope; ``strict`` the compliant
    among the files read in full; ``coverage`` is the share of these.
    """

    low: Rate
    high: Rate
    strict: Rate
    coverage: Rate
    counts: Mapping[str, float]


def wilson(n: float, m: float) -> tuple[float, float]:
    """The 95 % Wilson interval of ``n`` successes out of ``m`` (> 0), within 0 and 1."""
    p = n / m
    centre, spread = p + Z * Z / (2 * m), Z * math.sqrt(p * (1 - p) / m + Z * Z / (4 * m * m))
    scale = 1 + Z * Z / m
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def rate(n: float, m: float, *, least: int = MIN_CELL) -> Rate:
    """The share with its interval, withheld when ``m`` is under ``least``."""
    if m < least or m <= 0:
        return Rate(None, None, None, None, None)
    # Weights of lots add up to a hair more or less than the whole.
    n = min(max(n, 0.0), m)
    return Rate(_tidy(n), _tidy(m), n / m, *wilson(n, m))


class Portfolio:
    """Rows by tender, the last one of each, and the figures over them."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.seen = 0

    def add(self, row: Row) -> None:
        """Count a tender; one that was seen before takes the place of what was said of it."""
        self.seen += 1
        self._rows.pop(row.key, None)
        self._rows[row.key] = row

    @property
    def rows(self) -> Sequence[Row]:
        return tuple(self._rows.values())

    @property
    def repeated(self) -> int:
        """How many assessments gave way to a later one of the same tender."""
        return self.seen - len(self._rows)

    def profiles(self) -> list[str]:
        """The profiles met, the four that ship first and in their order."""
        from crible.scoring.policy import POLICY_IDS

        met = {name for row in self._rows.values() for _, by in row.parts for name in by}
        return [name for name in POLICY_IDS if name in met] + sorted(met - set(POLICY_IDS))


def populations(rows: Iterable[Row]) -> dict[str, int]:
    """N_all, N_dig (incidental apart) and N_host of rubric D."""
    rows = list(rows)
    digital = [row for row in rows if row.digital == "yes"]
    return {
        "all": len(rows),
        "digital": len(digital),
        "incidental": sum(row.digital == "incidental" for row in rows),
        "hosted": sum(row.hosting == "contractor" for row in digital),
    }


def compliance(rows: Iterable[Row], profile: str, *, least: int = MIN_CELL) -> Compliance:
    """The rates of one profile over ``rows``."""
    rows = list(rows)
    counts = {verdict: math.fsum(row.share(profile, verdict) for row in rows)
              for verdict in ("compliant", "needs_review", "non_compliant", "out_of_scope")}  # fmt: skip
    scope = _scope(rows, profile)
    read = [row for row in rows if row.complete]
    evaluated, kept = _scope(read, profile), math.fsum(row.share(profile, "compliant") for row in read)
    return Compliance(
        low=rate(counts["compliant"], scope, least=least),
        high=rate(counts["compliant"] + counts["needs_review"], scope, least=least),
        strict=rate(kept, evaluated, least=least),
        coverage=rate(evaluated, scope, least=least),
        counts={verdict: _tidy(count) for verdict, count in counts.items()},
    )


def value_weighted(rows: Iterable[Row], profile: str) -> dict[str, Any]:
    """The compliant share of the money in scope; a missing amount takes the median, and how many did is told."""
    rows = [row for row in rows if row.share(profile, "compliant", "needs_review", "non_compliant") > 0]
    known = [row.amount for row in rows if row.amount is not None]
    if len(known) < MIN_CELL:
        return {"low": None, "high": None, "m": None, "imputed": None}
    median = statistics.median(known)

    def money(*verdicts: Verdict) -> float:
        return math.fsum((median if row.amount is None else row.amount) * row.share(profile, *verdicts) for row in rows)

    total = money("compliant", "needs_review", "non_compliant")
    if total <= 0:
        return {"low": None, "high": None, "m": None, "imputed": None}
    return {
        "low": money("compliant") / total, "high": money("compliant", "needs_review") / total, "m": len(rows),
        "imputed": len(rows) - len(known),
    }  # fmt: skip


def indicators(rows: Iterable[Row], profile: str) -> dict[str, Rate]:
    """Indicators 4 to 9 of rubric D, by name, over the calls in scope of ``profile`` (health calls for HDS)."""
    rows = list(rows)
    scope = [row for row in rows if row.share(profile, "compliant", "needs_review", "non_compliant") > 0]

    def of(test: Callable[[Row], bool], among: Sequence[Row] = scope) -> Rate:
        return rate(sum(map(test, among)), len(among))

    health = [row for row in rows if row.health == "yes"]
    found = {"immunity_mandatory": of(_immune)}
    found |= {f"location:{place}": of(lambda r, p=place: _location(r) == p) for place in _LOCATIONS}  # type: ignore[misc]
    found |= {f"secnumcloud:{how}": of(lambda r, h=how: _secnumcloud(r) == h) for how in _SECNUMCLOUD}  # type: ignore[misc]
    found["hds_mandatory"] = of(lambda r: r.labels.get("dp_hds") == "mandatory", health)
    found["adverse:any"] = of(lambda r: bool(r.adverse))
    found |= {f"adverse:{label}": of(lambda r, a=label: a in r.adverse) for label in _ADVERSE}  # type: ignore[misc]
    found["legality"] = of(lambda r: r.legality)
    return found


def breakdown(rows: Iterable[Row], profile: str, dimension: str) -> dict[str, Compliance]:
    """The rates of one profile by cell of one of :data:`BREAKDOWNS`; the unknown, told as such, come last."""
    cells: dict[str, list[Row]] = {}
    for row in rows:
        cells.setdefault(row.cells.get(dimension) or "unknown", []).append(row)
    least = MIN_BUYER_CELL if dimension == "buyer" else MIN_CELL
    order = sorted(cells, key=lambda cell: (cell == "unknown", cell))
    return {cell: compliance(cells[cell], profile, least=least) for cell in order}


def trend(rows: Iterable[Row], profile: str) -> list[dict[str, Any]]:
    """By month, the rates over it and the five months before: low and high of the profile, and mandatory immunity."""
    by_month: dict[str, list[Row]] = {}
    for row in rows:
        if month := row.cells.get("month"):
            by_month.setdefault(month, []).append(row)
    if not by_month:
        return []
    found = []
    last = max(by_month)
    month = min(by_month)
    while month <= last:
        window = [row for back in range(ROLLING_MONTHS) for row in by_month.get(_months_before(month, back), ())]
        rates, scope = compliance(window, profile), indicators(window, profile)
        found.append({"month": month, "low": rates.low, "high": rates.high, "immunity": scope["immunity_mandatory"]})
        month = _months_before(month, -1)
    return found


def amount_band(amount: float | None) -> str:
    """The band of an amount in euros; empty when unknown."""
    if amount is None:
        return ""
    return next((name for most, name in AMOUNT_BANDS if amount < most), "≥10M")


def _scope(rows: Sequence[Row], profile: str) -> float:
    return math.fsum(row.share(profile, "compliant", "needs_review", "non_compliant") for row in rows)


def _immune(row: Row) -> bool:
    return "mandatory" in (row.labels.get("sv_extra_eu_immunity"), row.labels.get("sv_secnumcloud"))


def _location(row: Row) -> str:
    if row.labels.get("ho_location_france") == "mandatory":
        return "france"
    return "eu" if row.labels.get("ho_location_eu") == "mandatory" else "none"


def _secnumcloud(row: Row) -> str:
    strength = row.labels.get("sv_secnumcloud", "none")
    if strength in ("mandatory", "scored", "desirable"):
        return strength
    return "waived" if "secnumcloud" in row.waived else "none"


def _months_before(month: str, back: int) -> str:
    year, number = map(int, month.split("-"))
    place = year * 12 + number - 1 - back
    return f"{place // 12:04d}-{place % 12 + 1:02d}"


def _tidy(value: float) -> float:
    """Whole numbers as such: weights of lots add up to 3.0000000001."""
    return round(value, 6) if abs(value - round(value)) > 1e-6 else float(round(value))
