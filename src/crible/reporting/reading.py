"""A reading as one HTML file, to see its faults at a glance: each page with the frames of its blocks, and their list.

The file needs nothing else: no network, no font, no library. Without JavaScript the frames lead to the list; with it
they also point at each other. Everything that comes from the documents is escaped, and the policy of the page itself
lets no script run but its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from crible.reporting.json import unread_runs
from crible.reporting.markup import Html, fill, joined, revealed
from crible.reporting.page import head, source_hash
from crible.reporting.reading_sheet import Numbered, Page, item_id, pages_of, ranges_of, sheet
from crible.reporting.reading_words import LETTERS, word
from crible.reporting.words import Lang, day, frame, say, term, warned
from crible.types import BlockKind

if TYPE_CHECKING:
    from crible.extraction.pictures import Picture
    from crible.types import Block, Document, Dossier

# A document's pages to show, each with its picture or the code of the reason why there is none.
Drawn = Iterable[tuple[int, "Picture | str"]]

_HERE = Path(__file__).parent
_HEAD = """\
<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="12" height="12" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)"><rect class="veil" width="12" height="12"/><rect class="stripe" width="3" height="12"/>
</pattern></defs></svg>
<header>
<h1>$title</h1>
<p>$facts</p>
<p>$lead</p>
<p class="note">$key</p>
$notes</header>
$legend
<main id="documents" tabindex="-1">
<nav aria-labelledby="h-documents">
<h2 id="h-documents">$documents</h2>
<ol class="documents">
$index</ol>
</nav>
"""
_FOOT = """</main>
<footer><p>$closing <span>crible $version</span></p></footer>
<script>$script</script>
</body>
</html>
"""


def reading_html(
    dossier: Dossier, shown: Sequence[Sequence[int]], drawn: Iterable[Drawn], *, blocks: int | None = None,
    lang: Lang = "fr",
) -> Iterator[str]:  # fmt: skip
    """The page, in pieces: a long tender is never in memory as a whole.

    ``shown``: for each document the pages to show; ``drawn``: for each document these pages with their pictures;
    ``blocks``: how many are listed of a document without pages (None: all).
    """
    import crible

    script, style = _asset("reading.js"), _asset("reading.css")
    policy = f"img-src data:; style-src {source_hash(style)}; script-src {source_hash(script)}"
    title = word("title", lang, name=dossier.name)
    yield head(title, style=style, policy=policy, main="documents", skip=word("skip", lang), lang=lang)
    yield fill(
        _HEAD, title=title, facts=_facts(dossier, lang), lead=word("lead", lang), key=word("legend_note", lang),
        notes=_notes(dossier, lang), legend=_legend(dossier, lang), documents=word("documents", lang),
        index=_index(dossier, lang),
    )  # fmt: skip
    for n, (document, pages, pictures) in enumerate(zip(dossier.documents, shown, drawn, strict=True), start=1):
        yield from _document(n, document, pages, pictures, blocks, lang)
    yield fill(_FOOT, closing=frame("closing", lang), version=crible.__version__, script=script)


def _facts(dossier: Dossier, lang: Lang) -> str:
    count = len(dossier.documents)
    facts = [
        frame("pieces", lang, n=count, s="" if count == 1 else "s"),
        frame("pages_read", lang, read=dossier.pages_read, total=dossier.pages),
        *([word("ocr_engine", lang, engine=dossier.ocr)] if dossier.ocr else []),
    ]
    return " · ".join(facts)


def _notes(dossier: Dossier, lang: Lang) -> Html:
    """What concerns the tender as a whole: pieces announced and absent, warnings."""
    return joined(
        fill("<h2>$title</h2>\n<ul>$items</ul>\n", title=frame(key, lang), items=_items(lines))
        for key, lines in (
            ("missing", list(dossier.announced_missing)),
            (
                "warnings",
                [f"{w.document} – {warned(w, lang)}" if w.document else warned(w, lang) for w in dossier.warnings],
            ),
        )
        if lines
    )


def _items(lines: Iterable[str]) -> Html:
    return joined(fill("<li><bdi>$line</bdi></li>", line=line) for line in lines)


def _legend(dossier: Dossier, lang: Lang) -> Html:
    """The kinds with their letters and numbers of blocks; each box hides its kind, by the style sheet alone."""
    counts = dict.fromkeys(get_args(BlockKind), 0)
    for document in dossier.documents:
        for block in document.blocks:
            counts[block.kind] += 1
    kinds = joined(
        fill(
            '<label><input type="checkbox" id="show-$kind" checked> <b class="k $kind">$letter</b> $name ($n)</label>'
            "\n",
            kind=kind,
            letter=LETTERS[lang][kind],
            name=term("kind", kind, lang),
            n=count,
        )
        for kind, count in counts.items()
    )
    others = joined(
        fill('<label><input type="checkbox" id="show-$key" checked> $name</label>\n', key=key, name=word(key, lang))
        for key in ("order", "picture")
    )
    return fill(
        '<form class="legend" aria-label="$title" autocomplete="off"><fieldset><legend>$title</legend>\n'
        "$kinds$others</fieldset></form>\n",
        title=word("legend", lang), kinds=kinds, others=others,
    )  # fmt: skip


def _index(dossier: Dossier, lang: Lang) -> Html:
    return joined(
        fill(
            '<li><a href="#d$n"><bdi>$path</bdi></a> $about</li>\n',
            n=n,
            path=document.path,
            about=" · ".join(filter(None, [_role(document.role, lang), _read(document, lang)])),
        )
        for n, document in enumerate(dossier.documents, start=1)
    )


def _role(role: str, lang: Lang) -> str:
    return word("no_role", lang) if role == "OTHER" else role


def _read(document: Document, lang: Lang) -> str:
    """How much of it was read; nothing for a copy of another document, which a warning tells."""
    if document.pages:
        return frame("pages_read", lang, read=document.pages_read, total=document.pages)
    return word("nothing_read", lang) if document.unread else ""


def _document(
    n: int, document: Document, shown: Sequence[int], drawn: Drawn, blocks: int | None, lang: Lang
) -> Iterator[Html]:
    unread = {u.page: say(u.reason, lang) for u in document.unread}
    facts = [
        ("role", _role(document.role, lang)),
        ("lot", document.lot or ""),
        ("document_title", document.title),
        ("date", day(document.date, lang) if document.date else ""),
        ("language", document.language or word("language_unknown", lang)),
        ("read", _read(document, lang)),
    ]
    lists = [
        (frame("unread", lang), [_run(run, reason, lang) for run, reason in unread_runs(document.unread)]),
        # A file that was not read at all says so above, with its reason.
        (frame("warnings", lang), [warned(w, lang) for w in document.warnings if w.code != "unread_file"]),
    ]
    yield fill(
        '<section class="document" id="d$n">\n<h2><bdi>$path</bdi></h2>\n'
        "<dl>$facts</dl>\n$lists$cut$links",
        n=n, path=document.path,
        facts=joined(
            fill("<div><dt>$key</dt> <dd><bdi>$value</bdi></dd></div>", key=word(key, lang), value=value)
            for key, value in facts
            if value
        ),
        lists=joined(fill("<h3>$t</h3>\n<ul>$items</ul>\n", t=t, items=_items(lines)) for t, lines in lists if lines),
        cut=_cut(document, shown, lang), links=_links(n, shown, unread, lang),
    )  # fmt: skip
    held = pages_of(document)
    on_pages = frozenset(shown)
    for page, picture in drawn:
        yield _page(n, document, page, held.get(page, Page()), picture, unread.get(page), on_pages, lang)
    # A text may count its pages: there is still nothing to draw.
    loose = [Numbered(b, i, i + 1) for i, b in enumerate(document.blocks) if b.page is None or not document.page_sizes]
    if loose or (document.pages and not document.page_sizes and not document.unread):
        yield _unpaged(n, document, loose, blocks, lang)
    yield Html("</section>\n")


def _run(pages: list[int] | None, reason: str, lang: Lang) -> str:
    if pages is None:
        where = frame("whole_file", lang)
    elif pages[0] == pages[1]:
        where = frame("page", lang, page=pages[0])
    else:
        where = frame("pages", lang, first=pages[0], last=pages[1])
    return where + (" : " if lang == "fr" else ": ") + say(reason, lang)


def _cut(document: Document, shown: Sequence[int], lang: Lang) -> Html:
    """What is not shown, and how to see it: silence would look like a page without text."""
    total = len(document.page_sizes)
    others = [page for page in range(1, total + 1) if page not in set(shown)]
    if not others:
        return Html("")
    key = "shown_none" if not shown else "shown_one" if len(shown) == 1 else "shown_some"
    text = word(
        key, lang, shown=len(shown), total=total, ranges=ranges_of(shown), others=ranges_of(others).replace(", ", ",")
    )
    return fill('<p class="cut">$text</p>\n', text=text)


def _links(n: int, shown: Sequence[int], unread: dict[int | None, str], lang: Lang) -> Html:
    if len(shown) < 2:
        return Html("")
    links = joined(
        fill(
            '<li><a href="#d${n}p$page" aria-label="$label">$page$mark</a></li>',
            n=n,
            page=page,
            mark=Html('<span aria-hidden="true"> !</span>') if page in unread else "",
            label=word("page", lang, page=page) + (f", {word('unread_word', lang)}" if page in unread else ""),
        )
        for page in shown
    )
    label = word("page_links", lang, n=n)
    return fill('<nav aria-label="$label"><ul class="pages">$links</ul></nav>\n', label=label, links=links)


def _page(
    n: int, document: Document, page: int, held: Page, picture: Picture | str, unread: str | None,
    shown: frozenset[int], lang: Lang,
) -> Html:  # fmt: skip
    label = document.page_labels[page - 1] if page <= len(document.page_labels) else ""
    key = "page" if label in ("", str(page)) else "page_labelled"
    reason = word("page_unread", lang, reason=unread) if unread is not None else None
    notes = [reason] if reason is not None else []
    if isinstance(picture, str):
        why = word("changed", lang) if picture == "changed" else say(picture, lang)
        notes.append(word("not_drawn", lang, reason=why))
    size = document.page_sizes[page - 1] if page <= len(document.page_sizes) else (0.0, 0.0)
    items = _entries(f"d{n}", held.begun, document, lang)
    rest = [_rest(f"d{n}", b, page, shown, lang) for b, _ in held.rest]
    return fill(
        '<section class="page" id="d${n}p$page">\n<h3>$title</h3>\n'
        '$notes<p><a class="jump" href="#l${n}p$page">$skip</a></p>\n<div class="pair">\n$sheet'
        '<div class="list" id="l${n}p$page" tabindex="0" role="group" aria-label="$list">$content</div>\n'
        "</div>\n</section>\n",
        n=n, page=page, title=word(key, lang, page=page, label=label), skip=word("skip_frames", lang, page=page),
        list=word("list", lang, page=page),
        notes=joined(fill('<p class="cut">$note</p>\n', note=note) for note in notes),
        sheet=sheet(
            page, held, size, None if isinstance(picture, str) else picture, reason=reason, prefix=f"d{n}", lang=lang
        ),
        content=_list(rest + items) if items or rest else fill("<p>$none</p>", none=word("no_block", lang)),
    )  # fmt: skip


def _unpaged(n: int, document: Document, loose: list[Numbered], most: int | None, lang: Lang) -> Html:
    """Blocks that stand on no page that can be drawn: office files, texts, messages."""
    listed = loose if most is None else loose[:most]
    cut = len(listed) < len(loose)
    return fill(
        '$cut<div aria-label="$label" role="group">$content</div>\n',
        cut=fill('<p class="cut">$t</p>\n', t=word("blocks_some", lang, shown=len(listed), total=len(loose)))
        if cut else Html(""),
        label=word("list_all", lang, n=n),
        content=_list(_entries(f"d{n}", listed, document, lang)) if listed
        else fill("<p>$none</p>", none=word("no_block_file", lang)),
    )  # fmt: skip


def _list(items: Iterable[Html]) -> Html:
    # The style sheet hides the numbers of the browser, after which Safari no longer says that it is a list.
    return fill('<ol class="blocks" role="list">\n$items</ol>', items=joined(items))


def _entries(prefix: str, blocks: Sequence[Numbered], document: Document, lang: Lang) -> list[Html]:
    """The entries of a list. The path of a section and the columns of a table are told in full once, and not again."""
    found = []
    path: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    for numbered in blocks:
        block = numbered.block
        section = (
            f"… › {block.section}" if len(path) > 1 and block.section_path == path else " › ".join(block.section_path)
        )
        columns = " | ".join(block.header) if block.header != header else ""
        found.append(_entry(prefix, numbered, _about(block, section, columns, document, lang), document, lang))
        path, header = block.section_path, block.header
    return found


def _entry(prefix: str, numbered: Numbered, about: str, document: Document, lang: Lang) -> Html:
    block = numbered.block
    spoken = block.language or document.language
    language = fill(' lang="$code"', code=spoken) if spoken not in (None, lang) else Html("")
    return fill(
        '<li id="$id" class="block $kind"><p class="about"><b class="k $kind">$label</b> $about <code>$name</code></p>'
        '<p class="text"$language>$text</p></li>\n',
        id=item_id(prefix, numbered), kind=block.kind, label=numbered.label(lang), name=block.id, language=language,
        about=about, text=revealed(block.text),
    )  # fmt: skip


def _about(block: Block, section: str, columns: str, document: Document, lang: Lang) -> str:
    told = [term("kind", block.kind, lang), term("method", block.method, lang)]
    if block.page is not None and block.page_end not in (None, block.page):
        told.append(word("spans", lang, first=block.page, last=block.page_end))
    elif block.page is not None and not document.page_sizes:
        told.append(frame("page", lang, page=block.page))
    if block.bbox is None and document.page_sizes:
        told.append(word("no_box", lang))
    if block.anchor is not None:
        told.append(", ".join(f"{key} {value}" for key, value in block.anchor.items() if key != "kind"))
    if block.role is not None and block.role != document.role:
        told.append(word("piece", lang, role=_role(block.role, lang)))
    if block.language is not None:
        told.append(word("spoken", lang, language=block.language))
    if columns:
        told.append(word("columns", lang, header=columns))
    told.append(word("section", lang, path=section) if section else word("no_section", lang))
    return " · ".join(told)


def _rest(prefix: str, numbered: Numbered, page: int, shown: frozenset[int], lang: Lang) -> Html:
    begun = numbered.block.page
    text = word("rest", lang, label=numbered.label(lang), page=begun)
    link = fill('<a href="#$id">$text</a>', id=item_id(prefix, numbered), text=text) if begun in shown else text
    return fill(
        '<li id="$id" class="block $kind"><p class="about"><b class="k $kind">…$label</b> $link</p></li>\n',
        id=item_id(prefix, numbered, page), kind=numbered.block.kind, label=numbered.label(lang), link=link,
    )  # fmt: skip


@cache
def _asset(name: str) -> Html:
    """The style sheet or the script: our own, put in as it is."""
    return Html((_HERE / name).read_text(encoding="utf-8"))
