"""``crible-train``: corpus, fit, calibrate, evaluate, publish. Each step reads and writes files (see project.yml)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from crible.errors import CribleError
from crible_training import SEED
from crible_training.encoder import commands as encoder_commands

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True,
    help="Makes the models of crible: corpus, fit, calibrate, evaluate, publish.",
)  # fmt: skip

app.add_typer(encoder_commands.app, name="encoder")

Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where to write.")]
Model = Annotated[Path, typer.Option("--model", "-m", metavar="DIR", help="A model written by an earlier step.")]
LINEAR = "linear"


def main() -> NoReturn:
    """Run a command; an error of crible becomes its exit code and one line on stderr."""
    try:
        app()
    except CribleError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
    sys.exit(0)


@app.command()
def corpus(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="Default: all that ship.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write corpus.json there too.")] = None,
) -> None:
    """Check the families and count what each label has."""
    from crible_training.corpus import load_corpus
    from crible_training.corpus.counts import counted, table

    families = load_corpus(files or None)
    found = counted(families)
    typer.echo(table(found))
    if out is not None:
        _write(out / "corpus.json", json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@app.command()
def fit(out: Out, version: Annotated[str, typer.Option(help="Version of the model, MAJOR.MINOR.PATCH.")]) -> None:
    """Fit the linear model on the training families."""
    from crible.classification.linear import save_model
    from crible_training.corpus import load_corpus
    from crible_training.fit import examples
    from crible_training.fit import fit as fit_linear
    from crible_training.provenance import provenance
    from crible_training.splits import take

    families = take(load_corpus(), "train")
    _say(f"fitting on {len(families)} families")
    model = fit_linear(examples(families), version=version)
    save_model(model, out, {"seed": SEED, **provenance()})


@app.command()
def calibrate(model: Model, out: Out) -> None:
    """Turn scores into probabilities, and set from where they are used without a person's eye."""
    from crible.classification.linear import load_model, save_model
    from crible_training.calibrate import bounds, out_of_fold
    from crible_training.calibrate import calibrate as calibrated
    from crible_training.corpus import load_corpus
    from crible_training.provenance import provenance
    from crible_training.splits import take

    fitted = load_model(model)
    unseen = out_of_fold(take(load_corpus(), "train"), fitted, _say)
    found = calibrated(fitted, unseen)
    risk = bounds(found.likely(unseen.raw, unseen.rows), found.sure, unseen.given)
    save_model(found, out, {"seed": SEED, **provenance(), "risk": risk})


@app.command()
def evaluate(
    model: Model,
    out: Out,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="On the sealed families: for the final figures, and for nothing else.")
    ] = False,
    encoder: Annotated[
        Path | None,
        typer.Option("--encoder", metavar="DIR", help="A calibrated encoder: the cascade is under test then."),
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Annotated segments of real tenders, measured too.")
    ] = None,
) -> None:
    """Measure the model beside the baselines: report.html, report.json, errors.jsonl."""
    from crible.classification.linear import load_model
    from crible.classification.patterns import PatternDetector
    from crible_training.corpus import load_corpus
    from crible_training.evaluation import evaluate as measured
    from crible_training.evaluation.baselines import KeywordList, Majority
    from crible_training.evaluation.candidates import OfDetector
    from crible_training.evaluation.of_models import of_models
    from crible_training.splits import take

    families = load_corpus()
    candidates = (
        *of_models(load_model(model), encoder), OfDetector("patterns", PatternDetector()), KeywordList(), Majority(),
    )  # fmt: skip
    chosen = take(families, sealed=True) if sealed else take(families, "development")
    measured(candidates, chosen, gold=gold, out=out, progress=_say)


@app.command()
def publish(
    model: Model,
    report: Annotated[Path, typer.Option("--report", metavar="FILE", help="report.json of the evaluation.")],
    encoder: Annotated[
        Path | None, typer.Option("--encoder", metavar="DIR", help="The encoder weighed beside it; none ships without.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Default: the models package of this checkout.")
    ] = None,
) -> None:
    """Put the models, their cards and their checksums where crible loads them from."""
    from crible_training.publish import publish as put

    put(model, report, root, encoder=encoder)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    typer.echo(text, err=True)
