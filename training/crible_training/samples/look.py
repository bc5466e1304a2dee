"""How the pieces look: paragraph styles from the font, size and colour of a tender."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crible_training.samples.pieces import Tender

# The fonts every PDF reader has (nothing to embed): plain, bold, italic.
_FONTS = {
    "sans": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "serif": ("Times-Roman", "Times-Bold", "Times-Italic"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """``styles`` by name: title, subtitle, h1 to h3, body, field, item, dash, cell, head, note, small, toc1, toc2."""

    plain: str
    bold: str
    italic: str
    colour: Any
    size: float
    styles: dict[str, Any]


def look_of(tender: Tender) -> Look:
    """The styles of one tender, fresh: reportlab changes the style objects it is given."""
    from reportlab.lib.colors import HexColor, white
    from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
    from reportlab.lib.styles import ParagraphStyle

    plain, bold, italic = _FONTS[tender.font]
    colour, size = HexColor(tender.colour), tender.size
    flow = TA_JUSTIFY if tender.justified else TA_LEFT

    def style(name: str, font: str = plain, scale: float = 1.0, **rest: Any) -> Any:
        points = round(size * scale, 1)
        rest.setdefault("leading", round(points * 1.4, 1))
        return ParagraphStyle(name, fontName=font, fontSize=points, **rest)

    styles = {
        "title": style("title", bold, 2.0, alignment=TA_CENTER, textColor=colour, spaceAfter=10),
        "subtitle": style("subtitle", italic, 1.05, alignment=TA_CENTER, spaceAfter=6),
        "buyer": style("buyer", bold, 1.2, alignment=TA_CENTER),
        "address": style("address", plain, 0.95, alignment=TA_CENTER),
        "h1": style("h1", bold, 1.25, textColor=colour, spaceBefore=16, spaceAfter=7, keepWithNext=1),
        "h2": style("h2", bold, 1.08, textColor=colour, spaceBefore=11, spaceAfter=5, keepWithNext=1),
        "h3": style("h3", italic, 1.0, spaceBefore=8, spaceAfter=4, keepWithNext=1),
        "body": style("body", alignment=flow, spaceAfter=8),
        "field": style("field", spaceAfter=7),
        "item": style("item", alignment=flow, spaceAfter=4, leftIndent=22, bulletIndent=9),
        "dash": style("dash", alignment=flow, spaceAfter=3, leftIndent=38, bulletIndent=26),
        "cell": style("cell", plain, 0.88),
        "head": style("head", bold, 0.88, textColor=white),
        "note": style("note", plain, 0.95, alignment=flow),
        "small": style("small", italic, 0.85, spaceBefore=2, spaceAfter=8),
        "contents": style("contents", bold, 1.3, textColor=colour, spaceAfter=10),
        "toc1": style("toc1", bold, 0.95, spaceBefore=4),
        "toc2": style("toc2", plain, 0.92, leftIndent=14),
    }
    return Look(plain, bold, italic, colour, size, styles)
