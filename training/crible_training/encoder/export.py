"""The trained network for ONNX Runtime: full precision, and weights of 8 bits.

Dynamic quantisation takes one scale for the activations of a whole batch: a clause would score otherwise beside another
one. Weights alone are quantised, in blocks of 32 along the inputs, and activations row by row (MatMulNBits, accuracy
level 4): each clause has scores of its own. The word table, a lookup and half of the model, is kept in 8 bits too.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.encoder import FORMAT
from crible.classification.taxonomy import labels
from crible_training.encoder.model import ClauseEncoder
from crible_training.fit import HEADS

OPSET = 18
NAMES = ("model.onnx", "tokenizer.json", "encoder.json")
BLOCK = 32


def export(network: ClauseEncoder, tokenizer: Path, out: Path, *, version: str, told: dict[str, Any]) -> None:
    """Write the artefact in full precision; ``told`` is added to ``encoder.json``."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    network.eval()
    ids = torch.ones(2, 8, dtype=torch.long)
    batch, length = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("length", min=2, max=512)
    shape = {0: batch, 1: length}
    torch.onnx.export(
        network, (ids, torch.ones_like(ids)), str(out / "model.onnx"), input_names=["input_ids", "attention_mask"],
        output_names=["sums", "vectors"], dynamic_shapes=(shape, shape), dynamo=True, opset_version=OPSET,
        external_data=False, verbose=False,
    )  # fmt: skip
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    about = {
        "format": FORMAT, "version": version, "labels": list(labels()),
        "heads": [[name, list(classes)] for name, classes in HEADS.items()], "layers": len(network.layers),
        "precision": "fp32", **told,
    }  # fmt: skip
    _write(out / "encoder.json", about)


def quantise(source: Path, out: Path, *, bits: int = 8) -> None:
    """The artefact ``source`` with weights of ``bits`` bits, written under ``out``."""
    import onnx
    from onnxruntime.quantization import QuantFormat
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(source / "model.onnx")
    config = DefaultWeightOnlyQuantConfig(
        block_size=BLOCK, is_symmetric=True, accuracy_level=4, bits=bits, quant_format=QuantFormat.QOperator,
        op_types_to_quantize=("MatMul",),
    )  # fmt: skip
    quantizer = MatMulNBitsQuantizer(model, algo_config=config)
    quantizer.process()
    with tempfile.TemporaryDirectory(dir=out) as work:
        path = Path(work) / "model.onnx"
        quantizer.model.save_model_to_file(str(path), use_external_data_format=False)
        _small_table(path, out / "model.onnx")
    shutil.copyfile(source / "tokenizer.json", out / "tokenizer.json")
    about = json.loads((source / "encoder.json").read_text(encoding="utf-8"))
    _write(out / "encoder.json", {**about, "precision": f"int{bits}"})


def _small_table(source: Path, out: Path) -> None:
    """The word table in 8 bits with a scale per row: ``table[ids] × scale[ids]`` instead of ``table[ids]``."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(source)
    graph = model.graph
    arrays = {a.name: a for a in graph.initializer}
    lookup = max(
        (n for n in graph.node if n.op_type == "Gather" and n.input[0] in arrays),
        key=lambda n: np.prod(arrays[n.input[0]].dims),
    )
    table = numpy_helper.to_array(arrays[lookup.input[0]])
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9).astype(np.float32) / 127
    small = np.round(table / scale).astype(np.int8)
    graph.initializer.remove(arrays[lookup.input[0]])
    graph.initializer.extend(
        [numpy_helper.from_array(small, "words.int8"), numpy_helper.from_array(scale, "words.scale")]
    )
    ids, found = lookup.input[1], lookup.output[0]
    nodes = [
        helper.make_node("Gather", ["words.int8", ids], ["words.rows"]),
        helper.make_node("Cast", ["words.rows"], ["words.float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", ["words.scale", ids], ["words.scales"]),
        helper.make_node("Mul", ["words.float", "words.scales"], [found]),
    ]
    at = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    for n, node in enumerate(nodes):
        graph.node.insert(at + n, node)
    onnx.save(model, out)


def _write(path: Path, told: dict[str, Any]) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
