"""`crible policy list|show|lint|diff`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from crible.cli import Outcome
from crible.cli.options import AsOf, LangOption, TextFormat, day_of, one_of
from crible.cli.output import write
from crible.cli.settings import resolve

Pack = Annotated[
    str,
    typer.Argument(
        metavar="ID[@VERSION]|FILE", show_default=False, help="Politique fournie ou d'un fichier ¦ Policy or its file"
    ),
]


def policy_list(form: TextFormat = "text", as_of: AsOf = None, lang: LangOption = None) -> Outcome:
    """Les politiques fournies et leurs dates ¦ The policies that ship, and their dates"""
    from crible.cli.policies import listed

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    write(listed(settings.lang, as_of=day_of(as_of), form=form))
    return Outcome.DONE


def policy_show(
    name: Annotated[
        str, typer.Argument(metavar="ID[@VERSION]|FILE", show_default=False, help="La politique ¦ The policy")
    ],
    form: TextFormat = "text",
    as_of: AsOf = None,
    lang: LangOption = None,
) -> Outcome:
    """Une politique en entier : règles, poids, textes ¦ One policy in full: rules, weights, legal texts"""
    from crible.cli.policies import shown

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    write(shown(name, settings.lang, as_of=day_of(as_of), form=form))
    return Outcome.DONE


def policy_lint(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE|ID[@VERSION]]…",
            show_default=False,
            help="Des fichiers, ou des politiques fournies ; par défaut toutes celles-ci ¦ "
            "Files, or policies that ship; by default all of these",
        ),
    ] = None,
    form: TextFormat = "text",
    as_of: AsOf = None,
    lang: LangOption = None,
) -> Outcome:
    """Vérifie une politique : clés, poids, étiquettes, dates ¦ Check a policy: keys, weights, labels, dates"""
    from crible.cli.policies import linted

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    text, refused = linted(names or [], settings.lang, today=day_of(as_of) or date.today(), form=form)
    write(text)
    return Outcome.CONFIGURATION if refused else Outcome.DONE


def policy_diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", show_default=False, help="ID@VERSION ou fichier ¦ ID@VERSION or file")
    ],
    new: Annotated[
        str, typer.Argument(metavar="NEW", show_default=False, help="ID@VERSION ou fichier ¦ ID@VERSION or file")
    ],
    form: TextFormat = "text",
    lang: LangOption = None,
) -> Outcome:
    """Ce qui change d'une version à l'autre ¦ What changes from one version to another"""
    from crible.cli.policies import compared

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    write(compared(old, new, settings.lang, form=form))
    return Outcome.DONE


def policies() -> typer.Typer:
    """The group `crible policy`."""
    app = typer.Typer(
        rich_markup_mode=None,
        help="Politiques : liste, détail, vérification, comparaison ¦ Policies: list, detail, check, comparison",
    )
    app.command("list")(policy_list)
    app.command("show")(policy_show)
    app.command("lint")(policy_lint)
    app.command("diff")(policy_diff)
    return app
