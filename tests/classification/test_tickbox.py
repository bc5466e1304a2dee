"""Boxes: what is ticked speaks, what is only printed does not (rubric B.9, B.10.14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crible.classification.tickbox import read_boxes

Read = Callable[..., dict[str, dict[str, Any]]]


@pytest.mark.parametrize(
    ("text", "read_as", "filled"),
    [
        ("Sauvegarde hors site : ☐ oui ☒ non", "Sauvegarde hors site : non, interdit", True),
        ("Sauvegarde hors site : ☑ oui ☐ non", "Sauvegarde hors site : oui, possible", True),
        ("Transfert : [x] néant [ ] autorisé", "Transfert : non, interdit", True),
        ("Lieu : ☐ France ☒ Union européenne", "Lieu : Union européenne", True),
        ("☒ Les données restent en France.", "Les données restent en France.", True),
        ("Lieu : ☐ France ☐ Union européenne", "Lieu : France Union européenne", False),
    ],
)
def test_the_ticked_option_is_what_the_line_says(text: str, read_as: str, filled: bool) -> None:
    ticked = read_boxes(text)
    assert ticked is not None
    assert (ticked.text, ticked.filled) == (read_as, filled)


@pytest.mark.parametrize("text", ["Les données restent en France.", "", "Article [3] du règlement"])
def test_a_line_without_box_is_left_alone(text: str) -> None:
    assert read_boxes(text) is None


def test_a_box_ticked_no_bans_and_a_box_ticked_yes_permits(read: Callable[..., dict[str, Any]]) -> None:
    assert "dp_no_transfer_outside_eu" in read("Transferts de données hors UE : ☐ oui ☒ non", part="ANNEX_GDPR")
    assert "ad_non_eu_allowed" in read("Transferts de données hors UE : ☒ oui ☐ non", part="ANNEX_GDPR")


def test_unticked_options_inform_and_never_favour(read: Callable[..., dict[str, Any]]) -> None:
    from crible.classification.patterns import PatternDetector
    from crible.classification.segments import clause_from_text

    text = "Hébergement des données : ☐ en France ☐ hors de l'Union européenne"
    found = read(text, part="ANNEX_GDPR")
    assert {f["strength"] or f["effect"] for f in found.values()} <= {"informative", "non_operative"}
    (detections,) = PatternDetector().detect(clause_from_text("1", text, part="ANNEX_GDPR"))
    assert all("TEMPLATE_UNFILLED" in d.notes for d in detections)


def test_an_option_left_blank_under_a_heading_gives_nothing(read: Callable[..., dict[str, Any]]) -> None:
    assert read("☐ agents ☐ usagers", part="ANNEX_GDPR", heading="Catégories de personnes concernées") == {}
