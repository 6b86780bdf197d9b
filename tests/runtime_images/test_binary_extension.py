"""Triton's binary tensor data extension, sentence by sentence, held against the running server.

Each case is named by the sentence that it shows: triton-inference-server/server, docs/protocol/
extension_binary_data.md. The model echoes its inputs.
"""

from __future__ import annotations

import json
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

from edgewright_runtime.config import Tensor
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature, decode

CASES: dict[str, Case] = {}


@sentence(CASES, "all tensor data types are representable as binary data, in little-endian, both ways")
def _(server: Served) -> None:
    values, raw = request(parameters={"binary_data_output": True})
    headers, head, rest = ask(server, values, raw)
    assert rest == raw
    assert [each["parameters"]["binary_data_size"] for each in head["outputs"]] == [
        len(row[1]) for row in ROWS.values()
    ]
    assert not any("data" in each for each in head["outputs"])
    assert headers["content-type"] == "application/octet-stream"


@sentence(CASES, "a BYTES element is its length as a 4-byte unsigned integer, then the actual bytes")
def _(server: Served) -> None:
    values, raw = request()
    at = len(raw) - len(ROWS["BYTES"][1])
    for wrong in (raw[:-1], raw[:at] + b"\xff" + raw[at + 1 :], raw[:-1] + b"\xff"):
        text = json.dumps(values).encode()
        status, _, said = server.ask("POST", f"{MODEL}/infer", text + wrong, {LENGTH: str(len(text))})
        assert (status, "x_BYTES" in json.loads(said)["error"]) == (400, True)


@sentence(CASES, "binary_data on an output overrides binary_data_output")
def _(server: Served) -> None:
    wanted: list[dict[str, Any]] = [
        {"name": "y_INT8", "parameters": {"binary_data": False}},
        {"name": "y_UINT8"},
    ]
    values, raw = request(parameters={"binary_data_output": True}, outputs=wanted)
    _, head, rest = ask(server, values, raw)
    assert (head["outputs"][0]["data"], rest) == (ROWS["INT8"][0], ROWS["UINT8"][1])
    wanted[1]["parameters"] = {"binary_data": True}
    values, raw = request(outputs=wanted)
    assert ask(server, values, raw)[2] == ROWS["UINT8"][1]


@sentence(CASES, "outputs are returned as JSON where binary_data is not given")
def _(server: Served) -> None:
    values, raw = request(outputs=[{"name": "y_BYTES"}])
    headers, head, rest = ask(server, values, raw)
    assert (head["outputs"][0]["data"], rest) == (ROWS["BYTES"][0], b"")
    assert headers["content-type"] == "application/json"
    assert LENGTH not in headers


@sentence(CASES, "the JSON is followed by the data in the order of the tensors that have any")
def _(server: Served) -> None:
    """Mixed both ways: every second input in JSON, every second output as binary data."""
    wanted = [
        {"name": f"y_{name}", "parameters": {"binary_data": at % 2 == 0}}
        for at, name in enumerate(reversed(KINDS))
    ]
    values, raw = request(set(list(KINDS)[::2]), outputs=wanted)
    _, head, rest = ask(server, values, raw)
    for output in head["outputs"]:
        row, exact = ROWS[output["datatype"]]
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            assert output["data"] == row
            continue
        assert rest[:size] == exact
        rest = rest[size:]
    assert rest == b""


@sentence(CASES, "the header must be provided to give the length of the JSON object")
def _(server: Served) -> None:
    values, raw = request(parameters={"binary_data_output": True})
    headers, _, rest = ask(server, values, raw)
    assert int(headers["content-length"]) == int(headers[LENGTH]) + len(rest)
    refused(server, "POST", f"{MODEL}/infer", json.dumps(values).encode() + raw)


@sentence(
    CASES, "the length of the JSON object: a number of bytes, no more than there are, where the JSON ends"
)
def _(server: Served) -> None:
    values, raw = request()
    text = json.dumps(values).encode()
    body = text + raw
    for wrong in (
        "-1",
        "+5",
        "1e3",
        "0x10",
        "many",
        "",
        "9" * 20,
        len(body) + 1,
        len(text) - 1,
        len(text) + 1,
        1,
    ):
        status, headers, said = server.ask("POST", f"{MODEL}/infer", body, {LENGTH: str(wrong)})
        assert (status, headers["content-type"]) == (400, "application/json"), wrong
        assert json.loads(said)["error"]


@sentence(CASES, "a raw binary request is for a model with one input: others are refused in words")
def _(server: Served) -> None:
    status, _, said = server.ask("POST", f"{MODEL}/infer", b"\0" * 8, {LENGTH: "0"})
    assert (status, "this one has 9" in json.loads(said)["error"]) == (400, True)


@pytest.mark.parametrize("text", CASES)
def test_it_keeps_to(text: str, echo: Served) -> None:
    CASES[text](echo)


def raw_body(raw: bytes, datatype: str, shape: tuple[int, ...], *, batched: bool = True) -> InferRequest:
    """A body without JSON, read for a model with this one input."""
    outputs = [Tensor("y", "FP32", (-1,) if batched else (1,))]
    return decode(raw, 0, Signature([Tensor("x", datatype, shape)], outputs, 8))


@pytest.mark.parametrize(
    ("datatype", "shape", "batched", "found"),
    [
        ("FP32", (-1, 2, -1), True, (1, 2, 3)),
        ("FP32", (-1, 6), True, (1, 6)),
        ("FP32", (-1, 3), False, (2, 3)),
        ("FP16", (-1, -1), True, (1, 12)),
        ("UINT8", (24,), False, (24,)),
    ],
)
def test_a_body_without_json_is_one_tensor(
    datatype: str, shape: tuple[int, ...], batched: bool, found: tuple[int, ...]
) -> None:
    raw = bytes(range(24))
    asked = raw_body(raw, datatype, shape, batched=batched)
    assert asked.inputs["x"].shape == found
    assert asked.inputs["x"].tobytes() == raw
    assert asked.binary  # all outputs come as binary data


def test_a_body_without_json_is_one_element_of_bytes() -> None:
    asked = raw_body(b"427", "BYTES", (-1, 1))
    assert asked.inputs["x"].tolist() == [[b"427"]]


@pytest.mark.parametrize(
    ("datatype", "shape", "said"),
    [
        ("FP32", (-1, -1, -1), "does not tell the shape"),
        ("FP32", (-1, 5), "24 bytes"),
        ("FP32", (-1, 0, -1), "24 bytes|has the shape"),
        ("BYTES", (-1, 2), "one element of BYTES"),
    ],
)
def test_a_body_without_json_that_does_not_tell_its_shape(
    datatype: str, shape: tuple[int, ...], said: str
) -> None:
    with pytest.raises(RequestFault, match=said):
        raw_body(bytes(24), datatype, shape)
