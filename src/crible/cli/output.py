"""Where results go: stdout, or a file that appears whole or not at all."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crible.cli import READER_GONE, Stopped
from crible.errors import InputNotFound, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def write(text: str, output: Path | None = None) -> None:
    """Write results to stdout (``output`` None or ``-``) or to a file, through ``.part`` and a rename."""
    if output is None or str(output) == "-":
        try:
            sys.stdout.write(text)
            sys.stdout.flush()  # `crible classify -` answers a program that waits for each line
        except BrokenPipeError:
            raise Stopped(READER_GONE) from None
        return
    if output.is_dir():
        raise UsageError(f"{output} est un dossier : donner un nom de fichier à -o")
    if not output.parent.is_dir():
        raise InputNotFound(f"le dossier {output.parent} n'existe pas")
    part = output.with_name(output.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        part.replace(output)
    except OSError as error:
        raise UsageError(f"écriture impossible dans {output} : {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
