"""A model that echoes every datatype, and the protocol's requests to it: what the conformance tests share."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper
from tests.runtime_images.serving import Served, configuration, free_port, model_tier, served

KINDS: Final = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}
MODEL: Final = "/v2/models/surface-defects"
LENGTH: Final = "inference-header-content-length"
Case = Callable[[Served], None]


def sentence(cases: dict[str, Case], text: str) -> Callable[[Case], Case]:
    """Keep a case under the sentence that it shows."""

    def keep(case: Case) -> Case:
        assert text not in cases
        cases[text] = case
        return case

    return keep


def echo_model(folder: Path) -> Path:
    """For each datatype `x_<datatype>` goes in, and comes out as `y_<datatype>`: batch x any."""
    nodes, gone_in, came_out = [], [], []
    for name, kind in KINDS.items():
        nodes.append(helper.make_node("Identity", [f"x_{name}"], [f"y_{name}"]))
        gone_in.append(helper.make_tensor_value_info(f"x_{name}", kind, ["batch", "any"]))
        came_out.append(helper.make_tensor_value_info(f"y_{name}", kind, ["batch", "any"]))
    graph = helper.make_graph(nodes, "echo", gone_in, came_out)
    file = folder / "echo.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


@contextmanager
def echoing(folder: Path) -> Iterator[Served]:
    """A server of it."""
    inputs = [{"name": f"x_{name}", "datatype": name, "shape": [-1, -1]} for name in KINDS]
    outputs = [{"name": f"y_{name}", "datatype": name, "shape": [-1, -1]} for name in KINDS]
    tier = model_tier(echo_model(folder), inputs, outputs)
    with served(configuration(tier, grpc={"port": free_port()}), folder) as running:
        yield running


# By datatype: a row of values as JSON has them, and as binary data. FP16 has no JSON.
ROWS: Final[dict[str, tuple[Any, bytes]]] = {
    "BOOL": ([True, False], b"\1\0"),
    "UINT8": ([0, 255], b"\0\xff"),
    "UINT64": ([0, 2**64 - 1], struct.pack("<2Q", 0, 2**64 - 1)),
    "INT8": ([-128, 127], struct.pack("<2b", -128, 127)),
    "INT64": ([-(2**63), 2**63 - 1], struct.pack("<2q", -(2**63), 2**63 - 1)),
    "FP16": (None, np.array([0.5, -2], "<f2").tobytes()),
    "FP32": ([1.5, -0.25], struct.pack("<2f", 1.5, -0.25)),
    "FP64": ([0.1, 1e300], struct.pack("<2d", 0.1, 1e300)),
    "BYTES": (["", "é"], struct.pack("<I", 0) + struct.pack("<I", 2) + "é".encode()),
}


def request(binary: Collection[str] = tuple(KINDS), **more: Any) -> tuple[dict[str, Any], bytes]:
    """A request with a row for each datatype; those in `binary`, and FP16, follow the JSON."""
    inputs: list[dict[str, Any]] = []
    rest = b""
    for name, (values, raw) in ROWS.items():
        entry: dict[str, Any] = {"name": f"x_{name}", "datatype": name, "shape": [1, 2]}
        if name in binary or values is None:
            entry["parameters"] = {"binary_data_size": len(raw)}
            rest += raw
        else:
            entry["data"] = values
        inputs.append(entry)
    return {"inputs": inputs, **more}, rest


def ask(
    server: Served, values: Mapping[str, Any], raw: bytes, path: str = MODEL
) -> tuple[dict[str, str], Any, bytes]:
    """Headers, JSON and what follows it of an answer that is one."""
    text = json.dumps(values).encode()
    status, headers, body = server.ask("POST", f"{path}/infer", text + raw, {LENGTH: str(len(text))})
    assert status == 200, body
    length = int(headers.get(LENGTH, len(body)))
    return headers, json.loads(body[:length]), body[length:]


def refused(server: Served, method: str, path: str, body: bytes | None = None) -> None:
    """An HTTP error status, and an error object that holds one message and no more."""
    status, headers, said = server.ask(method, path, body)
    assert 400 <= status < 500
    assert headers["content-type"] == "application/json"
    values = json.loads(said)
    assert set(values) == {"error"}
    assert values["error"]
    assert isinstance(values["error"], str)
