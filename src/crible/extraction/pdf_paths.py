"""Ruling lines and image coverage of a PDF page, from pdfium's own page objects."""

from __future__ import annotations

import ctypes
import functools
from collections import deque
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from crible.extraction.pdf_calls import bind, reference
from crible.extraction.pdf_chars import FloatArray, PageSpace

_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
_THIN = 3.0  # points: the thickest borders of tables seen in tenders are 2.25
_SHORT = 4.0  # points: shorter strokes are dots, arrows and letters drawn as shapes
_MANY = 20_000  # objects on a page: beyond, it is a drawing, and its lines are no table
_SEGMENTS_MAX = 4_000  # segments of one path: a table drawn in one stroke has a few hundred
_FILLS_MAX = 1_000  # filled rectangles: more are a drawing, and are compared with each other no more
_LITTLE = 0.3  # share of the page: a page under so few images is no scan
_BOX_MIN, _BOX_MAX = 5.0, 16.0  # points: sides of a box to tick, beside text of 8 to 14 points
_BOXES_MAX, _MARKS_MAX = 300, 3_000  # more on a page are a pattern
_MARK = 0.4  # of the side of a box: what is drawn in it, when it is a tick
_NESTING = 4  # forms inside forms that are followed

Matrix = tuple[float, float, float, float, float, float]
Span = tuple[float, float, float]  # position across, start along, end along
Box = tuple[float, float, float, float]
Segments = list[tuple[tuple[float, float], tuple[float, float]]]
Colour = tuple[int, int, int, int] | None  # red, green, blue, alpha; None for a pattern


@dataclass(slots=True)
class PageRules:
    """Straight lines of a page as displayed, and what else is drawn on it.

    ``horizontal`` holds (y, x0, x1), ``vertical`` (x, top, bottom), in points; ``image_cover`` is the share of the page
    under its largest images, 0 to 1; ``shapes`` counts drawn paths; ``lost_text``: a page without words had some.
    """

    horizontal: list[Span] = field(default_factory=list)
    vertical: list[Span] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)
    image_cover: float = 0.0
    images: int = 0
    pictures: list[Box] = field(default_factory=list)  # their boxes
    shapes: int = 0
    lost_text: bool = False
    squares: list[tuple[Box, bool]] = field(default_factory=list)  # small ones, and whether something is drawn in them


@functools.cache
def object_calls() -> dict[str, Any]:
    """Functions of page objects. « get » is bound without types: it takes a :func:`reference` to its page."""
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    return {
        "count": bind("FPDFPage_CountObjects", integer, pointer),
        "get": bind("FPDFPage_GetObject", pointer),
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
        "font_size": bind("FPDFTextObj_GetFontSize", integer, pointer, pointer),
        "kind": bind("FPDFPathSegment_GetType", integer, pointer),
    }


