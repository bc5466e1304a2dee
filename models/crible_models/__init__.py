"""Data only: taxonomy, lexicons, gazetteer, policies, messages. Read through :func:`resource`."""

from __future__ import annotations

from pathlib import Path

TAXONOMY_VERSION = "1"
# The day at which every row of the gazetteer was last checked.
GAZETTEER_DATE = "2026-11-23"


def resource(*parts: str) -> Path:
    """The path of a file shipped in this package, ``resource("policies", "seed-2026.1.yaml")``."""
    return Path(__file__).parent.joinpath(*parts)
