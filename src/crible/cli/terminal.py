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

    width = width_for(output)
    if output is None and sys.stdout.isatty():
        from rich.console import Console

        Console(width=width).print(card(assessment, lang=lang, seconds=seconds))
    else:
        write(card_text(assessment, lang=lang, seconds=seconds, width=width), output)


def width_for(output: Path | None) -> int:
    """Columns of a text: the terminal's, within reason; a file does not change with the window it was made in."""
    if output is not None:
        return PLAIN_WIDTH
    return min(max(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, _NARROWEST), _WIDEST)
