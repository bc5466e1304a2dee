"""Single glyphs made readable: NFC, ligatures, and the private-use tick boxes and bullets of symbol fonts."""

from __future__ import annotations

import re
import unicodedata

# Ligatures of Unicode's presentation forms. NFKC would do it and would also turn « m² » into « m2 »: a wrong quantity.
_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
# Word writes Symbol and Wingdings characters at U+F000 + code. Codes from Microsoft's Wingdings chart: 0x6F 0x71 0x72
# 0xA8 empty boxes, 0xFE ticked box, 0xFD 0x78 crossed box; 0x52 0x53 ticked boxes of Wingdings 2 (0x52 read as ticked,
# 0x54 crossed). The rest are bullets and arrows, which all say « item » and no more. Symbol's bullet is 0xB7.
_PRIVATE = {
    **dict.fromkeys((0xF06F, 0xF070, 0xF071, 0xF072, 0xF0A8, 0xF0A3), "☐"),
    **dict.fromkeys((0xF0FE, 0xF052, 0xF053), "☑"),
    **dict.fromkeys((0xF0FD, 0xF078, 0xF054), "☒"),
    **dict.fromkeys(
        (0xF0B7, 0xF0A7, 0xF0D8, 0xF0D9, 0xF076, 0xF075, 0xF06C, 0xF06E, 0xF09F, 0xF09E, 0xF0A0, 0xF0A1, 0xF0A4, 0xF077,
         0xF0FC, 0xF0FB, 0xF0E0, 0xF0E8, 0xF0F0, 0xF0C4, 0xF046, 0xF02D, 0xF0BE, 0xF0AF, 0xF0B0, 0xF0AD),
        "•",
    ),
}  # fmt: skip
_TABLE: dict[int, str | None] = {
    **{ord(k): v for k, v in _LIGATURES.items()}, **_PRIVATE,
    0x02: "\ufffe",  # pdfium's other end-of-line hyphen
    0xAD: None,  # soft hyphen that is not at the end of a line: invisible on the page
    0xFEFF: None, 0x200B: None,  # zero-width marks
}  # fmt: skip
_TABLE |= {code: None for code in range(1, 32) if code not in (2, 9, 10, 13)}  # control characters print nothing

_UNCLEAN = re.compile("[" + "".join(re.escape(chr(code)) for code in _TABLE if not chr(code).isspace()) + "]")


def clean_word(word: str) -> str:
    """A word as a reader sees it; may be empty when it held invisible marks only."""
    if word.isascii() and word.isprintable():
        return word
    word = word.translate(_TABLE)
    return word if unicodedata.is_normalized("NFC", word) else unicodedata.normalize("NFC", word)


def clean_text(text: str) -> str:
    """``clean_word`` for a page of words at once: most pages hold nothing to clean, and asking one by one is dear."""
    if _UNCLEAN.search(text):
        text = _UNCLEAN.sub(lambda match: _TABLE[ord(match[0])] or "", text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def is_cleaned(character: str) -> bool:
    """Whether a character is one that :func:`clean_word` changes by itself."""
    return ord(character) in _TABLE


def is_private(character: str) -> bool:
    """Whether a character is in the private use area: what it shows depends on a font that we do not read."""
    return "\ue000" <= character <= "\uf8ff"
