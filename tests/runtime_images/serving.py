"""What the tests of the server share: configurations of models that lie here, and a server that runs by one."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models/surface-defects"
INTERPRETER = os.environ.get("EDGEWRIGHT_RUNTIME_PYTHON", sys.executable)
"""The Python that servers run on: CONTRIBUTING.md says when it is another one than that of the tests."""

IMAGE = {"name": "image", "datatype": "FP32", "shape": [-1, 1, 32, 32]}
PROBABILITIES = {"name": "probabilities", "datatype": "FP32", "shape": [-1, 8]}


def digest(file: Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def model_tier(
    file: Path,
    inputs: list[Any] | None = None,
    outputs: list[Any] | None = None,
    backend: str = "onnxruntime-cpu",
) -> dict[str, Any]:
    """A tier that runs a model's file."""
    model = {"folder": str(file.parent), "file": str(file), "digest": digest(file), "precision": "fp32"}
    tensors = {"inputs": inputs or [IMAGE], "outputs": outputs or [PROBABILITIES]}
    return {"name": f"{backend}/{file.stem.replace('.', '-')}", "backend": backend, "model": model | tensors}


def rule_tier(file: Path = ROOT / "rules/surface_defects.py") -> dict[str, Any]:
    return {"name": "rule", "backend": "rule", "rule": str(file)}


def configuration(*tiers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A configuration as `edgewright render` writes it; by default of the example's int8 form."""
    values = {
        "schemaVersion": 1,
        "fleet": "acme",
        "deviceClass": "kiosk",
        "workload": "inspect",
        "model": {"name": "surface-defects", "version": "3.4.0"},
        "http": {"port": free_port()},
        "tiers": list(tiers) or [model_tier(MODELS / "model.int8.onnx"), rule_tier()],
        "batching": {"maxBatch": 8, "windowMilliseconds": 2},
        "warmUpRequests": 3,
        "graceMilliseconds": 10_000,
    }
    return {**values, **changes}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def fragile_model(folder: Path) -> Path:
    """A model that answers the input plus 1, and fails at run time where the input is 100 or more: it looks
    into a table at that place. Input `at` (INT64, batch x 1), output `found` (FP32, batch x 1)."""
    table = helper.make_tensor("table", TensorProto.FLOAT, [100], np.arange(1, 101, dtype=np.float32))
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "at"], ["found"], axis=0)],
        "fragile",
        [helper.make_tensor_value_info("at", TensorProto.INT64, ["batch", 1])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["batch", 1])],
        [table],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file = folder / "fragile.onnx"
    onnx.save(model, file)
    return file


AT = {"name": "at", "datatype": "INT64", "shape": [-1, 1]}
FOUND = {"name": "found", "datatype": "FP32", "shape": [-1, 1]}


@dataclass
class Served:
    """A server that runs, and the ways to ask it."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    grpc: str = ""

    def get(self, path: str) -> tuple[int, Any]:
        status, _headers, body = self.ask("GET", path)
        return status, json.loads(body) if body[:1] in (b"{", b"[") else body.decode()

    def infer(self, values: Mapping[str, Any], raw: bytes = b"", **headers: str) -> tuple[int, Any, bytes]:
        """Ask for an answer: status, the JSON of the answer, and what follows it."""
        text = json.dumps(values).encode()
        if raw:
            headers["Inference-Header-Content-Length"] = str(len(text))
        status, got, body = self.ask("POST", "/v2/models/surface-defects/infer", text + raw, headers)
        length = int(got.get("inference-header-content-length", len(body)))
        return status, json.loads(body[:length]), body[length:]

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        request = Request(f"{self.url}{path}", body, dict(headers or {}), method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, _lower(answer.headers), answer.read()
        except HTTPError as error:
            return error.code, _lower(error.headers), error.read()

    def wait_until_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.get("/v2/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def wait_until_it_says(self, what: str, seconds: float = 60) -> Any:
        """What the readiness endpoint says as soon as there is something of `what`, ready or not."""
        end = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, self.log.read_text()
            with suppress(OSError):
                if what in (said := self.get("/v2/health/ready")[1]):
                    return said
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def served(values: dict[str, Any], folder: Path, *, ready: bool = True) -> Iterator[Served]:
    """A server that runs by a configuration, in a process of its own."""
    file, log = folder / "server.json", folder / "server.log"
    file.write_text(json.dumps(values))
    command = [
        INTERPRETER,
        "-m",
        "edgewright_runtime.server",
        "--config",
        str(file),
        "--host",
        "127.0.0.1",
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HOME": str(folder)})
    running = Served(process, f"http://127.0.0.1:{values['http']['port']}", log)
    if "grpc" in values:
        running.grpc = f"127.0.0.1:{values['grpc']['port']}"
    try:
        if ready:
            running.wait_until_ready()
        yield running
    finally:
        process.kill()
        process.wait()


def images(count: int = 1) -> NDArray[np.float32]:
    """Inputs of the example's model, the same each time."""
    return np.random.default_rng(7).random((count, 1, 32, 32), dtype=np.float32)


def binary_request(
    array: NDArray[Any], name: str = "image", datatype: str = "FP32"
) -> tuple[dict[str, Any], bytes]:
    """A request whose tensor follows as binary data."""
    raw = array.tobytes()
    entry = {"name": name, "datatype": datatype, "shape": list(array.shape)}
    return {"inputs": [entry | {"parameters": {"binary_data_size": len(raw)}}]}, raw


def stopped_under_load(running: Served, ask: Callable[[], None]) -> int:
    """Four clients ask, one question after the other, while the server gets SIGTERM and for a while after it has
    said that it is not ready; the exit code of the server."""
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            ask()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    running.process.send_signal(signal.SIGTERM)
    while running.get("/v2/health/ready")[0] != 503:
        time.sleep(0.02)
    time.sleep(0.5)  # an endpoint that is not ready any more is still asked for a while
    stop.set()
    for thread in threads:
        thread.join()
    return running.process.wait(30)
