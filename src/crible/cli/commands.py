"""One command per need, and no logic: each calls the library and hands the result to a report.

Help texts hold both languages, « français ¦ English »; ``command`` keeps the reader's half. Imports that cost more
than a few milliseconds stand inside the commands, so that `crible --help` stays quick.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crible.cli import Outcome
from crible.cli.explain import explain
from crible.cli.model_commands import models
from crible.cli.options import (
    FAIL_ORDER,
    FORMATS,
    OCR_MODES,
    AsOf,
    BackendOption,
    Buyer,
    DetectorOption,
    EncoderOption,
    LangOption,
    Ocr,
    Output,
    Paths,
    Quiet,
    Reader,
    day_of,
    one_of,
)  # fmt: skip
from crible.cli.output import check_place, write
from crible.cli.plugins import add_plugins
from crible.cli.policy_commands import policies
from crible.cli.portfolio import portfolio
from crible.cli.progress import progress
from crible.cli.settings import Settings, resolve
from crible.cli.tenders import assess_paths, name_of, read_in_full, read_paths
from crible.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crible.extraction.drawn_pages import Choice
    from crible.reporting.words import Lang
    from crible.types import Assessment, Dossier


def score(
    paths: Paths,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ID[@VERSION]|FILE",
            show_default=False,
            help="Politique mise en tête, fournie ou d'un fichier ; les quatre sont calculées ¦ "
            "Headline policy, one that ships or of a file; all four are computed",
        ),
    ] = None,
    as_of: AsOf = None,
    buyer: Buyer = None,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="Forme du résultat ¦ Form of the result")
    ] = "card",
    output: Output = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="VERDICT",
            show_default=False,
            help="Code de sortie 1 à partir de cet avis (compliant, needs_review, non_compliant) ¦ "
            "Exit code 1 from this verdict on (compliant, needs_review, non_compliant)",
        ),
    ] = None,
    ocr: Ocr = "auto",
    detector: DetectorOption = None,
    encoder: EncoderOption = None,
    backend: BackendOption = "onnx",
    lang: LangOption = None,
    quiet: Quiet = False,
) -> Outcome:
    """Lit une consultation et donne l'avis et ses preuves ¦ Read one tender and give the verdict and its evidence"""
    settings = resolve({"lang": lang, "policy": policy})
    one_of("--format", form, FORMATS)
    one_of("--ocr", ocr, OCR_MODES)
    reader = Reader(detector, encoder, backend)
    reader.check()
    if fail_on is not None:
        one_of("--fail-on", fail_on, FAIL_ORDER)
    start = time.perf_counter()
    assessment = assess_paths(paths, settings, as_of=day_of(as_of), buyer=buyer, ocr=ocr, reader=reader, quiet=quiet)
    _show(assessment, form, output, settings.lang, time.perf_counter() - start)
    if fail_on is not None and assessment.verdict in FAIL_ORDER[FAIL_ORDER.index(fail_on) :]:
        return Outcome.FLAGGED
    return read_in_full(assessment.dossier)


def read(
    paths: Paths,
    output: Output = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            show_default=False,
            help="Dessiner les blocs sur les pages, dans un fichier HTML au lieu du JSON ¦ "
            "Draw the blocks over the pages, in an HTML file instead of the JSON",
        ),
    ] = None,
    pages: Annotated[
        str | None,
        typer.Option(
            "--pages",
            metavar="1-20,45|all",
            show_default=False,
            help="Pages que montre --html ; par défaut les 20 premières de chaque pièce ¦ "
            "Pages that --html shows; by default the first 20 of each document",
        ),
    ] = None,
    ocr: Ocr = "auto",
    lang: LangOption = None,
    quiet: Quiet = False,
) -> Outcome:
    """Donne le texte lu, bloc par bloc, en JSON ¦ Give the text that was read, block by block, as JSON"""
    from crible.extraction.drawn_pages import choice_of
    from crible.reporting.json import dossier_to_dict, to_json

    settings = resolve({"lang": lang})
    one_of("--ocr", ocr, OCR_MODES)
    if pages is not None and html is None:
        raise UsageError("--pages ne sert qu'avec --html")
    choice = choice_of(pages)
    if html is not None and str(html) != "-":
        check_place(html, option="--html")
    dossier = read_paths(paths, settings.lang, ocr=ocr, quiet=quiet)
    if html is None or output is not None:
        write(to_json(dossier_to_dict(dossier)), output)
    if html is not None:
        _draw(paths, dossier, html, choice, settings.lang, quiet=quiet)
    return read_in_full(dossier)


