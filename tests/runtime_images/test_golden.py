"""A tier that answers something else than the golden answers is not used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tests.runtime_images.serving import (
    MODELS,
    configuration,
    digest,
    images,
    model_tier,
    rule_tier,
    served,
)

from edgewright_runtime.config import read_config
from edgewright_runtime.golden import difference
from edgewright_runtime.probe import probe

FILE = MODELS / "model.onnx"


def golden(folder: Path, **changes: Any) -> dict[str, str]:
    """Twenty images, more than a batch, with the model's own answers."""
    inputs = images(20)
    session = onnxruntime.InferenceSession(FILE, providers=["CPUExecutionProvider"])
    arrays = {"input:image": inputs, "output:probabilities": session.run(None, {"image": inputs})[0]}
    file = folder / "golden.npz"
    np.savez(file, **{name: array for name, array in (arrays | changes).items() if array is not None})
    return {"file": str(file), "digest": digest(file)}


def tier_with(told: dict[str, str]) -> dict[str, Any]:
    tier = model_tier(FILE)
    tier["model"]["golden"] = told
    return tier


def fault(folder: Path, told: dict[str, str]) -> str:
    file = folder / "server.json"
    tier = tier_with(told)
    file.write_text(json.dumps(configuration(tier)))
    assert read_config(file).tiers[0].model is not None
    return probe(file, tier["name"]).fault


def test_a_tier_that_gives_the_golden_answers_is_used(tmp_path: Path) -> None:
    assert fault(tmp_path, golden(tmp_path)) == ""


def test_one_that_does_not_is_left_out_and_says_why(tmp_path: Path) -> None:
    wrong = np.full((20, 8), 0.125, np.float32)
    values = configuration(tier_with(golden(tmp_path, **{"output:probabilities": wrong})), rule_tier())
    with served(values, tmp_path) as running:
        tiers = running.get("/v2/health/ready")[1]["tiers"]
        assert "its answer is not the golden one: `probabilities`" in tiers["onnxruntime-cpu/model"]
        assert tiers["rule"] == "ready"


def sums(folder: Path, sign: int = 1) -> dict[str, Any]:
    """A tier of a model with batches of two, whose golden answers are three of these."""
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["x", "axis"], ["y"], keepdims=0)],
        "sums",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
        [helper.make_tensor("axis", TensorProto.INT64, [1], [1])],
    )
    file, answers = folder / "sums.onnx", folder / "answers.npz"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    inputs = np.arange(18, dtype=np.float32).reshape(6, 3)
    np.savez(answers, **{"input:x": inputs, "output:y": sign * inputs.sum(axis=1)})
    tensors = [
        {"name": name, "datatype": "FP32", "shape": shape} for name, shape in (("x", [2, 3]), ("y", [2]))
    ]
    tier = model_tier(file, tensors[:1], tensors[1:])
    tier["model"]["golden"] = {"file": str(answers), "digest": digest(answers)}
    return tier


def test_a_model_with_batches_of_one_size_is_asked_batch_by_batch(tmp_path: Path) -> None:
    for sign, said in ((1, ""), (-1, "`y` is off by")):
        tier = sums(tmp_path, sign)
        (tmp_path / "server.json").write_text(json.dumps(configuration(tier)))
        assert said in probe(tmp_path / "server.json", tier["name"]).fault
        assert bool(said) == bool(probe(tmp_path / "server.json", tier["name"]).fault)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input:image": None}, "no `input:…`"),
        ({"output:probabilities": None}, "and an `output:…`"),
        ({"output:probabilities": np.zeros((3, 8), np.float32)}, "has the shape [20, 8], not [3, 8]"),
        ({"output:probabilities": np.array([{}])}, "cannot be read"),
    ],
)
def test_golden_answers_that_are_none_are_told(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert said in fault(tmp_path, golden(tmp_path, **changes))


def test_a_golden_file_that_is_not_the_promised_one_is_a_broken_promise(tmp_path: Path) -> None:
    told = golden(tmp_path)
    Path(told["file"]).write_bytes(b"PK")
    with served(configuration(tier_with(told)), tmp_path, ready=False) as running:
        assert "golden.npz is sha256:" in running.wait_until_it_says("faults")["faults"][0]


@pytest.mark.parametrize(
    ("found", "wanted", "tolerance", "said"),
    [
        ([[0.5, 0.5]], [[0.5, 0.5]], 1e-3, ""),
        ([[0.9, 0.104]], [[0.9, 0.1]], 1e-2, ""),
        ([[0.9, 0.104]], [[0.9, 0.1]], 1e-3, "off by 0.50% of its range, 0.1% is allowed"),
        ([[0.499, 0.501, 0]], [[0.501, 0.499, 0]], 1e-2, "another highest score in 1 of 1"),
        ([[4.99, 5.01, 0]], [[5.01, 4.99, 0]], 1e-2, ""),
        ([[float("nan"), 0.1]], [[0.9, 0.1]], 1e-2, "off by nan"),
        ([[3.0, 3.0]], [[3.0, 3.001]], 1e-3, "off by"),
        ([[0.0, 0.0]], [[0.0, 0.0]], 1e-3, ""),
    ],
)
def test_how_far_an_answer_may_be_off(found: Any, wanted: Any, tolerance: float, said: str) -> None:
    told = difference(np.array(found, np.float32), np.array(wanted, np.float32), tolerance)
    assert said in told
    assert bool(said) == bool(told)


def test_whole_numbers_have_to_be_the_same() -> None:
    assert difference(np.array([1, 2]), np.array([1, 2]), 0.05) == ""
    assert difference(np.array([1, 3]), np.array([1, 2]), 0.05) == "is another"
