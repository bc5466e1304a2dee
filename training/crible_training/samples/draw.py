"""Pieces as PDFs that look like those of buyers: cover, table of contents, running header and footer, ruled tables.

Pages are not compressed: the bytes then depend on reportlab alone, not on the zlib of the machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from crible_training.samples import boxes
from crible_training.samples.look import Look, look_of
from crible_training.samples.pieces import Element, Piece, Tender

_MARGIN = 62.0  # points, left and right: 22 mm
_TOP, _BOTTOM = 84.0, 70.0
_TOC_LEVELS = 2
_BLANK = re.compile(r"…{6,}$")


def draw_piece(piece: Piece, tender: Tender) -> bytes:
    """The PDF of one piece. Drawn twice: the footer of the first page needs the number of the last."""
    boxes.register()
    _, pages = _build(piece, tender, total=0)
    content, again = _build(piece, tender, total=pages)
    if again != pages:  # both passes draw the same story: only a change of reportlab could separate them
        raise RuntimeError(f"{piece.file}: {pages} pages, then {again}")
    return content


def _build(piece: Piece, tender: Tender, *, total: int) -> tuple[bytes, int]:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    look = look_of(tender)
    out = io.BytesIO()
    doc = BaseDocTemplate(
        out, pagesize=A4, title=f"{piece.title} – {tender.object}", author=tender.buyer, subject=tender.reference,
        creator="crible", invariant=1, pageCompression=0, initialFontName=look.plain,
    )  # fmt: skip
    width, height = A4
    frame = Frame(_MARGIN, _BOTTOM, width - 2 * _MARGIN, height - _TOP - _BOTTOM, 0, 0, 0, 0)
    running = _running(piece, tender, look, total)
    first = (lambda canvas, doc: None) if piece.cover else running
    doc.addPageTemplates(
        [
            PageTemplate("cover", [frame], onPage=first, autoNextPageTemplate="rest"),
            PageTemplate("rest", [frame], running),
        ]
    )
    doc.afterFlowable = _announce(doc)
    doc.multiBuild(list(_story(piece, tender, look)))
    return out.getvalue(), doc.page


def _running(piece: Piece, tender: Tender, look: Look, total: int) -> Callable[[Any, Any], None]:
    """Header and footer of every page but the cover."""

    def draw(canvas: Any, doc: Any) -> None:
        width, height = doc.pagesize
        canvas.saveState()
        canvas.setFont(look.plain, 8)
        canvas.setFillColor(look.colour)
        canvas.drawString(_MARGIN, height - 46, tender.buyer)
        canvas.drawRightString(width - _MARGIN, height - 46, f"{piece.short} – {tender.reference}")
        canvas.setStrokeColor(look.colour)
        canvas.setLineWidth(0.6)
        canvas.line(_MARGIN, height - 52, width - _MARGIN, height - 52)
        canvas.line(_MARGIN, 50, width - _MARGIN, 50)
        canvas.drawString(_MARGIN, 38, tender.running)
        canvas.drawRightString(width - _MARGIN, 38, f"Page {doc.page} / {total}")
        canvas.restoreState()

    return draw


def _announce(doc: Any) -> Callable[[Any], None]:
    """After each heading: its line in the table of contents and its bookmark."""

    def after(flowable: Any) -> None:
        level = getattr(flowable, "level", 0)
        if not 1 <= level <= _TOC_LEVELS:
            return
        text = flowable.getPlainText()
        key = f"h{doc.page}-{flowable.number}"
        doc.canv.bookmarkPage(key)
        doc.canv.addOutlineEntry(text, key, level - 1, closed=level > 1)
        doc.notify("TOCEntry", (level - 1, escape(text), doc.page, key))

    return after


def _story(piece: Piece, tender: Tender, look: Look) -> Iterator[Any]:
    from reportlab.platypus import PageBreak, Paragraph, Spacer
    from reportlab.platypus.tableofcontents import TableOfContents

    if piece.cover:
        yield from _cover(piece, tender, look)
        yield PageBreak()
    else:
        yield Paragraph(_inline(piece.title), look.styles["title"])
        if piece.subtitle:
            yield Paragraph(_inline(piece.subtitle), look.styles["subtitle"])
        yield Spacer(1, 8)
    if piece.contents:
        yield Paragraph("Sommaire", look.styles["contents"])
        # Dots from the first entry on, as word processors draw them; rows close together.
        tight = [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5)]
        tight += [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
        levels = [look.styles["toc1"], look.styles["toc2"]]
        yield TableOfContents(levelStyles=levels, dotsMinLevel=0, tableStyle=tight)
        yield PageBreak()
    for number, element in enumerate(piece.elements()):
        yield from _flowables(element, number, look)


def _cover(piece: Piece, tender: Tender, look: Look) -> Iterator[Any]:
    from reportlab.platypus import Paragraph, Spacer, Table

    styles = look.styles
    yield Spacer(1, 30)
    yield Paragraph(_inline(tender.buyer), styles["buyer"])
    yield Paragraph(_inline(tender.service), styles["address"])
    yield Paragraph(_inline(tender.address), styles["address"])
    yield Spacer(1, 90)
    band = [[Paragraph(_inline(piece.title), styles["title"])]]
    if piece.subtitle:
        band.append([Paragraph(_inline(piece.subtitle), styles["subtitle"])])
    rules: dict[str, list[Any]] = {
        "framed": [("BOX", (0, 0), (-1, -1), 1.2, look.colour)],
        "ruled": [("LINEABOVE", (0, 0), (-1, 0), 2, look.colour), ("LINEBELOW", (0, -1), (-1, -1), 2, look.colour)],
    }
    pads: list[Any] = [("TOPPADDING", (0, 0), (-1, -1), 10), ("BOTTOMPADDING", (0, 0), (-1, -1), 10)]
    yield Table(band, colWidths=["100%"], style=rules[tender.cover] + pads)
    yield Spacer(1, 40)
    for label, value in (
        ("Objet de la consultation", tender.object),
        ("Référence", tender.reference),
        ("Procédure", tender.procedure),
        ("Date d’envoi à la publication", tender.date),
    ):
        yield Paragraph(f"<b>{label} :</b> {_inline(value)}", styles["body"])


def _flowables(element: Element, number: int, look: Look) -> Iterator[Any]:
    from reportlab.platypus import PageBreak, Paragraph, Spacer

    styles = look.styles
    if element.kind == "heading":
        heading = Paragraph(_inline(element.text), styles[f"h{element.level}"])
        heading.level, heading.number = element.level, number
        yield heading
    elif element.kind == "table":
        yield Spacer(1, 4)
        yield _table(element, look)
        yield Spacer(1, 10)
    elif element.kind == "note":
        yield _framed(element.text, look)
        yield Spacer(1, 8)
    elif element.kind == "page":
        yield PageBreak()
    else:
        mark = {"item": "•", "dash": "–"}.get(element.kind)
        style = {"paragraph": "body"}.get(element.kind, element.kind)
        text = element.text
        if _BLANK.search(text):  # a form to fill in: dots to the margin, and no justified line
            text, style = _to_the_margin(text, styles["field"]), "field"
        yield Paragraph(_inline(text), styles[style], bulletText=mark)


def _to_the_margin(text: str, style: Any) -> str:
    """The label of a blank, and as many dots as its line, or the next one when it is nearly full, can hold."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase.pdfmetrics import stringWidth

    label = _BLANK.sub("", text).rstrip()
    dot = stringWidth("…", style.fontName, style.fontSize)
    room = A4[0] - 2 * _MARGIN - 2
    left = room - stringWidth(f"{label} ", style.fontName, style.fontSize) % room
    if left < 12 * dot:
        left = room
    return f"{label} {'…' * int(left / dot)}"


