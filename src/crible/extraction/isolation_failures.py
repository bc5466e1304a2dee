"""What the end of a reading process says of the file that it was reading."""

from __future__ import annotations

from typing import ClassVar

from crible.extraction.office.refusal import Refusal


class ReaderFailed(Refusal):
    """A file that defeated its reader. ``reason`` is why nothing of it was read (``UnreadPage.reason``)."""

    why: ClassVar[str] = "reader_error"
    said: ClassVar[str] = "le lecteur a échoué sur ce fichier"

    def __init__(self, path: str, detail: str = "") -> None:
        super().__init__(self.why, detail)
        self.args = (f"{path} : {self.said}" + (f" ({detail})" if detail else ""),)


class ReaderBroke(ReaderFailed):
    """The reader raised an exception that is not ours: a bug, and the process is sound."""


class ReaderCrashed(ReaderFailed):
    """The process that was reading the file died, or answered something that is not a Document."""

    why = "reader_crashed"
    said = "la lecture de ce fichier s'est arrêtée net"


class ReaderTimeout(ReaderFailed):
    """The reading took longer than its deadline, and was ended."""

    why = "reader_timeout"
    said = "la lecture de ce fichier a dépassé le temps admis"


class ReaderMemory(ReaderFailed):
    """The reading asked for more memory than is allowed, and was ended."""

    why = "reader_memory"
    said = "la lecture de ce fichier demande trop de mémoire"
