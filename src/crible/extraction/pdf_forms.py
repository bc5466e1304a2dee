"""Fields of a PDF form and boxes that a page draws: what was typed, which are ticked. They are no text of the page."""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2 as pdfium2
import pypdfium2.raw as pdfium

from crible.extraction.layout import TYPED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crible.extraction.pdf_chars import PageSpace, PageWords
    from crible.types import BBox

_LOG = logging.getLogger(__name__)

_FIELDS_MAX = 2_000  # of one page: the fullest official forms have 200
_BYTES, _BYTES_MAX = 1 << 10, 4 << 20  # of one value: room at first, and in the end: two million characters
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_TICKED = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_TYPED = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_ON, _OFF = "☑", "☐"
_PRINTED = frozenset("☐□❏❐❑❒◻")  # empty boxes drawn as text under a field
_MARKS = frozenset("xXvV✓✔✗✘×☑☒")  # letters that tick a box
_ASIDE, _BEFORE = 0.3, 2.0  # sides of a box: from its middle to that of its line, from it to its text
_SIZE = 10.0  # points, of the text of a form where the page has none of its own
_LETTER, _LEADING = 0.5, 1.2  # font sizes: width of the usual letter, from one line to the next
_PADDING = 2.0  # points between the border of a field and its text


@dataclass(frozen=True, slots=True)
class Field:
    """A field that says something: its text, or the sign of its state, and its box on the page as displayed."""

    text: str
    box: BBox
    ticks: bool


def is_dynamic(document: Any) -> bool:
    """Whether a pypdfium2 document is a form that its own program lays out (dynamic XFA): its pages ask the reader to
    open another one, and say nothing of what it asks for."""
    return bool(document.get_formtype() == pdfium.FORMTYPE_XFA_FULL)


def open_form(document: Any) -> Any:
    """The form of a pypdfium2 document, which closes it; None when it has none. To be asked before a page is opened."""
    if document.get_formtype() == pdfium.FORMTYPE_NONE:
        return None
    try:
        document.init_forms()
    except pdfium2.PdfiumError as error:  # its fields stay unread, and its text is read
        _LOG.warning("form not opened: %s", error)
    return document.formenv


def fields_of(form: Any, page: Any, space: PageSpace) -> list[Field]:
    """The fields of an open page (a raw handle), those that are empty or not shown left out."""
    if form is None:
        return []
    found: list[Field] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _FIELDS_MAX)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            field = _field(form, annotation, space)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if field is not None:
            found.append(field)
    return found


def _field(form: Any, annotation: Any, space: PageSpace) -> Field | None:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind not in _TICKED + _TYPED or pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
        return None
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, rect):
        return None
    corners = np.array([[rect.left, rect.bottom, rect.right, rect.top]], dtype=np.float64)
    x0, top, x1, bottom = space.displayed(corners)[0].tolist()
    if not (np.isfinite(corners).all() and x0 < x1 and top < bottom):
        return None
    if kind in _TICKED:
        return Field(_ON if _is_ticked(annotation) else _OFF, (x0, top, x1, bottom), ticks=True)
    text = _text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    return Field(text, (x0, top, x1, bottom), ticks=False) if text.strip() else None


def _is_ticked(annotation: Any) -> bool:
    """What the page shows, else the value: pdfium says « not ticked » of every box of a page that no viewer has opened.

    The state of a ticked box is a name of its own; only « Off » is the same everywhere.
    """
    shown = _text(pdfium.FPDFAnnot_GetStringValue, annotation, b"AS")
    return (shown or _text(pdfium.FPDFAnnot_GetStringValue, annotation, b"V")) not in ("", "Off")


def _text(call: Callable[..., int], *asked: Any) -> str:
    """The text that a function of pdfium writes into a buffer; nothing of one that no page can show."""
    buffer = ctypes.create_string_buffer(_BYTES)
    size = call(*asked, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), _BYTES)
    if size > _BYTES_MAX:
        _LOG.warning("a field of %d bytes is not read", size)
        return ""
    if size > _BYTES:  # it writes all or nothing
        buffer = ctypes.create_string_buffer(size)
        call(*asked, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: max(size - 2, 0)].decode("utf-16-le", errors="replace").replace("\0", "")


