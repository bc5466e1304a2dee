"""The option parser's complaints, in the reader's language, with what to type instead."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crible.reporting.words import Lang


def explain(error: Exception, lang: Lang) -> tuple[str, str]:
    """``(message, advice)`` for a usage error of typer (or of click, which older versions of typer build on)."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "crible"
    advice = f"Voir « {path} --help »." if lang == "fr" else f"See `{path} --help`."
    return _message(error, lang), advice


def _message(error: Exception, lang: Lang) -> str:
    fr = lang == "fr"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        name = str(getattr(error, "option_name", ""))
        near = sorted(getattr(error, "possibilities", None) or ())
        message = f"option inconnue : {name}" if fr else f"unknown option: {name}"
        return message + _suggestion(near, lang)
    if kind == "MissingParameter":
        param = getattr(error, "param", None)
        name = str(getattr(param, "metavar", None) or getattr(param, "name", "")).upper()
        return f"il manque {name}" if fr else f"{name} is missing"
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    word = _after(text, "No such command ")
    if word is not None:
        context = getattr(error, "ctx", None)
        names = context.command.list_commands(context) if context is not None else []
        near = difflib.get_close_matches(word, names, n=2)
        return (f"commande inconnue : {word}" if fr else f"unknown command: {word}") + _suggestion(near, lang)
    if kind == "BadOptionUsage":
        name = str(getattr(error, "option_name", ""))
        return f"l'option {name} demande une valeur" if fr else f"option {name} needs a value"
    word = _after(text, "Got unexpected extra argument")
    if word is not None:
        return "trop d'arguments" if fr else "too many arguments"
    if text == "Missing command.":
        return "il manque la commande" if fr else "the command is missing"
    return text


def _after(text: str, start: str) -> str | None:
    return text.removeprefix(start).split(" Did you mean")[0].strip("'\". ") if text.startswith(start) else None


def _suggestion(near: list[str], lang: Lang) -> str:
    if not near:
        return ""
    return f" (proche : {', '.join(near)})" if lang == "fr" else f" (close: {', '.join(near)})"
