"""`crible models list|info|verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from crible.cli import Outcome
from crible.cli.options import LangOption, TextFormat, one_of
from crible.cli.output import write
from crible.cli.settings import resolve

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]…", show_default=False, help="Par défaut, tous ¦ By default, all of them"),
]


def models_list(form: TextFormat = "text", lang: LangOption = None) -> Outcome:
    """Ce qui lit les clauses, et ses versions ¦ What reads the clauses, and its versions"""
    from crible.cli.models import listed

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    write(listed(settings.lang, form=form))
    return Outcome.DONE


def models_info(
    name: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="Le modèle ¦ The model")],
    form: TextFormat = "text",
    lang: LangOption = None,
) -> Outcome:
    """Un modèle : fichiers, origine, mesures ¦ One model: files, origin, measured figures"""
    from crible.cli.models import shown

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    write(shown(name, settings.lang, form=form))
    return Outcome.DONE


def models_verify(names: Names = None, form: TextFormat = "text", lang: LangOption = None) -> Outcome:
    """Compare les fichiers à ceux qui ont été publiés ¦ Compare the files with those that were published"""
    from crible.cli.models import checked

    settings = resolve({"lang": lang})
    one_of("--format", form, ("text", "json"))
    text, refused = checked(names or [], settings.lang, form=form)
    write(text)
    return Outcome.CONFIGURATION if refused else Outcome.DONE


def models() -> typer.Typer:
    """The group `crible models`."""
    app = typer.Typer(
        rich_markup_mode=None, help="Modèles : liste, origine, vérification ¦ Models: list, origin, verification"
    )
    app.command("list")(models_list)
    app.command("info")(models_info)
    app.command("verify")(models_verify)
    return app
