"""The plots of the report, as SVG to be put in a page. Each series has its mark, since colours alone say nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from crible_training.evaluation import words

# Okabe and Ito's colours, told apart by the colour-blind too.
_SERIES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#7A7A7A", "D"), ("#CC79A7", "v"), ("#E69F00", "P"))
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay text: the page's font, and half the size
    "font.family": "sans-serif", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True, "legend.frameon": False,
}  # fmt: skip


def reliability_plot(results: Mapping[str, Any], title: str) -> str:
    """Share right against probability: all decisions, and those that gave a label. The diagonal is perfection."""
    with _style(title):
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        for axes, (kind, name) in zip(
            figure.subplots(1, 2), (("all", "Toutes les décisions"), ("decided", "Trouvailles")), strict=True
        ):
            axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
            for (candidate, result), (colour, mark) in zip(results.items(), _SERIES, strict=False):
                points = result["calibration"][kind]["points"]
                if not points:
                    continue
                right = [p["share_right"] for p in points]
                error = result["calibration"][kind]["ece"]["value"]
                axes.errorbar(
                    [p["probability"] for p in points], right,
                    [[p["share_right"] - p["low"] for p in points], [p["high"] - p["share_right"] for p in points]],
                    color=colour, marker=mark, markersize=5, linewidth=1, elinewidth=0.7,
                    label=f"{words.candidate(candidate)} (ECE {words.number(error)})",
                )  # fmt: skip
            axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="Probabilité annoncée", title=name)
            _commas(axes.xaxis, axes.yaxis)
            _legend(axes, loc="upper left", fontsize=8.5)
        figure.axes[0].set_ylabel("Part juste")
        return _svg(figure, title)


def coverage_plot(results: Mapping[str, Any], title: str) -> str:
    """Share of wrong findings against the share kept, the surest first."""
    with _style(title):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        axes = figure.subplots()
        for (candidate, result), (colour, mark) in zip(results.items(), _SERIES, strict=False):
            curve = result["coverage_risk"]["curve"]
            if curve:
                axes.plot(
                    [p["coverage"] for p in curve], [p["risk"] for p in curve], color=colour, marker=mark,
                    markersize=4 if len(curve) > 1 else 7, linewidth=1.3, label=words.candidate(candidate),
                )  # fmt: skip
        axes.set(
            xlim=(0, 1.02), ylim=(0, None), xlabel="Part des trouvailles gardées, les plus sûres d’abord",
            ylabel="Part fausse parmi elles",
        )  # fmt: skip
        _commas(axes.xaxis, axes.yaxis)
        _legend(axes, loc="upper left")
        return _svg(figure, title)


def label_plot(results: Mapping[str, Any], title: str) -> str:
    """F1 of each label: bars with intervals for the model under test, marks for the baselines."""
    first, *others = results
    rows = [
        (f"{name} ({told['positives']})", {c: results[c]["labels"][name]["f1"] for c in results})
        for name, told in results[first]["labels"].items()
        if told["positives"]
    ][::-1]
    with _style(title):
        figure = Figure(figsize=(9, 0.9 + 0.27 * len(rows)), layout="constrained")
        axes = figure.subplots()
        values = [told[first]["value"] or 0.0 for _, told in rows]
        axes.barh(
            range(len(rows)), values, height=0.62, color="#A9CCE3", xerr=_errors([told[first] for _, told in rows]),
            error_kw={"elinewidth": 1, "ecolor": "#0072B2", "capsize": 2},
            label=f"{words.candidate(first)} (intervalle à 95 %)",
        )  # fmt: skip
        for other, (colour, mark) in zip(others, _SERIES[1:], strict=False):
            at = [(told[other]["value"], y) for y, (_, told) in enumerate(rows) if told[other]["value"] is not None]
            if at:
                axes.plot(*zip(*at, strict=True), mark, color=colour, markersize=5, label=words.candidate(other))
        axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8.5)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.7, len(rows) - 0.3), xlabel="F1 (entre parenthèses : positifs)")
        axes.grid(axis="y", visible=False)
        _commas(axes.xaxis)
        handles, names = axes.get_legend_handles_labels()
        at_first = sorted(range(len(names)), key=lambda i: i != len(names) - 1)  # the bars are listed last
        figure.legend(
            [handles[i] for i in at_first], [names[i] for i in at_first], loc="outside upper center",
            ncols=len(results), fontsize=8.5,
        )  # fmt: skip
        return _svg(figure, title)


def slice_plot(results: Mapping[str, Any], title: str) -> str:
    """Micro-F1 of each class of each trait, with the interval of the model under test."""
    first = next(iter(results))
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for trait, classes in results[first]["slices"].items():
        for name, told in classes.items():
            if told.get("micro_f1", {"value": None})["value"] is not None and told["positives"]:
                label = f"{words.TRAITS.get(trait, trait)} : {words.CLASSES.get(name, name)} ({told['positives']})"
                rows.append((label, {c: results[c]["slices"][trait][name]["micro_f1"] for c in results}))
    rows.reverse()
    with _style(title):
        figure = Figure(figsize=(9, 0.9 + 0.25 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for (candidate, _), (colour, mark) in reversed(list(zip(results.items(), _SERIES, strict=False))):
            at = [(told[candidate], y) for y, (_, told) in enumerate(rows) if told[candidate]["value"] is not None]
            if not at:
                continue
            bars = _errors([told for told, _ in at]) if candidate == first else None
            axes.errorbar(
                [told["value"] for told, _ in at], [y for _, y in at], xerr=bars, fmt=mark, color=colour, markersize=5,
                elinewidth=1, capsize=2, label=words.candidate(candidate),
            )  # fmt: skip
        axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8.5)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.7, len(rows) - 0.3), xlabel="F1 micro (entre parenthèses : positifs)")
        axes.grid(axis="y", visible=False)
        _commas(axes.xaxis)
        figure.legend(loc="outside upper center", ncols=len(results), fontsize=8.5, reverse=True)
        return _svg(figure, title)


def _errors(told: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """Lengths of the interval on both sides of each value, none where it is not known."""
    sides: list[list[float]] = [[], []]
    for figure in told:
        value, low, high = figure["value"] or 0.0, figure["low"], figure["high"]
        sides[0].append(max(0.0, value - low) if low is not None else 0.0)
        sides[1].append(max(0.0, high - value) if high is not None else 0.0)
    return sides


def _commas(*axes: Any) -> None:
    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1f}".replace(".", ",")))


def _legend(axes: Any, **told: Any) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**told)


def _style(title: str) -> Any:
    # The salt makes the names of clips the same in each run, and different from one plot of the page to the other.
    style: Any = {**_STYLE, "svg.hashsalt": title}
    return mpl.rc_context(style)


def _svg(figure: Figure, title: str) -> str:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    text = drawn.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return text.replace("<svg ", '<svg role="img" ', 1)
