"""What a model takes in memory, as it goes into fleet.lock, and where no figure is better than a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgewright.artifact.lock import LockedMemory
from edgewright.workshop.inspect import inspect

WriteModel = Callable[..., Path]
FLOAT = TensorProto.FLOAT


def saved(
    folder: Path,
    nodes: list[onnx.NodeProto],
    shape: list[Any],
    weights: dict[str, np.ndarray[Any, Any]] | None = None,
    **how: Any,
) -> LockedMemory:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_empty_tensor_value_info(nodes[-1].output[0])],
        [numpy_helper.from_array(value, key) for key, value in (weights or {}).items()],
    )
    model = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, folder / "model.onnx", **how)
    return inspect(folder / "model.onnx").memory


def test_a_product(write_model: WriteModel) -> None:
    """4 floats in; 3 out, whose buffer counts as 256 bytes at each batch."""
    memory = inspect(write_model()).memory
    assert (memory.weights, memory.loading, memory.held) == (48, 96, 96)
    assert memory.activations(1) == 16 + 256
    assert (memory.activations(256) or 0) >= 256 * (16 + 12)


def test_a_fixed_batch_has_no_slope(write_model: WriteModel) -> None:
    memory = inspect(write_model(batch=4)).memory
    assert (memory.fixed, memory.per_item) == (64 + 256, 0)


def test_the_same_model_gives_the_same_figures(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Add", ["a", "x"], ["y"])]
    assert saved(tmp_path, nodes, ["n", 1024]) == saved(tmp_path, nodes, ["n", 1024])


def test_large_images_lie_in_memory_as_they_must(tmp_path: Path) -> None:
    """Input, one buffer that the chain writes over and over, and the result of its own."""
    nodes = [
        helper.make_node(operator, [read], [written])
        for operator, read, written in (("Exp", "x", "a"), ("Neg", "a", "b"), ("Abs", "b", "y"))
    ]
    memory = saved(tmp_path, nodes, ["n", 3, 64, 64])
    assert (memory.fixed, memory.per_item) == (0, 3 * 3 * 64 * 64 * 4)


def test_what_is_computed_from_weights_alone_is_a_weight(tmp_path: Path) -> None:
    shape = {"shape": np.array([64, 128], np.int64)}
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    memory = saved(tmp_path, nodes, ["n", 64], shape)
    assert memory.weights == 64 * 128 * 4 + 16
    assert (memory.activations(1) or 0) == 64 * 4 + 128 * 4


def test_weights_in_files_beside_count_too(tmp_path: Path) -> None:
    weights = {"w": np.zeros((512, 512), np.float32)}
    how = {"save_as_external_data": True, "location": "w.bin", "size_threshold": 0}
    memory = saved(tmp_path, [helper.make_node("MatMul", ["x", "w"], ["y"])], ["n", 512], weights, **how)
    assert (memory.weights, memory.loading, memory.held) == (2**20, 2 * 2**20, 2**20)
    assert memory.fixed is not None


def test_weights_of_a_convolution_are_laid_out_anew(tmp_path: Path) -> None:
    weights = {"w": np.zeros((32, 16, 3, 3), np.float32)}
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    memory = saved(tmp_path, [node], ["n", 16, 8, 8], weights)
    size = 32 * 16 * 9 * 4
    assert (memory.weights, memory.loading, memory.held) == (size, 4 * size, 2 * size)


def test_where_shapes_hang_on_the_data_there_is_no_line(tmp_path: Path) -> None:
    memory = saved(tmp_path, [helper.make_node("NonZero", ["x"], ["y"])], ["n", 4])
    assert (memory.fixed, memory.per_item, memory.activations(1)) == (None, None, None)


def test_where_a_second_dimension_is_open_there_is_no_line(tmp_path: Path) -> None:
    assert saved(tmp_path, [helper.make_node("Relu", ["x"], ["y"])], ["n", "length"]).fixed is None


def test_where_something_grows_with_the_square_there_is_no_line(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "t"], ["y"]),
    ]
    assert saved(tmp_path, nodes, ["n", 4]).fixed is None


def test_where_it_does_not_run_on_ones_there_is_no_line(tmp_path: Path) -> None:
    weights = {"shape": np.array([7, 7], np.int64)}
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    assert saved(tmp_path, nodes, ["n", 4], weights).fixed is None