class _Collector:
    """Walks the objects of one page; page coordinates in, spans as displayed out."""

    def __init__(self) -> None:
        self.thin: list[FloatArray] = []  # (n, 4) left, bottom, right, top of strokes, page coordinates
        self.filled: list[Box] = []  # rectangles: all four edges are rules
        self.colours: list[Colour] = []  # one per filled rectangle
        self.images: list[Box] = []
        self.squares: list[tuple[Box, bool]] = []  # and whether their own path crosses them
        self.marks: list[Box] = []  # other small paths
        self.shapes = self.seen = 0
        self._floats = (ctypes.c_float * 2)()
        self._at = ctypes.addressof(self._floats)

    def walk(self, holder: int | None, matrix: Matrix | None, depth: int) -> None:
        calls = object_calls()
        count, get = (calls["count"], calls["get"]) if depth == 0 else (calls["form_count"], calls["form_get"])
        many = max(count(holder), 0)
        allowed = min(many, _MANY - self.seen)
        self.seen += many
        things = list(map(get, repeat(reference(holder) if depth == 0 else holder), range(allowed)))
        kinds = list(map(calls["type"], things))
        if kinds.count(_TEXT) == len(kinds):
            return
        # The boxes of all paths in one go: most pages with many hold nothing but borders of tables.
        paths = [thing for thing, kind in zip(things, kinds, strict=True) if kind == _PATH]
        self.shapes += len(paths)
        if paths:
            self._paths(*self._bounds(paths, matrix), matrix)
        images = [thing for thing, kind in zip(things, kinds, strict=True) if kind == _IMAGE]
        if images:
            self.images += [(b[0], b[1], b[2], b[3]) for b in self._bounds(images, matrix)[1].tolist()]
        if depth < _NESTING:
            for thing, kind in zip(things, kinds, strict=True):
                if kind == _FORM and self.seen <= _MANY:
                    own = pdfium.FS_MATRIX()
                    calls["matrix"](thing, ctypes.addressof(own))
                    self.walk(thing, _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix), depth + 1)

    def _bounds(self, things: list[int], matrix: Matrix | None) -> tuple[list[int], FloatArray]:
        """The objects that have bounds, and theirs, (n, 4) left, bottom, right, top."""
        buffer = np.zeros((len(things), 4), dtype=np.float32)
        known = list(map(object_calls()["bounds"], things, *_columns(buffer)))
        boxes = buffer.astype(np.float64)
        if not all(known):
            things = [thing for thing, good in zip(things, known, strict=True) if good]
            boxes = boxes[np.array(known, dtype=bool)]
        return things, boxes if matrix is None else _placed(boxes, matrix)

    def _paths(self, things: list[int], boxes: FloatArray, matrix: Matrix | None) -> None:
        width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        # Shorter than that in both directions it is a dot of a dotted border: joined with its neighbours later.
        thin = np.minimum(width, height) <= _THIN
        thin &= (np.minimum(width, height) < _THIN) | (np.maximum(width, height) >= _SHORT)
        self.thin.append(boxes[thin])
        wide = np.flatnonzero(~thin & (np.maximum(width, height) >= _SHORT)).tolist()
        if not wide:
            return
        # Not seen: what is neither stroked nor filled, and the white areas that some programs put under each line.
        calls = object_calls()
        asked = [things[i] for i in wide]
        modes = np.zeros((len(wide), 2), dtype=np.int32)  # fill, stroke
        colours = np.zeros((len(wide), 4), dtype=np.uint32)
        deque(map(calls["mode"], asked, *_columns(modes)), maxlen=0)
        known = np.fromiter(map(calls["fill"], asked, *_columns(colours)), dtype=bool, count=len(wide))
        # 250 of 255: paper white; alpha 0 paints nothing.
        paper = known & ((colours[:, :3].min(axis=1) >= 250) | (colours[:, 3] == 0))
        stroked, inked = modes[:, 1] != 0, (modes[:, 0] != 0) & ~paper
        for n in np.flatnonzero(stroked | inked).tolist():
            red, green, blue, alpha = colours[n].tolist()
            left, bottom, right, top = boxes[wide[n]].tolist()
            colour = (red, green, blue, alpha) if known[n] else None
            box = left, bottom, right, top
            points = self._area(asked[n], box, colour, matrix, stroked=bool(stroked[n]))
            if max(right - left, top - bottom) <= _BOX_MAX:
                self._small(box, None if inked[n] else points)

    def _small(self, box: Box, points: Segments | None) -> None:
        """A small path: the outline of a box, perhaps with a cross in it, or what may be drawn in one."""
        spans = [(abs(x1 - x0), abs(y1 - y0)) for (x0, y0), (x1, y1) in points or ()]
        # Of the path itself: its bounds hold the thickness of the stroke too.
        width, height = max((s[0] for s in spans), default=0.0), max((s[1] for s in spans), default=0.0)
        sides = sum(min(s) <= 0.5 and max(s) >= 0.9 * min(width, height) for s in spans)
        crossing = len(spans) - sides
        if sides == 4 and crossing <= 4 and min(width, height) >= max(_BOX_MIN, 0.8 * max(width, height)):
            self.squares.append((box, crossing > 0))
        else:
            self.marks.append(box)

    def boxes_to_tick(self) -> list[tuple[Box, bool]]:
        """The small squares, those drawn twice once, and whether something is drawn in them."""
        if not 0 < len(self.squares) <= _BOXES_MAX or len(self.marks) > _MARKS_MAX:
            return []
        found: list[tuple[Box, bool]] = []
        for box, crossed in sorted(self.squares, key=lambda s: (s[0][0] - s[0][2], s)):  # the largest first
            if not any(_holds(other, box) for other, _ in found):
                side = box[2] - box[0]
                inner = [crossed for other, crossed in self.squares if other != box and _holds(box, other)]
                marks = [m for m in self.marks if _holds(box, m) and max(m[2] - m[0], m[3] - m[1]) >= _MARK * side]
                found.append((box, crossed or any(inner) or bool(marks)))
        return found

    def _area(
        self, thing: int, box: Box, colour: Colour, matrix: Matrix | None, *, stroked: bool
    ) -> Segments | None:  # fmt: skip
        """A path that is no line: a filled rectangle, or strokes of which some may be rules. Returns its segments."""
        count = object_calls()["segments"](thing)
        if count > _SEGMENTS_MAX:
            return None
        points = self._points(thing, count, matrix)
        if points is None:
            return None
        if not stroked and len(points) <= 5:
            self.filled.append(box)
            self.colours.append(colour)
            return points
        found: list[Box] = []
        for start, end in points:
            x0, x1 = sorted((start[0], end[0]))
            y0, y1 = sorted((start[1], end[1]))
            if min(x1 - x0, y1 - y0) <= 1.0:  # a slanted line is no rule
                found.append((x0, y0, x1, y1))
        if found:
            self.thin.append(np.array(found))
        return points

    def _points(self, thing: int, count: int, matrix: Matrix | None) -> Segments | None:
        """The straight segments of a path, closed ones included; None when it holds a curve."""
        calls = object_calls()
        own = pdfium.FS_MATRIX()
        calls["matrix"](thing, ctypes.addressof(own))
        full = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
        found: Segments = []
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


