"""Ruling lines and image coverage of a PDF page, from pdfium's own page objects."""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import bind
from crible.extraction.pdf_chars import PageSpace

_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
_THIN = 3.0  # points: the thickest borders of tables seen in tenders are 2.25
_SHORT = 4.0  # points: shorter strokes are dots, arrows and letters drawn as shapes
_MANY = 20_000  # objects on a page: beyond, it is a drawing, and its lines are no table
_SEGMENTS_MAX = 4_000  # segments of one path: a table drawn in one stroke has a few hundred
_FILLS_MAX = 1_000  # filled rectangles: more are a drawing, and are compared with each other no more
_NESTING = 4  # forms inside forms that are followed

Matrix = tuple[float, float, float, float, float, float]
Span = tuple[float, float, float]  # position across, start along, end along
Box = tuple[float, float, float, float]
Colour = tuple[int, int, int, int] | None  # red, green, blue, alpha; None for a pattern


@dataclass(slots=True)
class PageRules:
    """Straight lines of a page as displayed, and what else is drawn on it.

    ``horizontal`` holds (y, x0, x1), ``vertical`` (x, top, bottom), in points; ``image_cover`` is the share of the page
    under its largest images, 0 to 1; ``shapes`` counts drawn paths.
    """

    horizontal: list[Span] = field(default_factory=list)
    vertical: list[Span] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)
    image_cover: float = 0.0
    images: int = 0
    shapes: int = 0


@functools.cache
def _calls() -> dict[str, Any]:
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    return {
        "count": bind("FPDFPage_CountObjects", integer, pointer),
        "get": bind("FPDFPage_GetObject", pointer, pointer, integer),
        "form_count": bind("FPDFFormObj_CountObjects", integer, pointer),
        "form_get": bind("FPDFFormObj_GetObject", pointer, pointer, ctypes.c_ulong),
        "type": bind("FPDFPageObj_GetType", integer, pointer),
        "bounds": bind("FPDFPageObj_GetBounds", integer, pointer, pointer, pointer, pointer, pointer),
        "matrix": bind("FPDFPageObj_GetMatrix", integer, pointer, pointer),
        "mode": bind("FPDFPath_GetDrawMode", integer, pointer, pointer, pointer),
        "fill": bind("FPDFPageObj_GetFillColor", integer, pointer, pointer, pointer, pointer, pointer),
        "segments": bind("FPDFPath_CountSegments", integer, pointer),
        "segment": bind("FPDFPath_GetPathSegment", pointer, pointer, integer),
        "point": bind("FPDFPathSegment_GetPoint", integer, pointer, pointer, pointer),
        "kind": bind("FPDFPathSegment_GetType", integer, pointer),
    }


class _Collector:
    """Walks the objects of one page; page coordinates in, spans as displayed out."""

    def __init__(self, space: PageSpace) -> None:
        self.space = space
        self.boxes: list[Box] = []  # thin boxes, page coordinates
        self.filled: list[Box] = []  # rectangles: all four edges are rules
        self.colours: list[Colour] = []  # one per filled rectangle
        self.images: list[Box] = []
        self.shapes = self.texts = self.seen = 0
        self._floats = (ctypes.c_float * 4)()
        self._at = ctypes.addressof(self._floats)
        self._ints = (ctypes.c_uint * 4)()
        self._ints_at = ctypes.addressof(self._ints)

    def walk(self, holder: int | None, matrix: Matrix | None, depth: int) -> None:
        calls = _calls()
        count, get = (calls["count"], calls["get"]) if depth == 0 else (calls["form_count"], calls["form_get"])
        kind_of = calls["type"]
        for i in range(count(holder)):
            self.seen += 1
            if self.seen > _MANY:
                return
            thing = get(holder, i)
            kind = kind_of(thing)
            if kind == _TEXT:
                self.texts += 1
            elif kind == _PATH:
                self._path(thing, matrix)
            elif kind == _IMAGE:
                box = self._bounds(thing, matrix)
                if box is not None:
                    self.images.append(box)
            elif kind == _FORM and depth < _NESTING:
                own = pdfium.FS_MATRIX()
                calls["matrix"](thing, ctypes.addressof(own))
                self.walk(thing, _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix), depth + 1)

    def _bounds(self, thing: int, matrix: Matrix | None) -> Box | None:
        at = self._at
        if not _calls()["bounds"](thing, at, at + 4, at + 8, at + 12):
            return None
        left, bottom, right, top = self._floats
        if matrix is not None:
            corners = [_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)]
            left, right = min(c[0] for c in corners), max(c[0] for c in corners)
            bottom, top = min(c[1] for c in corners), max(c[1] for c in corners)
        return left, bottom, right, top

    def _path(self, thing: int, matrix: Matrix | None) -> None:
        self.shapes += 1
        box = self._bounds(thing, matrix)
        if box is None:
            return
        width, height = box[2] - box[0], box[3] - box[1]
        if max(width, height) < _SHORT:
            if min(width, height) < _THIN:  # one dot of a dotted border: joined with its neighbours later
                self.boxes.append(box)
            return
        calls = _calls()
        if min(width, height) <= _THIN:
            self.boxes.append(box)
            return
        at = self._ints_at
        calls["mode"](thing, at, at + 4)
        fill, stroke = self._ints[0], self._ints[1]
        colour = self._colour(thing) if not stroke else None
        if not stroke and (not fill or _is_paper(colour)):
            return
        count = calls["segments"](thing)
        if count > _SEGMENTS_MAX:
            return
        points = self._points(thing, count, matrix)
        if points is None:
            return
        if not stroke and len(points) <= 5:
            self.filled.append(box)
            self.colours.append(colour)
            return
        for start, end in points:
            x0, x1 = sorted((start[0], end[0]))
            y0, y1 = sorted((start[1], end[1]))
            if min(x1 - x0, y1 - y0) <= 1.0:  # a slanted line is no rule
                self.boxes.append((x0, y0, x1, y1))

    def _points(
        self, thing: int, count: int, matrix: Matrix | None
    ) -> list[tuple[tuple[float, float], tuple[float, float]]] | None:
        """The straight segments of a path, closed ones included; None when it holds a curve."""
        calls = _calls()
        own = pdfium.FS_MATRIX()
        calls["matrix"](thing, ctypes.addressof(own))
        full = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
        found: list[tuple[tuple[float, float], tuple[float, float]]] = []
        begun = last = (0.0, 0.0)
        for i in range(count):
            segment = calls["segment"](thing, i)
            kind = calls["kind"](segment)  # 0 line, 1 curve, 2 move
            if kind == 1 or not calls["point"](segment, self._at, self._at + 4):
                return None
            point = _apply(full, self._floats[0], self._floats[1])
            if kind == 2:
                if last != begun and found:
                    found.append((last, begun))  # a filled or closed outline; a stroked open line has two points only
                begun = last = point
                continue
            found.append((last, point))
            last = point
        if count > 3 and last != begun:
            found.append((last, begun))
        return found

    def _colour(self, thing: int) -> Colour:
        at = self._ints_at
        if not _calls()["fill"](thing, at, at + 4, at + 8, at + 12):
            return None
        return self._ints[0], self._ints[1], self._ints[2], self._ints[3]


