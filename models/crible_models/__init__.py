"""Data only: taxonomy, lexicons, gazetteer, policies, messages. Read through :func:`resource`."""

from __future__ import annotations

from pathlib import Path

TAXONOMY_VERSION = "1"


def resource(*parts: str) -> Path:
    """The path of a file shipped in this package, ``resource("policies", "seed-2026.1.yaml")``."""
    return Path(__file__).parent.joinpath(*parts)
