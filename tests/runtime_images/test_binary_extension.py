"""Triton's binary tensor data extension, sentence by sentence, held against the running server.

Each case is named by the sentence that it shows: triton-inference-server/server, docs/protocol/
extension_binary_data.md. The model echoes its inputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.runtime_images.echo import (
    KINDS,
    LENGTH,
    MODEL,
    ROWS,
    Case,
    ask,
    echoing,
    refused,
    request,
    sentence,
)
from tests.runtime_images.serving import Served

CASES: dict[str, Case] = {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with echoing(tmp_path_factory.mktemp("echo")) as running:
        yield running


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


@pytest.mark.parametrize("text", CASES)
def test_it_keeps_to(text: str, server: Served) -> None:
    CASES[text](server)
