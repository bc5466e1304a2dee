"""The words of one paragraph of a word-processor file: fields, tick boxes, tracked changes, symbols, text boxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crible.extraction.office.blocks import Gathered
from crible.extraction.office.docx_styles import is_on, value
from crible.extraction.pdf_glyphs import clean_word

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TICKED, EMPTY = "☒", "☐"
# Elements that only wrap runs: what they hold is read as if they were not there.
_WRAPPERS = frozenset((
    "w.hyperlink", "w.smartTag", "w.sdtContent", "w.ins", "w.moveTo", "w.fldSimple", "w.customXml", "w.dir", "w.bdo",
    "w.ruby", "w.rubyBase", "m.oMath", "m.oMathPara", "w.pict", "w.object", "w.drawing",
))  # fmt: skip
_DROPPED = frozenset(("w.del", "w.moveFrom"))
_SPACES = frozenset(("w.tab", "w.br", "w.cr", "w.ptab"))


@dataclass(slots=True)
class Words:
    """The text of a paragraph; ``bold`` and ``plain`` count its letters; what is anchored in it comes after it."""

    parts: list[str] = field(default_factory=list)
    emphasised: int = 0
    letters: int = 0
    boxes: list[Element] = field(default_factory=list)  # contents of text boxes
    footnotes: list[tuple[str, str]] = field(default_factory=list)  # (part, identifier)
    fields: list[bool] = field(default_factory=list)  # per open field: whether its result has begun

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def all_emphasised(self) -> bool:
        return self.letters > 0 and self.emphasised >= 0.9 * self.letters


def words_of(paragraph: Element, found: Gathered, *, bold: bool = False) -> Words:
    """The words of a ``w:p``. ``bold``: what its style says. Dropped changes are noted in ``found``."""
    words = Words()
    _walk(paragraph, words, found, bold)
    return words


def _walk(element: Element, words: Words, found: Gathered, bold: bool) -> None:
    for child in element:
        tag = child.tag
        if tag == "w.r":
            _run(child, words, found, bold)
        elif tag == "w.sdt":
            _control(child, words, found, bold)
        elif tag in _DROPPED:
            if child.find(".//w.r") is not None or child.find(".//w.delText") is not None:
                found.note("tracked_deletions")
        elif tag == "mc.AlternateContent":
            _walk(_alternative(child), words, found, bold)
        elif tag == "m.t":
            words.parts.append(child.text or "")
        elif tag in _WRAPPERS or tag.startswith("m."):
            if tag in ("w.ins", "w.moveTo"):
                found.note("tracked_insertions")
            _walk(child, words, found, bold)
        elif tag == "w.txbxContent":
            words.boxes.append(child)
        elif len(child) and not tag.endswith("Pr"):
            _boxes_in(child, words)


def _alternative(element: Element) -> Element:
    """Of two writings of one drawing, the first that holds text; both say the same."""
    choices = list(element)
    return next((c for c in choices if c.find(".//w.txbxContent") is not None), choices[0] if choices else element)


def _boxes_in(element: Element, words: Words) -> None:
    """Text boxes inside a drawing, outermost only."""
    for child in element:
        if child.tag == "w.txbxContent":
            words.boxes.append(child)
        elif child.tag == "mc.AlternateContent":
            _boxes_in(_alternative(child), words)
        elif len(child):
            _boxes_in(child, words)


def _control(element: Element, words: Words, found: Gathered, bold: bool) -> None:
    """A content control: a tick box says its state, anything else its content."""
    box = element.find("w.sdtPr/w14.checkbox")
    content = element.find("w.sdtContent")
    if box is not None:
        state = box.find("w14.checked")
        on = state is not None and state.get("w14.val", "1") not in ("0", "false")
        words.parts.append(TICKED if on else EMPTY)
    elif content is not None:
        _walk(content, words, found, bold)


def _run(run: Element, words: Words, found: Gathered, bold: bool) -> None:
    properties = run.find("w.rPr")
    if is_on(properties, "w.vanish"):
        if run.find("w.t") is not None:
            found.note("hidden_text")
        return
    own = is_on(properties, "w.b")
    strong = bold if own is None else own
    strong = strong or bool(is_on(properties, "w.u")) or bool(is_on(properties, "w.caps"))
    fonts = properties.find("w.rFonts") if properties is not None else None
    font = (fonts.get("w.ascii") or fonts.get("w.hAnsi") or "") if fonts is not None else ""
    symbols = font.lower().startswith(("wingdings", "webdings", "symbol"))
    for child in run:
        tag = child.tag
        if tag == "w.t":
            if not words.fields or words.fields[-1]:
                text = _as_symbols(child.text or "") if symbols else clean_word(child.text or "")
                words.parts.append(text)
                letters = sum(c.isalpha() for c in text)
                words.letters += letters
                words.emphasised += letters if strong else 0
        elif tag == "w.sym":
            words.parts.append(_symbol(child.get("w.char", "")))
        elif tag in _SPACES:
            words.parts.append(" ")
        elif tag == "w.noBreakHyphen":
            words.parts.append("-")
        elif tag == "w.fldChar":
            _field(child, words)
        elif tag in ("w.footnoteReference", "w.endnoteReference"):
            words.footnotes.append((tag.removesuffix("Reference"), child.get("w.id", "")))
        elif tag == "mc.AlternateContent":
            _boxes_in(_alternative(child), words)
        elif len(child) and tag != "w.rPr":
            _boxes_in(child, words)


def _field(char: Element, words: Words) -> None:
    """The bounds of a field: what it computes from is skipped, what it shows is read; a form's box says its state."""
    kind = char.get("w.fldCharType")
    if kind == "begin":
        words.fields.append(False)
        box = char.find("w.ffData/w.checkBox")
        choices = char.find("w.ffData/w.ddList")
        if box is not None:
            on = is_on(box, "w.checked")
            words.parts.append(TICKED if (is_on(box, "w.default") if on is None else on) else EMPTY)
        elif choices is not None:
            words.parts.append(_chosen(choices))
    elif kind == "separate" and words.fields:
        words.fields[-1] = True
    elif kind == "end" and words.fields:
        words.fields.pop()


def _chosen(choices: Element) -> str:
    entries = [e.get("w.val", "") for e in choices.findall("w.listEntry")]
    at = value(choices, "w.result", value(choices, "w.default", "0"))
    return entries[int(at)] if at.isdecimal() and int(at) < len(entries) else ""


def _symbol(code: str) -> str:
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    return clean_word(chr(point + 0xF000 if point < 0x100 else point & 0xFFFF))


def _as_symbols(text: str) -> str:
    """Letters typed in a symbol font: « þ » in Wingdings is a ticked box."""
    return "".join(
        c if c.isspace() else clean_word(chr(ord(c) + 0xF000)) if ord(c) < 0x100 else clean_word(c) for c in text
    )
