"""The frame of a report in HTML: one file that needs nothing else, runs no script, and reads well aloud or on paper."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from crible.reporting.markup import Html, fill, joined
from crible.reporting.words import Lang, frame, say

_HEAD = """<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; $policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="crible $version">
<title>$title – crible</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#$main">$skip</a>
"""
_PAGE = """<header>
<h1>$title</h1>
</header>
<main id="main" tabindex="-1">
$body</main>
<footer><p>$closing <span>crible $version</span></p></footer>
</body>
</html>
"""


def page(title: str, body: Html, *, lang: Lang) -> Html:
    """A whole page around ``body``. The style is the only thing that the page allows itself."""
    import crible

    style = _style()
    start = head(
        title, style=style, policy=f"style-src {source_hash(style)}", main="main", skip=say("explain:skip", lang),
        lang=lang,
    )  # fmt: skip
    rest = fill(_PAGE, title=title, body=body, closing=frame("closing", lang), version=crible.__version__)
    return joined((start, rest))


def head(title: str, *, style: Html, policy: str, main: str, skip: str, lang: Lang) -> Html:
    """A page up to its body, which begins with the link to ``main``. ``policy``: what it may load, beside nothing."""
    import crible

    return fill(
        _HEAD, lang=lang, policy=policy, version=crible.__version__, title=title, style=style, main=main, skip=skip
    )


def source_hash(text: str) -> str:
    """A style or a script as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def section(title: str, body: Html) -> Html:
    """A titled part, or nothing when it is empty."""
    return fill("<h2>$title</h2>\n$body", title=title, body=body) if body else Html("")


def items(lines: list[Html], *, kind: str = "ul") -> Html:
    rows = joined(fill("<li>$line</li>\n", line=line) for line in lines)
    return fill("<$kind>\n$rows</$kind>\n", kind=kind, rows=rows) if lines else Html("")


def table(caption: str, heads: list[str], rows: list[list[str]], *, numbers: int) -> Html:
    """A table whose last ``numbers`` columns are figures; the first column names its row."""
    first = len(heads) - numbers
    head = joined(
        fill('<th scope="col" class="$kind">$text</th>', kind="n" if i >= first else "", text=text)
        for i, text in enumerate(heads)
    )
    body = []
    for row in rows:
        cells = [fill('<th scope="row">$text</th>', text=row[0])]
        cells += [
            fill('<td class="$kind">$text</td>', kind="n" if i >= first else "", text=text)
            for i, text in enumerate(row[1:], start=1)
        ]
        body.append(fill("<tr>$cells</tr>\n", cells=joined(cells)))
    return fill(
        '<div class="scroll" tabindex="0" role="region" aria-label="$caption">\n<table>\n<caption>$caption</caption>\n'
        "<thead><tr>$head</tr></thead>\n<tbody>\n$rows</tbody>\n</table>\n</div>\n",
        caption=caption, head=head, rows=joined(body),
    )  # fmt: skip


@cache
def _style() -> Html:
    return Html((Path(__file__).parent / "page.css").read_text(encoding="utf-8"))
