"""Spans, as a collector gets them: a small one of ours takes OTLP over HTTP."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import numpy as np
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.runtime_images.serving import (
    AT,
    FOUND,
    binary_request,
    configuration,
    fragile_model,
    free_port,
    model_tier,
    rule_tier,
    served,
)
from tests.runtime_images.test_log import TRACE, TRACEPARENT

from edgewright_runtime.config import ConfigError, read_config
from edgewright_runtime.extras import check_extras
from edgewright_runtime.rpc.messages import MESSAGES, SERVICE


@contextmanager
def collector() -> Iterator[tuple[str, Queue[Any]]]:
    """Its address, and the requests that came."""
    came: Queue[Any] = Queue()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                raw = gzip.decompress(raw)
            came.put(ExportTraceServiceRequest.FromString(raw))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def spans_of(batch: Any) -> dict[str, Any]:
    """Name ⇒ span."""
    return {span.name: span for one in batch.resource_spans for s in one.scope_spans for span in s.spans}


def tiers(folder: Path) -> list[dict[str, Any]]:
    """A model that fails where the input is 100 or more, and a rule behind it."""
    rule = folder / "rule.py"
    rule.write_text(
        "import numpy as np\ndef infer(x):\n    return {'found': np.zeros(x['at'].shape, np.float32)}\n"
    )
    return [model_tier(fragile_model(folder), [AT], [FOUND]), rule_tier(rule)]


def test_a_request_is_told_part_by_part(tmp_path: Path) -> None:
    with collector() as (endpoint, came):
        values = configuration(*tiers(tmp_path), tracing={"endpoint": endpoint})
        with served(values, tmp_path) as running:
            assert came.empty()  # nothing is sent before there is something to send
            asked, raw = binary_request(np.array([[1000]], np.int64), "at", "INT64")
            assert running.infer(asked, raw, traceparent=TRACEPARENT)[0] == 200
            batch = came.get(timeout=60)
    spans = spans_of(batch)
    model, rule = "inference onnxruntime-cpu/fragile", "inference rule"
    assert set(spans) == {"infer surface-defects", "queue", model, "fallback", rule}
    request = spans["infer surface-defects"]
    assert request.parent_span_id.hex() == TRACEPARENT.split("-")[2]
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert {spans[name].parent_span_id for name in ("queue", model, "fallback")} == {request.span_id}
    assert spans[rule].parent_span_id == spans["fallback"].span_id
    assert (spans[model].status.code, spans[rule].status.code) == (2, 0)
    assert "1000" not in spans[model].status.message
    for span in spans.values():
        assert request.start_time_unix_nano - 1e6 < span.start_time_unix_nano <= span.end_time_unix_nano
    named = {each.key: each.value for each in batch.resource_spans[0].resource.attributes}
    assert named["edgewright.workload"].string_value == "inspect"


def test_a_trace_is_passed_on_through_the_servers_own_span(tmp_path: Path) -> None:
    with collector() as (endpoint, came):
        port = free_port()
        values = configuration(*tiers(tmp_path), tracing={"endpoint": endpoint}, grpc={"port": port})
        with served(values, tmp_path) as running:
            message = MESSAGES["ModelInferRequest"](model_name="surface-defects")
            message.inputs.add(name="at", datatype="INT64", shape=[1, 1]).contents.int64_contents.append(5)
            with grpc.insecure_channel(running.grpc) as channel:
                ask = channel.unary_unary(f"/{SERVICE}/ModelInfer")
                metadata = (("traceparent", TRACEPARENT),)
                _, call = ask.with_call(message.SerializeToString(), timeout=30, metadata=metadata)
            told = dict(call.trailing_metadata())["traceparent"]
            span = spans_of(came.get(timeout=60))["infer surface-defects"]
    assert told == f"00-{TRACE}-{span.span_id.hex()}-01"


def test_without_a_collector_traces_are_passed_on_and_requests_answered(tmp_path: Path) -> None:
    text = json.dumps(binary_request(np.array([[5]], np.int64), "at", "INT64")[0]).encode()
    body, path = text + (5).to_bytes(8, "little"), "/v2/models/surface-defects/infer"
    headers = {"Inference-Header-Content-Length": str(len(text)), "traceparent": TRACEPARENT}
    with served(configuration(*tiers(tmp_path)), tmp_path) as running:
        status, got, _ = running.ask("POST", path, body, headers)
        assert (status, got["traceparent"]) == (200, TRACEPARENT)
        assert "traceparent" not in running.ask("POST", path, body, {**headers, "traceparent": "none"})[1]
    dead = {"endpoint": f"http://127.0.0.1:{free_port()}/v1/traces"}
    with served(configuration(*tiers(tmp_path), tracing=dead), tmp_path) as running:
        status, got, _ = running.ask("POST", path, body, headers)
        assert (status, got["traceparent"][:36]) == (200, TRACEPARENT[:36])
        running.process.terminate()
        assert running.process.wait(30) == 0


@pytest.mark.parametrize("missing", ["grpc", "opentelemetry"])
def test_an_extra_that_is_not_there_is_asked_for(
    tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = {"grpc": {"port": 9000}} if missing == "grpc" else {"tracing": {"endpoint": "http://there"}}
    file = tmp_path / "server.json"
    file.write_text(json.dumps(configuration(**field)))
    config = read_config(file)
    check_extras(config)
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("sys.path_importer_cache", {})
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ConfigError, match=r"install edgewright-runtime\["):
        check_extras(config)
