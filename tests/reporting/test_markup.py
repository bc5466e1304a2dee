"""Templates that escape whatever is not markup, and characters that nobody sees."""

from __future__ import annotations

import pytest

from crible.reporting.markup import Html, fill, joined, revealed


def test_a_template_escapes_what_is_not_markup_and_misses_no_gap() -> None:
    assert fill('<b title="$a">$b</b>', a='"', b=Html("<i>")) == '<b title="&quot;"><i></b>'
    with pytest.raises(KeyError):
        fill("$forgotten")


def test_pieces_of_markup_stay_markup() -> None:
    assert fill("<ul>$items</ul>", items=joined([fill("<li>$t</li>", t="a < b"), fill("<li>$t</li>", t="c & d")])) == (
        "<ul><li>a &lt; b</li><li>c &amp; d</li></ul>"
    )


def test_control_and_direction_characters_are_dropped_or_told() -> None:
    assert fill("$t", t="a\u202eb\x1b[0m\n c") == "ab[0m c"
    assert revealed("a\uf0b7b\u202ec d") == "a⟨U+F0B7⟩b⟨U+202E⟩c d"
