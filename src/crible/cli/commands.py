"""One command per need, and no logic: each calls the library and hands the result to a report.

Help texts hold both languages, « français ¦ English »; ``command`` keeps the reader's half. Imports that cost more
than a few milliseconds stand inside the commands, so that `crible --help` stays quick.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from crible.cli import Outcome
from crible.cli.output import check_place, write
from crible.cli.plugins import add_plugins
from crible.cli.progress import progress
from crible.cli.settings import Settings, resolve
from crible.errors import InputNotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crible.extraction.drawn_pages import Choice
    from crible.extraction.ocr import OcrMode
    from crible.reporting.words import Lang
    from crible.types import Assessment, Dossier

FORMATS = ("card", "json", "jsonl")
OCR_MODES = ("auto", "off", "force")
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
Ocr = Annotated[
    str,
    typer.Option(
        "--ocr",
        metavar="|".join(OCR_MODES),
        help="Pages numérisées : lues si tesseract est là, jamais, ou avec toute page illustrée ¦ "
        "Scanned pages: read where tesseract is installed, never, or with every page that holds an image",
    ),
]
TextFormat = Annotated[
    str, typer.Option("--format", metavar="text|json", help="Forme du résultat ¦ Form of the result")
]


def score(
    paths: Paths,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ID[@VERSION]",
            show_default=False,
            help="Politique mise en tête ; les quatre sont calculées ¦ Headline policy; all four are computed",
        ),
    ] = None,
    as_of: AsOf = None,
    buyer: Annotated[
        str | None,
        typer.Option(
            "--buyer",
            metavar="CLASS|SIREN",
            show_default=False,
            help="Classe ou SIREN de l'acheteur, au lieu de la détection ¦ Buyer class or SIREN, instead of detection",
        ),
    ] = None,
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
    lang: LangOption = None,
    quiet: Quiet = False,
) -> Outcome:
    """Lit une consultation et donne l'avis et ses preuves ¦ Read one tender and give the verdict and its evidence"""
    settings = resolve({"lang": lang, "policy": policy})
    _one_of("--format", form, FORMATS)
    _one_of("--ocr", ocr, OCR_MODES)
    if fail_on is not None:
        _one_of("--fail-on", fail_on, FAIL_ORDER)
    start = time.perf_counter()
    assessment = _assess(paths, settings, as_of=_day(as_of), buyer=buyer, ocr=ocr, quiet=quiet)
    _show(assessment, form, output, settings.lang, time.perf_counter() - start)
    if fail_on is not None and assessment.verdict in FAIL_ORDER[FAIL_ORDER.index(fail_on) :]:
        return Outcome.FLAGGED
    return _read_in_full(assessment.dossier)


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
    _one_of("--ocr", ocr, OCR_MODES)
    if pages is not None and html is None:
        raise UsageError("--pages ne sert qu'avec --html")
    choice = choice_of(pages)
    if html is not None and str(html) != "-":
        check_place(html, option="--html")
    dossier = _read(paths, settings.lang, ocr=ocr, quiet=quiet)
    if html is None or output is not None:
        write(to_json(dossier_to_dict(dossier)), output)
    if html is not None:
        _draw(paths, dossier, html, choice, settings.lang, quiet=quiet)
    return _read_in_full(dossier)


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
    lang: LangOption = None,
) -> Outcome:
    """Classe des clauses isolées, JSONL en entrée et en sortie ¦ Classify single clauses, JSONL in and out"""
    from crible.classification import classify_texts
    from crible.cli.records import records
    from crible.reporting.json import to_jsonl

    resolve({"lang": lang})
    for result in classify_texts(records(source), all=every):
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
        assessment = _assess([sample.folder], chosen, as_of=None, buyer=None, ocr="off", quiet=quiet)
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


def policy_list(form: TextFormat = "text", as_of: AsOf = None, lang: LangOption = None) -> Outcome:
    """Les politiques fournies et leurs dates ¦ The policies that ship, and their dates"""
    from crible.cli.policies import listed

    settings = resolve({"lang": lang})
    _one_of("--format", form, ("text", "json"))
    write(listed(settings.lang, as_of=_day(as_of), form=form))
    return Outcome.DONE


def policy_show(
    name: Annotated[str, typer.Argument(metavar="ID[@VERSION]", show_default=False, help="La politique ¦ The policy")],
    form: TextFormat = "text",
    as_of: AsOf = None,
    lang: LangOption = None,
) -> Outcome:
    """Une politique en entier : règles, poids, textes ¦ One policy in full: rules, weights, legal texts"""
    from crible.cli.policies import shown

    settings = resolve({"lang": lang})
    _one_of("--format", form, ("text", "json"))
    write(shown(name, settings.lang, as_of=_day(as_of), form=form))
    return Outcome.DONE


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
    for function in (score, read, classify, demo, doctor):
        app.command()(function)
    policies = typer.Typer(rich_markup_mode=None, help="Politiques : liste et détail ¦ Policies: list and detail")
    policies.command("list")(policy_list)
    policies.command("show")(policy_show)
    app.add_typer(policies, name="policy")
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


def _assess(
    paths: Sequence[Path], settings: Settings, *, as_of: date | None, buyer: str | None, ocr: str, quiet: bool
) -> Assessment:
    _check_exist(paths)  # before the second that the imports take
    from crible import read as read_tender
    from crible.classification import classify as find_clauses
    from crible.scoring import assess

    with progress(_name(paths), settings.lang, quiet=quiet) as stage:
        stage("read")
        dossier = read_tender(paths, ocr=cast("OcrMode", ocr))
        stage("classify")
        findings = find_clauses(dossier)
        stage("assess")
        return assess(dossier, findings, policy=settings.policy, as_of=as_of, buyer=buyer)


def _read(paths: Sequence[Path], lang: Lang, *, ocr: str, quiet: bool) -> Dossier:
    _check_exist(paths)
    from crible import read as read_tender

    with progress(_name(paths), lang, quiet=quiet) as stage:
        stage("read")
        return read_tender(paths, ocr=cast("OcrMode", ocr))


def _draw(paths: Sequence[Path], dossier: Dossier, html: Path, choice: Choice, lang: Lang, *, quiet: bool) -> None:
    from crible.extraction.drawn_pages import drawings
    from crible.reporting.reading import reading_html

    shown = choice.of(dossier.documents)
    drawn = drawings(paths, dossier.documents, shown)
    with progress(_name(paths), lang, quiet=quiet) as stage:
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


def _check_exist(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise InputNotFound(f"{path} n'existe pas")


def _name(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} + {len(paths) - 1}"


def _read_in_full(dossier: Dossier) -> Outcome:
    return Outcome.PARTIAL if any(document.unread for document in dossier.documents) else Outcome.DONE


def _one_of(option: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError(f"{option} {value} : attendu {', '.join(allowed)}")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text} : date attendue sous la forme AAAA-MM-JJ") from None
