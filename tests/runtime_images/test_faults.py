"""What goes wrong on devices: half a model, drivers that crash, clients that send anything."""

from __future__ import annotations

import json
import random
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.runtime_images.serving import (
    MODELS,
    Served,
    binary_request,
    configuration,
    images,
    model_tier,
    rule_tier,
    served,
)

from edgewright_runtime.config import read_config
from edgewright_runtime.promise import broken_promises

CRASHES = {
    "ends its process by SIGSEGV": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
    "ends its process with code 3": "import os\nos._exit(3)\n",
    "no function `infer`": "answer = 42\n",
    "ZeroDivisionError": "def infer(inputs):\n    return 1 / 0\n",
    "SyntaxError": "def infer(:\n",
}


def configured(tmp_path: Path, *tiers: dict[str, Any]) -> Path:
    file = tmp_path / "server.json"
    file.write_text(json.dumps(configuration(*tiers)))
    return file


def test_a_model_that_was_cut_off_anywhere_is_not_the_promised_one(tmp_path: Path) -> None:
    whole = (MODELS / "model.onnx").read_bytes()
    file = tmp_path / "model.onnx"
    file.write_bytes(whole)
    config = read_config(configured(tmp_path, model_tier(file)))
    assert broken_promises(config) == []
    places = random.Random(1).sample(range(len(whole)), 100)
    for length in (0, *places):
        file.write_bytes(whole[:length])
        assert len(broken_promises(config)) == 1
    file.unlink()
    assert "No such file" in broken_promises(config)[0]


@pytest.mark.parametrize("said", CRASHES)
def test_what_crashes_in_its_child_leaves_the_server_alone(tmp_path: Path, said: str) -> None:
    rule = tmp_path / "rule.py"
    rule.write_text(CRASHES[said])
    with served(configuration(model_tier(MODELS / "model.int8.onnx"), rule_tier(rule)), tmp_path) as running:
        ready = running.get("/v2/health/ready")[1]
        assert said in ready["tiers"]["rule"]
        values, raw = binary_request(images())
        assert running.infer(values, raw)[0] == 200


def test_a_backend_that_this_build_lacks_is_named_and_the_next_one_serves(tmp_path: Path) -> None:
    tiers = [
        model_tier(MODELS / "model.onnx", backend="tensorrt"),
        model_tier(MODELS / "model.int8.onnx"),
    ]
    with served(configuration(*tiers), tmp_path) as running:
        ready = running.get("/v2/health/ready")[1]["tiers"]
        assert "TensorrtExecutionProvider" in ready["tensorrt/model"]
        values, raw = binary_request(images())
        assert running.infer(values, raw)[1]["parameters"]["tier"] == "onnxruntime-cpu/model-int8"


def test_where_no_tier_is_to_be_had_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    tiers = [model_tier(MODELS / "model.onnx", backend="tensorrt")]
    with served(configuration(*tiers), tmp_path, ready=False) as running:
        step = ""
        end = time.monotonic() + 30
        while step != "no tier is to be had":
            assert time.monotonic() < end
            try:
                status, said = running.get("/v2/health/ready")
            except OSError:
                continue
            step = said["step"]
            assert status == 503
        assert running.get("/v2/health/live")[0] == 200


def test_ten_thousand_malformed_requests_leave_it_as_it_was(tmp_path: Path) -> None:
    """Right requests with some bytes changed, over raw sockets: no crash, memory flat, good ones still answered."""
    draw = random.Random(2)
    values, raw = binary_request(images())
    text = json.dumps(values).encode()
    head = (
        b"POST /v2/models/surface-defects/infer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Inference-Header-Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (len(text), len(text + raw))
    )
    whole = head + text + raw
    with served(configuration(), tmp_path) as running:
        for _ in range(500):
            _send(running, _mutated(whole, len(head) + len(text), draw))
        before = _memory(running)
        for _ in range(9_500):
            _send(running, _mutated(whole, len(head) + len(text), draw))
        assert running.process.poll() is None
        assert _memory(running) < before + 20_000  # KiB
        assert running.infer(values, raw)[0] == 200


def _mutated(whole: bytes, end: int, draw: random.Random) -> bytes:
    """Some bytes before `end` changed, added or removed, or the request cut off."""
    body = bytearray(whole)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(end)
        body[at : at + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 3))
    return bytes(body if draw.random() < 0.8 else body[: draw.randrange(len(body))])


def _send(running: Served, request: bytes) -> None:
    """Send, and go away without waiting for more than the first bytes."""
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            line.recv(100)


def _memory(running: Served) -> int:
    """KiB that the server's process has in memory."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
