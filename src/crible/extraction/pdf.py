"""``read_pdf(data) -> Document``: a PDF's pages into blocks with boxes, and what could not be read."""

from __future__ import annotations

import ctypes
import gc
import logging
from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2 as pdfium2
import pypdfium2.raw as pdfium

from crible.errors import DamagedDocument, EmptyInput, EncryptedDocument, LimitExceeded, UnsupportedMedia
from crible.extraction.furniture import contents_entries, contents_lines, folded, running_lines
from crible.extraction.headings import parse_number
from crible.extraction.insets import Inset, read_insets
from crible.extraction.layout import Line, lines_in_order, stretches
from crible.extraction.layout_blocks import PageLayout, drafts_of, usual_style
from crible.extraction.ocr import OcrMode, as_read, recognise
from crible.extraction.pdf_calls import uncollected
from crible.extraction.pdf_chars import PAGES_AT_ONCE, Fetched, PageWords, fetch_words, page_space, words_of
from crible.extraction.pdf_forms import Field, drawn_boxes, fields_of, is_dynamic, open_form, with_fields
from crible.extraction.pdf_lost import has_lost_text
from crible.extraction.pdf_paths import PageRules, read_rules
from crible.extraction.pdf_quality import unread_reason
from crible.extraction.pdf_text import blocks_of
from crible.extraction.sideways import set_straight
from crible.extraction.tables import Grid, Table, grids_of, is_ambiguous, is_table, place_words
from crible.extraction.tables_columns import with_columns
from crible.extraction.tables_unruled import unruled_grids
from crible.types import Document, UnreadPage, Warned

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOG = logging.getLogger(__name__)
_PAGES_MAX = 20_000  # users' limit: the largest tender file seen has 3,000
_BOOKMARKS_MAX = 5_000
_UNDERLINES_MAX = 300  # rules on a page: more belong to tables and drawings
_USES = 16  # of pdfplumber between two searches for cycles: 10 MB or so
_MARK = b"%PDF-"
_MARK_WITHIN = 1024  # bytes: what readers accept before the header


@uncollected()
def read_pdf(data: bytes, *, path: str, sha256: str, ocr: OcrMode = "auto") -> Document:
    """Read a PDF. The role is OTHER and the language None: they are judged with the rest of the tender.

    ``ocr``: scanned pages go to the engine where there is one (``auto``), never (``off``), or with all pages that hold
    an image (``force``).

    Raises EmptyInput (zero bytes), UnsupportedMedia (not a PDF whatever its name), EncryptedDocument (asks for a
    password), DamagedDocument (pdfium refuses it) and LimitExceeded (more than 20,000 pages).
    """
    document = _opened(data, path)
    try:
        count = len(document)
        if count > _PAGES_MAX:
            raise LimitExceeded(f"{path} : {count} pages, plus que la limite de {_PAGES_MAX}")
        if count == 0:
            raise DamagedDocument(f"{path} : aucune page lisible")
        handle, form = document.raw, open_form(document)
        with np.errstate(invalid="ignore", over="ignore"):  # boxes of broken fonts
            read = [page for i in range(0, count, PAGES_AT_ONCE) for page in _pages(handle, form, i, count)]
        labels = _labels(handle, count)
        marks = _bookmarks(document)
        return _document(read, labels, marks, data, document, path=path, sha256=sha256, ocr=ocr)
    finally:
        document.close()


def read_pdf_without_ocr(data: bytes, *, path: str, sha256: str) -> Document:
    """``read_pdf`` that leaves scanned pages unread. A reader is called by its name, and takes no option."""
    return read_pdf(data, path=path, sha256=sha256, ocr="off")


def read_pdf_by_ocr(data: bytes, *, path: str, sha256: str) -> Document:
    """``read_pdf`` that gives every page with an image to the engine."""
    return read_pdf(data, path=path, sha256=sha256, ocr="force")


def _opened(data: bytes, path: str) -> Any:
    if not data:
        raise EmptyInput(f"{path} : fichier vide")
    if _MARK not in data[:_MARK_WITHIN]:
        raise UnsupportedMedia(f"{path} : ce n'est pas un PDF")
    # pdfium keeps the error of the last file it refused: asked after a success without pages, it would be another's.
    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise EncryptedDocument(f"{path} : protégé par un mot de passe")
        raise DamagedDocument(f"{path} : PDF endommagé ou tronqué")
    return pdfium2.PdfDocument(handle)  # closed by the caller, who holds the bytes until then


