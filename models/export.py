"""The trained network as ONNX files: float32, float16, and quantised to eight bits.

The graph is `image` (batch, 1, side, side), grey in 0 to 1, to `probabilities` (batch, classes), both
float32 in every variant, so that a server need not know which one it runs. The same weights give the same
bytes: no doc strings, no versions of the tools, names that do not depend on the order of creation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from network import STRIDE, Floats, Layer, Weights, outputs

Network = tuple[Layer, ...]

OPSET = 17
"""The newest that ONNX Runtime 1.16 and TensorRT 8.6 both read; ir_version 8 belongs to it."""

MIDDLE = np.float32(0.5)
"""What the network calls zero, so that its padding is neither black nor white."""

WEIGHT_STEPS = 63
"""Weights use seven of the eight bits: x86 processors without VNNI add two products in 16 bits, which
overflows with eight, and a device would then answer differently from the machine that was measured."""


@dataclass(slots=True)
class _Graph:
    """A graph while it grows."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: list[onnx.TensorProto] = field(default_factory=list)

    def node(self, kind: str, output: str, inputs: list[str], **attributes: Any) -> str:
        """The name of what a new node writes."""
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{output}:{kind}", **attributes))
        return output

    def tensor(self, name: str, value: NDArray[np.generic]) -> str:
        """The name of a new constant."""
        self.tensors.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name


def float32(network: Network, weights: Weights, classes: list[str], side: int) -> bytes:
    """The model as it was trained."""
    graph = _Graph()
    current = _centred(graph)
    for layer in network:
        current = _flattened(graph, current, layer)
        current = _layer(graph, current, layer, _floats(graph, layer, weights, np.float32), network)
    return _model(graph, current, classes, side, "fp32")


def float16(network: Network, weights: Weights, classes: list[str], side: int) -> bytes:
    """The model with weights and layers in half precision; only its two ends are float32."""
    graph = _Graph()
    current = graph.node("Cast", "centred16", [_centred(graph)], to=TensorProto.FLOAT16)
    for layer in network:
        current = _flattened(graph, current, layer)
        current = _layer(graph, current, layer, _floats(graph, layer, weights, np.float16), network)
    current = graph.node("Cast", "logits32", [current], to=TensorProto.FLOAT)
    return _model(graph, current, classes, side, "fp16")


def int8(network: Network, weights: Weights, classes: list[str], side: int, seen: Floats) -> bytes:
    """The model with QuantizeLinear and DequantizeLinear around each layer.

    Activations are unsigned, their range the least and greatest over `seen` (MinMax); weights are signed
    and symmetric, with a scale for each output channel. `seen` is centred, (count, height, width, 1).
    """
    graph = _Graph()
    reads = [seen, *outputs(network, weights, seen)]
    current = _centred(graph)
    for layer, read in zip(network, reads, strict=False):
        current, scale = _rounded(graph, current, read)
        flat = _flattened(graph, current, layer)
        current = flat if flat == current else _rounded(graph, flat, read)[0]
        current = _layer(graph, current, layer, _eight_bits(graph, layer, weights, scale), network)
    return _model(graph, current, classes, side, "int8")


def _centred(graph: _Graph) -> str:
    return graph.node("Sub", "centred", ["image", graph.tensor("middle", np.array(MIDDLE))])


def _flattened(graph: _Graph, current: str, layer: Layer) -> str:
    return graph.node("Flatten", "flat", [current], axis=1) if layer.pixels > 1 else current


def _layer(graph: _Graph, current: str, layer: Layer, constants: list[str], network: Network) -> str:
    """A layer and its ReLU; the last one writes `logits`."""
    if layer is network[-1]:
        return graph.node("Gemm", "logits", [current, *constants])
    shape = {"kernel_shape": [layer.kernel] * 2, "pads": [layer.kernel // 2] * 4, "strides": [STRIDE] * 2}
    kind, attributes = ("Conv", shape) if layer.kernel else ("Gemm", {})
    sums = graph.node(kind, layer.name, [current, *constants], **attributes)
    return graph.node("Relu", f"{layer.name}.active", [sums])


def _arranged(layer: Layer, weights: Weights) -> Floats:
    """Weights as ONNX wants them: filters (out, in, rows, columns); dense (in, out), channels first."""
    value = weights[f"{layer.name}.weight"]
    if layer.kernel:
        return value.reshape(layer.kernel, layer.kernel, layer.inputs, layer.outputs).transpose(3, 2, 0, 1)
    return value.reshape(layer.pixels, -1, layer.outputs).transpose(1, 0, 2).reshape(layer.inputs, -1)


def _floats(graph: _Graph, layer: Layer, weights: Weights, kind: type[np.floating]) -> list[str]:
    return [
        graph.tensor(f"{layer.name}.weight", _arranged(layer, weights).astype(kind)),
        graph.tensor(f"{layer.name}.bias", weights[f"{layer.name}.bias"].astype(kind)),
    ]


def _rounded(graph: _Graph, name: str, seen: Floats) -> tuple[str, np.float32]:
    """The name of the activation after eight bits, and its scale."""
    low, high = min(float(seen.min()), 0.0), max(float(seen.max()), 0.0)
    scale = np.float32((high - low) / 255 or 1.0)
    zero = np.uint8(round(-low / float(scale)))
    constants = [graph.tensor(f"{name}.scale", np.array(scale)), graph.tensor(f"{name}.zero", np.array(zero))]
    graph.node("QuantizeLinear", f"{name}.q", [name, *constants])
    return graph.node("DequantizeLinear", f"{name}.dq", [f"{name}.q", *constants]), scale


def _eight_bits(graph: _Graph, layer: Layer, weights: Weights, read_scale: np.float32) -> list[str]:
    """Weight as int8 and bias as int32, whose scale the other two fix, each with a DequantizeLinear."""
    value, axis = _arranged(layer, weights), 0 if layer.kernel else 1
    others = tuple(each for each in range(value.ndim) if each != axis)
    scale = (np.abs(value).max(axis=others) / WEIGHT_STEPS).astype(np.float32)
    scale = np.where(scale > 0, scale, np.float32(1))
    spread = scale.reshape([-1 if each == axis else 1 for each in range(value.ndim)])
    bias = np.rint(weights[f"{layer.name}.bias"] / (read_scale * scale).astype(np.float64))
    return [
        _constant(graph, f"{layer.name}.weight", np.rint(value / spread).astype(np.int8), scale, axis),
        _constant(graph, f"{layer.name}.bias", bias.astype(np.int32), read_scale * scale, 0),
    ]


def _constant(graph: _Graph, name: str, value: NDArray[np.generic], scale: Floats, axis: int) -> str:
    inputs = [
        graph.tensor(f"{name}.q", value),
        graph.tensor(f"{name}.scale", scale),
        graph.tensor(f"{name}.zero", np.zeros(scale.shape, value.dtype)),
    ]
    return graph.node("DequantizeLinear", f"{name}.dq", inputs, axis=axis)


def _model(graph: _Graph, logits: str, classes: list[str], side: int, precision: str) -> bytes:
    graph.node("Softmax", "probabilities", [logits], axis=1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, side, side])
    answer = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(classes)])
    whole = helper.make_graph(graph.nodes, "surface-defects", [image], [answer], graph.tensors)
    model = helper.make_model(
        whole,
        producer_name="edgewright models/train.py",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(model, {"labels": ",".join(classes), "precision": precision})
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
