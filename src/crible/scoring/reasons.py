"""Codes into sentences: ``message("MISSING_PILLAR:immunity", "fr")``; they are data (``crible_models/messages``): what
verdicts say in ``fr.yaml``, what other doors say in ``explain.fr.yaml`` and the like, all in one table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from crible.errors import ConfigurationError, UsageError
from crible_models import resource

LANGUAGES = ("fr", "en")


def message(code: str, lang: str = "fr", **particulars: Any) -> str:
    """The sentence of ``code`` in ``lang``; ``particulars`` fill its gaps (``documents=4``).

    A code may carry an argument after a colon (``CONFLICT:CONFLICT_LOCATION``, ``MISSING_PILLAR:immunity``); label ids
    and fact names are codes too. A code nobody knows is returned as it is: an unknown word is better than a lost
    reason.
    """
    known = _messages(lang)
    if code in known:
        return _fill(known[code], particulars)
    head, colon, argument = code.partition(":")
    if colon and f"{head}:*" in known:
        return _fill(known[f"{head}:*"], {"argument": known.get(argument, argument), **particulars})
    return _label(code, lang) or code


def known_codes(lang: str = "fr") -> frozenset[str]:
    """Every code that has a sentence of its own."""
    return frozenset(_messages(lang))


def criterion_text(status: str, found: bool, searched: Mapping[str, int], lang: str = "fr") -> str:
    """What is said of a criterion: its status, whether clauses were found, and what was searched."""
    kind = f"criterion.{status}.evidence" if found and status in ("unmet", "unread") else f"criterion.{status}"
    return message(kind, lang, documents=searched.get("documents", 0), pages=searched.get("pages", 0))


@cache
def _messages(lang: str) -> dict[str, str]:
    if lang not in LANGUAGES:
        raise UsageError(f"unknown language {lang!r}; known: {', '.join(LANGUAGES)}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    flat: dict[str, str] = {}
    for path in sorted(resource("messages").glob(f"*{lang}.yaml")):
        groups = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        for code, text in (pair for group in groups.values() for pair in group.items()):
            if code in flat:
                raise ConfigurationError(f"{path.name}: {code} has two sentences")
            flat[code] = text
    return flat


def _label(code: str, lang: str) -> str:
    from crible.classification.taxonomy import labels

    known = labels().get(code)
    return "" if known is None else (known.fr if lang == "fr" else known.en)


class _Kept(dict[str, Any]):
    """Leaves a gap that nobody filled in plain sight instead of failing on the way to a user."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _fill(text: str, particulars: Mapping[str, Any]) -> str:
    return text.format_map(_Kept(particulars)) if "{" in text else text