def _pages(document: Any, form: Any, begin: int, count: int) -> list[tuple[PageWords, PageRules] | None]:
    """Some pages from ``begin`` on, of ``count``."""
    fetched = [_page(document, form, i) for i in range(begin, min(begin + PAGES_AT_ONCE, count))]
    words = iter(words_of([page[0] for page in fetched if page]))
    return [(_with_boxes(next(words), page[1], page[2]), page[1]) if page else None for page in fetched]


def _with_boxes(words: PageWords, rules: PageRules, fields: list[Field]) -> PageWords:
    return with_fields(words, [*fields, *drawn_boxes(words, rules.squares, fields)])


def _page(document: Any, form: Any, index: int) -> tuple[Fetched, PageRules, list[Field]] | None:
    """What one page shows, None when pdfium cannot open it. Handles are closed whatever happens."""
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    try:
        textpage = pdfium.FPDFText_LoadPage(page)
        if not textpage:
            return None
        try:
            space = page_space(page)
            words, rules = fetch_words(textpage, space, index + 1), read_rules(page, space)
            rules.lost_text = not words.texts and has_lost_text(document, page, index)
            return words, rules, fields_of(form, page, space)
        finally:
            pdfium.FPDFText_ClosePage(textpage)
    except (ValueError, OverflowError, MemoryError) as error:  # boxes that are not numbers, absurd counts
        _LOG.warning("page %d: %s", index + 1, error)
        return None
    finally:
        pdfium.FPDF_ClosePage(page)


def _labels(document: Any, count: int) -> tuple[str, ...]:
    """The printed page labels; empty when the document has none."""
    buffer = ctypes.create_string_buffer(128)  # a label is a few characters; longer ones are cut
    labels = []
    for i in range(count):
        size = pdfium.FPDF_GetPageLabel(document, i, buffer, 128)
        labels.append(
            buffer.raw[: max(min(size, 128) - 2, 0)].decode("utf-16-le", errors="replace") if size > 2 else ""
        )
    return tuple(labels) if any(labels) else ()


def _bookmarks(document: Any) -> list[str]:
    """The titles of the document's outline: Word writes one per heading."""
    titles: list[str] = []
    try:
        for mark in document.get_toc(max_depth=8):
            titles.append(mark.get_title())
            if len(titles) >= _BOOKMARKS_MAX:
                break
    except (pdfium2.PdfiumError, ValueError, RecursionError) as error:  # an outline that loops is no reason to stop
        _LOG.info("outline not read: %s", error)
    return titles


def _document(
    read: Sequence[tuple[PageWords, PageRules] | None], labels: tuple[str, ...], marks: list[str], data: bytes,
    opened: Any, *, path: str, sha256: str, ocr: OcrMode,
) -> Document:  # fmt: skip
    sizes = tuple((r[0].width, r[0].height) if r else (0.0, 0.0) for r in read)
    unread = [UnreadPage(i + 1, "page_error") for i, r in enumerate(read) if r is None]
    pages = [r for r in read if r is not None]
    shown = {w.number: w.boxes for w, _ in pages}  # where words stand on the pages as displayed
    pages = [set_straight(words, rules) or (words, rules) for words, rules in pages]
    parts, grids, running, reasons = _looked_at(pages)
    if is_dynamic(opened):
        reasons = ["dynamic_form"] * len(pages)
    hidden = sum(words.invisible for words, _ in pages)
    under_scans = all(rules.image_cover > 0.5 for words, rules in pages if words.invisible)
    recognised = recognise(opened, pages, reasons, mode=ocr)
    seen, reasons = recognised.pages, recognised.reasons
    insets = read_insets(opened, pages, {*seen, *(w.number for n, (w, _) in enumerate(pages) if reasons[n])}, mode=ocr)
    if seen or insets.words:
        pages = [(seen[w.number].words, seen[w.number].rules) if w.number in seen else (w, r) for w, r in pages]
        pages = [(insets.words.get(w.number, w), r) for w, r in pages]
        shown |= {number: page.shown for number, page in seen.items()}
        shown |= {number: page.boxes for number, page in insets.words.items()}
        parts, grids, running, _ = _looked_at(pages)
    oracle = _Oracle(data)
    layouts: list[PageLayout] = []
    garbled: set[int] = set()
    for n, (words, rules) in enumerate(pages):
        reason = reasons[n]
        if reason is not None:
            unread.append(UnreadPage(words.number, reason))
        if reason == "garbled_text" or (reason is not None and words.number in seen):
            garbled.add(len(layouts))
        held = [p for i, p in enumerate(parts[n]) if i in running[n]]
        body = [p for i, p in enumerate(parts[n]) if i not in running[n]]
        tables = _tables(words, rules, grids[n], held, body, oracle)
        items = _items(words, rules, body, tables, insets.of_page.get(words.number, ()))
        layouts.append(PageLayout(words, items, lines_in_order(held, words.width)))
    oracle.close()
    numbered, titles = _contents(layouts, marks)
    for n in garbled:  # kept where it stands, and judged by nobody: it is not what the page shows
        layouts[n].contents = set(range(len(layouts[n].items)))
    drafts = drafts_of(layouts, usual_style(layouts, numbered, titles))
    displayed = [w if w.boxes is shown[w.number] else replace(w, boxes=shown[w.number]) for w, _ in pages]
    pictures = {number: [inset.box for inset in held] for number, held in insets.of_page.items()}
    blocks = as_read(blocks_of(drafts, displayed), seen, pictures)
    unread.sort(key=lambda u: (u.page or 0, u.reason))
    warnings = []
    if recognised.left:
        warnings.append(Warned("ocr_page_limit", str(recognised.left), path))
    if insets.unread:
        warnings.append(Warned("pictures_unread", ", ".join(map(str, insets.unread)), path))
    if hidden and not under_scans:
        warnings.append(Warned("invisible_text", str(hidden), path))  # under a scan, it is the scan's own text
    return Document(
        path=path, sha256=sha256, role="OTHER", pages=len(read), pages_read=len(read) - len(unread), language=None,
        blocks=blocks, unread=tuple(unread), warnings=tuple(warnings), title=_title(layouts), page_labels=labels,
        page_sizes=sizes,
    )  # fmt: skip


