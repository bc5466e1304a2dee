"""JSON lines in, one record at a time."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from crible.errors import InputNotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def records(source: str) -> Iterator[dict[str, Any]]:
    """The records of a file, or of stdin for ``-``; blank lines are skipped.

    Raises UsageError naming the line that is not an object with a textual ``text``, InputNotFound without the file.
    """
    if source == "-":
        yield from _parsed(sys.stdin.buffer, "stdin")
        return
    path = Path(source)
    if not path.is_file():
        raise InputNotFound(f"{path} n'existe pas ou n'est pas un fichier")
    with path.open("rb") as lines:
        yield from _parsed(lines, path.name)


def _parsed(lines: IO[bytes], name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8-sig"))
        except ValueError as error:  # bad UTF-8 is a ValueError too
            raise UsageError(f"{name}, ligne {number} : JSON attendu ({error})") from error
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            raise UsageError(f"{name}, ligne {number} : un objet avec « id » et « text » est attendu")
        yield record
