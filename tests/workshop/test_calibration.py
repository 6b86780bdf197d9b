"""Calibration sets: what goes into a model, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from edgewright.workshop.calibration import read_calibration
from edgewright.workshop.fault import Fault

Write = Callable[..., Path]


def session(path: Path) -> Any:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.fixture
def two_inputs(tmp_path: Path) -> Any:
    """A session of a model that reads `a` and `b` (n, 2) and adds them."""
    tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "aby"]
    graph = helper.make_graph([helper.make_node("Add", ["a", "b"], ["y"])], "test", tensors[:2], tensors[2:])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    (tmp_path / "two.onnx").write_bytes(model.SerializeToString())
    return session(tmp_path / "two.onnx")


def refusal(path: Path, model: Any) -> tuple[str, str]:
    with pytest.raises(Fault) as raised:
        read_calibration(path, model)
    return raised.value.kind, str(raised.value)


def test_bytes_times_scale_without_labels(write_model: Write, write_golden: Write) -> None:
    inputs = np.arange(280, dtype=np.uint16).reshape(70, 4)
    path = write_golden(inputs=inputs, labels=None, scale=np.float32(0.5))
    batches = list(read_calibration(path, session(write_model())).batches())
    assert [len(batch["x"]) for batch in batches] == [32, 32, 6]
    together = np.concatenate([batch["x"] for batch in batches])
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, inputs * np.float32(0.5))


def test_the_last_batch_of_a_fixed_size_is_filled(write_model: Write, write_golden: Write) -> None:
    path = write_golden(inputs=np.arange(28, dtype=np.float32).reshape(7, 4), labels=None)
    *_, last = read_calibration(path, session(write_model(batch=5))).batches()
    assert last["x"][:, 0].tolist() == [20, 24, 24, 24, 24]


def test_an_array_for_each_input(two_inputs: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", a=np.zeros((3, 2), np.float32), b=np.ones((3, 2), np.float32))
    (batch,) = read_calibration(tmp_path / "c.npz", two_inputs).batches()
    assert batch["a"].sum() == 0
    assert batch["b"].sum() == 6


@pytest.mark.parametrize(
    ("arrays", "kind", "message"),
    [
        ({"a": np.zeros((3, 2))}, "misfit", "the model reads `b`, and the file has `a`"),
        ({}, "misfit", "the model reads `a`, and the file has nothing"),
        (
            {"a": np.zeros((3, 2)), "b": np.zeros((3, 5))},
            "misfit",
            "the model reads `b` as tensor(float) ['n', 2], the file has float64 (3, 5)",
        ),
        (
            {"a": np.zeros((3, 2)), "b": np.zeros((4, 2))},
            "calibration",
            "its arrays do not have the same count of inputs",
        ),
        (
            {"a": np.zeros((0, 2)), "b": np.zeros((0, 2))},
            "calibration",
            "`a` is float64 (0, 2), and should be one or more tensors of numbers",
        ),
        (
            {"a": np.full((3, 2), np.nan), "b": np.zeros((3, 2))},
            "calibration",
            "`a` holds values that are no numbers",
        ),
        (
            {"a": np.zeros((3, 2)), "b": np.zeros((3, 2)), "scale": np.ones(2)},
            "calibration",
            "`scale` is float64 (2), and should be one float",
        ),
    ],
)
def test_what_is_no_set_of_this_model(
    two_inputs: Any, tmp_path: Path, arrays: dict[str, Any], kind: str, message: str
) -> None:
    np.savez(tmp_path / "c.npz", **arrays)
    assert refusal(tmp_path / "c.npz", two_inputs) == (kind, message)


def test_what_is_no_file(two_inputs: Any, tmp_path: Path) -> None:
    assert refusal(tmp_path / "c.npz", two_inputs) == ("calibration", "there is no such file")
    (tmp_path / "c.npz").write_bytes(b"PK")
    assert refusal(tmp_path / "c.npz", two_inputs)[1].startswith("it is no .npz file of plain arrays")
