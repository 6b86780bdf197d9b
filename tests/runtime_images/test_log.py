"""One line of JSON for each event: what it says, how often, and what it never says."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime_images.serving import (
    AT,
    FOUND,
    MODELS,
    Served,
    binary_request,
    configuration,
    fragile_model,
    images,
    model_tier,
    rule_tier,
    served,
)

from edgewright_runtime.chain import Attempt
from edgewright_runtime.log import Log
from edgewright_runtime.record import Record, trace_context

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def lines(file: Path, event: str = "") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return [each for each in found if event in ("", each["event"])]


@contextmanager
def logging_to(file: Path, sample: int) -> Iterator[Log]:
    out = os.open(file, os.O_WRONLY | os.O_CREAT)
    yield Log(sample, out)
    os.close(out)


@pytest.mark.parametrize(("sample", "told"), [(0, 0), (1, 0), (10_000, 4), (500_000, 200), (1_000_000, 400)])
def test_as_many_requests_are_told_as_the_sample_says(tmp_path: Path, sample: int, told: int) -> None:
    with logging_to(tmp_path / "log", sample) as log:
        for _ in range(400):
            log.request(Record("http", 0))
    assert len(lines(tmp_path / "log")) == told


def test_errors_are_told_whatever_the_sample_says_but_no_flood_of_them(tmp_path: Path) -> None:
    with logging_to(tmp_path / "log", 0) as log:
        log.request(Record("http", 0, status=503))
        log.request(Record("http", 0, status=400))
        assert [each["level"] for each in lines(tmp_path / "log")] == ["error", "warning"]
        for _ in range(10_000):
            log.request(Record("http", 0, status=400))
    assert len(lines(tmp_path / "log")) < 1000


def test_a_line_says_how_long_each_part_took(tmp_path: Path) -> None:
    attempts = (Attempt("gpu", 1.005, 1.015, "no memory"), Attempt("cpu", 1.015, 1.035))
    record = Record("http", 1.0, trace_context(TRACEPARENT), "a-7", received=10, sent=20, queued=1.002)
    record.tier, record.batch, record.attempts, record.ended = "cpu", 4, attempts, 1.04
    with logging_to(tmp_path / "log", 1_000_000) as log:
        log.request(record)
    (line,) = lines(tmp_path / "log")
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "event": "request",
        "protocol": "http",
        "status": 200,
        "id": "a-7",
        "trace": TRACE,
        "queueMilliseconds": 3.0,
        "inferenceMilliseconds": 30.0,
        "totalMilliseconds": 40.0,
        "tier": "cpu",
        "batch": 4,
        "failed": ["gpu"],
        "bytesIn": 10,
        "bytesOut": 20,
    }


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (TRACEPARENT, True),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-will-be-like", True),
        (f"{TRACEPARENT}-more", False),
        (TRACEPARENT.upper(), False),
        (f"ff{TRACEPARENT[2:]}", False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        ("", False),
        (None, False),
    ],
)
def test_which_traceparents_count(header: str | None, known: bool) -> None:
    """As W3C Trace Context Level 1, section 3.2, has it."""
    found = trace_context(header)
    assert (found is not None) == known
    if found is not None:
        assert str(found) == TRACEPARENT


def test_a_server_tells_of_its_start_its_requests_and_nothing_of_what_was_sent(tmp_path: Path) -> None:
    with served(configuration(log={"sampleMillionths": 1_000_000}), tmp_path) as running:
        asked, raw = binary_request(images(2))
        answer = running.infer(asked | {"id": "a-7"}, raw, traceparent=TRACEPARENT)
        assert answer[0] == 200
        running.infer({"inputs": [{"name": "secret-of-mine"}]})
        wait_for(running, "request", 2)
    first, second = lines(running.log, "request")
    assert (first["id"], first["trace"], first["batch"], first["status"]) == ("a-7", TRACE, 2, 200)
    assert first["tier"] == "onnxruntime-cpu/model-int8"
    assert first["bytesIn"] > len(raw)
    assert 0 < first["inferenceMilliseconds"] < first["totalMilliseconds"]
    assert (second["status"], second["level"]) == (400, "warning")
    assert "secret-of-mine" not in running.log.read_text()
    assert [each["event"] for each in lines(running.log)][:2] == ["start", "ready"]
    (ready,) = lines(running.log, "ready")
    assert ready["tiers"] == {"onnxruntime-cpu/model-int8": "ready", "rule": "ready"}


def test_it_tells_why_a_tier_is_not_there_or_failed(tmp_path: Path) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(
        "import numpy as np\ndef infer(x):\n    return {'found': np.zeros(x['at'].shape, np.float32)}\n"
    )
    file = fragile_model(tmp_path)
    absent = model_tier(file, [AT], [FOUND], "tensorrt")
    with served(configuration(absent, model_tier(file, [AT], [FOUND]), rule_tier(rule)), tmp_path) as running:
        assert running.infer(*binary_request(np.array([[1000]], np.int64), "at", "INT64"))[0] == 200
        wait_for(running, "tier-failed", 1)
    (gone,) = lines(running.log, "tier-not-there")
    assert gone["tier"] == "tensorrt/fragile"
    (failed,) = lines(running.log, "tier-failed")
    assert failed["tier"] == "onnxruntime-cpu/fragile"


def test_a_model_that_is_not_the_promised_one_is_told(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes((MODELS / "model.onnx").read_bytes())
    values = configuration(model_tier(file))
    file.write_bytes(b"")
    with served(values, tmp_path, ready=False) as running:
        wait_for(running, "not-ready", 1)
    (line,) = lines(running.log, "not-ready")
    assert "was promised" in line["faults"][0]


def wait_for(running: Served, event: str, count: int) -> None:
    """A line is written when an answer is already on its way."""
    end = time.monotonic() + 60
    while len(lines(running.log, event)) < count:
        assert time.monotonic() < end, running.log.read_text()
        time.sleep(0.02)
