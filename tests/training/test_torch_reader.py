"""A fine-tuned model of transformers as what reads clauses: names of labels, stretches, batches, caution."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crible.classification.cascade import detector_named, detector_with, encoder_in
from crible.classification.combined import TO_CONFIRM
from crible.classification.encoder import TOKENS
from crible.classification.segments import Clause, clause_from_text
from crible.classification.taxonomy import labels
from crible.errors import ConfigurationError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
torch.set_num_threads(1)

from crible_training.encoder.torch_reader import TorchEncoder  # noqa: E402 - it needs torch

KNOWN = ["sv_key_control", "ho_location_france", "ad_non_eu_allowed"]
TEXTS = [
    "Les données sont hébergées en France.",
    "Les clés restent dans nos murs.",
    "Le jardinier taille la haie au printemps.",
]
CLAUSES = [clause_from_text(str(n), text)[0] for n, text in enumerate(TEXTS)]


def saved(folder: Path, names: list[str]) -> Path:
    """A narrow BERT that answers for ``names``, with a tokenizer of its own, as ``save_pretrained`` writes them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, pad_token_id=0, initializer_range=0.5, id2label=dict(enumerate(names)),
        problem_type="multi_label_classification",
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("own"), KNOWN)


def test_it_answers_for_the_labels_it_knows_and_for_no_other(folder: Path) -> None:
    reading = encoder_in(folder, "torch").read(CLAUSES)
    order = list(labels())
    known = [order.index(name) for name in KNOWN]
    assert np.isfinite(reading.labels[:, known]).all()
    assert np.isnan(np.delete(reading.labels, known, axis=1)).all()
    assert reading.vectors.shape == (3, 32)
    assert reading.heads == {}


def test_a_clause_has_the_same_scores_whatever_is_read_with_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crible_training.encoder import torch_reader

    alone = [TorchEncoder(folder).read([clause]).labels[0] for clause in CLAUSES]
    monkeypatch.setitem(torch_reader._BATCH, "cpu", 8)
    together = TorchEncoder(folder).read(CLAUSES).labels
    assert np.nanmax(np.abs(np.array(alone) - together)) < 1e-5


def test_the_end_of_a_long_clause_is_read(folder: Path) -> None:
    start = "Les données sont hébergées en France. " * 80
    clause = Clause(id="1", text=start, part="CCTP", section="requirement", heading="")
    other = Clause(id="2", text=start + TEXTS[1], part="CCTP", section="requirement", heading="")
    encoder = TorchEncoder(folder)
    read: list[list[int]] = []
    run = encoder._run
    encoder._run = lambda parts: read.extend(p["input_ids"] for p in parts) or run(parts)  # type: ignore
    encoder.read([clause])
    count = len(read)
    encoder.read([other])
    assert count > 2
    assert max(map(len, read)) <= TOKENS
    assert read[count:][: count - 1] == read[: count - 1]  # the same beginning, and an end of its own
    assert read[-1] != read[count - 1]


def test_what_nobody_has_weighed_decides_nothing(folder: Path) -> None:
    detector = detector_with(folder, "torch", gated=False)
    said = detector.probabilities(CLAUSES)
    linear = detector_named("linear").probabilities(CLAUSES)
    order = list(labels())
    known = [order.index(name) for name in KNOWN]
    assert said[:, known].max() <= TO_CONFIRM
    assert np.array_equal(np.delete(said, known, axis=1), np.delete(linear, known, axis=1))
    assert detector.versions["encoder"] == TorchEncoder(folder).version


@pytest.mark.parametrize("damage", ["absent", "no weights", "names", "config"])
def test_a_folder_that_holds_no_such_model_is_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    own = tmp_path / "own"
    if damage == "names":
        saved(own, ["LABEL_0", "LABEL_1"])
    elif damage != "absent":
        own.mkdir()
        for path in folder.iterdir():
            if not (damage == "no weights" and path.name == "model.safetensors"):
                (own / path.name).write_bytes(path.read_bytes())
        if damage == "config":
            (own / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        TorchEncoder(own)


def test_a_backend_that_nothing_provides_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="rien ne le fournit"):
        encoder_in(folder, "oracle")  # type: ignore[arg-type]


def test_single_clauses_are_read_by_it_from_the_command_line(folder: Path) -> None:
    code = "from crible.cli import main; main()"
    record = json.dumps({"id": "a", "text": TEXTS[0]}) + "\n"
    args = ["classify", "-", "--all", "--encoder", str(folder), "--backend", "torch"]
    done = subprocess.run([sys.executable, "-c", code, *args], input=record, capture_output=True, text=True, check=True)
    said = {label["label"]: label["probability"] for label in json.loads(done.stdout)["labels"]}
    expected = detector_with(folder, "torch").probabilities(CLAUSES[:1])[0]
    assert said["sv_key_control"] == pytest.approx(float(expected[list(labels()).index("sv_key_control")]), abs=1e-3)
