"""Numbers and dates of a spreadsheet as it shows them, in French: « 1 234,50 € », « 15/03/2026 », « 99,9 % »."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

# Formats that a file does not write out (ECMA-376 part 1, 18.8.30); 14 and 22 follow the language of the reader.
BUILTIN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 14: "dd/mm/yyyy",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss",
    22: "dd/mm/yyyy hh:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0 €",
    43: "#,##0.00", 44: "#,##0.00 €", 45: "mm:ss", 46: "h:mm:ss", 47: "mm:ss", 49: "@",
}  # fmt: skip
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_DATE_MARK = re.compile(r"[dmyhs]", re.IGNORECASE)
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_SHORT = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DATE_TOKEN = re.compile(r"y{1,4}|m{1,5}|d{1,4}|h{1,2}|s{1,2}|am/pm", re.IGNORECASE)
# The largest serial date is 31 December 9999.
_DATE_MAX = 2_958_465


def shown(raw: str, code: str, *, from_1904: bool = False) -> str:
    """A stored number as ``code`` displays it; the number itself when the format is general or not understood."""
    try:
        number = float(raw)
    except ValueError:
        return raw
    if number != number or number in (float("inf"), float("-inf")):
        return raw
    section = _section(code, number)
    bare = _QUOTED.sub("", section)
    if is_date(code):
        return _date(number, section, from_1904=from_1904) or _plain(number)
    if not re.search(r"[0#?]", bare):
        return _plain(number) if bare.strip().lower() in ("", "general", "standard", "@") else raw
    return _number(number, section, bare)


def is_date(code: str) -> bool:
    bare = _QUOTED.sub("", code.split(";")[0])
    return bool(_DATE_MARK.search(bare)) and "general" not in bare.lower() and not re.search(r"[0#?]", bare)


def _section(code: str, number: float) -> str:
    sections = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)
    if number < 0 and len(sections) > 1:
        return "-" + sections[1] if "-" not in sections[1] and "(" not in sections[1] else sections[1]
    return sections[2] if number == 0 and len(sections) > 2 and re.search(r"[0#?]", sections[2]) else sections[0]


def _plain(number: float) -> str:
    """As the general format: up to eleven significant figures, no separator of thousands."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.10g}".replace(".", ",")


def _number(number: float, section: str, bare: str) -> str:
    percent = "%" in bare
    mask = re.search(r"[0#?][0#?,. ]*", bare)
    pattern = mask[0].strip() if mask else "0"
    whole, _, fraction = pattern.partition(".")
    digits = min(len(re.sub(r"[^0#?]", "", fraction)), 15)
    amount = abs(number) * (100 if percent else 1)
    text = f"{amount:,.{digits}f}" if "," in whole.rstrip(",") else f"{amount:.{digits}f}"
    entire, _, rest = text.partition(".")
    rest = rest if fraction.endswith("0") or not fraction else rest.rstrip("0")
    entire = entire.replace(",", " ").zfill(min(whole.count("0"), 15))
    figure = f"{entire},{rest}" if rest else entire
    if "E+" in bare or "e+" in bare:
        figure = _plain(number)
    if number < 0 and not section.startswith("("):
        figure = "-" + figure
    sign = _literals(section)
    return f"{sign[0]}{figure}{' %' if percent else ''}{sign[1]}".strip()


def _literals(section: str) -> tuple[str, str]:
    """Words and currency signs written before and after the figure."""
    at = re.search(r"[0#?]", _QUOTED.sub(lambda m: " " * len(m[0]), section))
    cut = at.start() if at else len(section)
    last = max((m.end() for m in re.finditer(r"[0#?%]", section)), default=cut)

    def words(part: str) -> str:
        found = "".join(m[1] or m[2] or m[3] or "" for m in _QUOTED.finditer(part))
        return found + "".join(c for c in _QUOTED.sub("", part) if c in "€$£()")

    before, after = words(section[:cut]), words(section[last:])
    return before, f" {after.strip()}" if after.strip(" )") else after.strip()


def _date(number: float, section: str, *, from_1904: bool) -> str:
    if not 0 <= number <= _DATE_MAX:
        return ""
    # Serial 60 is 29 February 1900, which never was: earlier dates are one day off, as the programs show them.
    epoch = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30 if number >= 60 else 31)
    moment = epoch + timedelta(seconds=round(number * 86_400))
    code = re.sub(r"\[[^\]]*\]", "", section).replace("\\", "")
    previous = ""

    def token(match: re.Match[str]) -> str:
        nonlocal previous
        mark = match[0].lower()
        following = code[match.end() : match.end() + 2].lower()
        minutes = mark in ("m", "mm") and (previous.startswith("h") or ":s" in following)
        previous = mark
        return _token(mark, moment, minutes=minutes)

    parts = re.split(r'("[^"]*")', code)
    return "".join(p[1:-1] if p.startswith('"') else _DATE_TOKEN.sub(token, p.replace("@", "")) for p in parts).strip(
        " ;"
    )


def _token(mark: str, moment: datetime, *, minutes: bool) -> str:
    if minutes:
        return f"{moment.minute:02d}" if mark == "mm" else str(moment.minute)
    month = _MONTHS[moment.month - 1]
    return {
        "y": f"{moment.year % 100:02d}", "yy": f"{moment.year % 100:02d}", "yyy": str(moment.year),
        "yyyy": str(moment.year), "m": str(moment.month), "mm": f"{moment.month:02d}",
        "mmm": _SHORT[moment.month - 1], "mmmm": month, "mmmmm": month[0].upper(), "d": str(moment.day),
        "dd": f"{moment.day:02d}", "ddd": _DAYS[moment.weekday()][:3], "dddd": _DAYS[moment.weekday()],
        "h": str(moment.hour), "hh": f"{moment.hour:02d}", "s": str(moment.second), "ss": f"{moment.second:02d}",
        "am/pm": "",
    }[mark]  # fmt: skip
