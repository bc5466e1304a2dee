"""HTML from templates in which everything is escaped unless it is markup already: ``fill("<b>$name</b>", name="<")``.

Texts and names come from strangers. A value that is plain text cannot become markup by being forgotten, and a gap that
nobody fills is an error.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html import escape
from string import Template

from crible.reporting.words import printable


class Html(str):
    """Markup: the only kind of text that :func:`fill` puts in as it is."""

    __slots__ = ()


def fill(template: str, **values: object) -> Html:
    """The template with its ``$gaps`` filled. Text loses its control and direction characters and is escaped."""
    return Html(Template(template).substitute({key: markup_of(value) for key, value in values.items()}))


def joined(parts: Iterable[Html]) -> Html:
    """Pieces of markup in a row."""
    return Html("".join(parts))


def revealed(text: str) -> str:
    """``text`` with the characters that nobody sees told by their number, ``⟨U+F0B7⟩``: they betray a reading."""
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c)[0] == "C" and not c.isspace() else c for c in text)


def markup_of(value: object) -> Html:
    return value if isinstance(value, Html) else Html(escape(printable(str(value)), quote=True))
