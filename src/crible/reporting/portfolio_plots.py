"""The plots of a portfolio as SVG. Colours are told apart by the colour-blind, and doubled by marks or hatching."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from crible.reporting.markup import Html
from crible.reporting.portfolio import cell_name
from crible.reporting.words import Lang, say, shorten

# Okabe and Ito's colours; each verdict has its hatching too.
_VERDICTS = (("compliant", "#009E73", ""), ("needs_review", "#E69F00", "//"), ("non_compliant", "#D55E00", "xx"))
_BAND = "#56B4E9"
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay text: the page's font, and half the size
    "font.family": "sans-serif", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True,
    "legend.frameon": False, "hatch.linewidth": 0.6, "hatch.color": "#ffffff",
}  # fmt: skip
MOST_BARS = 20  # cells of one plot; the table has them all


def verdicts_plot(data: Mapping[str, Any], lang: Lang) -> Html | None:
    """Shares of verdicts by profile, of the calls in scope."""
    shown = {name: p["counts"] for name, p in data["profiles"].items() if p["counts"] is not None}
    if not shown:
        return None
    with _style("verdicts"):
        figure = Figure(figsize=(8, 0.6 * len(shown) + 1.4), layout="constrained")
        axes = figure.subplots()
        names = list(shown)[::-1]
        left = [0.0] * len(names)
        for verdict, colour, hatch in _VERDICTS:
            scope = [sum(shown[name][v] for v, _, _ in _VERDICTS) or 1 for name in names]
            widths = [shown[name][verdict] / total for name, total in zip(names, scope, strict=True)]
            axes.barh(names, widths, left=left, color=colour, hatch=hatch, label=say(verdict, lang), height=0.6)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.set(xlim=(0, 1))
        _percents(axes.xaxis)
        figure.legend(loc="outside upper center", ncols=3)
        return _svg(figure)


def rates_plot(
    rates: Mapping[str, Mapping[str, Any]], lang: Lang, *, name: str, band: Sequence[float] | None = None,
    dimension: str = "",
) -> Html | None:  # fmt: skip
    """From the compliant share to the compliant or to review, by profile or cell, with the ends of their intervals."""
    shown = {cell: r for cell, r in rates.items() if r["low"]["share"] is not None}
    if not shown:
        return None
    cells = list(shown)
    if len(cells) > MOST_BARS:  # the fullest, in the order given
        fullest = set(sorted(cells, key=lambda cell: -shown[cell]["low"]["m"])[:MOST_BARS])
        cells = [cell for cell in cells if cell in fullest]
    cells = cells[::-1]
    with _style(name):
        figure = Figure(figsize=(8, 0.42 * len(cells) + 1.5), layout="constrained")
        axes = figure.subplots()
        for place, cell in enumerate(cells):
            low, high = shown[cell]["low"], shown[cell]["high"]
            axes.plot([low["low"], high["high"]], [place, place], color="#7A7A7A", linewidth=1)
            axes.plot([low["share"], high["share"]], [place, place], color="#0072B2", linewidth=6, alpha=0.6)
            axes.plot([low["share"]], [place], color="#0072B2", marker="o", markersize=7)
            axes.plot([high["share"]], [place], color="#0072B2", marker="D", markersize=6, markerfacecolor="white")
        if band is not None:
            axes.axvspan(*band, color=_BAND, alpha=0.3, label=say("portfolio:chart:band", lang), zorder=0)
        axes.plot([], [], color="#0072B2", marker="o", linestyle="", label=say("portfolio:rate:low", lang))
        axes.plot(
            [], [], color="#0072B2", marker="D", markerfacecolor="white", linestyle="",
            label=say("portfolio:rate:high", lang),
        )  # fmt: skip
        labels = [shorten(cell_name(dimension, cell, lang), 44) for cell in cells]
        axes.set_yticks(range(len(cells)), labels)
        axes.set(xlim=(0, 1), ylim=(-0.6, len(cells) - 0.4))
        _percents(axes.xaxis)
        figure.legend(loc="outside upper center", ncols=3)
        return _svg(figure)


def trend_plot(data: Mapping[str, Any], lang: Lang) -> Html | None:
    """Rolling means by month; a month without enough calls leaves a hole."""
    points = data["trend"]
    if sum(p["low"]["share"] is not None for p in points) < 2:
        return None
    months = [p["month"] for p in points]
    with _style("trend"):
        figure = Figure(figsize=(8, 3.4), layout="constrained")
        axes = figure.subplots()
        for key, colour, mark, text in (
            ("low", "#0072B2", "o", "portfolio:rate:low"), ("high", "#56B4E9", "D", "portfolio:rate:high"),
            ("immunity", "#D55E00", "s", "portfolio:chart:immunity"),
        ):  # fmt: skip
            shares = [float("nan") if p[key]["share"] is None else p[key]["share"] for p in points]
            axes.plot(months, shares, color=colour, marker=mark, markersize=5, linewidth=1.3, label=say(text, lang))
        axes.set(ylim=(0, 1))
        _percents(axes.yaxis)
        step = max(len(months) // 12, 1)
        axes.set_xticks(range(0, len(months), step), months[::step], rotation=45)
        figure.legend(loc="outside upper center", ncols=3)
        return _svg(figure)


def _style(name: str) -> Any:
    # The salt makes the ids of the marks the same in every run, and different from plot to plot on one page.
    settings: Any = {**_STYLE, "svg.hashsalt": f"crible-{name}"}
    return mpl.rc_context(settings)


def _percents(axis: Any) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))


def _svg(figure: Figure) -> Html:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    svg = text[text.index("<svg") :]
    # The size of the figure is left to the page; its policy lets no style through but its own, so that styles become
    # attributes.
    svg = re.sub(r'(<svg [^>]*?)height="[^"]*" ', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)width="[^"]*" ', r'\1stroke-linejoin="round" stroke-linecap="butt" ', svg, count=1)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    return Html(re.sub(r' style="([^"]*)"', lambda found: _attributes(found[1]), svg))


def _attributes(style: str) -> str:
    """« fill: #fff; font: 10px sans-serif » → `` fill="#fff" font-size="10px"``; the family is that of the page."""
    found = []
    for part in style.split(";"):
        key, _, value = (piece.strip() for piece in part.partition(":"))
        if key == "font":
            size = re.search(r"[\d.]+px", value)
            key, value = "font-size", size[0] if size else ""
        if value and key != "font-family":
            found.append(f' {key}="{value}"')
    return "".join(found)