def _columns(array: npt.NDArray[Any]) -> list[range]:
    """The addresses of the numbers of each column, for calls that fill them in."""
    at, step, width = array.ctypes.data, array.strides[0], array.itemsize
    return [range(at + n * width, at + len(array) * step, step) for n in range(array.shape[1])]


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of another box is in this one."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


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


def _placed(boxes: FloatArray, matrix: Matrix) -> FloatArray:
    """The boxes around boxes that a matrix has moved and perhaps turned."""
    a, b, c, d, e, f = matrix
    across, up = boxes[:, [0, 0, 2, 2]], boxes[:, [1, 3, 1, 3]]
    x, y = a * across + c * up + e, b * across + d * up + f
    return np.stack((x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)), axis=1)


def read_rules(page: Any, space: PageSpace) -> PageRules:
    """The rules of an open page (a raw handle); none when the page is a drawing of many thousand strokes."""
    collector = _Collector()
    collector.walk(ctypes.cast(page, ctypes.c_void_p).value, None, 0)
    rules = PageRules(images=len(collector.images), shapes=collector.shapes)
    width, height = space.size
    if collector.images and width > 0 and height > 0:
        shown = space.displayed(np.array(collector.images)).tolist()
        rules.pictures = [(x0, top, x1, bottom) for x0, top, x1, bottom in shown]
        rules.image_cover = _cover(rules.pictures, width, height)
    if collector.seen > _MANY:
        return rules
    if squares := collector.boxes_to_tick():
        shown = [(b[0], b[1], b[2], b[3]) for b in space.displayed(np.array([box for box, _ in squares])).tolist()]
        rules.squares = [(box, ticked) for box, (_, ticked) in zip(shown, squares, strict=True)]
    thin = [boxes for boxes in collector.thin if len(boxes)]
    spans = [space.displayed(np.concatenate(thin))] if thin else []
    upright = [np.zeros(len(boxes), dtype=bool) for boxes in spans]  # edges are, even where they are points
    if collector.filled:
        shown = [(b[0], b[1], b[2], b[3]) for b in space.displayed(np.array(collector.filled)).tolist()]
        rules.fills = _outlines(shown, collector.colours)
        fills = np.array(rules.fills)
        spans += [fills[:, columns] for columns in ([0, 1, 2, 1], [0, 3, 2, 3], [0, 1, 0, 3], [2, 1, 2, 3])]
        upright += [np.full(len(fills), edge) for edge in (False, False, True, True)]
    if spans:
        boxes, vertical = np.concatenate(spans), np.concatenate(upright)
        x0, top, x1, bottom = boxes.T
        seen = (x1 > 0) & (x0 < width) & (bottom > 0) & (top < height)  # outside the crop: not seen
        vertical |= ~(x1 - x0 >= bottom - top)
        for chosen, place, start, end, kept in (
            (seen & ~vertical, top + bottom, x0, x1, rules.horizontal),
            (seen & vertical, x0 + x1, top, bottom, rules.vertical),
        ):
            kept += zip((place[chosen] / 2).tolist(), start[chosen].tolist(), end[chosen].tolist(), strict=True)
    return rules


def _cover(images: list[Box], width: float, height: float) -> float:
    """The share of the page under images, on a grid of 20 × 20 points of control: scans are often cut in strips."""
    share = sum((x1 - x0) * (bottom - top) for x0, top, x1, bottom in images) / (width * height)
    if share < _LITTLE:
        return max(share, 0.0)  # logos: whether they overlap or run off the page changes nothing
    xs = (np.arange(20) + 0.5) / 20 * width
    ys = (np.arange(20) + 0.5) / 20 * height
    inside = np.zeros((20, 20), dtype=bool)
    for x0, top, x1, bottom in images[:2000]:  # more than a scan has
        inside |= ((ys >= top) & (ys <= bottom))[:, None] & ((xs >= x0) & (xs <= x1))[None, :]
    return float(inside.mean())
