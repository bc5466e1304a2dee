"""The data behind the facts (``cpv.yaml``, ``buyers.yaml``), read once."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

import yaml

from crible.errors import ConfigurationError
from crible_models import resource


@cache
def data(name: str) -> dict[str, Any]:
    """One data file as it is written."""
    path = resource(name)
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    return cast("dict[str, Any]", loaded)


@cache
def patterns(key: str) -> tuple[re.Pattern[str], ...]:
    """The folded patterns under ``key`` of ``cpv.yaml``."""
    return tuple(re.compile(p) for p in data("cpv.yaml")[key])


def matches(key: str, folded: str) -> bool:
    return any(p.search(folded) for p in patterns(key))