def _table(element: Element, look: Look) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Paragraph, Table

    head, *rest = element.rows
    widths = element.widths or tuple(100 / len(head) for _ in head)
    room = A4[0] - 2 * _MARGIN
    cells = [[Paragraph(_inline(cell), look.styles["head"]) for cell in head]]
    cells += [[Paragraph(_inline(cell), look.styles["cell"]) for cell in row] for row in rest]
    rules = [
        ("GRID", (0, 0), (-1, -1), 0.5, HexColor("#808080")),
        ("BACKGROUND", (0, 0), (-1, 0), look.colour),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
    ]
    columns = [room * width / sum(widths) for width in widths]
    return Table(cells, colWidths=columns, repeatRows=1, style=rules)


def _framed(text: str, look: Look) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Paragraph, Table

    rules = [
        ("BOX", (0, 0), (-1, -1), 0.8, look.colour),
        ("BACKGROUND", (0, 0), (-1, -1), HexColor("#f3f3f3")),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ]
    return Table([[Paragraph(_inline(text), look.styles["note"])]], colWidths=["100%"], style=rules)


def _inline(text: str) -> str:
    """The small markup as reportlab's: bold, and tick boxes in their own font."""
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
    return "".join(f'<font name="{boxes.NAME}">{boxes.CODES[c]}</font>' if c in boxes.CODES else c for c in text)
