"""Graphs as ONNX files hold them: nodes, sizes of weights, and what is not looked into."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgewright.workshop.graph import Node, Weight, read_graph
from edgewright.workshop.onnx_file import NotOnnx


def model(nodes: list[onnx.NodeProto], *tensors: onnx.TensorProto) -> memoryview:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph(nodes, "test", [value], [helper.make_empty_tensor_value_info("y")], tensors)
    return memoryview(helper.make_model(graph).SerializeToString())


def test_nodes_with_what_they_read_and_write() -> None:
    found = read_graph(model([helper.make_node("Resize", ["x", "", "s"], ["y"])]))
    assert found.nodes == (Node("Resize", ("x", "", "s"), ("y",)),)
    assert found.outputs == ("y",)
    assert not found.nested


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("float32", (3, 5), 60),
        ("float16", (3, 5), 30),
        ("int8", (7,), 7),
        ("int64", (2,), 16),
        ("bool", (3,), 3),
    ],
)
def test_sizes_are_those_of_arrays(dtype: str, shape: tuple[int, ...], size: int) -> None:
    array = np.zeros(shape, dtype)
    found = read_graph(model([helper.make_node("Relu", ["x"], ["y"])], numpy_helper.from_array(array, "w")))
    assert found.weights == {"w": Weight(size, shape, False)}
    assert size == array.nbytes


def test_four_bits_are_half_a_byte_and_rounded_up() -> None:
    tensor = helper.make_tensor("w", TensorProto.INT4, [5], [1, 2, 3, 4, 5])
    assert read_graph(model([helper.make_node("Relu", ["x"], ["y"])], tensor)).weights["w"].size == 3


def test_weights_in_a_file_beside() -> None:
    tensor = onnx.TensorProto(name="w", dims=[1000, 1000], data_type=TensorProto.FLOAT)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    found = read_graph(model([helper.make_node("Relu", ["x"], ["y"])], tensor))
    assert found.weights == {"w": Weight(4_000_000, (1000, 1000), True)}


def test_a_graph_inside_a_node_is_seen() -> None:
    inner = helper.make_graph([], "inner", [], [])
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    assert read_graph(model([node])).nested


def test_a_kind_that_nobody_knows() -> None:
    with pytest.raises(NotOnnx, match="of kind 99"):
        read_graph(model([], onnx.TensorProto(name="w", dims=[1], data_type=99)))
