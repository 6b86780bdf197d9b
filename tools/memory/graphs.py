"""The models that the prediction of memory is held against: some that ship in packages, some built here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test import data

_RANDOM = np.random.default_rng(1)

Weights = dict[str, np.ndarray[Any, Any]]

LIGHT = (
    *("bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet"),
    *("vgg19", "zfnet512"),
)
"""In the onnx package as light_<name>.onnx: the real graphs, whose weights are computed and not stored."""


def light(name: str, folder: Path) -> Path:
    """A graph of the onnx package with its batch opened."""
    model = onnx.load(Path(next(iter(data.__path__))) / "light" / f"light_{name}.onnx")
    graph = model.graph
    weights = {each.name: each for each in graph.initializer}
    constant = set(weights)
    for node in graph.node:
        if constant.issuperset(node.input):
            constant.update(node.output)
        elif node.op_type == "Reshape" and node.input[1] in weights:
            shape = numpy_helper.to_array(weights[node.input[1]]).copy()
            shape[0] = 0  # what the input has there, instead of 1
            weights[node.input[1]].CopyFrom(numpy_helper.from_array(shape, node.input[1]))
    for value in (*graph.input, *graph.output):
        if value.name not in weights and value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "n"
    del graph.value_info[:]
    path = folder / f"light_{name}.onnx"
    onnx.save(model, path)
    return path


def _saved(
    name: str,
    folder: Path,
    nodes: list[onnx.NodeProto],
    ends: tuple[list[Any], list[Any]],
    weights: Weights,
    **how: Any,
) -> Path:
    """A model of one input `x` and one output, the last node's."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *ends[0]])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, ["n", *ends[1]])],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])
    path = folder / f"{name}.onnx"
    onnx.save(model, path, **how)
    return path


def _some(*shape: int) -> np.ndarray[Any, Any]:
    """Weights that differ: the runtime holds equal ones once."""
    return _RANDOM.standard_normal(shape, np.float32) * np.float32(0.02)


def perceptron(name: str, width: int, depth: int, folder: Path, **how: Any) -> Path:
    """Layers of the same width: nearly all of it is weights."""
    weights: Weights = {}
    nodes, last = [], "x"
    for index in range(depth):
        weights |= {f"w{index}": _some(width, width), f"b{index}": _some(width)}
        nodes.append(helper.make_node("Gemm", [last, f"w{index}", f"b{index}"], [f"g{index}"]))
        nodes.append(helper.make_node("Relu", [f"g{index}"], [f"r{index}"]))
        last = f"r{index}"
    return _saved(name, folder, nodes, ([width], [width]), weights, **how)


def convolutions(
    name: str, channels: int, size: int, depth: int, folder: Path, residual: bool = False
) -> Path:
    """Convolutions at one resolution: nearly all of it is activations."""
    weights: Weights = {}
    nodes, last, before = [], "x", 3
    for index in range(depth):
        weights |= {f"w{index}": _some(channels, before, 3, 3), f"b{index}": _some(channels)}
        read = [last, f"w{index}", f"b{index}"]
        nodes.append(helper.make_node("Conv", read, [f"c{index}"], pads=[1] * 4))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        if residual and index:
            nodes.append(helper.make_node("Add", [f"r{index}", last], [f"a{index}"]))
        last, before = nodes[-1].output[0], channels
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["y"]))
    return _saved(name, folder, nodes, ([3, size, size], [channels, 1, 1]), weights)


def elementwise(name: str, size: int, folder: Path) -> Path:
    """A chain of steps on a large image, and no weights at all."""
    nodes, last = [], "x"
    for index, operator in enumerate(("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Abs")):
        nodes.append(helper.make_node(operator, [last], [f"e{index}"]))
        last = f"e{index}"
    return _saved(name, folder, nodes, ([3, size, size], [3, size, size]), {})


def joined(name: str, size: int, folder: Path) -> Path:
    """Eight convolutions of 24 channels side by side, concatenated: their blocked layout has to be undone."""
    nodes = [helper.make_node("Relu", ["x"], ["r"])]
    weights = {f"w{index}": _some(24, 3, 3, 3) for index in range(8)}
    nodes += [helper.make_node("Conv", ["r", f"w{index}"], [f"c{index}"], pads=[1] * 4) for index in range(8)]
    nodes.append(helper.make_node("Concat", [f"c{index}" for index in range(8)], ["k"], axis=1))
    nodes.append(helper.make_node("MaxPool", ["k"], ["m"], kernel_shape=[2, 2], strides=[2, 2]))
    nodes.append(helper.make_node("GlobalAveragePool", ["m"], ["y"]))
    return _saved(name, folder, nodes, ([3, size, size], [192, 1, 1]), weights)