def drawn_boxes(words: PageWords, squares: Sequence[tuple[BBox, bool]], fields: Sequence[Field]) -> list[Field]:
    """The boxes to tick that a page draws, as fields: small squares just before a text, alone and with no text in them.

    A letter in one is its tick, or one figure of a number written in a row of squares.
    """
    if not squares or not words.texts:
        return []
    x0, top, x1, bottom = words.boxes.T
    middle = (top + bottom) / 2
    found: list[Field] = []
    for box, crossed in squares:
        side = box[2] - box[0]
        level = (middle > box[1] - _ASIDE * side) & (middle < box[3] + _ASIDE * side)
        if not (level & (x0 >= box[2] - 1) & (x0 <= box[2] + _BEFORE * side)).any():
            continue
        if any(other != box and _touch(box, other) for other, _ in squares) or any(_touch(box, f.box) for f in fields):
            continue
        inside = np.flatnonzero(level & ((x0 + x1) / 2 > box[0]) & ((x0 + x1) / 2 < box[2])).tolist()
        if any(words.texts[n] not in _MARKS for n in inside):
            continue
        # Before its letter, not under it: words printed over each other are of two lines.
        end = min([box[2], *(max(float(x0[n]), box[0] + 0.5) for n in inside)])
        found.append(Field(_ON if crossed or inside else _OFF, (box[0], box[1], end, box[3]), ticks=True))
    return found


def _touch(box: BBox, other: BBox) -> bool:
    beside = min(box[2], other[2]) - max(box[0], other[0]), min(box[3], other[3]) - max(box[1], other[1])
    return min(beside) >= -_PADDING


def with_fields(words: PageWords, fields: Sequence[Field]) -> PageWords:
    """A page with the words of its fields after its own; a box that is printed too takes the state of its field."""
    if not fields:
        return words
    size = float(np.median(words.sizes)) if len(words.sizes) else _SIZE
    texts, breaks = list(words.texts), list[bool]()
    boxes: list[BBox] = []
    for field in fields:
        printed = _printed(words, field) if field.ticks else None
        if printed is not None:
            texts[printed] = field.text
            continue
        placed = [(field.text, field.box)] if field.ticks else _placed(field, size)
        texts += [text for text, _ in placed]
        boxes += [box for _, box in placed]
        breaks += [n == 0 for n in range(len(placed))]
    count = len(boxes)
    if not count:
        return replace(words, texts=texts)
    none = np.zeros(count, dtype=bool)
    return replace(
        words,
        texts=texts,
        boxes=np.concatenate([words.boxes, np.array(boxes)]),
        sizes=np.append(words.sizes, np.full(count, size)),
        breaks=np.append(words.breaks, breaks),
        upright=np.append(words.upright, ~none),
        bold=np.append(words.bold, none),
        fonts=np.append(words.fonts, np.full(count, TYPED, dtype=object)),
        lengths=np.append(words.lengths, [len(text) for text in texts[len(words.texts) :]]),
    )


def _printed(words: PageWords, field: Field) -> int | None:
    """The word of the page that draws the box of a field, None when nothing does."""
    x0, top, x1, bottom = field.box
    x, y = (words.boxes[:, 0] + words.boxes[:, 2]) / 2, (words.boxes[:, 1] + words.boxes[:, 3]) / 2
    under = (x >= x0 - 1) & (x <= x1 + 1) & (y >= top - 1) & (y <= bottom + 1)
    return next((n for n in np.flatnonzero(under).tolist() if words.texts[n] in _PRINTED), None)


def _placed(field: Field, size: float) -> list[tuple[str, BBox]]:
    """The words of a text field with boxes inside it. Where its program sets each is not known: about there."""
    x0, top, x1, bottom = field.box
    room = max(x1 - x0 - 2 * _PADDING, size)
    letter = min(_LETTER * size, room)
    lines: list[list[str]] = []
    for line in field.text.splitlines():
        used = room
        for word in line.split():
            if used + (len(word) + 1) * letter > room:
                lines.append([])
                used = 0.0
            lines[-1].append(word)
            used += (len(word) + 1) * letter
    height = min(_LEADING * size, (bottom - top) / max(len(lines), 1))
    first = (top + bottom - height) / 2 if len(lines) == 1 else top
    found: list[tuple[str, BBox]] = []
    for n, words in enumerate(lines):
        # A line that does not fit is drawn together, as the field itself scrolls.
        step = min(letter, room / (sum(len(word) + 1 for word in words)))
        x = x0 + _PADDING
        for word in words:
            found.append((word, (x, first + n * height, x + len(word) * step, first + (n + 1) * height)))
            x += (len(word) + 1) * step
    return found