def _looked_at(
    pages: Sequence[tuple[PageWords, PageRules]],
) -> tuple[list[list[Line]], list[list[Grid]], list[set[int]], list[str | None]]:
    """Per page: the stretches of its words, its grids, which stretches run from page to page, why it is unread."""
    parts = stretches([words for words, _ in pages])
    grids = [grids_of(rules) for _, rules in pages]
    running = running_lines(parts, [words.height for words, _ in pages])
    reasons: list[str | None] = []
    for n, (words, rules) in enumerate(pages):
        _unmark_tables(words, rules, parts[n], running[n], grids[n])
        reasons.append(unread_reason(words, rules, [p for i, p in enumerate(parts[n]) if i not in running[n]]))
    return parts, grids, running, reasons


def _unmark_tables(
    words: PageWords, rules: PageRules, parts: list[Line], running: set[int], grids: Sequence[Grid]
) -> None:
    """The header row of a table that fills its pages repeats like a running line, and belongs to the table."""
    for grid in grids:
        inside = {
            i for i, p in enumerate(parts)
            if grid.xs[0] <= (p.x0 + p.x1) / 2 <= grid.xs[-1] and grid.ys[0] <= p.middle <= grid.ys[-1]
        }  # fmt: skip
        if inside & running and len(inside - running) > len(inside & running):
            table, _ = place_words(grid, words, np.ones(len(words.texts), dtype=bool), rules)
            if is_table(with_columns(table, words), words):
                running -= inside


def _tables(
    words: PageWords, rules: PageRules, grids: Sequence[Grid], held: list[Line], body: list[Line], oracle: _Oracle
) -> list[Table]:
    """The tables of a page, each word in at most one of them."""
    free = np.ones(len(words.texts), dtype=bool)
    for line in held:
        free[line.words] = False
    tables: list[Table] = []
    for grid in grids:
        table, poking = place_words(grid, words, free, rules)
        table = with_columns(table, words)
        if not is_table(table, words):
            continue
        if is_ambiguous(grid, poking):
            better = oracle.table(words, rules, free, table)
            if better is not None:
                table = better
            elif grid.odd and poking > 0.3:
                continue  # a drawing with words on its lines: read as text
        tables.append(table)
        free[table.words] = False
    for grid in unruled_grids([part for part in body if free[part.words].all()]):
        table, _ = place_words(grid, words, free, rules)
        if is_table(table, words):
            tables.append(table)
            free[table.words] = False
    return tables


