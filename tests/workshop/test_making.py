"""Variants made out of real graphs: what is in them, the same bytes each time, and what cannot be made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from edgewright.errors import Finding, FleetError
from edgewright.workshop.runtime import ask

MODELS = Path(__file__).parents[2] / "models"
SOURCE = MODELS / "surface-defects/model.onnx"
DATA = MODELS / "calibration.npz"
FIELD = ("models", "digits", "variants", "int8")

Write = Callable[..., Path]


def made(source: Path, target: Path, **asked: Any) -> onnx.ModelProto:
    """The variant that is written for what is asked; INT8 by default."""
    request: dict[str, Any] = {
        "precision": "int8",
        "data": str(DATA),
        "method": "minmax",
        "per_channel": True,
    } | asked
    ask("make", source, 300, FIELD, target=str(target), **request)
    return onnx.load(target)


def refusal(source: Path, target: Path, **asked: Any) -> Finding:
    with pytest.raises(FleetError) as raised:
        made(source, target, **asked)
    (finding,) = raised.value.findings
    assert (finding.level, finding.path) == ("error", FIELD)
    assert not target.exists()
    return finding


def run(model: Path | bytes, inputs: dict[str, Any]) -> Any:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, inputs)[0]


@pytest.mark.parametrize(
    "asked",
    [{"precision": "fp16"}, *({"method": method} for method in ("minmax", "entropy", "percentile"))],
    ids=str,
)
def test_the_same_bytes_twice_and_in_another_folder(tmp_path: Path, asked: dict[str, str]) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    shutil.copy(SOURCE, elsewhere)
    shutil.copy(DATA, elsewhere / "set.npz")
    made(SOURCE, tmp_path / "one.onnx", **asked)
    made(elsewhere / "model.onnx", elsewhere / "two.onnx", **(asked | {"data": str(elsewhere / "set.npz")}))
    content = (tmp_path / "one.onnx").read_bytes()
    assert content == (elsewhere / "two.onnx").read_bytes()
    assert str(tmp_path).encode() not in content
    assert onnxruntime.__version__.encode() not in content


def test_each_method_and_channel_says_something_else(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"method": "entropy"},
        {"method": "percentile"},
        {"per_channel": False},
    ]
    for number, each in enumerate(asked):
        made(SOURCE, tmp_path / f"{number}.onnx", **each)
    assert len({(tmp_path / f"{number}.onnx").read_bytes() for number in range(len(asked))}) == len(asked)


def test_what_int8_is_like(tmp_path: Path) -> None:
    model = made(SOURCE, tmp_path / "int8.onnx")
    weights = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    kernels = [each for each in weights.values() if each.dtype == np.int8 and each.ndim > 1]
    assert len(kernels) == 5
    assert max(np.abs(each.astype(int)).max() for each in kernels) <= 64  # seven of eight bits
    assert [each.shape for name, each in weights.items() if name.endswith("conv1.weight_scale")] == [(16,)]
    *_, last, softmax = model.graph.node
    assert (last.op_type, softmax.op_type) == ("Gemm", "Softmax")  # scores are in float
    assert softmax.input[0] == last.output[0]
    said = {each.key: each.value for each in model.metadata_props}
    assert said["precision"] == "int8"
    assert said["labels"].startswith("clean,")
    assert (model.producer_name, model.producer_version) == ("edgewright model quantize", "")
    assert [each.domain for each in model.opset_import] == [""]


def test_what_fp16_is_like(tmp_path: Path) -> None:
    model = made(SOURCE, tmp_path / "fp16.onnx", precision="fp16", data="")
    kinds = {each.data_type for each in model.graph.initializer}
    assert kinds == {TensorProto.FLOAT16}
    ends = [*model.graph.input, *model.graph.output]
    assert {each.type.tensor_type.elem_type for each in ends} == {TensorProto.FLOAT}
    onnx.checker.check_model(model, full_check=True)


def test_a_batch_normalisation_is_folded_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = {
        "w": rng.normal(size=(4, 3, 3, 3)),
        **{name: rng.uniform(0.5, 2, 4) for name in ("scale", "bias", "mean", "var")},
    }
    path = save(
        tmp_path,
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("BatchNormalization", ["c", "scale", "bias", "mean", "var"], ["y"]),
        ],
        weights,
        ([2, 3, 8, 8], [2, 4, 6, 6]),
    )
    inputs = rng.normal(size=(6, 3, 8, 8)).astype(np.float32)
    np.savez(tmp_path / "set.npz", inputs=inputs)
    model = made(path, tmp_path / "int8.onnx", data=str(tmp_path / "set.npz"))
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    x = {"x": inputs[:2]}
    exact, rounded = run(path, x), run(tmp_path / "int8.onnx", x)
    assert np.abs(rounded - exact).max() < 0.05 * np.abs(exact).max()


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_a_branch_reads_what_is_around_it(tmp_path: Path, precision: str) -> None:
    """A weight and a result that only the branches of an If read."""
    rng = np.random.default_rng(0)
    branches = {
        name: helper.make_graph(
            [helper.make_node(kind, ["h", "shift"], [out])],
            name,
            [],
            [helper.make_tensor_value_info(out, TensorProto.FLOAT, ["n", 3])],
        )
        for name, kind, out in (("then_branch", "Add", "then"), ("else_branch", "Sub", "else"))
    }
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Greater", ["sum", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], **branches),
    ]
    weights = {"w": rng.normal(size=(4, 3)), "shift": np.ones(3), "zero": np.zeros(())}
    path = save(tmp_path, nodes, weights, (["n", 4], ["n", 3]))
    inputs = rng.normal(size=(40, 4)).astype(np.float32)
    np.savez(tmp_path / "set.npz", inputs=np.concatenate([inputs, -inputs]))
    made(path, tmp_path / "made.onnx", precision=precision, data=str(tmp_path / "set.npz"))
    for x in (inputs[:5], -inputs[:5]):
        difference = run(tmp_path / "made.onnx", {"x": x}) - run(path, {"x": x})
        assert np.abs(difference).max() < 0.1


def save(
    folder: Path,
    nodes: list[onnx.NodeProto],
    weights: dict[str, Any],
    shapes: tuple[list[Any], list[Any]],
    opset: int = 17,
    ir: int = 8,
) -> Path:
    """A model from `x` to `y` in a file."""
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip("xy", shapes, strict=True)
    ]
    held = [numpy_helper.from_array(np.asarray(each, np.float32), name) for name, each in weights.items()]
    also = [helper.make_tensor_value_info(each.name, 1, each.dims) for each in held] if ir < 4 else []
    graph = helper.make_graph(nodes, "test", [tensors[0], *also], tensors[1:], held)
    model = helper.make_model(graph, ir_version=ir, opset_imports=[helper.make_opsetid("", opset)])
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_a_model_of_years_ago(tmp_path: Path, precision: str) -> None:
    """Opset 9 in IR 3, whose weights are inputs too."""
    rng = np.random.default_rng(0)
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["y"])]
    weights = {"w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    path = save(tmp_path, nodes, weights, (["n", 4], ["n", 3]), opset=9, ir=3)
    inputs = rng.normal(size=(40, 4)).astype(np.float32)
    np.savez(tmp_path / "set.npz", inputs=inputs)
    model = made(path, tmp_path / "made.onnx", precision=precision, data=str(tmp_path / "set.npz"))
    assert [each.name for each in model.graph.input] == ["x"]
    difference = run(tmp_path / "made.onnx", {"x": inputs}) - run(path, {"x": inputs})
    assert np.abs(difference).max() < 0.1


def test_weights_in_a_file_beside(write_model: Write, tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    path = write_model(weights=weights, save_as_external_data=True, location="w.bin", size_threshold=0)
    np.savez(tmp_path / "set.npz", inputs=np.eye(4, dtype=np.float32))
    made(path, tmp_path / "int8.onnx", data=str(tmp_path / "set.npz"))
    (tmp_path / "w.bin").unlink()
    x = {"x": np.eye(4, dtype=np.float32)}
    assert np.abs(run(tmp_path / "int8.onnx", x) - weights).max() < 0.05


@pytest.mark.parametrize(
    ("weights", "nodes", "message"),
    [
        (np.eye(4, 3), None, "it is fp64 itself, and a variant is made out of fp32"),
        (
            None,
            [helper.make_node("Sin", ["x"], ["z"]), helper.make_node("Cos", ["z"], ["y"])],
            "none of its operators can be quantised: Cos, Sin",
        ),
    ],
)
def test_what_cannot_be_quantised(
    write_model: Write, tmp_path: Path, weights: Any, nodes: Any, message: str
) -> None:
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])] if nodes else None
    path = write_model(weights=weights, nodes=nodes, outputs=outputs)
    np.savez(tmp_path / "set.npz", inputs=np.eye(4, dtype=np.float32))
    finding = refusal(path, tmp_path / "int8.onnx", data=str(tmp_path / "set.npz"))
    assert finding.rule == "cannot-quantise"
    assert finding.message == f"no variant can be made out of `model.onnx`: {message}"


def test_what_is_quantised_already(tmp_path: Path) -> None:
    finding = refusal(MODELS / "surface-defects/model.int8.onnx", tmp_path / "int8.onnx")
    assert "it is int8 itself" in finding.message


def test_a_calibration_set_that_is_none_or_anothers(tmp_path: Path) -> None:
    none = str(tmp_path / "none.npz")
    finding = refusal(SOURCE, tmp_path / "int8.onnx", data=none)
    assert finding.rule == "calibration-unreadable"
    assert finding.message == "`none.npz` is no calibration set: there is no such file"
    np.savez(none, pictures=np.zeros((2, 1, 32, 32)))
    finding = refusal(SOURCE, tmp_path / "int8.onnx", data=none)
    assert finding.rule == "calibration-mismatch"
    assert "the model reads `image`, and the file has `pictures`" in finding.message


def test_without_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "edgewright.workshop.runtime.find_spec", lambda name: None if name == "onnx" else find_spec(name)
    )
    finding = refusal(SOURCE, tmp_path / "int8.onnx")
    assert finding.rule == "tool-missing"
    assert finding.message == "looking into `model.onnx` needs ONNX Runtime: onnx not installed"
    assert finding.remedy == "install it: pip install 'edgewright[models]'"
