"""The terminal door. ``main`` is the one place where an error becomes an exit code and a message."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from crible.errors import CribleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from crible.reporting.words import Lang


class Outcome(IntEnum):
    """What a command reports when nothing stopped it; the number is the exit code of the process."""

    DONE = 0
    FLAGGED = 1  # at or above --fail-on: asked for by name, so it is told before PARTIAL
    PARTIAL = 3
    CONFIGURATION = 4


# SIGPIPE, by its number because Windows has none: the reader (`| head`) has what it wanted and is gone.
READER_GONE = 13


class Stopped(BaseException):
    """A signal, raised as an exception so that files half written are removed on the way out.

    Not a KeyboardInterrupt nor a BrokenPipeError: the option parser turns those into exits of its own.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with the code of the contract: 0, 1, 2, 3, 4, 130 (Ctrl-C), 143 (SIGTERM)."""
    args = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # French and JSON need UTF-8 whatever the locale; a file name that is no text is shown escaped.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # Faults of a reader on one file are told as an unread file; their traces are for those who look for them.
    logging.getLogger("crible").addHandler(
        logging.StreamHandler() if os.environ.get("CRIBLE_DEBUG") else logging.NullHandler()
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # under nohup, Ctrl-C is not for us
            signal.signal(number, _stop)
    sys.exit(_run(args))


def _run(args: list[str]) -> int:
    from crible.cli import settings
    from crible.cli.commands import command

    lang = settings.message_language(args)
    try:
        result = command(lang)(args, prog_name="crible", standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else 0
    except CribleError as error:
        _tell(str(error), error.advice[lang], lang)
        return error.exit_code
    except Stopped as stopped:
        if stopped.number == READER_GONE:
            # Python would complain once more while closing stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        else:
            _tell("interrompu." if lang == "fr" else "interrupted.", "", lang)
        return 128 + stopped.number
    except Exception as error:
        # Usage errors of the option parser; their classes moved between versions of typer, their names did not.
        if not hasattr(error, "format_message"):
            traceback.print_exc()
            what = "défaut de crible, à signaler avec les lignes ci-dessus" if lang == "fr" else "a defect of crible"
            _tell(f"{what} ({type(error).__name__})", "", lang)
            return CribleError.exit_code
        from crible.cli.usage import explain

        message, advice = explain(error, lang)
        _tell(message, advice, lang)
        return 2


def _tell(message: str, advice: str, lang: Lang) -> None:
    from crible.reporting.words import printable

    lead = "Erreur : " if lang == "fr" else "Error: "
    sys.stderr.write(f"{lead}{printable(message)}\n")
    if advice:
        sys.stderr.write(f"{printable(advice)}\n")


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(number)
