"""The day of a set of answers or of a correction: the latest one prevails over the pieces it answers (rubric B.5)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from crible.extraction.roles import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crible.types import Document

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("janvier january", "fevrier february", "mars march", "avril april", "mai may", "juin june", "juillet july",
         "aout august", "septembre september", "octobre october", "novembre november", "decembre december"), 1)
    for name in names.split()
}  # fmt: skip
_DATES = (
    re.compile(r"(?<!\d)(?P<y>20\d\d)[-_. ]?(?P<m>[01]\d)[-_. ]?(?P<d>[0-3]\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>[0-3]?\d)[-_./ ](?P<m>[01]?\d)[-_./ ](?P<y>20\d\d|\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<d>[0-3]?\d)(?:er|st|nd|rd|th)? (?P<m>{'|'.join(_MONTHS)}) (?P<y>20\d\d)"),
)
_FIRST_PAGE = 4000  # characters: what stands before the first answers of a file without pages


def date_of(document: Document) -> str | None:
    """ISO day of a QA piece: the one in its name, otherwise the latest on its first page; None where none is written.

    A deadline for bids stands on such pages too: days that the text gives as one are left out.
    """
    if document.role != "QA":
        return None
    named = list(_days(fold(document.path.rsplit("/", 1)[-1])))
    return max(named or _days(_beginning(document)), default=None)


def _beginning(document: Document) -> str:
    text = " | ".join(b.text for b in document.blocks if b.page in (None, 1))[:_FIRST_PAGE]
    return re.sub(r"(?:date limite|deadline|avant le|before|au plus tard)[^|]{0,80}", " ", fold(text))


def _days(text: str) -> Iterator[str]:
    for pattern in _DATES:
        for found in pattern.finditer(text):
            year = int(found["y"])
            month = _MONTHS.get(found["m"]) or int(found["m"])
            try:
                yield date(year + 2000 if year < 100 else year, month, int(found["d"])).isoformat()
            except ValueError:  # « 99/99/2026 » is a number of something
                continue