def unet(name: str, size: int, folder: Path, channels: int = 32, levels: int = 4) -> Path:
    """Down and up again with what was there joined in: early activations live until the end."""
    make = helper.make_node
    nodes: list[onnx.NodeProto] = []
    weights: Weights = {"scales": np.array([1, 1, 2, 2], np.float32)}
    last, before, kept = "x", 3, []
    for level in range(levels):
        width = channels << level
        weights[f"d{level}w"] = _some(width, before, 3, 3)
        nodes.append(make("Conv", [last, f"d{level}w"], [f"d{level}c"], pads=[1] * 4))
        nodes.append(make("Relu", [f"d{level}c"], [f"d{level}"]))
        kept.append((f"d{level}", width))
        last, before = f"d{level}", width
        if level < levels - 1:
            nodes.append(make("MaxPool", [last], [f"p{level}"], kernel_shape=[2, 2], strides=[2, 2]))
            last = f"p{level}"
    for level, (skip, width) in reversed(list(enumerate(kept[:-1]))):
        weights[f"u{level}w"] = _some(width, before + width, 3, 3)
        nodes.append(make("Resize", [last, "", "scales"], [f"u{level}"], mode="nearest"))
        nodes.append(make("Concat", [f"u{level}", skip], [f"k{level}"], axis=1))
        nodes.append(make("Conv", [f"k{level}", f"u{level}w"], [f"u{level}c"], pads=[1] * 4))
        nodes.append(make("Relu", [f"u{level}c"], [f"u{level}r"]))
        last, before = f"u{level}r", width
    return _saved(name, folder, nodes, ([3, size, size], [channels, size, size]), weights)


def transformer(name: str, width: int, length: int, layers: int, folder: Path) -> Path:
    """Encoder layers of eight heads: a square of the length in each."""
    nodes: list[onnx.NodeProto] = []
    weights: Weights = {
        "split": np.array([0, length, 8, width // 8], np.int64),
        "whole": np.array([0, length, width], np.int64),
        "scale": np.array((width // 8) ** -0.5, np.float32),
    }
    last = "x"
    for index in range(layers):
        layer, more, last = _layer(f"l{index}", width, last)
        nodes += layer
        weights |= more
    return _saved(name, folder, nodes, ([length, width], [length, width]), weights)


def _layer(at: str, width: int, x: str) -> tuple[list[onnx.NodeProto], Weights, str]:
    """One encoder layer that reads `x`: its nodes, its weights and the name of its result."""
    weights = {f"{at}{name}": _some(width, width) for name in "qkvo"}
    weights |= {f"{at}f": _some(width, 4 * width), f"{at}g": _some(4 * width, width)}
    weights |= {f"{at}s": _some(width), f"{at}b": _some(width)}
    nodes: list[onnx.NodeProto] = []

    def add(operator: str, *read: str, **attributes: Any) -> str:
        name = f"{at}_{len(nodes)}"
        nodes.append(helper.make_node(operator, list(read), [name], **attributes))
        return name

    normal = add("LayerNormalization", x, f"{at}s", f"{at}b")
    heads = {}
    for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        heads[name] = add("Transpose", add("Reshape", add("MatMul", normal, at + name), "split"), perm=order)
    scores = add("Softmax", add("Mul", add("MatMul", heads["q"], heads["k"]), "scale"), axis=-1)
    mixed = add("Reshape", add("Transpose", add("MatMul", scores, heads["v"]), perm=[0, 2, 1, 3]), "whole")
    attended = add("Add", x, add("MatMul", mixed, f"{at}o"))
    inner = add("Relu", add("MatMul", add("LayerNormalization", attended, f"{at}s", f"{at}b"), f"{at}f"))
    return nodes, weights, add("Add", attended, add("MatMul", inner, f"{at}g"))


BUILT: Mapping[str, Callable[[str, Path], Path]] = {
    "perceptron-wide": lambda name, folder: perceptron(name, 4096, 3, folder),
    "perceptron-deep": lambda name, folder: perceptron(name, 1024, 16, folder),
    "perceptron-external": lambda name, folder: perceptron(
        name, 2048, 6, folder, save_as_external_data=True, location=f"{name}.bin", size_threshold=1024
    ),
    "convolutions": lambda name, folder: convolutions(name, 64, 192, 6, folder),
    "convolutions-residual": lambda name, folder: convolutions(name, 64, 160, 8, folder, residual=True),
    "convolutions-heavy": lambda name, folder: convolutions(name, 512, 14, 9, folder),
    "elementwise": lambda name, folder: elementwise(name, 768, folder),
    "joined": lambda name, folder: joined(name, 160, folder),
    "unet": lambda name, folder: unet(name, 192, folder),
    "transformer": lambda name, folder: transformer(name, 512, 256, 4, folder),
    "transformer-long": lambda name, folder: transformer(name, 256, 768, 2, folder),
}


def all_graphs(root: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of each: the example's model, those of the onnx package, those built here."""
    example = root / "models" / "surface-defects"
    for name in ("model", "model.fp16", "model.int8"):
        yield f"surface-defects {name.partition('.')[2] or 'source'}", example / f"{name}.onnx"
    for name in LIGHT:
        yield f"light_{name}", light(name, folder)
    for name, build in BUILT.items():
        yield name, build(name, folder)
