"""A two-letter font of tick boxes, ☐ and ☒, that says to readers which is which.

The fonts every PDF reader has hold no such boxes, and those of forms must be read as what they are: the font is drawn
here (a PDF font of Type 3, strokes in a square of 1000 units) with its map to Unicode.
"""

from __future__ import annotations

from typing import Any

NAME = "Cases"
CODES = {"☐": "A", "☒": "B"}
_WIDTH = 900  # thousandths of the size: the box and the air around it
# x y w h re: the square; m/l: the two strokes of the cross. « d1 » gives the width and the ink of the glyph.
_SQUARE = "60 w 80 0 640 640 re S"
_CROSS = "170 90 m 630 550 l S 170 550 m 630 90 l S"
_GLYPHS = {"empty": _SQUARE, "ticked": f"{_SQUARE} {_CROSS}"}
_TO_UNICODE = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
2 beginbfchar <41> <2610> <42> <2612> endbfchar
endcmap end end"""


class BoxFont:
    """What reportlab asks of a font: « A » is the empty box, « B » the ticked one; readers are told ☐ and ☒."""

    # reportlab's own attribute names
    _multiByte = 0  # noqa: N815
    _dynamicFont = 0  # noqa: N815
    shapable = False
    fontName = NAME  # noqa: N815
    encName = "WinAnsiEncoding"  # noqa: N815

    def __init__(self) -> None:
        self.face = self
        self.ascent, self.descent = 700, -60
        self.substitutionFonts: list[Any] = []

    def stringWidth(self, text: str, size: float, encoding: str = "utf-8") -> float:  # noqa: N802
        return len(text) * _WIDTH * size / 1000

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream

        def stream(content: str) -> Any:
            return doc.Reference(PDFStream(content=content, filters=[]))

        procs = {name: stream(f"{_WIDTH} 0 50 -30 750 670 d1 {ink}") for name, ink in _GLYPHS.items()}
        font = {
            "Type": PDFName("Font"),
            "Subtype": PDFName("Type3"),
            "Name": PDFName(NAME),
            "FontBBox": PDFArray([0, -60, _WIDTH, 700]),
            "FontMatrix": PDFArray([0.001, 0, 0, 0.001, 0, 0]),
            "FirstChar": 65,
            "LastChar": 66,
            "Widths": PDFArray([_WIDTH, _WIDTH]),
            "CharProcs": PDFDictionary(procs),
            "Resources": PDFDictionary({}),
            "Encoding": PDFDictionary(
                {"Type": PDFName("Encoding"), "Differences": PDFArray([65, *map(PDFName, _GLYPHS)])}
            ),
            "ToUnicode": stream(_TO_UNICODE),
        }
        doc.fontMapping[NAME] = f"/{NAME}"
        doc.idToObject["BasicFonts"].dict[NAME] = doc.Reference(PDFDictionary(font), NAME)


def register() -> None:
    """Make the font known to reportlab, once; in bold text the boxes stay what they are."""
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics

    if NAME in pdfmetrics.getRegisteredFontNames():
        return
    pdfmetrics.registerFont(BoxFont())
    for bold in (0, 1):
        for italic in (0, 1):
            addMapping(NAME, bold, italic, NAME)
