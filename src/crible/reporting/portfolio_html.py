"""A portfolio as one HTML file: plots, and under each the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crible.errors import ConfigurationError
from crible.reporting.markup import Html, fill, joined
from crible.reporting.page import items, page, section, table
from crible.reporting.portfolio import (
    cell_name,
    count,
    headline,
    indicator_name,
    inputs_line,
    interval,
    notes,
    percent,
)  # fmt: skip
from crible.reporting.words import Lang, printable, say
from crible.scoring.portfolio import MIN_BUYER_CELL, MIN_CELL

_FIGURE = """<figure role="group" aria-label="$caption">
<div role="img" aria-label="$alt">$svg</div>
<figcaption>$caption</figcaption>
</figure>
"""
_ENTRIES = 50  # entries left out that the page names


def portfolio_html(data: Mapping[str, Any], *, lang: Lang = "fr") -> str:
    """The whole page. Raises :class:`~crible.errors.ConfigurationError` where matplotlib is not installed."""
    try:
        from crible.reporting import portfolio_plots as plots
    except ImportError as error:
        wanted = "pip install 'crible[portfolio]'"
        raise ConfigurationError(f"la page a besoin de matplotlib : {wanted}" if lang == "fr" else
                                 f"the page needs matplotlib: {wanted}") from error  # fmt: skip
    policy = data["policy"]
    lead = joined(fill("<p>$text</p>\n", text=text) for text in headline(data, policy, lang))
    rates = _figure(
        plots.rates_plot(data["profiles"], lang, name="rates", band=data["seed_band"] if policy == "seed" else None),
        say("portfolio:chart:headline", lang), _rates_alt(data["profiles"], "", lang),
    )  # fmt: skip
    verdicts = _figure(
        plots.verdicts_plot(data, lang), say("portfolio:chart:profiles", lang), _verdicts_alt(data, lang)
    )
    body = [
        fill('<p class="note">$text</p>\n', text=inputs_line(data, lang)),
        section(say("portfolio:headline", lang, policy=policy), joined([lead, rates, _profiles(data, lang)])),
        section(say("portfolio:profiles", lang), joined([verdicts, _counts(data, lang)])),
        section(say("portfolio:populations", lang), _populations(data, lang)),
        section(say("portfolio:indicators", lang, policy=policy), _indicators(data, lang)),
        section(
            say("portfolio:breakdowns", lang, policy=policy),
            joined(_breakdown(dimension, cells, policy, lang) for dimension, cells in data["breakdowns"].items()),
        ),
        section(say("portfolio:trend", lang, policy=policy), _trend(data, lang)),
        section(say("portfolio:bias", lang), items([fill("$text", text=t) for t in notes(data, policy, lang)])),
        section(say("portfolio:skipped", lang), _skipped(data)),
    ]
    return page(say("portfolio:title", lang, n=data["inputs"]["tenders"]), joined(body), lang=lang)


def _figure(svg: Html | None, caption: str, alt: str) -> Html:
    return Html("") if svg is None else fill(_FIGURE, caption=caption, alt=alt, svg=svg)


def _rates_alt(rates: Mapping[str, Mapping[str, Any]], dimension: str, lang: Lang) -> str:
    return " ; ".join(
        f"{cell_name(dimension, cell, lang)} : {percent(r['low']['share'], lang)} – {percent(r['high']['share'], lang)}"
        for cell, r in rates.items()
        if r["low"]["share"] is not None
    )


def _verdicts_alt(data: Mapping[str, Any], lang: Lang) -> str:
    return " ; ".join(
        f"{name} : " + ", ".join(f"{say(v, lang)} {count(n, lang)}" for v, n in p["counts"].items())
        for name, p in data["profiles"].items()
        if p["counts"] is not None
    )


def _rate_cells(found: Mapping[str, Any], lang: Lang, least: int) -> list[str]:
    if found["low"]["share"] is None:
        return ["–", "–", "–", say("portfolio:withheld", lang, least=least)]
    wide = f"{percent(found['low']['low'], lang)} – {percent(found['high']['high'], lang)}"
    shares = [percent(found[key]["share"], lang) for key in ("low", "high")]
    return [count(found["low"]["m"], lang), *shares, wide]


def _heads(first: str, lang: Lang) -> list[str]:
    return [first, *(say(f"portfolio:column:{name}", lang) for name in ("m", "low", "high", "interval"))]


def _profiles(data: Mapping[str, Any], lang: Lang) -> Html:
    rows = [[name, *_rate_cells(found, lang, MIN_CELL)] for name, found in data["profiles"].items()]
    caption = say("portfolio:chart:headline", lang)
    return table(caption, _heads(say("portfolio:column:policy", lang), lang), rows, numbers=4)


def _counts(data: Mapping[str, Any], lang: Lang) -> Html:
    verdicts = ("compliant", "needs_review", "non_compliant", "out_of_scope")
    rows = [
        [name, *("–" if p["counts"] is None else count(p["counts"][v], lang) for v in verdicts)]
        for name, p in data["profiles"].items()
    ]
    heads = [say("portfolio:column:policy", lang), *(say(v, lang) for v in verdicts)]
    return table(say("portfolio:profiles", lang), heads, rows, numbers=4)


def _populations(data: Mapping[str, Any], lang: Lang) -> Html:
    return items([
        fill("$name : $n", name=say(f"portfolio:population:{name}", lang), n=n)
        for name, n in data["populations"].items()
    ])  # fmt: skip


def _indicators(data: Mapping[str, Any], lang: Lang) -> Html:
    rows = [
        [
            indicator_name(name, lang), count(rate["m"], lang), percent(rate["share"], lang),
            interval(rate, lang) if rate["share"] is not None else say("portfolio:withheld", lang, least=MIN_CELL),
        ]
        for name, rate in data["indicators"].items()
    ]  # fmt: skip
    heads = [say(f"portfolio:column:{name}", lang) for name in ("indicator", "m", "share", "interval")]
    return table(say("portfolio:indicators", lang, policy=data["policy"]), heads, rows, numbers=3)


def _breakdown(dimension: str, cells: Mapping[str, Mapping[str, Any]], policy: str, lang: Lang) -> Html:
    from crible.reporting import portfolio_plots as plots

    least = MIN_BUYER_CELL if dimension == "buyer" else MIN_CELL
    title = say(f"portfolio:dimension:{dimension}", lang)
    shown = {cell: found for cell, found in cells.items() if found["low"]["share"] is not None}
    caption = say("portfolio:chart:dimension", lang, dimension=title, policy=policy)
    figure = _figure(
        plots.rates_plot(shown, lang, name=dimension, dimension=dimension), caption, _rates_alt(shown, dimension, lang)
    )
    rows = [[cell_name(dimension, cell, lang), *_rate_cells(found, lang, least)] for cell, found in shown.items()]
    hidden = len(cells) - len(shown)
    note = say("portfolio:withheld_cells", lang, n=hidden, least=least)
    return joined(
        [
            fill("<h3>$title</h3>\n", title=title),
            figure,
            table(caption, _heads(title, lang), rows, numbers=4) if rows else Html(""),
            fill('<p class="note">$note</p>\n', note=note) if hidden else Html(""),
        ]
    )


def _trend(data: Mapping[str, Any], lang: Lang) -> Html:
    from crible.reporting import portfolio_plots as plots

    points = [p for p in data["trend"] if p["low"]["share"] is not None]
    if not points:
        return Html("")
    rows = [
        [p["month"], count(p["low"]["m"], lang), *(percent(p[k]["share"], lang) for k in ("low", "high", "immunity"))]
        for p in points
    ]
    heads = [say(f"portfolio:column:{name}", lang) for name in ("month", "m", "low", "high")]
    caption = say("portfolio:chart:trend", lang, policy=data["policy"])
    alt = " ; ".join(f"{row[0]} : {row[2]} – {row[3]}" for row in rows)
    return joined([
        _figure(plots.trend_plot(data, lang), caption, alt),
        table(caption, [*heads, say("portfolio:chart:immunity", lang)], rows, numbers=4),
    ])  # fmt: skip


def _skipped(data: Mapping[str, Any]) -> Html:
    entries = data["inputs"]["entries"]
    lines = [f"{e['source']}{'' if e['line'] is None else ':' + str(e['line'])} – {e['why']}" for e in entries]
    return items([fill("$text", text=printable(line)) for line in lines[:_ENTRIES]])
