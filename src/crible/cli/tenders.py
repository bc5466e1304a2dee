"""A tender read and judged for a command, with its progress on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from crible.cli import Outcome
from crible.cli.options import Reader, check_exist
from crible.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from crible.cli.settings import Settings
    from crible.extraction.ocr import OcrMode
    from crible.reporting.words import Lang
    from crible.types import Assessment, Dossier


def assess_paths(
    paths: Sequence[Path],
    settings: Settings,
    *,
    as_of: date | None = None,
    buyer: str | None = None,
    ocr: str,
    reader: Reader,
    quiet: bool,
) -> Assessment:
    """Judge one tender under the policy of the settings, a file or one that ships."""
    check_exist(paths)  # before the second that the imports take
    from crible import read as read_tender
    from crible.classification import classify as find_clauses
    from crible.cli.policies import find, is_file
    from crible.scoring import assess

    # A file is read before minutes of work: it may be refused.
    policy = find(settings.policy) if settings.policy and is_file(settings.policy) else settings.policy
    detector = reader.load()
    with progress(name_of(paths), settings.lang, quiet=quiet) as stage:
        stage("read")
        dossier = read_tender(paths, ocr=cast("OcrMode", ocr))
        stage("classify")
        findings = find_clauses(dossier, detector=detector)
        stage("assess")
        return assess(dossier, findings, policy=policy, as_of=as_of, buyer=buyer, models=detector.versions)


def read_paths(paths: Sequence[Path], lang: Lang, *, ocr: str, quiet: bool) -> Dossier:
    """Read one tender."""
    check_exist(paths)
    from crible import read as read_tender

    with progress(name_of(paths), lang, quiet=quiet) as stage:
        stage("read")
        return read_tender(paths, ocr=cast("OcrMode", ocr))


def name_of(paths: Sequence[Path]) -> str:
    """What to call the tender while it is read."""
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} + {len(paths) - 1}"


def read_in_full(dossier: Dossier) -> Outcome:
    """DONE, or PARTIAL when something of the tender could not be read."""
    return Outcome.PARTIAL if any(document.unread for document in dossier.documents) else Outcome.DONE