def classify(
    source: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            show_default=False,
            help="JSONL : une clause par ligne, « id » et « text » ; - pour l'entrée standard ¦ "
            "JSONL: one clause per line, `id` and `text`; - for standard input",
        ),
    ] = "-",
    every: Annotated[
        bool,
        typer.Option("--all", help="Toutes les probabilités, pas seulement les clauses retenues ¦ Every probability"),
    ] = False,
    detector: DetectorOption = None,
    encoder: EncoderOption = None,
    backend: BackendOption = "onnx",
    lang: LangOption = None,
) -> Outcome:
    """Classe des clauses isolées, JSONL en entrée et en sortie ¦ Classify single clauses, JSONL in and out"""
    from crible.classification import classify_texts
    from crible.cli.records import records
    from crible.reporting.json import to_jsonl

    resolve({"lang": lang})
    reader = Reader(detector, encoder, backend)
    reader.check()
    for result in classify_texts(records(source), all=every, detector=reader.load()):
        write(to_jsonl(result))
    return Outcome.DONE


def demo(lang: LangOption = None, quiet: Quiet = False) -> Outcome:
    """Évalue les trois consultations d'exemple fournies ¦ Score the three sample tenders that ship with crible"""
    from crible.cli.samples import samples

    settings = resolve({"lang": lang})
    start = time.perf_counter()
    found = samples(settings.lang)
    for sample in found:
        write(f"\n{sample.intro}\n$ crible score {sample.folder} --policy {sample.policy}\n\n")
        begin = time.perf_counter()
        chosen = Settings(lang=settings.lang, policy=sample.policy)
        assessment = assess_paths([sample.folder], chosen, ocr="off", reader=Reader(), quiet=quiet)
        _show(assessment, "card", None, settings.lang, time.perf_counter() - begin)
    took = time.perf_counter() - start
    write(
        f"\n{len(found)} consultations en {took:.1f} s.\n".replace(".", ",", 1)
        if settings.lang == "fr"
        else f"\n{len(found)} tenders in {took:.1f} s.\n"
    )
    return Outcome.DONE


def doctor(lang: LangOption = None) -> Outcome:
    """Vérifie l'installation : versions, parties, politiques ¦ Check the installation: versions, parts, policies"""
    from crible.cli.doctor import examine, told

    settings = resolve({"lang": lang})
    checks = examine(settings.lang)
    write(told(checks))
    return Outcome.CONFIGURATION if any(check.state == "error" for check in checks) else Outcome.DONE


def _version(value: bool) -> None:
    if value:
        from crible import __version__

        write(f"crible {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Affiche la version ¦ Show the version"),
    ] = False,
) -> None:
    pass


def command(lang: Lang = "fr") -> Callable[..., Any]:
    """The whole command line, its help in ``lang``: a callable ``(args, prog_name=, standalone_mode=)``."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,  # rich help costs a third of the time of `crible --help`
        pretty_exceptions_enable=False,
        help="crible lit une consultation publique et dit ce qu'elle exige de l'hébergement et de la souveraineté ¦ "
        "crible reads a public tender and says what it requires of hosting and sovereignty",
    )
    app.callback(invoke_without_command=False)(_root)
    for function in (score, explain, portfolio, read, classify, demo, doctor):
        app.command()(function)
    app.add_typer(policies(), name="policy")
    app.add_typer(models(), name="models")
    add_plugins(app, lang)
    built = typer.main.get_command(app)
    _localise(built, lang)
    return built


def _localise(built: Any, lang: Lang) -> None:
    """Keep the half of each help text that is in ``lang``, through the tree of commands."""
    for thing in [built, *built.params]:
        for field in ("help", "short_help"):
            text = getattr(thing, field, None)
            if text and " ¦ " in text:
                setattr(thing, field, text.split(" ¦ ")[0 if lang == "fr" else 1].strip())
    if lang == "fr" and built.add_help_option:
        option = built.get_help_option(typer.Context(built))
        if option is not None:
            option.help = "Affiche cette aide."
    for child in getattr(built, "commands", {}).values():
        _localise(child, lang)


def _draw(paths: Sequence[Path], dossier: Dossier, html: Path, choice: Choice, lang: Lang, *, quiet: bool) -> None:
    from crible.extraction.drawn_pages import drawings
    from crible.reporting.reading import reading_html

    shown = choice.of(dossier.documents)
    drawn = drawings(paths, dossier.documents, shown)
    with progress(name_of(paths), lang, quiet=quiet) as stage:
        stage("draw")
        write(reading_html(dossier, shown, drawn, blocks=choice.blocks, lang=lang), html, option="--html")


def _show(assessment: Assessment, form: str, output: Path | None, lang: Lang, seconds: float) -> None:
    from crible.reporting.json import assessment_to_dict, to_json, to_jsonl

    if form == "json":
        write(to_json(assessment_to_dict(assessment)), output)
    elif form == "jsonl":
        write(to_jsonl(assessment_to_dict(assessment)), output)
    else:
        from crible.cli.terminal import show_card

        show_card(assessment, output, lang=lang, seconds=seconds)
