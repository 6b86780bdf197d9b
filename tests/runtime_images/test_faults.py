"""What goes wrong on devices: half a model, drivers that crash, clients that send anything."""

from __future__ import annotations

import json
import os
import random
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
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

from edgewright_runtime import readiness
from edgewright_runtime.config import read_config
from edgewright_runtime.log import Log
from edgewright_runtime.promise import broken_promises
from edgewright_runtime.tiers.opening import open_tier

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


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link"])
def test_what_is_no_file_is_not_the_promised_one(tmp_path: Path, kind: str) -> None:
    """A pipe and /dev/zero would be read for ever, and nobody be told why."""
    file = tmp_path / "model.onnx"
    file.write_bytes(b"model")
    config = read_config(configured(tmp_path, model_tier(file)))
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to("/dev/zero" if kind == "device" else tmp_path / "nowhere")
    [fault] = broken_promises(config)
    assert ("No such file" if kind == "link" else "it is no file") in fault


def test_a_model_that_comes_late_is_served_when_it_is_there(tmp_path: Path) -> None:
    whole = (MODELS / "model.int8.onnx").read_bytes()
    file = tmp_path / "model.onnx"
    file.write_bytes(whole)
    values = configuration(model_tier(file))
    file.unlink()
    with served(values, tmp_path, ready=False) as running:
        assert "No such file" in running.wait_until_it_says("faults")["faults"][0]
        file.write_bytes(whole)
        running.wait_until_ready()


def test_a_tier_that_can_be_had_later_is_tried_again(tmp_path: Path) -> None:
    """As a GPU whose memory the server before this one still has."""
    rule, there = tmp_path / "rule.py", tmp_path / "there"
    rule.write_text(
        f"import numpy as np\nopen({str(there)!r})\n"
        "def infer(x):\n    return {'probabilities': np.zeros((len(x['image']), 8), np.float32)}\n"
    )
    tiers = [model_tier(MODELS / "model.onnx", backend="tensorrt"), rule_tier(rule)]
    with served(configuration(*tiers), tmp_path, ready=False) as running:
        while running.wait_until_it_says("step")["step"] != "no tier is to be had":
            time.sleep(0.05)
        there.touch()
        running.wait_until_ready()


def test_a_model_that_is_replaced_while_it_is_opened_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes((MODELS / "model.int8.onnx").read_bytes())
    configuration_file = configured(tmp_path, model_tier(file))
    config, state = read_config(configuration_file), readiness.Readiness()

    def replaced(*asked: Any) -> Any:
        file.with_suffix(".new").write_bytes((MODELS / "model.onnx").read_bytes())
        file.with_suffix(".new").replace(file)
        return open_tier(*asked)

    def given_up(_seconds: float) -> None:
        raise TimeoutError

    monkeypatch.setattr(readiness, "open_tier", replaced)
    monkeypatch.setattr(readiness, "sleep", given_up)
    with pytest.raises(TimeoutError):
        readiness.get_ready(
            config, configuration_file, state, lambda *_: None, Log(out=os.open(os.devnull, 1))
        )
    assert (state.ready, state.step) == (False, "the model changed while it was opened")


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


def test_a_request_that_no_model_can_answer_does_not_cost_the_others_theirs(tmp_path: Path) -> None:
    model = model_tier(MODELS / "model.onnx")
    with served(configuration(model, rule_tier()), tmp_path) as running:
        tiers = [
            running.infer(*binary_request(array))[1]["parameters"]["tier"]
            for array in (images(), np.full_like(images(), np.nan), images())
        ]
        assert (tiers[0], tiers[2]) == (model["name"], model["name"])


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
