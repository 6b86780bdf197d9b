"""The server as a device runs it: a process, asked over the wire."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
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
    stopped_under_load,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(configuration(), tmp_path_factory.mktemp("served")) as running:
        yield running


def bare(array: np.ndarray[Any, Any], file: str = "model.int8.onnx") -> np.ndarray[Any, Any]:
    """What the model says without any server."""
    session = onnxruntime.InferenceSession(MODELS / file, providers=["CPUExecutionProvider"])
    found: np.ndarray[Any, Any] = session.run(None, {"image": array})[0]
    return found


def test_the_answer_is_the_models_own_in_binary(server: Served) -> None:
    array = images(3)
    values, raw = binary_request(array)
    status, head, rest = server.infer(values | {"parameters": {"binary_data_output": True}}, raw)
    assert (status, head["outputs"][0]["shape"]) == (200, [3, 8])
    found = np.frombuffer(rest, np.float32).reshape(3, 8)
    np.testing.assert_allclose(found, bare(array), atol=1e-6)


def test_the_answer_is_the_models_own_in_json(server: Served) -> None:
    array = images(2)
    entry = {"name": "image", "datatype": "FP32", "shape": [2, 1, 32, 32], "data": array.tolist()}
    status, head, rest = server.infer({"id": "a-7", "inputs": [entry]})
    assert (status, head["id"], rest) == (200, "a-7", b"")
    found = np.array(head["outputs"][0]["data"]).reshape(2, 8)
    np.testing.assert_allclose(found, bare(array), atol=1e-6)


def test_every_answer_names_tier_version_and_digest(server: Served) -> None:
    values, raw = binary_request(images())
    text = json.dumps(values).encode()
    _, headers, body = server.ask(
        "POST",
        "/v2/models/surface-defects/versions/3.4.0/infer",
        text + raw,
        {"Inference-Header-Content-Length": str(len(text))},
    )
    model = configuration()["tiers"][0]
    assert headers["edgewright-tier"] == model["name"]
    assert headers["edgewright-model-version"] == "3.4.0"
    assert headers["edgewright-model-digest"] == model["model"]["digest"]
    told = json.loads(body)["parameters"]
    assert told == {"tier": model["name"], "model_digest": model["model"]["digest"]}


def test_it_says_what_it_is_and_what_it_serves(server: Served) -> None:
    assert server.get("/v2/health/live") == (200, {"live": True})
    assert "binary_tensor_data" in server.get("/v2")[1]["extensions"]
    status, model = server.get("/v2/models/surface-defects")
    assert (status, model["versions"]) == (200, ["3.4.0"])
    assert model["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 1, 32, 32]}]
    assert server.get("/v2/models/surface-defects/ready")[0] == 200
    assert server.get("/v2/models/surface-defects/versions/3.4.0")[0] == 200
    ready = server.get("/v2/health/ready")[1]
    assert ready["tiers"] == {"onnxruntime-cpu/model-int8": "ready", "rule": "ready"}
    assert ready["warmUpP99Milliseconds"] > 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v2/models/other", "this server has `surface-defects`"),
        ("/v2/models/surface-defects/versions/3.3.0", "in version 3.4.0 only"),
        ("/v2/models/surface-defects/versions/3.3.0/ready", "in version 3.4.0 only"),
    ],
)
def test_another_model_is_not_found(server: Served, path: str, said: str) -> None:
    status, body = server.get(path)
    assert status == 404
    assert said in body["error"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"", {}, 400, "no JSON"),
        (b"{", {}, 400, "no JSON"),
        (b"[" * 100_000, {}, 400, "nested too deeply"),
        (b"\xff\xfe", {}, 400, "no"),
        (b"{}", {"Inference-Header-Content-Length": "99"}, 400, "its header says that 99"),
        (b"{}", {"Inference-Header-Content-Length": "-1"}, 400, "a number of bytes"),
        (b"{}", {"Content-Encoding": "gzip"}, 400, "compressed"),
        (b"{}", {"Content-Encoding": "br"}, 415, "gzip or deflate"),
        (b'{"inputs": [{"name": "image"}]}', {}, 400, "the model takes FP32"),
    ],
)
def test_what_is_wrong_is_refused_in_words(
    server: Served, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    got, _, answer = server.ask("POST", "/v2/models/surface-defects/infer", body, headers)
    assert got == status
    assert said in json.loads(answer)["error"]


def test_a_body_that_no_request_can_have_is_refused_before_it_is_read(server: Served) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = (
            f"POST /v2/models/surface-defects/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {2 << 30}\r\n\r\n"
        )
        line.sendall(head.encode())
        assert b" 413 " in line.recv(1000).splitlines()[0]


def test_it_counts_what_a_rollout_is_judged_by(server: Served) -> None:
    promised = json.loads(
        (Path(__file__).parents[2] / "runtime_images/edgewright_runtime/metrics.json").read_text()
    )
    values, raw = binary_request(images())
    server.infer(values, raw)
    text = server.get("/metrics")[1]
    assert 'edgewright_requests_total{outcome="ok",revision="",workload="inspect"}' in text
    for name, metric in promised["metrics"].items():
        assert f"# TYPE {name} {metric['type']}" in text


def test_a_tier_that_starts_to_fail_is_left_and_no_client_sees_it(tmp_path: Path) -> None:
    """The model looks beyond the end of its table for some requests: ONNX Runtime raises, the rule answers."""
    rule = tmp_path / "rule.py"
    rule.write_text(
        "import numpy as np\ndef infer(x):\n    return {'found': np.full(x['at'].shape, -1, np.float32)}\n"
    )
    tiers = [model_tier(fragile_model(tmp_path), [AT], [FOUND]), rule_tier(rule)]
    with served(configuration(*tiers), tmp_path) as running:
        statuses: Counter[int] = Counter()
        tiers_seen: Counter[str] = Counter()

        def ask(value: int) -> str:
            values, raw = binary_request(np.array([[value]], np.int64), "at", "INT64")
            status, head, _ = running.infer(values, raw)
            statuses[status] += 1
            tier: str = head["parameters"]["tier"]
            tiers_seen[tier] += 1
            return tier

        assert ask(5).startswith("onnxruntime-cpu")
        failing = [threading.Thread(target=lambda: [ask(1000) for _ in range(20)]) for _ in range(4)]
        for thread in failing:
            thread.start()
        for thread in failing:
            thread.join()
        assert statuses == {200: 81}
        assert tiers_seen["rule"] == 80
        end = time.monotonic() + 30
        while not ask(5).startswith("onnxruntime-cpu"):
            assert time.monotonic() < end
            time.sleep(0.2)
        metrics = running.get("/metrics")[1]
        assert 'edgewright_requests_total{outcome="error",revision="",workload="inspect"} 0.0' in metrics


def test_of_several_batches_at_the_same_time_each_gets_its_own_answers(tmp_path: Path) -> None:
    array = images(16)
    wanted = bare(array)
    wrong: list[tuple[int, Any]] = []

    def ask(at: int) -> None:
        values, raw = binary_request(array[at : at + 1])
        for _ in range(20):
            found = running.infer(values, raw)[1]["outputs"][0]["data"]
            if not np.allclose(found, wanted[at], atol=1e-6):
                wrong.append((at, found))

    patient = configuration(concurrency=4, latencyP99Milliseconds=10_000)  # a busy machine is no failing tier
    with served(patient, tmp_path) as running:
        asking = [threading.Thread(target=ask, args=(at,)) for at in range(16)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert wrong == []


def test_a_model_that_is_not_the_promised_one_is_never_served(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    whole = (MODELS / "model.onnx").read_bytes()
    file.write_bytes(whole)
    tier = model_tier(file)
    file.write_bytes(whole[:-1])
    with served(configuration(tier), tmp_path, ready=False) as running:
        end = time.monotonic() + 20
        while True:
            try:
                status, said = running.get("/v2/health/ready")
                if "faults" in said:
                    break
            except OSError:
                pass
            assert time.monotonic() < end
            time.sleep(0.05)
        assert status == 503
        assert "was promised" in said["faults"][0]
        assert running.get("/v2/health/live")[0] == 200
        values, raw = binary_request(images())
        assert running.infer(values, raw)[0] == 503


def test_sigterm_under_load_loses_no_request(tmp_path: Path) -> None:
    with served(configuration(), tmp_path) as running:
        statuses: Counter[object] = Counter()
        values, raw = binary_request(images())

        def question() -> None:
            try:
                statuses[running.infer(values, raw)[0]] += 1
            except OSError as error:
                statuses[repr(error)] += 1

        assert stopped_under_load(running, question) == 0
        assert set(statuses) == {200}
        assert statuses[200] > 20


def test_who_never_ends_its_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """Beyond the grace the kubelet ends the process, and with it whatever else it does."""
    with served(configuration(graceMilliseconds=5000), tmp_path) as running:
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            head = (
                "POST /v2/models/surface-defects/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n{"
            )
            line.sendall(head.encode())
            time.sleep(0.3)
            started = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(20) == 0
        assert time.monotonic() - started < 5


def test_after_kill_9_it_starts_again(tmp_path: Path) -> None:
    values = configuration()
    for _ in range(2):
        with served(values, tmp_path) as running:
            asked, raw = binary_request(images())
            assert running.infer(asked, raw)[0] == 200
            running.process.kill()


def test_a_configuration_that_is_none_is_told_whole(tmp_path: Path) -> None:
    values = configuration() | {"graceMilliseconds": -1, "surprise": 1}
    with served(values, tmp_path, ready=False) as running:
        assert running.process.wait(20) == 2
        said = running.log.read_text()
    assert "graceMilliseconds" in said
    assert "surprise" in said
