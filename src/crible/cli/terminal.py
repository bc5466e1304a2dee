"""The card on this terminal: its width, its colours, or plain text where there is no terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from crible.cli.output import write

if TYPE_CHECKING:
    from pathlib import Path

    from crible.reporting.words import Lang
    from crible.types import Assessment

PLAIN_WIDTH = 100  # of a file or a pipe when COLUMNS does not say
_NARROWEST, _WIDEST = 60, 120  # under 60 the table breaks words; over 120 lines are tiring to read


def show_card(assessment: Assessment, output: Path | None, *, lang: Lang, seconds: float | None) -> None:
    """Print the card, in colour on a terminal that has them (`NO_COLOR` respected), plain everywhere else."""
    from crible.reporting.card import card, card_text

    width = min(max(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, _NARROWEST), _WIDEST)
    if output is None and sys.stdout.isatty():
        from rich.console import Console

        Console(width=width).print(card(assessment, lang=lang, seconds=seconds))
    else:
        width = PLAIN_WIDTH if output is not None else width
        write(card_text(assessment, lang=lang, seconds=seconds, width=width), output)
