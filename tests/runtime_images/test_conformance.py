"""The Open Inference Protocol, sentence by sentence, held against the running server.

Each case is named by the sentence that it shows: kserve/open-inference-protocol, inference_rest.md. The model
echoes its inputs.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from tests.runtime_images.echo import (
    KINDS,
    LENGTH,
    MODEL,
    ROWS,
    Case,
    ask,
    refused,
    request,
    sentence,
)
from tests.runtime_images.serving import Served

CASES: dict[str, Case] = {}


@sentence(CASES, "Server Live: whether the server is able to receive and respond to requests")
def _(server: Served) -> None:
    assert server.get("/v2/health/live") == (200, {"live": True})


@sentence(CASES, "Server Ready: whether all the models are ready for inferencing; a readinessProbe as it is")
def _(server: Served) -> None:
    status, values = server.get("/v2/health/ready")
    assert (status, values["live"], values["ready"]) == (200, True, True)


@sentence(CASES, "Model Ready: the response has the name of the model and whether it is ready")
def _(server: Served) -> None:
    wanted = (200, {"name": "surface-defects", "ready": True})
    assert server.get(f"{MODEL}/ready") == server.get(f"{MODEL}/versions/3.4.0/ready") == wanted


@sentence(CASES, "Server Metadata: a 200 with name, version and extensions")
def _(server: Served) -> None:
    status, values = server.get("/v2")
    assert (status, set(values)) == (200, {"name", "version", "extensions"})
    assert all(isinstance(values[name], str) for name in ("name", "version"))


@sentence(CASES, "Server Metadata: the path is v2, and /v2/ in the OpenAPI description; so with every path")
def _(server: Served) -> None:
    for path in ("/v2", "/v2/health/live", "/v2/health/ready", MODEL, f"{MODEL}/ready", f"{MODEL}/config"):
        assert server.get(f"{path}/") == server.get(path)
    values, raw = request()
    text = json.dumps(values).encode()
    assert server.ask("POST", f"{MODEL}/infer/", text + raw, {LENGTH: str(len(text))})[0] == 200


@sentence(CASES, "Binary: because this extension is supported, the metadata reports binary_tensor_data")
def _(server: Served) -> None:
    assert "binary_tensor_data" in server.get("/v2")[1]["extensions"]


@sentence(CASES, "Model Metadata: name, versions, platform, inputs and outputs; -1 where a dimension varies")
def _(server: Served) -> None:
    status, values = server.get(MODEL)
    assert (status, set(values)) == (200, {"name", "versions", "platform", "inputs", "outputs"})
    assert (values["name"], values["versions"], values["platform"]) == (
        "surface-defects",
        ["3.4.0"],
        "onnx_onnxv1",
    )
    assert values["inputs"][0] == {"name": "x_BOOL", "datatype": "BOOL", "shape": [-1, -1]}
    assert [each["name"] for each in values["outputs"]] == [f"y_{name}" for name in KINDS]


@sentence(CASES, "The versions portion of the path is optional")
def _(server: Served) -> None:
    assert server.get(f"{MODEL}/versions/3.4.0") == server.get(MODEL)
    values, raw = request()
    assert ask(server, values, raw, f"{MODEL}/versions/3.4.0")[1] == ask(server, values, raw)[1]


@sentence(CASES, "A failed model metadata request is an HTTP error status, with an error object")
def _(server: Served) -> None:
    refused(server, "GET", "/v2/models/other")
    refused(server, "GET", f"{MODEL}/versions/9.9.9")


@sentence(CASES, "A failed inference request is an HTTP error status, with an error object")
def _(server: Served) -> None:
    for path in (f"{MODEL}/infer", "/v2/models/other/infer", f"{MODEL}/versions/9.9.9/infer"):
        refused(server, "POST", path, b'{"inputs": []}')


@sentence(CASES, "An inference request is made with an HTTP POST to an inference endpoint")
def _(server: Served) -> None:
    refused(server, "GET", f"{MODEL}/infer")
    refused(server, "POST", f"{MODEL}/predict", b"{}")


@sentence(CASES, "id: if specified this identifier must be returned in the response")
def _(server: Served) -> None:
    values, raw = request(id="42")
    assert ask(server, values, raw)[1]["id"] == "42"


@sentence(
    CASES, "The response has model_name, model_version and the output tensors with name, shape, datatype"
)
def _(server: Served) -> None:
    values, raw = request()
    _, head, _ = ask(server, values, raw)
    assert (head["model_name"], head["model_version"]) == ("surface-defects", "3.4.0")
    for output, name in zip(head["outputs"], KINDS, strict=True):
        assert (output["name"], output["datatype"], output["shape"]) == (f"y_{name}", name, [1, 2])


@sentence(CASES, "outputs: if not specified all outputs produced by the model will be returned")
def _(server: Served) -> None:
    values, raw = request()
    names = [each["name"] for each in ask(server, values, raw)[1]["outputs"]]
    assert names == [f"y_{name}" for name in KINDS]


@sentence(CASES, "outputs: which output tensors should be returned, in the order in which they are asked for")
def _(server: Served) -> None:
    values, raw = request(outputs=[{"name": "y_INT8"}, {"name": "y_BOOL"}])
    assert [each["name"] for each in ask(server, values, raw)[1]["outputs"]] == ["y_INT8", "y_BOOL"]


@sentence(CASES, "parameters: the value of each is a string, a number or a boolean; unknown ones do no harm")
def _(server: Served) -> None:
    values, raw = request(parameters={"a": "b", "c": 1.5, "d": True}, outputs=[{"name": "y_INT8"}])
    values["inputs"][0]["parameters"]["e"] = 7
    values["outputs"][0]["parameters"] = {"f": False}
    told = ask(server, values, raw)[1]["parameters"]
    assert all(isinstance(value, str | int | float | bool) for value in told.values())


@sentence(CASES, "What is #optional may be left out, or be null as clients of typed languages write it")
def _(server: Served) -> None:
    values, raw = request(id=None, parameters=None, outputs=None)
    for entry in values["inputs"]:
        entry |= {"parameters": entry.get("parameters"), "data": entry.get("data")}
    _, head, _ = ask(server, values, raw)
    assert len(head["outputs"]) == len(KINDS)
    assert "id" not in head
    values, raw = request(set(ROWS) - {"BYTES"}, outputs=[{"name": "y_BYTES", "parameters": None}])
    assert ask(server, values, raw)[1]["outputs"][0]["data"] == ROWS["BYTES"][0]


@sentence(CASES, "Inputs may come in any order: each is known by its name")
def _(server: Served) -> None:
    values, raw = request(set(ROWS) - {"BYTES"}, outputs=[{"name": "y_BYTES"}])
    values["inputs"].insert(0, values["inputs"].pop())
    assert ask(server, values, raw)[1]["outputs"][0]["data"] == ROWS["BYTES"][0]


@sentence(CASES, "Tensor data may be presented in its multi-dimensional representation, or flattened")
def _(server: Served) -> None:
    values, raw = request({"FP16"}, outputs=[{"name": f"y_{name}"} for name in ROWS if name != "FP16"])
    flat = ask(server, values, raw)[1]["outputs"]
    for entry in values["inputs"]:
        if "data" in entry:
            entry["data"] = [entry["data"]]
    assert ask(server, values, raw)[1]["outputs"] == flat
    assert [each["data"] for each in flat] == [row for row, _ in ROWS.values() if row is not None]


@sentence(CASES, "Tensor data must be presented in row-major order of the tensor elements")
def _(server: Served) -> None:
    values, raw = request(outputs=[{"name": "y_FP32"}])
    at = sum(len(row[1]) for row in list(ROWS.values())[: list(ROWS).index("FP32")])
    every = raw[:at] + struct.pack("<2f", 3, 4) + raw[at + 8 :]
    assert ask(server, values, every)[1]["outputs"][0]["data"] == [3, 4]


@sentence(CASES, "If the input is batched, shape and data represent the full contents of the entire batch")
def _(server: Served) -> None:
    inputs = [
        {
            "name": f"x_{name}",
            "datatype": name,
            "shape": [3, 2],
            "parameters": {"binary_data_size": 3 * len(raw)},
        }
        for name, (_, raw) in ROWS.items()
    ]
    raw = b"".join(row[1] * 3 for row in ROWS.values())
    _, head, rest = ask(server, {"inputs": inputs, "parameters": {"binary_data_output": True}}, raw)
    assert all(each["shape"] == [3, 2] for each in head["outputs"])
    assert rest == raw


@sentence(CASES, "A dimension may be 0: a tensor without elements is one")
def _(server: Served) -> None:
    for raw_ones in (True, False):
        inputs: list[dict[str, Any]] = [
            {"name": f"x_{name}", "datatype": name, "shape": [1, 0], "data": []} for name in ROWS
        ]
        for entry in inputs:
            if raw_ones or entry["datatype"] == "FP16":
                del entry["data"]
                entry["parameters"] = {"binary_data_size": 0}
        _, head, rest = ask(server, {"inputs": inputs}, b"")
        assert all(each["shape"] == [1, 0] for each in head["outputs"])
        assert rest == b""


@sentence(
    CASES, "fp16 is problematic to communicate explicitly: JSON is refused, and it comes as binary data"
)
def _(server: Served) -> None:
    """To those who show that they know of binary data; whoever sends JSON alone is told to ask for it."""
    values, raw = request({"FP16"}, outputs=[{"name": "y_FP16"}])
    assert ask(server, values, raw)[2] == ROWS["FP16"][1]
    values["inputs"][5] |= {"data": [0.5, -2], "parameters": {}}
    refused(server, "POST", f"{MODEL}/infer", json.dumps(values).encode())


@sentence(
    CASES, "Tensor data: an element may be an integer, a number, a string or a boolean; the server may refuse"
)
def _(server: Served) -> None:
    """What JSON does not have is no JSON: NaN and Infinity are not."""
    refused(server, "POST", f"{MODEL}/infer", b'{"inputs": [{"name": "x", "data": [NaN]}]}')
    for name, wrong in (
        ("BOOL", 1),
        ("INT8", 1.0),
        ("INT64", "1"),
        ("FP32", True),
        ("FP64", None),
        ("BYTES", 7),
    ):
        values, _ = request({"FP16"})
        values["inputs"] = [each for each in values["inputs"] if each["datatype"] == name]
        values["inputs"][0]["data"] = [wrong, wrong]
        status, _, said = server.ask("POST", f"{MODEL}/infer", json.dumps(values).encode())
        assert (status, f"`x_{name}` is {name}" in json.loads(said)["error"]) == (400, True), said


@pytest.mark.parametrize("text", CASES)
def test_it_keeps_to(text: str, echo: Served) -> None:
    CASES[text](echo)
