"""What the service runs with: one frozen record, chosen at the command line and handed to ``create_app``."""

from __future__ import annotations

from dataclasses import dataclass

from crible.errors import ConfigurationError
from crible.reporting.words import LANGUAGES, Lang

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of the service. Sizes in bytes, times in seconds. Raises ConfigurationError on a value without meaning.

    ``backlog`` requests may wait beyond those being scored; the next is told to come back. Together with
    ``workers`` and ``max_upload`` it bounds the disk that uploads can take.
    """

    workers: int = 1
    backlog: int = 4
    max_upload: int = 50 * MIB  # what the contract of the API promises for one call
    max_files: int = 200  # a large tender has some 60 pieces; loose files beyond this are a mistake
    deadline: float = 300.0  # a tender of 2,000 pages takes about two minutes
    upload_deadline: float = 120.0  # 50 MiB over 4 Mbit/s
    lang: Lang = "fr"

    def __post_init__(self) -> None:
        for name in ("workers", "max_upload", "max_files", "deadline", "upload_deadline"):
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"{name} : {getattr(self, name)} (attendu : plus que zéro)")
        if self.backlog < 0:
            raise ConfigurationError(f"backlog : {self.backlog} (attendu : zéro ou plus)")
        if self.lang not in LANGUAGES:
            raise ConfigurationError(f"langue inconnue : {self.lang} (attendu : {', '.join(LANGUAGES)})")
