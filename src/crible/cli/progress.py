"""How far a command is, on stderr: a spinner on a terminal, a line every 30 s elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.reporting.words import Lang

EVERY_S = 30.0

STAGES: dict[Lang, dict[str, str]] = {
    "fr": {
        "read": "lecture des pièces",
        "classify": "recherche des clauses",
        "assess": "application des politiques",
        "draw": "dessin des pages",
    },
    "en": {
        "read": "reading the documents",
        "classify": "looking for clauses",
        "assess": "applying the policies",
        "draw": "drawing the pages",
    },
}


class Progress(Protocol):
    def __call__(self, stage: str) -> None:
        """Say which stage begins."""


@contextmanager
def progress(name: str, lang: Lang, *, quiet: bool = False, every_s: float = EVERY_S) -> Iterator[Progress]:
    """Yield a function to call with each stage's key; whatever is shown is gone or complete on exit."""
    if quiet:
        yield lambda stage: None
    elif sys.stderr.isatty():
        with _spinner(name, lang) as tell:
            yield tell
    else:
        with _lines(name, lang, every_s) as tell:
            yield tell


@contextmanager
def _spinner(name: str, lang: Lang) -> Iterator[Progress]:
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(name)) as status:
        yield lambda stage: status.update(Text(f"{name} : {STAGES[lang][stage]}"))


@contextmanager
def _lines(name: str, lang: Lang, every_s: float) -> Iterator[Progress]:
    current = [""]
    done = threading.Event()
    start = time.monotonic()

    def report() -> None:
        while not done.wait(every_s):
            sys.stderr.write(f"{name} : {current[0]} ({time.monotonic() - start:.0f} s)\n")
            sys.stderr.flush()

    def tell(stage: str) -> None:
        current[0] = STAGES[lang][stage]

    thread = threading.Thread(target=report, name="crible-progress", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        done.set()
        thread.join()
