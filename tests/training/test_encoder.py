"""The encoder from end to end on a toy: base, training, a run that was cut, export, reading, fusion, cascade."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crible.classification.combined import CombinedDetector, SecondReader
from crible.classification.encoder import TOKENS, Encoder, stretches, told_around
from crible.classification.fusion import Fusion, load_fusion, save_fusion
from crible.classification.segments import Clause, clause_from_text
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError
from crible_training.clauses import clauses_of
from crible_training.corpus import Family, load_corpus, segments
from crible_training.fit import HEADS, Examples, examples
from crible_training.splits import take

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
torch.set_num_threads(1)  # threads that wait for each other cost more than so small a network

from crible_training.encoder.base import make_base  # noqa: E402 - they need torch
from crible_training.encoder.distil import lesson, pupil  # noqa: E402
from crible_training.encoder.export import export, quantise  # noqa: E402
from crible_training.encoder.fuse import fuse  # noqa: E402
from crible_training.encoder.model import ClauseEncoder  # noqa: E402
from crible_training.encoder.recipe import Recipe  # noqa: E402
from crible_training.encoder.tune import Cached, cache, token_ids, trained_network, tune  # noqa: E402
from crible_training.encoder.variants import figures, measured  # noqa: E402
from crible_training.encoder.views import VIEWS, View, examples_of, views  # noqa: E402

pytestmark = [
    # The libraries that export warn of their own future.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
HEAD_SIZES = {name: len(classes) for name, classes in HEADS.items()}
RECIPE = Recipe(layers=2, frozen=1, epochs=4, batch=16, rate=1e-3, head_rate=1e-2)


@pytest.fixture(scope="module")
def families() -> list[Family]:
    return take(load_corpus(), "train")[::60]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, families: list[Family]) -> Path:
    """A BERT of two narrow layers with a tokenizer of its own: the shape of a real base, in a second."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    given, made = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=600, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator((s.text for s in segments(families)), trainer)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>").save_pretrained(given)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=512, pad_token_id=1,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(given)
    make_base(made, str(given))
    return made


@pytest.fixture(scope="module")
def seen(families: list[Family]) -> list[View]:
    return views(list(segments(families)))


@pytest.fixture(scope="module")
def given(families: list[Family], seen: list[View]) -> Examples:
    return examples_of(seen, examples(families))


@pytest.fixture(scope="module")
def cached(base: Path, seen: list[View], tmp_path_factory: pytest.TempPathFactory) -> Cached:
    network = ClauseEncoder(base, layers=RECIPE.layers)
    ids = token_ids(base / "tokenizer.json", [view.clause for view in seen])
    return cache(network, ids, RECIPE.frozen, tmp_path_factory.mktemp("states") / "s.npy", "cpu", lambda _: None)


def run(base: Path, cached: Cached, given: Examples, out: Path, recipe: Recipe = RECIPE) -> list[str]:
    """Train as ``crible-train encoder tune`` does; what was told on the way."""
    told: list[str] = []
    torch.manual_seed(recipe.seed)
    tune(ClauseEncoder(base, layers=recipe.layers), cached, given, recipe, out, device="cpu", say=told.append)
    return told


