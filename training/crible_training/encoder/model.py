"""The network: a transformer, the mean of its last states, one linear layer per question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from crible.classification.taxonomy import labels
from crible_training.fit import HEADS

DROPOUT = 0.1
# A label has one positive in fifty: the network starts by saying no.
_START = -3.0


class ClauseEncoder(nn.Module):
    """``forward`` takes token ids and mask (batch, tokens) and gives (weighted sums, vectors).

    The sums have a column per label, then per class of each head in the order of :data:`crible_training.fit.HEADS`.
    """

    def __init__(self, base: Path, *, layers: int | None = None) -> None:
        """``layers``: how many of the base's layers are kept, from the first; None keeps all."""
        from transformers import AutoModel

        super().__init__()
        # The plain attention exports to ONNX with operators that every version knows.
        backbone = AutoModel.from_pretrained(base, attn_implementation="eager", **_no_pooler(base))
        self.embeddings = backbone.embeddings
        self.layers = nn.ModuleList(list(backbone.encoder.layer)[:layers])
        hidden = backbone.config.hidden_size
        self.norm = nn.LayerNorm(hidden)
        self.drop = nn.Dropout(DROPOUT)
        self.head = nn.Linear(hidden, len(labels()) + sum(len(classes) for classes in HEADS.values()))
        with torch.no_grad():
            self.head.bias[: len(labels())] = _START

    def lower(self, ids: Any, mask: Any, until: int) -> Any:
        """States after the first ``until`` layers: what training keeps when these stay as they are."""
        return self._through(self.embeddings(input_ids=ids), mask, 0, until)

    def upper(self, states: Any, mask: Any, start: int) -> tuple[Any, Any]:
        """Sums and vectors from the states after the first ``start`` layers."""
        states = self._through(states, mask, start, len(self.layers))
        weight = mask[..., None].to(states.dtype)
        vectors = self.norm((states * weight).sum(1) / weight.sum(1))
        return self.head(self.drop(vectors)), vectors

    def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
        return self.upper(self.lower(input_ids, attention_mask, 0), attention_mask, 0)

    def _through(self, states: Any, mask: Any, start: int, end: int) -> Any:
        hidden = (1 - mask[:, None, None, :].to(states.dtype)) * -1e4
        for layer in self.layers[start:end]:
            found = layer(states, attention_mask=hidden)
            states = found[0] if isinstance(found, tuple) else found
        return states


def _no_pooler(base: Path) -> dict[str, Any]:
    """A BERT saved without a pooler would be given a random one."""
    from transformers import AutoConfig

    kind = AutoConfig.from_pretrained(base).model_type
    return {"add_pooling_layer": False} if kind in ("bert", "xlm-roberta") else {}
