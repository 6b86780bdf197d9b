"""What Triton's clients ask besides the protocol, sentence by sentence, held against the running server.

Source: triton-inference-server/server, docs/protocol/extension_*.md.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from tests.runtime_images.echo import KINDS, LENGTH, MODEL, Case, ask, refused, request, sentence
from tests.runtime_images.serving import Served, binary_request, configuration, images, served

from edgewright_runtime.chain import Attempt
from edgewright_runtime.protocol.compression import unpacked
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.outputs import best_classes
from edgewright_runtime.record import Record
from edgewright_runtime.statistics import Statistics

CASES: dict[str, Case] = {}


@sentence(CASES, "extensions: what is here whole, and nothing else")
def _(server: Served) -> None:
    said = server.get("/v2")[1]["extensions"]
    assert said == ["binary_tensor_data", "classification", "model_configuration", "statistics"]


@sentence(
    CASES, "model configuration: shapes without the batch, which max_batch_size says; the version is optional"
)
def _(server: Served) -> None:
    status, values = server.get(f"{MODEL}/config")
    assert (status, values) == server.get(f"{MODEL}/versions/3.4.0/config")
    assert (values["name"], values["max_batch_size"]) == ("surface-defects", 8)
    assert values["input"][0] == {"name": "x_BOOL", "data_type": "TYPE_BOOL", "dims": [-1]}
    assert values["output"][-1] == {"name": "y_BYTES", "data_type": "TYPE_STRING", "dims": [-1]}
    assert values["dynamic_batching"] == {"max_queue_delay_microseconds": 2000}
    refused(server, "GET", "/v2/models/other/config")


@sentence(CASES, "statistics: cumulative counts and durations; each inference in a batch is counted")
def _(server: Served) -> None:
    [before] = server.get(f"{MODEL}/stats")[1]["model_stats"]
    values, raw = request()
    for entry in values["inputs"]:
        entry |= {"shape": [2, 1]}
    ask(server, values, raw)
    refused(server, "POST", f"{MODEL}/infer", b"{}")
    [after] = server.get("/v2/models/stats")[1]["model_stats"]
    assert after["inference_count"] - before["inference_count"] == 2
    assert after["execution_count"] - before["execution_count"] == 1
    sums = {
        name: each["count"] - before["inference_stats"][name]["count"]
        for name, each in after["inference_stats"].items()
    }
    assert {name for name, count in sums.items() if count} == {
        "success",
        "queue",
        "compute_input",
        "compute_infer",
        "compute_output",
    }
    spent = after["inference_stats"]
    assert 0 < spent["compute_infer"]["ns"] <= spent["success"]["ns"]
    [two] = [each for each in after["batch_stats"] if each["batch_size"] == 2]
    assert two["compute_infer"]["count"] >= 1
    assert after["last_inference"] >= before["last_inference"]
    assert server.get(f"{MODEL}/versions/3.4.0/stats")[0] == 200
    refused(server, "GET", "/v2/models/other/stats")


@sentence(CASES, "repository index: a POST; every model with its state, or those that are ready")
def _(server: Served) -> None:
    wanted = [{"name": "surface-defects", "version": "3.4.0", "state": "READY", "reason": ""}]
    for body in (b"", b"{}", b'{"ready": true}', b'{"ready": null}'):
        status, _, said = server.ask("POST", "/v2/repository/index", body)
        assert (status, json.loads(said)) == (200, wanted)
    refused(server, "GET", "/v2/repository/index")
    refused(server, "POST", "/v2/repository/index", b"[]")


@sentence(CASES, "classification: `<value>:<index>` of the highest elements of each batch, as BYTES")
def _(server: Served) -> None:
    wanted = [
        {"name": "y_FP32", "parameters": {"classification": 1}},
        {"name": "y_INT8", "parameters": {"classification": 9, "binary_data": False}},
    ]
    values, raw = request(outputs=wanted)
    floats, whole = ask(server, values, raw)[1]["outputs"]
    assert (floats["datatype"], floats["shape"], floats["data"]) == ("BYTES", [1, 1], ["1.500000:0"])
    assert (whole["shape"], whole["data"]) == ([1, 2], ["127:1", "-128:0"])
    values, raw = request(outputs=[{"name": "y_BYTES", "parameters": {"classification": 1}}])
    text = json.dumps(values).encode()
    status, _, said = server.ask("POST", f"{MODEL}/infer", text + raw, {LENGTH: str(len(text))})
    assert (status, "`y_BYTES` is BYTES" in json.loads(said)["error"]) == (400, True)


@sentence(CASES, "what is not here is refused as the protocol refuses, and says where to look")
def _(server: Served) -> None:
    for method, path in (
        ("GET", "/v2/logging"),
        ("POST", "/v2/trace/setting"),
        ("GET", "/v2/systemsharedmemory/status"),
        ("POST", "/v2/cudasharedmemory/unregister"),
        ("POST", "/v2/repository/models/surface-defects/load"),
        ("POST", "/v2/repository/models/surface-defects/unload"),
        ("POST", f"{MODEL}/generate"),
    ):
        refused(server, method, path, b"{}" if method == "POST" else None)
        assert "extensions" in json.loads(server.ask(method, path)[2])["error"]


@sentence(CASES, "compression: a request may come, and an answer go, as gzip or deflate")
def _(server: Served) -> None:
    values, raw = request(parameters={"binary_data_output": True})
    text = json.dumps(values).encode()
    plain = server.ask("POST", f"{MODEL}/infer", text + raw, {LENGTH: str(len(text))})
    for coding, pack, unpack in (
        ("gzip", gzip.compress, gzip.decompress),
        ("deflate", zlib.compress, zlib.decompress),
    ):
        sent: dict[str, str] = {LENGTH: str(len(text)), "Content-Encoding": coding, "Accept-Encoding": coding}
        status, headers, body = server.ask("POST", f"{MODEL}/infer", pack(text + raw), sent)
        assert (status, headers["content-encoding"]) == (200, coding)
        assert (headers[LENGTH], unpack(body)) == (plain[1][LENGTH], plain[2])


@sentence(CASES, "compression: who names no coding alone gets the answer as it is")
def _(server: Served) -> None:
    values, raw = request()
    text = json.dumps(values).encode()
    for listed in ("gzip, deflate, br", "*", "identity", "br", "gzip;q=0", ""):
        sent = {LENGTH: str(len(text)), "Accept-Encoding": listed}
        headers = server.ask("POST", f"{MODEL}/infer", text + raw, sent)[1]
        assert "content-encoding" not in headers


@sentence(CASES, "compression: what is not as it says, or grows too large, is refused")
def _(server: Served) -> None:
    large = gzip.compress(
        bytes(80 << 20), 1
    )  # more than the 64 MiB that are taken where shapes bound nothing
    for body, coding, wanted in (
        (b"{}", "gzip", 400),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (gzip.compress(b"{}") + b"{}", "gzip", 400),
        (b"", "deflate", 400),
        (b"{}", "br", 415),
        (b"{}", "gzip, gzip", 415),
        (large, "gzip", 413),
    ):
        status, _, said = server.ask("POST", f"{MODEL}/infer", body, {"Content-Encoding": coding})
        assert (status, list(json.loads(said))) == (wanted, ["error"])


@pytest.mark.parametrize("text", CASES)
def test_it_keeps_to(text: str, echo: Served) -> None:
    CASES[text](echo)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"BOOL", "BYTES", "FP16"}))
@pytest.mark.parametrize("by_row", [True, False])
def test_the_best_classes_are_the_highest_elements(kind: str, by_row: bool) -> None:
    dtype = np.dtype(kind.lower().replace("fp", "float"))
    array = np.array([[1, 5, 10, 4], [7, 7, 0, 7]], dtype)
    found = [
        [each.decode().split(":") for each in row] for row in np.atleast_2d(best_classes(array, 2, by_row))
    ]
    indices = [[int(index) for _, index in row] for row in found]
    assert indices == ([[2, 1], [0, 1]] if by_row else [[2, 4]])
    assert all(float(value) == array.ravel()[index + 4 * at] for at, row in enumerate(found)
               for (value, _), index in zip(row, indices[at], strict=True))  # fmt: skip


def test_no_more_is_unpacked_than_may_be_taken() -> None:
    assert unpacked(gzip.compress(bytes(100)), 100) == bytes(100)
    for bomb in (gzip.compress(bytes(101)), zlib.compress(bytes(1 << 20))):
        with pytest.raises(RequestFault, match="larger than 100 bytes") as refusal:
            unpacked(bomb, 100)
        assert refusal.value.status == 413


def test_a_body_that_would_grow_large_takes_no_memory() -> None:
    bomb = zlib.compress(bytes(32 << 20), 9)
    tracemalloc.start()
    with pytest.raises(RequestFault):
        unpacked(bomb, 1 << 16)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20


def test_requests_that_were_answered_together_are_one_execution() -> None:
    statistics = Statistics()
    for rows in (1, 3):
        answered = Record("http", started=1.0, queued=1.5, ended=3.0, tier="t", batch=4, rows=rows)
        answered.attempts = (Attempt("t", 2.0, 2.5),)
        statistics.count(answered)
    statistics.count(Record("http", started=1.0, ended=2.0, status=503))
    statistics.count(Record("http", started=1.0, ended=2.0, status=400))
    said = statistics.values("m", "1.0.0")
    assert (said["inference_count"], said["execution_count"]) == (4, 1)
    assert said["batch_stats"][0]["compute_infer"] == {"count": 1, "ns": 500_000_000}
    spent = said["inference_stats"]
    assert spent["queue"] == {"count": 2, "ns": 1_000_000_000}
    assert spent["success"] == {"count": 2, "ns": 4_000_000_000}
    assert spent["fail"] == {"count": 1, "ns": 1_000_000_000}


def test_statistics_of_requests_that_were_answered_before(tmp_path: Path) -> None:
    with served(configuration(responseCache={"bytes": 1 << 20}), tmp_path) as running:
        for _ in range(3):
            running.infer(*binary_request(images()))
        [said] = running.get("/v2/models/stats")[1]["model_stats"]
    assert (said["inference_count"], said["execution_count"]) == (1, 1)
    counts = {name: each["count"] for name, each in said["inference_stats"].items()}
    assert (counts["success"], counts["cache_hit"], counts["fail"]) == (3, 2, 0)
