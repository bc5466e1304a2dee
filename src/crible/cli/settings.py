"""Settings of the terminal door: flag > environment ``CRIBLE_*`` > ``crible.toml`` of the current folder > default."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from crible.errors import ConfigurationError, UsageError
from crible.reporting.words import LANGUAGES, Lang

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = "crible.toml"
KEYS = ("lang", "policy")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command runs with; ``policy`` None lets the library choose the headline."""

    lang: Lang = "fr"
    policy: str | None = None


def resolve(
    flags: Mapping[str, str | None], environ: Mapping[str, str] | None = None, *, folder: Path | None = None
) -> Settings:
    """The settings in force. Raises UsageError on a bad flag, ConfigurationError on a bad variable or file."""
    environ = os.environ if environ is None else environ
    found: dict[str, str] = _from_file((folder or Path()) / FILE)
    found |= {key: value for key in KEYS if (value := environ.get(f"CRIBLE_{key.upper()}"))}
    if found.get("lang", "fr") not in LANGUAGES:
        raise ConfigurationError(f"langue inconnue : {found['lang']} (attendu : {', '.join(LANGUAGES)})")
    if (flag := flags.get("lang")) is not None and flag not in LANGUAGES:
        raise UsageError(f"--lang {flag} : attendu {' ou '.join(LANGUAGES)}")
    found |= {key: value for key, value in flags.items() if value is not None}
    return Settings(lang=cast("Lang", found.get("lang", "fr")), policy=found.get("policy"))


def message_language(args: Sequence[str]) -> Lang:
    """The language of help and errors, known before the options are parsed; French whenever in doubt."""
    flag = None
    for i, arg in enumerate(args):
        if arg == "--":
            break
        if arg == "--lang":
            flag = next(iter(args[i + 1 : i + 2]), None)
        elif arg.startswith("--lang="):
            flag = arg.removeprefix("--lang=")
    try:
        return resolve({"lang": flag}).lang
    except (UsageError, ConfigurationError):
        return "fr"  # the command itself will complain, with the right exit code


def _from_file(path: Path) -> dict[str, str]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{FILE} : {error}") from error
    unknown = sorted(set(data) - set(KEYS))
    if unknown:
        raise ConfigurationError(f"{FILE} : clé inconnue {', '.join(unknown)} (clés admises : {', '.join(KEYS)})")
    wrong = sorted(key for key, value in data.items() if not isinstance(value, str))
    if wrong:
        raise ConfigurationError(f"{FILE} : la valeur de {', '.join(wrong)} doit être un texte entre guillemets")
    return cast("dict[str, str]", data)