def _items(
    words: PageWords, rules: PageRules, body: list[Line], tables: list[Table], insets: Sequence[Inset]
) -> list[Line | Table]:
    """Lines and tables of a page in reading order: a table, or a picture that was read, before the first line below.

    What a picture says that has text beside it comes last: it must not part the columns of that text.
    """
    taken: set[int] = set()
    for table in tables:
        taken.update(table.words)
    if taken:
        body = [part for p in body for part in _left_out(p, words, taken)]
    stops: list[tuple[float, float, Table | list[Line]]] = [(table.ys[0], table.xs[0], table) for table in tables]
    rest = [p for p in body if p.words[0] < insets[0].first] if insets else body
    for inset in insets:
        left, top, _, bottom = inset.box
        alone = not any(p.top < bottom - 2 and p.bottom > top + 2 for p in rest)
        said = [p for p in body if inset.first <= p.words[0] < inset.end]
        stops.append((top if alone else words.height + top, left, said))
    items: list[Line | Table] = []
    flow = 0
    for top, _, stop in sorted(stops, key=lambda s: s[:2]):
        above = [p for p in rest if p.middle < top]
        rest = [p for p in rest if p.middle >= top]
        flow = _add_lines(items, above, words.width, flow)
        if isinstance(stop, Table):
            items.append(stop)
        else:
            flow = _add_lines(items, stop, words.width, flow)
    _add_lines(items, rest, words.width, flow)
    if 0 < len(rules.horizontal) <= _UNDERLINES_MAX:
        _underline([item for item in items if isinstance(item, Line)], rules)
    return items


def _add_lines(items: list[Line | Table], parts: list[Line], width: float, flow: int) -> int:
    lines = lines_in_order(parts, width) if parts else []
    for line in lines:
        line.flow += flow
    items += lines
    return max((line.flow for line in lines), default=flow) + (1 if lines else 0)


def _left_out(part: Line, words: PageWords, taken: set[int]) -> list[Line]:
    """A stretch without the words that a table has taken: itself, nothing, or what stays of it."""
    kept = [w for w in part.words if w not in taken]
    if len(kept) == len(part.words):
        return [part]
    if not kept:
        return []
    boxes = words.boxes[kept]
    part.words = kept
    part.text = " ".join(words.texts[w] for w in kept if words.texts[w])
    part.x0, part.top = float(boxes[:, 0].min()), float(boxes[:, 1].min())
    part.x1, part.bottom = float(boxes[:, 2].max()), float(boxes[:, 3].max())
    return [part]


def _underline(lines: list[Line], rules: PageRules) -> None:
    lines = sorted(lines, key=lambda line: line.bottom)
    bottoms = [line.bottom for line in lines]
    largest = max((line.size for line in lines), default=0.0)
    for y, x0, x1 in rules.horizontal:
        for line in lines[bisect_left(bottoms, y - 0.15 * largest) : bisect_right(bottoms, y + 0.35 * largest)]:
            # A rule from just under the baseline to just under the line, as long as its text.
            if not (line.bottom - 0.35 * line.size <= y <= line.bottom + 0.15 * line.size):
                continue
            if min(x1, line.x1) - max(x0, line.x0) >= 0.7 * line.width and x1 - x0 <= 1.15 * line.width + 6:
                line.underlined = True


def _contents(layouts: list[PageLayout], marks: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Mark the lines of tables of contents; return the titles that they and the bookmarks announce."""
    lines: list[Line] = []
    places: list[tuple[int, int]] = []
    for n, layout in enumerate(layouts):
        for i, item in enumerate(layout.items):
            if isinstance(item, Line):
                lines.append(item)
                places.append((n, i))
    marked = contents_lines(lines)
    for index in marked:
        n, i = places[index]
        layouts[n].contents.add(i)
    numbered, titles = contents_entries(lines, marked)
    extra = [(folded(mark), parse_number(mark, any_case=True)) for mark in marks]
    return (
        numbered | {key for key, _ in extra if len(key) >= 4},
        titles | {folded(parsed[1]) for _, parsed in extra if parsed and len(folded(parsed[1])) >= 4},
    )


def _title(layouts: list[PageLayout]) -> str:
    """The largest text of the first page that has any: the lines of a cover's title, 200 characters at most."""
    for layout in layouts:
        lines = [item for item in layout.items if isinstance(item, Line) and item.upright and not item.doubtful]
        lines = [line for line in lines if sum(c.isalpha() for c in line.text) > 3]
        if lines:
            largest = max(line.size for line in lines)
            return " ".join(line.text for line in lines if line.size >= 0.93 * largest)[:200].strip()
    return ""


class _Oracle:
    """pdfplumber's table finder, opened when the first ambiguous grid of a document is met."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: Any = None
        self.used = 0

    def table(self, words: PageWords, rules: PageRules, free: Any, table: Table) -> Table | None:
        from crible.extraction.tables_oracle import find_table, open_pages

        if self._open is None:
            self._open = open_pages(self._data)
        self.used += 1
        if self.used % _USES == 0:  # pdfminer leaves cycles, which nobody looks for while a file is read
            gc.collect()
        return find_table(self._open, words, rules, free, table)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            _LOG.info("pdfplumber asked for %d tables", self.used)
