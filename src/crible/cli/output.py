"""Where results go: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crible.cli import READER_GONE, Stopped
from crible.errors import InputNotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write(text: str | Iterable[str], output: Path | None = None, *, option: str = "-o") -> None:
    """Write results to stdout (``output`` None or ``-``) or to a file, through ``.part`` and a rename.

    ``text`` may come in pieces, so that a long one is never in memory as a whole. ``option`` is what named the file.
    """
    pieces = [text] if isinstance(text, str) else text
    if output is None or str(output) == "-":
        try:
            for piece in pieces:
                sys.stdout.write(piece)
            sys.stdout.flush()  # `crible classify -` answers a program that waits for each line
        except BrokenPipeError:
            raise Stopped(READER_GONE) from None
        return
    check_place(output, option=option)
    part = output.with_name(output.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
        part.replace(output)
    except OSError as error:
        raise UsageError(f"écriture impossible dans {output} : {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def check_place(output: Path, *, option: str = "-o") -> None:
    """Raise UsageError or InputNotFound when no file can stand at ``output``: better told before minutes of work."""
    if output.is_dir():
        raise UsageError(f"{output} est un dossier : donner un nom de fichier à {option}")
    if not output.parent.is_dir():
        raise InputNotFound(f"le dossier {output.parent} n'existe pas")
