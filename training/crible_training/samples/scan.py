"""A piece as a scanner leaves it: page images of one bit, slightly askew and speckled, and not a letter of text."""

from __future__ import annotations

import io
import random
import textwrap
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from crible_training.samples.pieces import Element, Piece, Tender

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFont import FreeTypeFont

_DPI = 130  # what an office copier is set to for « light » files; legible, and small
_WIDTH, _HEIGHT = round(8.27 * _DPI), round(11.69 * _DPI)
_MARGIN = 105
_SPECKS = 90  # dust per page
_DATE = time.struct_time(
    (2026, 9, 14, 9, 0, 0, 0, 257, 0)
)  # of the scan: written in the file, so it must not be « now »
# Height of a line, size of its letters, whether bold, by kind of element; pixels.
_LINES = {"heading": (40, 23, True), "paragraph": (29, 19, False), "item": (29, 19, False), "title": (52, 32, True)}


def draw_scan(piece: Piece, tender: Tender) -> bytes:
    """The PDF of a scanned piece, written by Pillow: one-bit images, compressed as fax machines do (CCITT group 4)."""
    noise = random.Random(zlib.crc32(piece.file.encode()))  # its own dust for each file, the same each time
    sheets = [_copied(sheet, noise) for sheet in _sheets(piece, tender)]
    out = io.BytesIO()
    sheets[0].save(
        out, "PDF", save_all=True, append_images=sheets[1:], resolution=_DPI, producer="Copieur multifonction",
        creationDate=_DATE, modDate=_DATE,
    )  # fmt: skip
    return out.getvalue()


def _sheets(piece: Piece, tender: Tender) -> list[Picture]:
    """The clean pages, before the copier."""
    from PIL import Image, ImageDraw

    lines = [("title", piece.title), ("paragraph", tender.buyer), ("paragraph", piece.subtitle), ("paragraph", "")]
    for element in piece.elements():
        lines += _wrapped(element)
    sheets: list[Picture] = []
    y = _HEIGHT
    for kind, text in lines:
        height, size, bold = _LINES[kind]
        if y + height > _HEIGHT - _MARGIN:
            sheets.append(Image.new("L", (_WIDTH, _HEIGHT), 255))
            y = _MARGIN
            foot = f"{piece.short} – page {len(sheets)}"
            ImageDraw.Draw(sheets[-1]).text((_MARGIN, _HEIGHT - 70), foot, font=_font(14, False), fill=0)
        ImageDraw.Draw(sheets[-1]).text((_MARGIN, y), text, font=_font(size, bold), fill=0)
        y += height
    return sheets


def _wrapped(element: Element) -> list[tuple[str, str]]:
    """The lines of one element, an empty one after it. The scan has no tables: its annex is prose."""
    if element.kind == "page":
        return []
    kind = element.kind if element.kind in _LINES else "paragraph"
    text = f"–  {element.text}" if element.kind == "item" else element.text
    room = 62 if kind == "heading" else 84  # letters that fit between the margins
    return [*((kind, line) for line in textwrap.wrap(text, room)), ("paragraph", "")]


def _copied(sheet: Picture, noise: random.Random) -> Picture:
    """A sheet laid a little askew on the glass, with dust and a dark edge."""
    from PIL import Image, ImageDraw

    turned = sheet.rotate(noise.uniform(-0.9, 0.9), resample=Image.Resampling.BICUBIC, fillcolor=255)
    pen = ImageDraw.Draw(turned)
    for _ in range(_SPECKS):
        x, y, r = noise.randrange(_WIDTH), noise.randrange(_HEIGHT), noise.choice((0, 0, 0, 1, 1, 2))
        pen.ellipse((x, y, x + r, y + r), fill=0)
    edge = noise.randrange(3, 9)
    pen.rectangle((0, 0, edge, _HEIGHT), fill=40)
    return turned.point(lambda value: 255 if value > 150 else 0, mode="1")


def _font(size: int, bold: bool) -> FreeTypeFont:
    """Bitstream Vera, whose free licence lets it ship inside reportlab."""
    import reportlab
    from PIL import ImageFont

    fonts = Path(reportlab.__file__).parent / "fonts"
    return ImageFont.truetype(fonts / ("VeraBd.ttf" if bold else "Vera.ttf"), size)
