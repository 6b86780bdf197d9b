"""What is read out of an ONNX file's bytes, against the onnx package."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from edgewright.workshop import onnx_file
from edgewright.workshop.onnx_file import NotOnnx, OnnxFile, read_onnx

MODELS = Path(__file__).parents[2] / "models/surface-defects"
EXAMPLE = (MODELS / "model.onnx").read_bytes()
LIGHT = sorted((Path(onnx.__file__).parent / "backend/test/data/light").glob("*.onnx"))


def read(content: bytes) -> OnnxFile:
    return read_onnx(memoryview(content))


def model(*tensors: onnx.TensorProto, nodes: tuple[onnx.NodeProto, ...] = (), opset: int = 17) -> bytes:
    graph = helper.make_graph(list(nodes), "g", [], [], list(tensors))
    content: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)]
    ).SerializeToString()
    return content


def tensor(kind: int, count: int, name: str = "t") -> onnx.TensorProto:
    return helper.make_tensor(name, kind, [count], np.zeros(count), raw=False)


@pytest.mark.parametrize("path", LIGHT, ids=lambda path: path.stem)
def test_real_graphs(path: Path) -> None:
    loaded = onnx.load(path)
    assert read(path.read_bytes()) == OnnxFile(loaded.opset_import[0].version, "fp32", ())


@pytest.mark.parametrize(
    ("name", "precision"), [("model", "fp32"), ("model.fp16", "fp16"), ("model.int8", "int8")]
)
def test_the_examples_precisions(name: str, precision: str) -> None:
    assert read((MODELS / f"{name}.onnx").read_bytes()) == OnnxFile(17, precision, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "precision"),
    [
        (TensorProto.FLOAT, "fp32"),
        (TensorProto.FLOAT16, "fp16"),
        (TensorProto.BFLOAT16, "bf16"),
        (TensorProto.DOUBLE, "fp64"),
        (TensorProto.INT64, "fp32"),
    ],
)
def test_a_precision_is_that_of_most_weights(kind: int, precision: str) -> None:
    few = tensor(TensorProto.FLOAT16 if kind != TensorProto.FLOAT16 else TensorProto.FLOAT, 2, "few")
    tensors = (tensor(kind, 10), few) if kind != TensorProto.INT64 else (tensor(kind, 10),)
    assert read(model(*tensors)).precision == precision


def test_weights_in_a_constant_inside_a_branch() -> None:
    constant = helper.make_node("Constant", [], ["c"], value=tensor(TensorProto.FLOAT16, 3))
    branch = helper.make_graph([constant], "b", [], [])
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    assert read(model(nodes=(node,))).precision == "fp16"


@pytest.mark.parametrize("operator", ["QuantizeLinear", "QLinearConv", "MatMulInteger"])
def test_whatever_is_quantised_is_int8(operator: str) -> None:
    assert read(model(tensor(1, 5), nodes=(helper.make_node(operator, ["a"], ["b"]),))).precision == "int8"


def test_opsets_of_others_do_not_count() -> None:
    graph = helper.make_graph([], "g", [], [])
    opsets = [helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("ai.onnx", 12)]
    assert read(helper.make_model(graph, opset_imports=opsets).SerializeToString()).opset == 12
    assert read(helper.make_model(graph, opset_imports=opsets[:1]).SerializeToString()).opset == 0


def test_files_of_weights_are_named() -> None:
    tensors = [numpy_helper.from_array(np.zeros(9, np.float32), name) for name in "ab"]
    for each, location in zip(tensors, ("z.bin", "weights/a.bin"), strict=True):
        onnx.external_data_helper.set_external_data(each, location, offset=4096)
    assert read(model(*tensors)).external == ("weights/a.bin", "z.bin")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"PK\x03\x04",
        b"ORTM",
        b"{}",
        b"\xff" * 20,
        b"\x08\x08",
        EXAMPLE[:-1],
        EXAMPLE[: len(EXAMPLE) // 2],
    ],
)
def test_what_is_no_model(content: bytes) -> None:
    with pytest.raises(NotOnnx, match="it is no ONNX file"):
        read(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(NotOnnx):
        read(content)


@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 255))
def test_a_model_with_a_byte_changed_is_read_or_refused(at: int, byte: int) -> None:
    with contextlib.suppress(NotOnnx):
        read(EXAMPLE[:at] + bytes([byte]) + EXAMPLE[at + 1 :])


def field(number: int, content: bytes) -> bytes:
    size, out = len(content), b""
    while size > 127:
        size, out = size >> 7, out + bytes([size & 127 | 128])
    return bytes([number << 3 | 2]) + out + bytes([size]) + content


def test_graphs_nested_without_end() -> None:
    content = b""
    for _ in range(200):
        content = field(1, field(5, field(6, content)))
    with pytest.raises(NotOnnx, match="nested deeper"):
        read(field(7, content))


def test_entries_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MOST_FIELDS", 1000)
    with pytest.raises(NotOnnx, match="larger"):
        read(field(7, b"\x0a\x00" * 1000))


def test_dimensions_without_end() -> None:
    packed = field(7, field(5, field(1, b"\xff" * 9 + b"\x01" + b"\x7f" * 10_000) + b"\x10\x01"))
    with pytest.raises(NotOnnx, match="more than 64 dimensions"):
        read(packed)
