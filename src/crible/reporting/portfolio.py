"""A portfolio as plain data, as a table of figures and as text. What is withheld is told as withheld, never as zero."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crible.reporting.portfolio_rows import Skipped
from crible.reporting.words import Lang, decimal, printable, say, term
from crible.scoring.portfolio import (
    BREAKDOWNS,
    MIN_BUYER_CELL,
    MIN_CELL,
    SEED_BAND,
    Compliance,
    Portfolio,
    Rate,
    breakdown,
    compliance,
    indicators,
    populations,
    trend,
    value_weighted,
)  # fmt: skip

SCHEMA_VERSION = "1.0"
BIASES = ("collection", "documents", "ocr", "repeats", "corrections", "model", "causes")
RATES = ("low", "high", "strict", "coverage")
_DIGITS = 4
# Entries left out that are named; the others are counted.
_NAMED = 200
# Cells of one breakdown that the text lists.
_LISTED = 15


def portfolio_data(portfolio: Portfolio, policy: str, skipped: Sequence[Skipped], n_skipped: int) -> dict[str, Any]:
    """All the figures; ``policy`` is the profile that the indicators, breakdowns and trend are about."""
    rows = portfolio.rows
    return {
        "schema_version": SCHEMA_VERSION,
        "policy": policy,
        "inputs": {
            "assessments": portfolio.seen, "tenders": len(rows), "repeated": portfolio.repeated,
            "by_lot": sum(len(row.parts) > 1 for row in rows), "skipped": n_skipped,
            "entries": [{"source": s.source, "line": s.line, "why": s.why} for s in skipped[:_NAMED]],
        },
        "populations": populations(rows),
        "profiles": {
            name: {**_compliance(compliance(rows, name)), "value_weighted": _rounded(value_weighted(rows, name))}
            for name in portfolio.profiles()
        },
        "seed_band": list(SEED_BAND),
        "min_cell": {"default": MIN_CELL, "buyer": MIN_BUYER_CELL},
        "indicators": {name: _rate(rate) for name, rate in indicators(rows, policy).items()},
        "breakdowns": {
            dimension: {cell: _compliance(c) for cell, c in breakdown(rows, policy, dimension).items()}
            for dimension in BREAKDOWNS
            if any(row.cells.get(dimension) for row in rows)
        },
        "trend": [
            {"month": t["month"], **{key: _rate(t[key]) for key in ("low", "high", "immunity")}}
            for t in trend(rows, policy)
        ],
        "supply_side": None,
    }  # fmt: skip


def _rate(rate: Rate) -> dict[str, float | None]:
    return _rounded({"n": rate.n, "m": rate.m, "share": rate.p, "low": rate.low, "high": rate.high})


def _compliance(found: Compliance) -> dict[str, Any]:
    counts: Mapping[str, float] | None = found.counts if found.low.published else None
    return {**{name: _rate(getattr(found, name)) for name in RATES}, "counts": dict(counts) if counts else None}


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(v, _DIGITS) if isinstance(v, float) else v for key, v in values.items()}


def portfolio_csv(data: Mapping[str, Any]) -> str:
    """One figure a line: profile, indicator, dimension, cell, n, m, share, low, high; blanks where withheld."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["policy", "indicator", "dimension", "cell", "n", "m", "share", "low", "high"])

    def put(policy: str, indicator: str, rate: Mapping[str, Any], dimension: str = "", cell: str = "") -> None:
        figures = ["" if rate[key] is None else rate[key] for key in ("n", "m", "share", "low", "high")]
        table.writerow([policy, indicator, dimension, harmless(cell), *figures])

    for policy, found in data["profiles"].items():
        for name in RATES:
            put(policy, name, found[name])
    for name, rate in data["indicators"].items():
        put(data["policy"], name, rate)
    for dimension, cells in data["breakdowns"].items():
        for cell, found in cells.items():
            for name in RATES:
                put(data["policy"], name, found[name], dimension, cell)
    for point in data["trend"]:
        for name in ("low", "high", "immunity"):
            put(data["policy"], f"rolling:{name}", point[name], "month", point["month"])
    return out.getvalue()


def rows_csv(portfolio: Portfolio) -> Iterator[str]:
    """One line per lot (or per tender without lots), for those who want to count for themselves."""
    profiles = portfolio.profiles()
    cells = [name for name in BREAKDOWNS if name != "amount_band"]
    yield _csv_line(["tender", "source", "lot", "weight", *profiles, "digital", "hosting", "health", "complete",
                     "amount", *cells])  # fmt: skip
    for row in portfolio.rows:
        for i, (weight, verdicts) in enumerate(row.parts, start=1):
            lot = i if len(row.parts) > 1 else ""
            yield _csv_line(
                [
                    harmless(row.key), harmless(row.source), lot, round(weight, 6),
                    *(verdicts.get(name, "") for name in profiles), row.digital, row.hosting, row.health,
                    str(row.complete).lower(), "" if row.amount is None else row.amount,
                    *(harmless(row.cells.get(name, "")) for name in cells),
                ]
            )  # fmt: skip


