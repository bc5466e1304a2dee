"""`crible doctor`: what works here, what is missing and what it would be for."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import locale
import platform
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from crible import __version__
from crible.errors import CribleError

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.reporting.words import Lang

State = Literal["ok", "note", "error"]
_MARKS: dict[State, str] = {"ok": "✓", "note": "–", "error": "✗"}
# What the core cannot do without: distribution and import name.
_NEEDED = (
    ("pypdfium2", "pypdfium2"), ("pdfplumber", "pdfplumber"), ("spacy", "spacy"), ("numpy", "numpy"),
    ("pydantic", "pydantic"), ("PyYAML", "yaml"), ("typer", "typer"), ("rich", "rich"),
)  # fmt: skip
# Optional parts: import names, extra, what for.
_OPTIONAL: tuple[tuple[tuple[str, ...], str, dict[Lang, str]], ...] = (
    (
        ("onnxruntime", "tokenizers"),
        "encoder",
        {"fr": "l'encodeur : clauses dites sans leurs mots", "en": "the encoder: clauses without their usual words"},
    ),
    (
        ("fastapi", "uvicorn", "multipart", "jinja2"),
        "service",
        {"fr": "crible serve, le service et sa page", "en": "crible serve, the service and its page"},
    ),
    (
        ("defusedxml", "olefile", "py7zr"),
        "office",
        {"fr": "fichiers bureautiques, courriels, archives 7z", "en": "office files, e-mail, 7z archives"},
    ),
    (("matplotlib",), "portfolio", {"fr": "les courbes de crible portfolio", "en": "the plots of crible portfolio"}),
    (("matplotlib", "PIL"), "notebook", {"fr": "les carnets de notebooks/", "en": "the notebooks of notebooks/"}),
)
# Reading a spare 1 MiB tells a full or read-only disk from a working one.
_PROBE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination; ``error`` means that crible cannot do its work."""

    state: State
    name: str
    detail: str


def examine(lang: Lang) -> list[Check]:
    """Every check, in the order of the report; a check that fails never hides the others."""
    fr = lang == "fr"
    checks = [
        Check("ok", "crible", __version__),
        Check("ok", "Python", f"{platform.python_version()} ({sys.executable})"),
        *(_needed(distribution, module, lang) for distribution, module in _NEEDED),
        *(_optional(modules, extra, use[lang], lang) for modules, extra, use in _OPTIONAL),
    ]
    guarded: tuple[tuple[str, Callable[[Lang], list[Check]]], ...] = (
        ("politiques" if fr else "policies", _policies),
        ("modèles" if fr else "models", _models),
        ("exemples" if fr else "samples", _samples),
        ("dossier temporaire" if fr else "temporary folder", _temporary),
        ("OCR", _ocr),
        ("langue du système" if fr else "system locale", _locale),
    )
    for name, look in guarded:
        try:
            checks += look(lang)
        except (CribleError, ImportError, OSError, ValueError) as error:
            checks.append(Check("error", name, str(error)))
    return checks


def told(checks: list[Check]) -> str:
    """The report, a line per check, the mark doubled by a word where it matters."""
    width = max(len(check.name) for check in checks)
    return "".join(f"{_MARKS[check.state]} {check.name:<{width}}  {check.detail}\n" for check in checks)


def _needed(distribution: str, module: str, lang: Lang) -> Check:
    if importlib.util.find_spec(module) is None:
        absent = "absent : réinstaller crible" if lang == "fr" else "missing: reinstall crible"
        return Check("error", distribution, absent)
    return Check("ok", distribution, importlib.metadata.version(distribution))


def _optional(modules: tuple[str, ...], extra: str, use: str, lang: Lang) -> Check:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return Check("ok", f"[{extra}]", use)
    without = "absent, facultatif" if lang == "fr" else "missing, optional"
    return Check("note", f"[{extra}]", f"{without} ({use}) : pip install 'crible[{extra}]'")


def _policies(lang: Lang) -> list[Check]:
    from crible.scoring.policy import list_policies

    today = date.today()
    name = "politique" if lang == "fr" else "policy"
    checks = []
    for pack in list_policies():
        # A version that is no longer in force is kept for old tenders and needs no further review.
        if pack.in_force(today) and pack.past_review(today):
            late = f"relecture dépassée ({pack.review_by})" if lang == "fr" else f"review overdue ({pack.review_by})"
            checks.append(Check("error", name, f"{pack.name}, {late}"))
        else:
            checks.append(Check("ok", name, pack.name))
    return checks


def _models(lang: Lang) -> list[Check]:
    from crible.classification.artefacts import artefacts, verified
    from crible_models import resource

    labels = json.loads(resource("taxonomy.json").read_text(encoding="utf-8"))
    number = len(labels["labels"])
    detail = (
        f"taxonomie {labels['version']}, {number} clauses"
        if lang == "fr"
        else f"taxonomy {labels['version']}, {number} labels"
    )
    name = "modèles" if lang == "fr" else "models"
    checks = [Check("ok", name, detail)]
    for artefact in artefacts():
        verified(artefact.name)  # what is not the published file is told by the error
        checks.append(Check("ok", name, f"{artefact.name} {artefact.version}"))
    return checks


def _samples(lang: Lang) -> list[Check]:
    from crible.cli.samples import samples

    names = ", ".join(sample.folder.name for sample in samples(lang))
    return [Check("ok", "exemples" if lang == "fr" else "samples", names)]


def _temporary(lang: Lang) -> list[Check]:
    with tempfile.TemporaryFile(prefix="crible-") as probe:
        probe.write(bytes(_PROBE_BYTES))
        probe.flush()
    return [Check("ok", "dossier temporaire" if lang == "fr" else "temporary folder", tempfile.gettempdir())]


def _ocr(lang: Lang) -> list[Check]:
    from crible.extraction.ocr_engine import find_engine, missing_part

    engine = find_engine()
    if engine is not None:
        return [Check("ok", "OCR", f"tesseract {engine.version}, {engine.languages}")]
    use = "absent, facultatif (pages numérisées)" if lang == "fr" else "missing, optional (scanned pages)"
    install = "apt-get install tesseract-ocr tesseract-ocr-fra"
    return [Check("note", "OCR", f"{missing_part()} {use} : {install}")]


def _locale(lang: Lang) -> list[Check]:
    encoding = locale.getpreferredencoding(False)
    name = "langue du système" if lang == "fr" else "system locale"
    if encoding.lower().replace("-", "") in ("utf8", "cp65001"):
        return [Check("ok", name, encoding)]
    advice = "UTF-8 conseillé (LANG=C.UTF-8)" if lang == "fr" else "UTF-8 advised (LANG=C.UTF-8)"
    return [Check("note", name, f"{encoding}, {advice}")]
