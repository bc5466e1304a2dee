"""The trained network for ONNX Runtime: full precision, and integers of 8 bits.

Dynamic quantisation takes one scale for the activations of a whole batch: a clause would score otherwise beside another
one, and the few columns in which this network's activations are large would spoil all of them. Here each token has a
scale of its own, and each column of the weights. Weights keep 7 of the 8 bits: the products of two neighbours then fit
the 16 bits in which processors without VNNI add them, where greater ones would be cut off.

Scores in integers are those of one ONNX Runtime on one kind of processor: the last digit of a sum may round an
activation to the next integer, and the layers above amplify it. Full precision has no such effect.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from crible.classification.encoder import FORMAT
from crible.classification.taxonomy import labels
from crible_training.encoder.model import ClauseEncoder
from crible_training.fit import HEADS

OPSET = 20
NAMES = ("model.onnx", "tokenizer.json", "encoder.json")
_WEIGHT = 63  # the greatest weight of a column
_TOKEN, _ZERO = 127, 128  # the greatest activation of a token, and what stands for 0


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


def quantise(source: Path, out: Path) -> None:
    """The artefact ``source`` with products of integers and a word table of 8 bits, written under ``out``."""
    import onnx

    out.mkdir(parents=True, exist_ok=True)
    model = onnx.load(source / "model.onnx")
    _integer_products(model.graph)
    _small_table(model.graph)
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, out / "model.onnx")
    shutil.copyfile(source / "tokenizer.json", out / "tokenizer.json")
    about = json.loads((source / "encoder.json").read_text(encoding="utf-8"))
    _write(out / "encoder.json", {**about, "precision": "int8"})


def _integer_products(graph: Any) -> None:
    """Every product of activations by a matrix of weights, in integers: « x @ w » becomes the product of the rounded
    « x / scale of the token » by the rounded « w / scale of the column », times both scales. It reads one clause at
    a time."""
    from onnx import numpy_helper

    arrays = {a.name: numpy_helper.to_array(a) for a in graph.initializer}
    named = {
        "q.eps": np.array(1e-9, np.float32), "q.unit": np.array(1 / _TOKEN, np.float32),
        "q.one": np.array(1, np.float32), "q.zero": np.array(_ZERO, np.uint8),
        "q.width": np.array([2], np.int64), "q.flat": np.array([-1], np.int64),
    }  # fmt: skip
    nodes: list[Any] = []
    rounded: dict[str, str] = {}
    for node in graph.node:
        weights = arrays.get(node.input[1]) if node.op_type == "MatMul" else None
        if weights is None or weights.ndim != 2:
            nodes.append(node)
            continue
        given, name = node.input
        if given not in rounded:
            rounded[given] = f"q.{len(rounded)}"
            nodes += _rounded(given, rounded[given])
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9).astype(np.float32) / _WEIGHT
        named |= {f"{name}.int8": np.round(weights / scale).astype(np.int8), f"{name}.scale": scale}
        nodes += _product(rounded[given], name, node.output[0])
    _rebuilt(graph, nodes, named)


def _rounded(given: str, name: str) -> list[Any]:
    """« name.uint8 » and « name.scale » of the activations ``given`` (1, tokens, width), a scale per token."""
    from onnx import helper

    made = helper.make_node
    return [
        made("Abs", [given], [f"{name}.abs"]),
        made("ReduceMax", [f"{name}.abs", "q.width"], [f"{name}.max"], keepdims=1),
        made("Max", [f"{name}.max", "q.eps"], [f"{name}.some"]),
        made("Mul", [f"{name}.some", "q.unit"], [f"{name}.scale"]),
        made("Reshape", [f"{name}.scale", "q.flat"], [f"{name}.scales"]),
        made("Shape", [f"{name}.scales"], [f"{name}.tokens"]),
        made("Expand", ["q.zero", f"{name}.tokens"], [f"{name}.zeros"]),
        made("QuantizeLinear", [given, f"{name}.scales", f"{name}.zeros"], [f"{name}.uint8"], axis=1),
    ]


def _product(given: str, weights: str, found: str) -> list[Any]:
    from onnx import helper

    made = helper.make_node
    factors = [f"{given}.uint8", f"{weights}.int8", "q.one", f"{weights}.scale", "q.zero"]
    return [
        made("MatMulIntegerToFloat", factors, [f"{found}.columns"], domain="com.microsoft"),
        made("Mul", [f"{found}.columns", f"{given}.scale"], [found]),
    ]


def _small_table(graph: Any) -> None:
    """The word table in 8 bits with a scale per row: ``table[ids] × scale[ids]`` instead of ``table[ids]``."""
    from onnx import TensorProto, helper, numpy_helper

    arrays = {a.name: a for a in graph.initializer}
    lookup = max(
        (n for n in graph.node if n.op_type == "Gather" and n.input[0] in arrays),
        key=lambda n: np.prod(arrays[n.input[0]].dims),
    )
    table = numpy_helper.to_array(arrays[lookup.input[0]])
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9).astype(np.float32) / 127
    ids, found = lookup.input[1], lookup.output[0]
    instead = [
        helper.make_node("Gather", ["words.int8", ids], ["words.rows"]),
        helper.make_node("Cast", ["words.rows"], ["words.float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["words.scale", ids], ["words.scales"]),
        helper.make_node("Mul", ["words.float", "words.scales"], [found]),
    ]
    nodes = [new for node in graph.node for new in (instead if node is lookup else [node])]
    _rebuilt(graph, nodes, {"words.int8": np.round(table / scale).astype(np.int8), "words.scale": scale})


def _rebuilt(graph: Any, nodes: list[Any], named: dict[str, Any]) -> None:
    """``graph`` with ``nodes``, and with the arrays ``named`` beside those of its own that are still read."""
    from onnx import numpy_helper

    read = {name for node in nodes for name in node.input}
    arrays = [a for a in graph.initializer if a.name in read]
    arrays += [numpy_helper.from_array(array, name) for name, array in named.items()]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(arrays)


def _write(path: Path, told: dict[str, Any]) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
