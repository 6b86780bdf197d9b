"""Accuracies, to the last part per million."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgewright.errors import Finding, FleetError
from edgewright.workshop.evaluate import evaluate

MODELS = Path(__file__).parents[2] / "models"
FIELD = ("models", "surface-defects", "evaluation", "golden")

Write = Callable[..., Path]


def refusal(model: Path, golden: Path) -> Finding:
    with pytest.raises(FleetError) as raised:
        evaluate(model, golden, field=FIELD)
    (finding,) = raised.value.findings
    assert (finding.level, finding.path) == ("error", FIELD)
    assert str(golden.parent) not in finding.message
    return finding


@pytest.mark.parametrize(
    ("name", "accuracy"), [("model", 959_000), ("model.fp16", 959_000), ("model.int8", 957_000)]
)
def test_the_examples_accuracy(name: str, accuracy: int) -> None:
    """Above the floor of 90 %, and no variant a point below the source. Another processor may round a
    score or two to the other side."""
    model, golden = MODELS / f"surface-defects/{name}.onnx", MODELS / "surface-defects.golden.npz"
    assert evaluate(model, golden) == pytest.approx(accuracy, abs=2_000)


def test_the_same_figure_twice() -> None:
    model, golden = MODELS / "surface-defects/model.int8.onnx", MODELS / "surface-defects.golden.npz"
    assert evaluate(model, golden) == evaluate(model, golden)


@pytest.mark.parametrize("batch", ["n", 1, 3, 10, 32])
def test_six_of_ten_in_batches_of_any_size(write_model: Write, write_golden: Write, batch: int | str) -> None:
    assert evaluate(write_model(batch=batch), write_golden()) == 600_000


def test_a_share_is_rounded_down(write_model: Write, write_golden: Write) -> None:
    golden = write_golden(inputs=np.eye(3, 4, dtype=np.float32), labels=np.array([0, 1, 0]))
    assert evaluate(write_model(), golden) == 666_666


def test_bytes_times_scale(write_model: Write, write_golden: Write) -> None:
    """Without the scale, wrong: 255 is then not below the second weight."""
    first_or_second = helper.make_node("Less", ["x", "w"], ["less"])
    nodes = [first_or_second, helper.make_node("Cast", ["less"], ["y"], to=TensorProto.FLOAT)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])]
    model = write_model(nodes=nodes, outputs=outputs, weights=np.array([0, 2, 0, 0], np.float32))
    golden = {"inputs": np.full((10, 4), 255, np.uint8), "labels": np.ones(10, np.int64)}
    assert evaluate(model, write_golden(**golden, scale=np.float32(1 / 255))) == 1_000_000
    assert evaluate(model, write_golden(**golden)) == 0


def test_a_model_that_answers_with_labels(write_model: Write, write_golden: Write) -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["y"], axis=1, keepdims=0),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])]
    assert evaluate(write_model(nodes=nodes, outputs=outputs), write_golden()) == 600_000


def test_an_answer_that_is_no_number_is_wrong(write_model: Write, write_golden: Write) -> None:
    weights = np.full((4, 3), np.nan, np.float32)
    golden = write_golden(labels=np.zeros(10, np.int64))
    assert evaluate(write_model(weights=weights), golden) == 0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"inputs": np.zeros((10, 5), np.float32)},
            "reads tensor(float) ['n', 4], `inputs` are float32 (10, 5)",
        ),
        ({"inputs": np.zeros((10, 4, 1), np.float32)}, "`inputs` are float32 (10, 4, 1)"),
        ({"inputs": np.zeros(10, np.float32)}, "`inputs` are float32 (10)"),
    ],
)
def test_a_golden_set_for_another_model(
    write_model: Write, write_golden: Write, arrays: dict[str, Any], message: str
) -> None:
    finding = refusal(write_model(), write_golden(**arrays))
    assert finding.rule == "golden-mismatch"
    assert message in finding.message


def test_fractions_for_a_model_that_reads_integers(write_model: Write, write_golden: Write) -> None:
    model = write_model(weights=np.eye(4, 3, dtype=np.int64))
    assert refusal(model, write_golden()).rule == "golden-mismatch"


def test_an_output_that_is_no_class(write_model: Write, write_golden: Write) -> None:
    nodes = [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [])]
    finding = refusal(write_model(nodes=nodes, outputs=outputs), write_golden())
    assert finding.rule == "golden-mismatch"
    assert "neither scores (batch, classes) nor labels (batch,)" in finding.message


def test_a_model_that_eats_memory(write_model: Write, write_golden: Write) -> None:
    large = helper.make_tensor("large", TensorProto.INT64, [1], [1 << 45])
    nodes = [
        helper.make_node("Constant", [], ["size"], value=large),
        helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["sum"]),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])]
    assert refusal(write_model(nodes=nodes, outputs=outputs), write_golden()).rule == "model-unreadable"


def test_files_that_are_not_there(write_model: Write, write_golden: Write, tmp_path: Path) -> None:
    finding = refusal(write_model(), tmp_path / "gone.npz")
    assert (finding.rule, finding.message) == (
        "golden-unreadable",
        "`gone.npz` is no golden set: there is no such file",
    )
    assert refusal(tmp_path / "gone.onnx", write_golden()).rule == "model-unreadable"


def test_a_metric_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such metric: f1"):
        evaluate(tmp_path, tmp_path, metric="f1")