@pytest.fixture(scope="module")
def finished(base: Path, cached: Cached, given: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    run(base, cached, given, out)
    return out


@pytest.fixture(scope="module")
def exported(base: Path, finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fp32")
    network, _ = trained_network(base, finished)
    export(network, base / "tokenizer.json", out, version="0.0.1", told={"base": {"base": "toy"}})
    return out


@pytest.fixture(scope="module")
def small(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("int8")
    quantise(exported, out)
    return out


def some(families: list[Family], count: int = 12) -> list[Clause]:
    return clauses_of(list(segments(families))[:count])


def test_each_wording_is_shown_as_written_and_in_a_foreign_paragraph(families: list[Family], seen: list[View]) -> None:
    written = clauses_of(segments(families))
    count = len(written)
    assert len(seen) == VIEWS * count
    own, placed = seen[:count], seen[count:]
    assert [view.clause for view in own] == written
    assert all(clause.text in view.clause.text for view, clause in zip(placed, written, strict=True))
    assert [view.row for view in placed] == list(range(count))
    assert seen == views(list(segments(families)))


def test_a_paragraph_of_two_wordings_has_the_labels_of_both(
    families: list[Family], seen: list[View], given: Examples
) -> None:
    plain = examples(families)
    both = [(n, view.row, view.added) for n, view in enumerate(seen) if view.added is not None]
    assert both
    for n, row, added in both:
        assert (given.targets[n] == np.maximum(plain.targets[row], plain.targets[added])).all()
        for name, expected in plain.heads.items():
            agree = expected[added] in (-1, expected[row])
            assert given.heads[name][n] == (expected[row] if agree else -1)


def test_training_tells_the_labels_that_stand_from_those_that_do_not(
    base: Path, finished: Path, cached: Cached, given: Examples
) -> None:
    rows = np.flatnonzero(given.targets.any(axis=1))[:60]

    def gap(network: ClauseEncoder) -> float:
        """How much higher the sums of the labels that stand are."""
        with torch.no_grad():
            sums, _ = network.eval().upper(*cached.batch(rows, "cpu"), RECIPE.frozen)
        sums, stands = sums[:, : len(labels())].numpy(), given.targets[rows] > 0
        return float(sums[stands].mean() - sums[~stands].mean())

    assert gap(trained_network(base, finished)[0]) > 0.7 > gap(ClauseEncoder(base, layers=RECIPE.layers))


def test_a_cut_run_goes_on_to_the_weights_of_one_that_was_not(
    base: Path, finished: Path, cached: Cached, given: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crible_training.encoder import tune as module

    kept = module._save

    def cut(*args: Any) -> None:
        kept(*args)
        if args[4] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "_save", cut)
    with pytest.raises(KeyboardInterrupt):
        run(base, cached, given, tmp_path)
    monkeypatch.setattr(module, "_save", kept)
    run(base, cached, given, tmp_path)
    whole, again = (trained_network(base, folder)[0].state_dict() for folder in (finished, tmp_path))
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_run_of_another_recipe_begins_anew(
    base: Path, finished: Path, cached: Cached, given: Examples, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    other = replace(RECIPE, epochs=1, rate=2e-3)
    run(base, cached, given, tmp_path / "run", other)
    assert trained_network(base, tmp_path / "run")[1] == other


def test_a_pupil_begins_with_every_other_layer_of_its_teacher_and_stays_nearer_to_it(
    base: Path, seen: list[View], given: Examples, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    teacher = ClauseEncoder(base)
    ids = token_ids(base / "tokenizer.json", [view.clause for view in seen])
    taught = lesson(teacher, ids, "cpu", lambda _: None)
    with torch.no_grad():
        sums, vectors = teacher(torch.tensor([ids[0]]), torch.ones(1, len(ids[0]), dtype=torch.long))
    assert torch.allclose(taught.sums[0], sums[0], atol=1e-4)
    assert torch.allclose(taught.vectors[0], vectors[0], atol=1e-4)

    network = pupil(teacher, base, 2)
    deep = [layer.state_dict() for layer in teacher.layers]
    for mine, its in zip(network.layers, (deep[1], deep[2]), strict=True):
        assert all(torch.equal(value, its[name]) for name, value in mine.state_dict().items())

    states = cache(network, ids, 0, tmp_path / "s.npy", "cpu", lambda _: None)
    recipe = replace(RECIPE, frozen=0, epochs=2)
    far = []
    for heard in (taught, None):
        learner, out = pupil(teacher, base, 2), tmp_path / ("alone" if heard is None else "taught")
        out.mkdir()
        tune(learner, states, given, recipe, out, device="cpu", say=lambda _: None, lesson=heard)
        found = lesson(learner, ids, "cpu", lambda _: None)
        far.append(float((found.vectors - taught.vectors).square().mean()))
    assert far[0] < 0.5 * far[1]


def test_networks_are_measured_side_by_side_without_a_threshold(
    base: Path, finished: Path, families: list[Family]
) -> None:
    found = measured(base, [finished], families, "cpu", lambda _: None)[finished.name]
    assert found["layers"] == RECIPE.layers
    given = examples(families)
    blind = figures(np.zeros((len(given.targets), 51), np.float32), given)
    assert found["macro_aupr"] > blind["macro_aupr"]
    heads = [np.where(np.arange(n) == given.heads[name][:, None], 1.0, 0.0) for name, n in HEAD_SIZES.items()]
    perfect = figures(np.hstack([given.targets, *heads]), given)
    assert (perfect["macro_aupr"], perfect["best_micro_f1"], perfect["strength"]) == (1.0, 1.0, 1.0)


def test_what_is_exported_says_what_the_network_says(
    base: Path, finished: Path, exported: Path, families: list[Family]
) -> None:
    clauses = some(families)
    reading = Encoder(exported).read(clauses)
    network, _ = trained_network(base, finished)
    for row, ids in enumerate(token_ids(base / "tokenizer.json", clauses)):
        fed = torch.tensor([ids])
        with torch.no_grad():
            sums, vectors = network(fed, torch.ones_like(fed))
        said = np.concatenate([reading.labels[row], *(reading.heads[name][row] for name in reading.heads)])
        assert np.allclose(said, sums[0].numpy(), atol=1e-4)
        assert np.allclose(reading.vectors[row], vectors[0].numpy(), atol=1e-4)


def test_a_clause_has_the_same_scores_whatever_is_read_with_it(small: Path, families: list[Family]) -> None:
    clauses = some(families)
    together = Encoder(small).read(clauses).labels
    for n, clause in enumerate(clauses):
        assert np.array_equal(Encoder(small).read([clause]).labels[0], together[n])


def test_two_threads_say_what_one_says(exported: Path, families: list[Family]) -> None:
    clauses = some(families)
    one, two = (Encoder(exported, threads=n).read(clauses).labels for n in (1, 2))
    assert np.abs(one - two).max() < 1e-5


def test_weights_of_eight_bits_change_little_and_take_less_room(
    exported: Path, small: Path, families: list[Family]
) -> None:
    clauses = some(families, 40)
    full, less = Encoder(exported).read(clauses).labels, Encoder(small).read(clauses).labels
    assert np.abs(full - less).mean() < 0.1 * np.abs(full).mean()
    assert np.abs(full - less).max() > 0
    assert (small / "model.onnx").stat().st_size < (exported / "model.onnx").stat().st_size


def test_a_clause_met_again_is_not_read_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(small)
    clause = clause_from_text("1", "Les données restent en France.")[0]
    first = encoder.read([clause, clause]).labels
    monkeypatch.setattr(encoder, "_run", lambda ids: pytest.fail("read again"))
    assert np.array_equal(encoder.read([clause]).labels[0], first[1])


def test_the_end_of_a_long_clause_is_read(base: Path, small: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    words = " ".join(f"mot{n}" for n in range(400))
    clause = Clause(id="1", text=f"{words} hébergement en France", part="CCTP", section="requirement", heading="")
    parts = stretches(tokenizer, [(told_around(clause), clause.text)])[0]
    end = tokenizer.encode(clause.text, add_special_tokens=False).ids[-3:]
    assert len(parts) > 1
    assert max(map(len, parts)) <= TOKENS
    assert parts[-1][-4:-1] == end
    sums = Encoder(small).read([clause]).labels[0]
    alone = [Encoder(small)._run(ids)[: len(labels())] for ids in parts]
    assert np.array_equal(sums, np.max(alone, axis=0))


@pytest.mark.parametrize("damage", ["missing", "json", "labels", "onnx"])
def test_a_folder_that_is_no_encoder_is_refused(small: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(small, folder)
    if damage == "missing":
        (folder / "tokenizer.json").unlink()
    elif damage == "json":
        (folder / "encoder.json").write_text("{", encoding="utf-8")
    elif damage == "labels":
        told = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        (folder / "encoder.json").write_text(json.dumps({**told, "labels": ["x"]}), encoding="utf-8")
    else:
        (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ConfigurationError):
        Encoder(folder)


def test_a_base_that_cannot_be_had_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        make_base(tmp_path / "out", str(tmp_path / "nothing"))


def test_the_fusion_is_learned_on_families_that_neither_has_seen_and_comes_back_from_its_file(
    small: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    chosen = take(load_corpus(), "train")[::25]
    fusion, learned = fuse(chosen, Encoder(small), told.append)
    assert learned["likely"].shape == learned["given"].targets.shape
    assert fusion.linear > 0  # the linear model says something; a toy encoder may say nothing
    save_fusion(fusion, tmp_path, {"seed": 1})
    again = load_fusion(tmp_path)
    assert (again.linear, again.encoder, again.trust, again.heads) == (
        fusion.linear, fusion.encoder, fusion.trust, fusion.heads,
    )  # fmt: skip
    assert np.allclose(again.shift, fusion.shift, atol=1e-4)
    (tmp_path / "fusion.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        load_fusion(tmp_path)


def test_the_cascade_reads_closely_what_a_pattern_saw_and_says_so(small: Path) -> None:
    count = len(labels())
    silent = Fusion(
        0.0, 0.0, (0.0, 0.0), 0.0, np.full(count, -9.0, np.float32), np.zeros((2, count), np.float32), 0.9, 0.5
    )
    clauses = [
        clause_from_text("1", "Les données sont hébergées en France.")[0],
        clause_from_text("2", "Sans objet ici.")[0],
    ]
    linear = CombinedDetector()
    cascade = CombinedDetector(second=SecondReader(Encoder(small), silent))
    whole = CombinedDetector(second=SecondReader(Encoder(small), silent, gated=False))
    assert {d.by for d in linear.detect(clauses)[0]} == {"linear"}
    # The fusion says no to everything: what the encoder read is silent, what it did not is as the linear model says.
    assert cascade.detect(clauses)[0] == []
    said = [detector.probabilities(clauses) for detector in (linear, cascade, whole)]
    assert np.array_equal(said[0][1], said[1][1])
    assert not np.array_equal(said[0][1], said[2][1])
    assert np.array_equal(cascade.probabilities(clauses[1:]), said[1][1:])  # nothing passes the gate: nothing is read
    assert (cascade.kind, whole.kind, linear.kind) == ("cascade", "encoder", "linear")
    assert cascade.versions["encoder"] == "0.0.1"
