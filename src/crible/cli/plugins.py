"""Commands that live outside the library, found by the entry-point group ``crible.commands``.

Each is listed without being loaded, so that `crible --help` stays quick and `crible serve` is listed even where the
service's parts are not installed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, ClassVar

import typer

from crible.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.reporting.words import Lang

GROUP = "crible.commands"
# Name of the command: help in French and English, extra to install.
KNOWN = {"serve": ("Ouvre le service et sa page de lecture ¦ Open the service and its reading page", "service")}


class PartsMissing(ConfigurationError):
    """A command whose optional parts are not installed."""

    code = "parts-missing"
    advice: ClassVar[dict[str, str]] = {"fr": "Voir « crible doctor ».", "en": "See `crible doctor`."}


def plugin_names() -> list[str]:
    """The known commands, then those that other distributions add, each once."""
    return list(dict.fromkeys([*KNOWN, *sorted(point.name for point in entry_points(group=GROUP))]))


def add_plugins(app: typer.Typer, lang: Lang) -> None:
    """Register one stub per plugin; the stub loads the real command and hands it its arguments."""
    for name in plugin_names():
        text = KNOWN[name][0] if name in KNOWN else name
        app.command(
            name,
            help=text,
            add_help_option=False,  # `crible serve --help` is answered by the real command
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )(_stub(name, lang))


def _stub(name: str, lang: Lang) -> Callable[[typer.Context], Any]:
    def run(context: typer.Context) -> Any:
        return _load(name, lang)(context.args, prog_name=f"crible {name}", standalone_mode=False)

    return run


def _load(name: str, lang: Lang) -> Callable[..., Any]:
    try:
        function = _entry_point(name).load()
    except ImportError as error:
        missing = error.name or str(error)
        part = f"crible[{KNOWN[name][1]}]" if name in KNOWN else missing
        if lang == "fr":
            raise PartsMissing(
                f"« crible {name} » demande {missing} : installer {part} (pip install '{part}')"
            ) from error
        raise PartsMissing(f"`crible {name}` needs {missing}: install {part} (pip install '{part}')") from error
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(function)
    return typer.main.get_command(app)


def _entry_point(name: str) -> EntryPoint:
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        raise ImportError(f"crible_{name}", name=f"crible_{name}")
    return found[0]
