"""Rates, intervals, cells withheld: the figures of a portfolio against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crible.scoring.portfolio import (
    MIN_CELL,
    Portfolio,
    Row,
    amount_band,
    breakdown,
    compliance,
    indicators,
    populations,
    rate,
    trend,
    value_weighted,
    wilson,
)


def row(n: int, *verdicts: str, **more: Any) -> Row:
    fields: dict[str, Any] = {
        "key": f"k{n}", "source": "a.json",
        "parts": tuple((1 / len(verdicts), {"seed": v}) for v in verdicts),
        "digital": "yes", "hosting": "contractor", "health": "no", "complete": True, "labels": {},
    }  # fmt: skip
    return Row(**(fields | more))


def rows(counts: Mapping[str, int], **more: Any) -> list[Row]:
    verdicts = [verdict for verdict, count in counts.items() for _ in range(count)]
    return [row(n, verdict, **more) for n, verdict in enumerate(verdicts)]


def test_the_wilson_interval_is_the_formula_of_the_rubric() -> None:
    for n, m in ((0, 5), (1, 7), (6, 20), (50, 100), (5, 5)):
        p = n / m
        half = 1.96 * math.sqrt(p * (1 - p) / m + 0.96 / m**2)
        expected = [(p + 1.92 / m + sign * half) / (1 + 3.84 / m) for sign in (-1, 1)]
        assert wilson(n, m) == pytest.approx([max(expected[0], 0), min(expected[1], 1)], abs=2e-4)


def test_the_wilson_interval_of_a_textbook_case() -> None:
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m))))
def test_an_interval_holds_its_share_and_stays_within_nought_and_one(pair: tuple[int, int]) -> None:
    n, m = pair
    low, high = wilson(n, m)
    assert 0 <= low <= n / m + 1e-12
    assert n / m - 1e-12 <= high <= 1
    assert (low, high) == pytest.approx(tuple(1 - end for end in reversed(wilson(m - n, m))))


@pytest.mark.parametrize(("m", "published"), [(0, False), (4, False), (5, True)])
def test_a_cell_under_five_is_withheld_and_not_nought(m: int, published: bool) -> None:
    found = rate(0, m)
    assert found.published == published
    assert (found.n, found.m) == ((0, m) if published else (None, None))


def test_the_rate_runs_from_the_compliant_to_those_still_to_review() -> None:
    found = compliance(rows({"compliant": 4, "needs_review": 6, "non_compliant": 10, "out_of_scope": 7}), "seed")
    assert (found.low.n, found.low.m, found.low.p) == (4, 20, 0.2)
    assert (found.high.n, found.high.p) == (10, 0.5)
    assert (found.strict.p, found.coverage.p) == (0.2, 1.0)
    assert found.counts == {"compliant": 4, "needs_review": 6, "non_compliant": 10, "out_of_scope": 7}


def test_the_strict_rate_counts_complete_files_alone_and_says_how_many_they_are() -> None:
    read = rows({"compliant": 3, "non_compliant": 5})
    partial = rows({"needs_review": 8}, complete=False)
    found = compliance([*read, *partial], "seed")
    assert (found.strict.n, found.strict.m) == (3, 8)
    assert (found.coverage.n, found.coverage.m) == (8, 16)


def test_lots_share_the_weight_of_their_tender() -> None:
    lots = [row(n, "compliant", "non_compliant", "out_of_scope") for n in range(9)]
    found = compliance(lots, "seed")
    assert (found.low.n, found.low.m) == (3, 6)
    assert found.counts["out_of_scope"] == 3


def test_a_tender_seen_twice_counts_once_as_last_seen() -> None:
    portfolio = Portfolio()
    for verdict in ("compliant", "non_compliant"):
        portfolio.add(row(1, verdict))
    portfolio.add(row(2, "needs_review"))
    assert (portfolio.seen, portfolio.repeated) == (3, 1)
    assert [r.parts[0][1]["seed"] for r in portfolio.rows] == ["non_compliant", "needs_review"]


def test_populations_count_the_incidental_apart() -> None:
    seen = [row(1, "compliant"), row(2, "compliant", digital="incidental"), row(3, "compliant", digital="no"),
            row(4, "out_of_scope", hosting="buyer")]  # fmt: skip
    assert populations(seen) == {"all": 4, "digital": 2, "incidental": 1, "hosted": 1}


def test_the_indicators_count_what_the_calls_in_scope_ask() -> None:
    immune = rows({"compliant": 3}, labels={"sv_secnumcloud": "mandatory", "ho_location_france": "mandatory"})
    wish = rows({"non_compliant": 2}, labels={"sv_secnumcloud": "desirable", "ho_location_eu": "mandatory"})
    waived = rows({"non_compliant": 5}, adverse=("ad_requirement_waived",), waived=("secnumcloud",), legality=True)
    out = rows({"out_of_scope": 40}, labels={"sv_secnumcloud": "mandatory"})
    found = {name: r.n for name, r in indicators([*immune, *wish, *waived, *out], "seed").items()}
    assert found["immunity_mandatory"] == 3
    assert [found[f"location:{p}"] for p in ("france", "eu", "none")] == [3, 2, 5]
    assert [found[f"secnumcloud:{h}"] for h in ("mandatory", "scored", "desirable", "waived", "none")] == [
        3,
        0,
        2,
        5,
        0,
    ]
    assert (found["adverse:any"], found["adverse:ad_requirement_waived"], found["legality"]) == (5, 5, 5)
    assert found["hds_mandatory"] is None  # no health call at all


def test_the_share_of_certified_hosting_is_of_health_calls() -> None:
    health = rows({"compliant": 4}, health="yes", labels={"dp_hds": "mandatory"})
    bare = rows({"non_compliant": 4}, health="yes")
    found = indicators([*health, *bare, *rows({"compliant": 30})], "seed")["hds_mandatory"]
    assert (found.n, found.m) == (4, 8)


def test_missing_amounts_take_the_median_and_are_counted() -> None:
    known = [row(n, "compliant" if n < 2 else "non_compliant", amount=100.0) for n in range(6)]
    found = value_weighted([*known, row(9, "needs_review")], "seed")
    assert (found["m"], found["imputed"]) == (7, 1)
    assert (found["low"], found["high"]) == pytest.approx((200 / 700, 300 / 700))
    assert value_weighted(known[:4], "seed")["low"] is None


@pytest.mark.parametrize(
    ("amount", "band"), [(None, ""), (39_999, "<40k"), (40_000, "40k-221k"), (1e6, "1M-10M"), (1e7, "≥10M")]
)
def test_amounts_fall_in_bands(amount: float | None, band: str) -> None:
    assert amount_band(amount) == band


def test_a_breakdown_withholds_small_cells_and_puts_the_unknown_last() -> None:
    seen = [
        *rows({"compliant": 5}, cells={"buyer_class": "state", "buyer": "Agence"}),
        *rows({"compliant": MIN_CELL - 1}, cells={"buyer_class": "hospital", "buyer": "CH"}),
        *rows({"compliant": 2}, cells={"buyer": "Petit"}),
    ]
    found = breakdown(seen, "seed", "buyer_class")
    assert list(found) == ["hospital", "state", "unknown"]
    assert [c.low.published for c in found.values()] == [False, True, False]
    # One buyer's own cell is published from three calls on.
    assert [c.low.published for c in breakdown(seen, "seed", "buyer").values()] == [True, True, False]


def test_the_trend_is_a_mean_over_six_months_and_leaves_holes_where_too_little_is_known() -> None:
    seen = [
        *rows({"compliant": 6}, cells={"month": "2025-11"}),
        *rows({"non_compliant": 6}, cells={"month": "2026-02"}),
    ]
    points = {p["month"]: p["low"] for p in trend(seen, "seed")}
    assert list(points) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [p.p for p in points.values()] == [1.0, 1.0, 1.0, 0.5]
    later = trend([*seen, *rows({"compliant": 1}, cells={"month": "2026-09"})], "seed")
    assert [p["low"].published for p in later][-3:] == [True, False, False]  # February leaves the window in August
