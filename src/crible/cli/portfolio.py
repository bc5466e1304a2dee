"""`crible portfolio`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crible.cli import Outcome
from crible.cli.options import LangOption, Output, check_exist, one_of
from crible.cli.output import check_place, write
from crible.cli.settings import resolve
from crible.errors import EmptyInput, UsageError

# Entries left out that are kept to be listed; all are told on stderr and counted.
_KEPT = 1000


def portfolio(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH…",
            show_default=False,
            help="Évaluations de « crible score » : fichiers JSON, JSONL, dossiers ¦ "
            "Assessments of `crible score`: JSON or JSONL files, folders",
        ),
    ],
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ID",
            show_default=False,
            help="Politique des indicateurs et ventilations, seed par défaut ¦ "
            "Policy of the indicators and breakdowns, seed by default",
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="text|json|csv|html", help="Forme du résultat ¦ Form of the result")
    ] = "text",
    output: Output = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows",
            metavar="FILE",
            show_default=False,
            help="Écrire aussi une ligne CSV par consultation ou lot ¦ Also write one CSV line per tender or lot",
        ),
    ] = None,
    lang: LangOption = None,
) -> Outcome:
    """Met des évaluations en chiffres : taux, ventilations ¦ Turn assessments into figures: rates, breakdowns"""
    settings = resolve({"lang": lang, "policy": policy})
    one_of("--format", form, ("text", "json", "csv", "html"))
    check_exist(paths)
    for place, option in ((output, "-o"), (rows, "--rows")):
        if place is not None and str(place) != "-":
            check_place(place, option=option)
    from crible.cli.policies import find, is_file
    from crible.reporting.portfolio import portfolio_csv, portfolio_data, portfolio_text, rows_csv
    from crible.reporting.portfolio_rows import Skipped, rows_of
    from crible.reporting.words import printable
    from crible.scoring.portfolio import Portfolio

    found, skipped, count = Portfolio(), list[Skipped](), 0
    for entry in rows_of(paths):
        if isinstance(entry, Skipped):
            count += 1
            skipped += [entry] if len(skipped) < _KEPT else []
            where = entry.source if entry.line is None else f"{entry.source}:{entry.line}"
            sys.stderr.write(f"! {printable(where)} : {printable(entry.why)}\n")
        else:
            found.add(entry)
    if not found.rows:
        raise EmptyInput("aucune évaluation lisible" if settings.lang == "fr" else "no readable assessment")
    asked = settings.policy or "seed"
    name = find(asked).id if is_file(asked) else asked.partition("@")[0]
    if name not in found.profiles():
        raise UsageError(f"--policy {name} : attendu {', '.join(found.profiles())}")
    data = portfolio_data(found, name, skipped, count)
    if rows is not None:
        write(rows_csv(found), rows, option="--rows")
    if form == "json":
        from crible.reporting.json import to_json

        text = to_json(data)
    elif form == "csv":
        text = portfolio_csv(data)
    elif form == "html":
        from crible.reporting.portfolio_html import portfolio_html

        text = portfolio_html(data, lang=settings.lang)
    else:
        text = portfolio_text(data, lang=settings.lang)
    write(text, output)
    return Outcome.PARTIAL if count else Outcome.DONE