def _is_paper(colour: Colour) -> bool:
    # 250 of 255: paper white; alpha 0 paints nothing.
    return colour is not None and (min(colour[:3]) >= 250 or colour[3] == 0)


def _outlines(boxes: list[Box], colours: list[Colour]) -> list[Box]:
    """The filled rectangles whose edges are seen: those inside or just below one of the same colour are not apart.

    Word shades a cell and then, in the same colour, each line of text in it: the lines are no rows.
    """
    if len(boxes) > _FILLS_MAX:
        return boxes
    kept: dict[Colour, list[Box]] = {}
    for box, colour in sorted(zip(boxes, colours, strict=True), key=lambda pair: (pair[0][1], -pair[0][3], pair[0][0])):
        known = kept.setdefault(colour, [])
        x0, top, x1, bottom = box
        for i, (a, above, b, below) in enumerate(known):
            if a - 1 <= x0 and x1 <= b + 1 and above - 1 <= top and bottom <= below + 1:
                break
            # Two lines of one paragraph: as wide, and touching.
            if abs(a - x0) <= 0.5 and abs(b - x1) <= 0.5 and abs(below - top) <= 0.5:
                known[i] = a, above, b, bottom
                break
        else:
            known.append(box)
    return [box for known in kept.values() for box in known]


def _times(inner: Matrix, outer: Matrix | None) -> Matrix:
    if outer is None:
        return inner
    a, b, c, d, e, f = inner
    oa, ob, oc, od, oe, of = outer
    return (
        a * oa + b * oc, a * ob + b * od, c * oa + d * oc, c * ob + d * od, e * oa + f * oc + oe, e * ob + f * od + of,
    )  # fmt: skip


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def read_rules(page: Any, space: PageSpace) -> PageRules:
    """The rules of an open page (a raw handle); none when the page is a drawing of many thousand strokes."""
    collector = _Collector(space)
    collector.walk(ctypes.cast(page, ctypes.c_void_p).value, None, 0)
    rules = PageRules(images=len(collector.images), shapes=collector.shapes)
    width, height = space.size
    if collector.images and width > 0 and height > 0:
        rules.image_cover = _cover(space.displayed(np.array(collector.images)), width, height)
    if collector.seen > _MANY:
        return rules
    if collector.filled:
        shown = [(b[0], b[1], b[2], b[3]) for b in space.displayed(np.array(collector.filled)).tolist()]
        rules.fills = _outlines(shown, collector.colours)
    spans = [(b, False) for b in space.displayed(np.array(collector.boxes)).tolist()] if collector.boxes else []
    for x0, top, x1, bottom in rules.fills:
        spans += [([x0, top, x1, top], False), ([x0, bottom, x1, bottom], False)]
        spans += [([x0, top, x0, bottom], True), ([x1, top, x1, bottom], True)]
    for (x0, top, x1, bottom), upright in spans:
        if not (x1 > 0 and x0 < width and bottom > 0 and top < height):
            continue  # outside the crop: not seen
        if x1 - x0 >= bottom - top and not upright:
            rules.horizontal.append(((top + bottom) / 2, x0, x1))
        else:
            rules.vertical.append(((x0 + x1) / 2, top, bottom))
    return rules


def _cover(boxes: Any, width: float, height: float) -> float:
    """The share of the page under images, on a grid of 20 × 20 points of control: scans are often cut in strips."""
    xs = (np.arange(20) + 0.5) / 20 * width
    ys = (np.arange(20) + 0.5) / 20 * height
    inside = np.zeros((20, 20), dtype=bool)
    for x0, top, x1, bottom in boxes[:2000].tolist():  # 2,000 strips are more than a scan has
        inside |= ((ys >= top) & (ys <= bottom))[:, None] & ((xs >= x0) & (xs <= x1))[None, :]
    return float(inside.mean())
