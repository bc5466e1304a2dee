"""Options and arguments that several commands share, and the checks of their values.

Help texts hold both languages, « français ¦ English »: see ``crible.cli.commands``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from crible.errors import InputNotFound, UsageError
from crible.types import Backend, DetectorName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crible.classification.detector import Detector

FORMATS = ("card", "json", "jsonl")
OCR_MODES = ("auto", "off", "force")
BACKENDS: tuple[str, ...] = get_args(Backend)
DETECTORS: tuple[str, ...] = get_args(DetectorName)
# From the least to the most serious; out_of_scope is not on the ladder and never fails.
FAIL_ORDER = ("compliant", "needs_review", "non_compliant")

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Un PDF, plusieurs fichiers, un dossier ou un ZIP : une consultation ¦ "
        "A PDF, several files, a folder or a ZIP: one tender",
    ),
]
LangOption = Annotated[
    str | None,
    typer.Option("--lang", metavar="fr|en", show_default=False, help="Langue des messages ¦ Language of messages"),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Rien sur la sortie d'erreur en chemin ¦ No progress on stderr")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", show_default=False, help="Écrire dans un fichier ¦ Write to a file"),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        show_default=False,
        help="Règles en vigueur à cette date, AAAA-MM-JJ ¦ Rules in force on that date, YYYY-MM-DD",
    ),
]
Buyer = Annotated[
    str | None,
    typer.Option(
        "--buyer",
        metavar="CLASS|SIREN",
        show_default=False,
        help="Classe ou SIREN de l'acheteur, au lieu de la détection ¦ Buyer class or SIREN, instead of detection",
    ),
]
Ocr = Annotated[
    str,
    typer.Option(
        "--ocr",
        metavar="|".join(OCR_MODES),
        help="Pages numérisées : lues si tesseract est là, jamais, ou avec toute page illustrée ¦ "
        "Scanned pages: read where tesseract is installed, never, or with every page that holds an image",
    ),
]
DetectorOption = Annotated[
    str | None,
    typer.Option(
        "--detector",
        metavar="|".join(DETECTORS),
        show_default=False,
        help="Ce qui lit les clauses ; par défaut cascade si crible[encoder] est installé, sinon linear ¦ "
        "What reads the clauses; by default cascade where crible[encoder] is installed, otherwise linear",
    ),
]
EncoderOption = Annotated[
    Path | None,
    typer.Option(
        "--encoder",
        metavar="DIR",
        show_default=False,
        help="Un encodeur à soi, au lieu de celui qui est fourni ¦ "
        "An encoder of one's own, instead of the one that ships",
    ),
]
BackendOption = Annotated[
    str,
    typer.Option(
        "--backend",
        metavar="|".join(BACKENDS),
        help="Ce qui fait tourner --encoder : ONNX Runtime, ou torch (crible[train]) ¦ "
        "What runs --encoder: ONNX Runtime, or torch (crible[train])",
    ),
]
TextFormat = Annotated[
    str, typer.Option("--format", metavar="text|json", help="Forme du résultat ¦ Form of the result")
]


def one_of(option: str, value: str, allowed: Sequence[str]) -> None:
    """Raise UsageError when ``value`` is none of ``allowed``."""
    if value not in allowed:
        raise UsageError(f"{option} {value} : attendu {', '.join(allowed)}")


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads the clauses: a detector by name (None: the best installed), with an encoder of one's own or not."""

    detector: str | None = None
    encoder: Path | None = None
    backend: str = "onnx"

    @property
    def asked(self) -> bool:
        """Whether any of it was asked for."""
        return self != Reader()

    def check(self) -> None:
        """Raise UsageError for what does not exist or does not go together."""
        if self.detector is not None:
            one_of("--detector", self.detector, DETECTORS)
        one_of("--backend", self.backend, BACKENDS)
        if self.encoder is None and self.backend != "onnx":
            raise UsageError("--backend demande --encoder")
        if self.encoder is not None and self.detector not in (None, "cascade", "encoder"):
            raise UsageError(f"--encoder ne sert pas à --detector {self.detector}")
        if self.encoder is not None and not self.encoder.is_dir():
            raise InputNotFound(f"{self.encoder} n'est pas un dossier")

    def load(self) -> Detector:
        """The detector; a second, for its libraries and models."""
        from crible.classification.cascade import detector_named, detector_with

        if self.encoder is None:
            return detector_named(cast("DetectorName | None", self.detector))
        return detector_with(self.encoder, cast("Backend", self.backend), gated=self.detector != "encoder")


def day_of(text: str | None) -> date | None:
    """The date of ``--as-of``. Raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text} : date attendue sous la forme AAAA-MM-JJ") from None


def check_exist(paths: Sequence[Path]) -> None:
    """Raise InputNotFound for the first path that does not exist."""
    for path in paths:
        if not path.exists():
            raise InputNotFound(f"{path} n'existe pas")
