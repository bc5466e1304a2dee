"""Makes ``docs/card.svg``, the picture of the README, from the second sample tender: ``make card``."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

import crible
from crible.reporting.card import card
from crible_models import resource

WIDTH = 100  # columns: what GitHub shows without shrinking the letters
TARGET = Path(__file__).parent / "card.svg"


def main() -> None:
    """Score the sample and write the picture; the seconds are left out so that the same code gives the same bytes."""
    assessment = crible.score(resource("samples", "non_conforme"), policy="fr-etat", name="non_conforme")
    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="standard")
    console.print(card(assessment))
    TARGET.write_text(
        console.export_svg(title="crible score DCE.zip --policy fr-etat", unique_id="crible-card"), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
