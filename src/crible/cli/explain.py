"""`crible explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crible.cli import Outcome
from crible.cli.options import (
    OCR_MODES,
    AsOf,
    BackendOption,
    Buyer,
    DetectorOption,
    EncoderOption,
    LangOption,
    Ocr,
    Output,
    Quiet,
    Reader,
    check_exist,
    day_of,
    one_of,
)  # fmt: skip
from crible.cli.output import check_place, write
from crible.cli.settings import resolve
from crible.cli.tenders import assess_paths, read_in_full
from crible.cli.terminal import width_for
from crible.errors import UsageError


def explain(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="TENDER",
            show_default=False,
            help="Une consultation (fichiers, dossier, ZIP), ou le JSON écrit par « crible score » ¦ "
            "A tender (files, a folder, a ZIP), or the JSON that `crible score` wrote",
        ),
    ],
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ID[@VERSION]|FILE",
            show_default=False,
            help="Politique à expliquer, celle de tête par défaut ¦ Policy to explain, the headline by default",
        ),
    ] = None,
    criterion: Annotated[
        str | None,
        typer.Option("--criterion", metavar="ID", show_default=False, help="Un seul critère ¦ One criterion alone"),
    ] = None,
    as_of: AsOf = None,
    buyer: Buyer = None,
    form: Annotated[
        str, typer.Option("--format", metavar="text|json|html", help="Forme du résultat ¦ Form of the result")
    ] = "text",
    output: Output = None,
    ocr: Ocr = "auto",
    detector: DetectorOption = None,
    encoder: EncoderOption = None,
    backend: BackendOption = "onnx",
    lang: LangOption = None,
    quiet: Quiet = False,
) -> Outcome:
    """Dit pourquoi, avec citations, et ce qui changerait l'avis ¦ Say why, with quotes, and what would change it"""
    from crible.cli.explaining import explained, is_assessment, of_now, opened, pack_of

    settings = resolve({"lang": lang, "policy": policy})
    one_of("--format", form, ("text", "json", "html"))
    one_of("--ocr", ocr, OCR_MODES)
    reader = Reader(detector, encoder, backend)
    reader.check()
    if output is not None and str(output) != "-":
        check_place(output)
    check_exist(paths)
    outcome = Outcome.DONE
    if len(paths) == 1 and is_assessment(paths[0]):
        if as_of is not None or buyer is not None or reader.asked:
            raise UsageError("--as-of, --buyer et --detector ne servent qu'avec une consultation à évaluer")
        assessment = opened(paths[0])
        pack = pack_of(assessment, policy)  # a setting chose the headline of what is judged now, not of this file
    else:
        judged = assess_paths(paths, settings, as_of=day_of(as_of), buyer=buyer, ocr=ocr, reader=reader, quiet=quiet)
        assessment, outcome = of_now(judged), read_in_full(judged.dossier)
        pack = pack_of(assessment, settings.policy)
    write(explained(assessment, pack, form, settings.lang, criterion=criterion, width=width_for(output)), output)
    return outcome
