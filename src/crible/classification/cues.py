"""Cue patterns kept as data: lists of regular expressions over folded text, each entry with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crible.errors import ConfigurationError


def compile_cues(entries: Iterable[dict[str, Any]]) -> re.Pattern[str]:
    """One pattern for a list of ``{from, patterns}`` entries.

    Raises ConfigurationError naming the pattern that does not compile or the entry that hides its origin.
    """
    sources = []
    for entry in entries:
        if not entry.get("from"):
            raise ConfigurationError(f"cue entry without origin: {entry}")
        for pattern in entry["patterns"]:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigurationError(f"cue pattern {pattern!r}: {error}") from error
            sources.append(f"(?:{pattern})")
    return re.compile("|".join(sources))
