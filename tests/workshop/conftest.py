"""Small models and golden sets, made by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

CLASSES = 3


@pytest.fixture
def write_model(tmp_path: Path) -> Callable[..., Path]:
    """`write_model(name, batch=…, weights=…, …)` writes a model that multiplies `x` (batch, 4) by weights
    (4, 3) and says where the larger scores are."""

    def write(
        name: str = "model.onnx",
        batch: int | str = "n",
        weights: np.ndarray[Any, Any] | None = None,
        nodes: list[onnx.NodeProto] | None = None,
        outputs: list[onnx.ValueInfoProto] | None = None,
        **saving: Any,
    ) -> Path:
        values = np.eye(4, CLASSES, dtype=np.float32) if weights is None else weights
        kind = helper.np_dtype_to_tensor_dtype(values.dtype)
        graph = helper.make_graph(
            nodes or [helper.make_node("MatMul", ["x", "w"], ["y"])],
            "test",
            [helper.make_tensor_value_info("x", kind, [batch, 4])],
            outputs or [helper.make_tensor_value_info("y", kind, [batch, CLASSES])],
            [numpy_helper.from_array(values, "w")],
        )
        model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
        onnx.save(model, tmp_path / name, **saving)
        return tmp_path / name

    return write


@pytest.fixture
def write_golden(tmp_path: Path) -> Callable[..., Path]:
    """`write_golden(inputs=…, labels=…)` writes a golden set; by default four of ten labels are wrong."""

    def write(name: str = "golden.npz", **arrays: Any) -> Path:
        places = np.arange(10) % CLASSES
        labels = np.where(np.arange(10) < 4, (places + 1) % CLASSES, places)
        defaults = {"inputs": np.eye(4, dtype=np.float32)[places], "labels": labels}
        kept = {key: value for key, value in (defaults | arrays).items() if value is not None}
        with (tmp_path / name).open("wb") as file:
            np.savez(file, **kept)
        return tmp_path / name

    return write
