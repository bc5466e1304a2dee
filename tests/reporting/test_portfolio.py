"""The page of a portfolio: plots with their words, tables with the same figures, nothing that runs or calls out."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from crible.errors import ConfigurationError
from crible.reporting.portfolio import harmless, portfolio_data
from crible.reporting.portfolio_html import portfolio_html
from crible.reporting.portfolio_rows import Skipped, row_of, rows_of
from crible.scoring.portfolio import Portfolio, Row


def portfolio(n: int = 60, **more: Any) -> Portfolio:
    found = Portfolio()
    verdicts = ("compliant", "needs_review", "non_compliant", "out_of_scope")
    for i in range(n):
        by = {name: verdicts[(i + k) % 4] for k, name in enumerate(("seed", "fr-etat", "fr-sante", "eu-seal"))}
        cells = {"buyer_class": ("state", "hospital")[i % 2], "month": f"2026-{i % 6 + 1:02d}", "cpv": "722"}
        found.add(Row(f"k{i}", "a.json", ((1.0, by),), "yes", "contractor", "no", True, {}, cells=cells | more))
    return found


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_plot_has_a_text_and_a_table(lang: Any) -> None:
    page = portfolio_html(portfolio_data(portfolio(), "seed", [], 0), lang=lang)
    figures = re.findall(r'<div role="img" aria-label="([^"]+)"><svg', page)
    assert len(figures) == 6  # rates, verdicts, three breakdowns, trend
    assert all("%" in alt or "," in alt for alt in figures)
    assert page.count("<table>") >= len(figures)
    assert page.count("<caption>") == page.count("<table>")
    assert "portfolio:" not in page


def test_the_plots_are_sound_svg_without_styles_that_the_page_forbids() -> None:
    page = portfolio_html(portfolio_data(portfolio(), "seed", [], 0))
    plots = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    ids = [
        i for svg in plots for i in re.findall(r' id="([^"]+)"', svg) if i.startswith(("m", "h", "p")) and len(i) == 11
    ]
    for svg in plots:
        ElementTree.fromstring(svg)
    assert ' style="' not in page
    assert page.count("<style") == 1
    assert len(ids) == len(set(ids))  # marks of one plot are not taken for those of another
    assert not re.search(r"<script|<link|<image|url\(http", page)


def test_the_page_is_the_same_in_every_run() -> None:
    first, second = (portfolio_html(portfolio_data(portfolio(), "seed", [], 0)) for _ in range(2))
    assert first == second


def test_without_matplotlib_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [m for m in sys.modules if m.startswith("crible.reporting.portfolio_plots")]:
        monkeypatch.delitem(sys.modules, name)
    import crible.reporting

    monkeypatch.delattr(crible.reporting, "portfolio_plots", raising=False)
    with pytest.raises(ConfigurationError, match=r"crible\[portfolio\]"):
        portfolio_html(portfolio_data(portfolio(), "seed", [], 0))


def test_names_of_strangers_are_escaped() -> None:
    data = portfolio_data(portfolio(buyer="<script>x</script>"), "seed", [Skipped("<b>.json", 3, "<i>")], 1)
    page = portfolio_html(data)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;.json:3" in page


@pytest.mark.parametrize(
    ("text", "written"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-2", "'-2"), ("Agence", "Agence"), ("\t=1", "'=1")]
)
def test_text_for_a_spreadsheet_is_no_formula(text: str, written: str) -> None:
    assert harmless(text) == written


def line(**changes: Any) -> dict[str, Any]:
    base = {
        "schema_version": "1.0",
        "tender": {"sha256": "f" * 64, "buyer": {"name": " Une  agence ", "class": "state"}, "cpv": ["72415000-2"],
                   "published_on": "2026-09-14", "notice": {"amount": 90000, "nuts": "FR10", "procedure": "open"}},
        "completeness": "partial",
        "profiles": {"seed": {"verdict": "compliant"}},
        "facts": {"digital": {"value": "yes"}},
        "labels": {"sv_secnumcloud": {"strength": "scored"}, "dp_hds": {"strength": "informative"},
                   "ad_requirement_waived": {"effect": "operative", "params": {"target": ["secnumcloud"]}}},
        "legality": [{"severity": "low"}],
    }  # fmt: skip
    return {**base, **changes}


def test_a_row_holds_what_the_figures_need() -> None:
    row = row_of(line(), "a.json")
    assert row.cells == {
        "buyer_class": "state", "buyer": "Une agence", "cpv": "724", "month": "2026-09", "region": "FR10",
        "procedure": "open", "amount_band": "40k-221k",
    }  # fmt: skip
    assert (row.complete, row.digital, row.hosting, row.legality) == (False, "yes", "unknown", False)
    assert (row.adverse, row.waived) == (("ad_requirement_waived",), ("secnumcloud",))


def test_a_point_of_law_counts_from_medium_on() -> None:
    assert row_of(line(legality=[{"severity": "low"}, {"severity": "medium"}]), "a").legality


def test_a_line_too_long_is_skipped_and_the_next_ones_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import crible.reporting.portfolio_rows as module

    monkeypatch.setattr(module, "_MOST_BYTES", 2_000)
    path = tmp_path / "long.jsonl"
    lines = [json.dumps(line()), json.dumps(line(padding="x" * 9_000)), json.dumps(line())]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = list(rows_of([path]))
    assert [isinstance(entry, Row) for entry in found] == [True, False, True]
    assert isinstance(found[1], Skipped)
    assert (found[1].line, "bytes" in found[1].why) == (2, True)


def test_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps(line()) + "\n" for _ in range(3)) + "{broken", encoding="utf-8")
    walk = rows_of([path])
    assert isinstance(next(walk), Row)  # the broken last line has not been reached
    assert [type(entry) for entry in walk] == [Row, Row, Skipped]