def _csv_line(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def harmless(text: str) -> str:
    """Text of strangers that a spreadsheet will not take for a formula."""
    text = printable(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def percent(value: float | None, lang: Lang) -> str:
    """« 41,5 % »; a dash where nothing is published."""
    return "–" if value is None else f"{decimal(100 * value, lang)} %"


def interval(rate: Mapping[str, Any], lang: Lang) -> str:
    if rate["share"] is None:
        return "–"
    return f"{percent(rate['low'], lang)} – {percent(rate['high'], lang)}"


def count(value: float | None, lang: Lang) -> str:
    """A number of tenders; lots make fractions of them."""
    return "–" if value is None else decimal(value, lang, digits=0 if value == int(value) else 1)


def cell_name(dimension: str, cell: str, lang: Lang) -> str:
    if cell == "unknown":
        return say("portfolio:unknown", lang)
    return term("buyer", cell, lang) if dimension == "buyer_class" else printable(cell)


def indicator_name(name: str, lang: Lang) -> str:
    code = f"portfolio:indicator:{name}"
    said = say(code, lang)
    if said == code and name.startswith("adverse:"):
        return say("portfolio:indicator:adverse:label", lang, label=say(name.removeprefix("adverse:"), lang))
    return said


def headline(data: Mapping[str, Any], policy: str, lang: Lang) -> list[str]:
    """The rate of one profile in words, with the band that the opinion piece asks for when it is the seed."""
    found = data["profiles"].get(policy)
    if found is None or found["low"]["share"] is None:
        return [say("portfolio:headline.withheld", lang, least=MIN_CELL)]
    low, high = found["low"], found["high"]
    lines = [
        say(
            "portfolio:headline.text", lang, low=percent(low["share"], lang), high=percent(high["share"], lang),
            wide_low=percent(low["low"], lang), wide_high=percent(high["high"], lang),
        )
    ]  # fmt: skip
    if policy == "seed":
        first, last = data["seed_band"]
        lines.append(say("portfolio:band", lang, low=percent(first, lang), high=percent(last, lang)))
        place = "below" if high["share"] < first else "above" if low["share"] > last else "unsure"
        lines.append(say(f"portfolio:band.{place}", lang))
    return lines


def notes(data: Mapping[str, Any], policy: str, lang: Lang) -> list[str]:
    """What a reader of the figures must know."""
    value = data["profiles"][policy]["value_weighted"] if policy in data["profiles"] else {"m": None}
    money = (
        say("portfolio:value.withheld", lang, least=MIN_CELL)
        if value["m"] is None
        else say("portfolio:value", lang, imputed=value["imputed"], m=value["m"])
    )
    lots = [say("portfolio:lots", lang, n=data["inputs"]["by_lot"])] if data["inputs"]["by_lot"] else []
    return [*lots, money, say("portfolio:supply", lang), *(say(f"portfolio:bias:{b}", lang) for b in BIASES)]


def inputs_line(data: Mapping[str, Any], lang: Lang) -> str:
    i = data["inputs"]
    return say(
        "portfolio:inputs", lang, seen=i["assessments"], n=i["tenders"], repeated=i["repeated"], skipped=i["skipped"]
    )


def portfolio_text(data: Mapping[str, Any], *, lang: Lang = "fr") -> str:
    """The main figures as text; JSON, CSV and HTML have them all."""
    policy = data["policy"]
    lines = [say("portfolio:title", lang, n=data["inputs"]["tenders"]), inputs_line(data, lang), ""]
    lines += [say("portfolio:headline", lang, policy=policy), *(f"  {t}" for t in headline(data, policy, lang)), ""]
    lines.append(say("portfolio:profiles", lang))
    width = max((len(name) for name in data["profiles"]), default=0)
    for name, found in data["profiles"].items():
        if found["counts"] is None:
            lines.append(f"  {name:<{width}}  {say('portfolio:withheld', lang, least=MIN_CELL)}")
            continue
        told = ", ".join(f"{say(v, lang)} {count(n, lang)}" for v, n in found["counts"].items())
        lines.append(f"  {name:<{width}}  {told}")
    lines += ["", say("portfolio:indicators", lang, policy=policy)]
    for name, rate in data["indicators"].items():
        shown = say("portfolio:withheld", lang, least=MIN_CELL)
        if rate["share"] is not None:
            shown = f"{percent(rate['share'], lang)} ({interval(rate, lang)}, n = {count(rate['m'], lang)})"
        lines.append(f"  {indicator_name(name, lang)} : {shown}" if lang == "fr" else
                     f"  {indicator_name(name, lang)}: {shown}")  # fmt: skip
    for dimension, cells in data["breakdowns"].items():
        lines += ["", say(f"portfolio:dimension:{dimension}", lang)]
        lines += [f"  {text}" for text in _cells(dimension, cells, lang)]
    lines += ["", say("portfolio:bias", lang), *(f"  {note}" for note in notes(data, policy, lang))]
    return "\n".join(lines) + "\n"


def _cells(dimension: str, cells: Mapping[str, Mapping[str, Any]], lang: Lang) -> list[str]:
    shown = {cell: found for cell, found in cells.items() if found["low"]["share"] is not None}
    named = list(shown.items())
    if len(named) > _LISTED:  # the fullest cells; the others stand in the table and in the JSON
        named = sorted(named, key=lambda pair: -pair[1]["low"]["m"])[:_LISTED]
    lines = [
        f"{cell_name(dimension, cell, lang)} – {percent(found['low']['share'], lang)} – "
        f"{percent(found['high']['share'], lang)} (n = {count(found['low']['m'], lang)})"
        for cell, found in named
    ]
    if len(named) < len(shown):
        lines.append(say("explain:more", lang, n=len(shown) - len(named)))
    if len(shown) < len(cells):
        least = MIN_BUYER_CELL if dimension == "buyer" else MIN_CELL
        lines.append(say("portfolio:withheld_cells", lang, n=len(cells) - len(shown), least=least))
    return lines
