"""Servers of one model that are measured: how each is started, asked, and how much memory it takes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from process import Failed

HERE: Final = Path(__file__).parent
KSERVE: Final = HERE.parent / "tests" / "clients" / ".venv" / "bin" / "python"
MLSERVER: Final = HERE / "mlserver-env" / ".venv" / "bin" / "mlserver"
_SHAPE: Final = (1, 3, 224, 224)
_SLOWEST_START: Final = 120.0


@dataclass(frozen=True, slots=True)
class Server:
    """How to start one, and which of its ports answers."""

    name: str
    command: Sequence[str | Path]
    port: int
    folder: Path
    environment: Mapping[str, str]


@dataclass(slots=True)
class Running:
    """One that is ready: after how many seconds, and its process."""

    server: Server
    process: subprocess.Popen[bytes]
    start: float

    @property
    def memory(self) -> int:
        """Bytes of it and its children; what processes share counts once (PSS)."""
        return sum(_memory(each) for each in _family(self.process.pid))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def ours(model: Path, folder: Path, name: str = "Edgewright", max_batch: int = 8, at_once: int = 1) -> Server:
    """Our server by a configuration as `edgewright render` writes it, but for its one thread for a batch, and
    `at_once` batches at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    port, file = free_port(), folder / "server.json"
    values = _configuration(model, port, max_batch) | {"concurrency": at_once}
    file.write_text(json.dumps(values))
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "edgewright_runtime.server",
        "--config",
        file,
        "--host",
        "127.0.0.1",
    ]
    return Server(name, command, port, folder, {})


def _configuration(model: Path, port: int, max_batch: int) -> dict[str, Any]:
    promised = {
        "folder": str(model.parent),
        "file": str(model),
        "digest": f"sha256:{hashlib.sha256(model.read_bytes()).hexdigest()}",
        "precision": "fp32",
        "inputs": [{"name": "data_0", "datatype": "FP32", "shape": [-1, *_SHAPE[1:]]}],
        "outputs": [{"name": "softmaxout_1", "datatype": "FP32", "shape": [-1, 1000, 1, 1]}],
    }
    return {
        "schemaVersion": 1,
        "fleet": "bench",
        "deviceClass": "here",
        "workload": "squeezenet",
        "model": {"name": "squeezenet", "version": "1.0.0"},
        "http": {"port": port},
        "tiers": [{"name": "onnxruntime-cpu", "backend": "onnxruntime-cpu", "model": promised}],
        "batching": {"maxBatch": max_batch, "windowMilliseconds": 5},
        "warmUpRequests": 5,
        "graceMilliseconds": 5000,
        "threads": 1,
    }


def kserve(model: Path, folder: Path) -> Server:
    """KServe's Python server with a custom model, as its documentation writes one."""
    port = free_port()
    command: list[str | Path] = [KSERVE, HERE / "programs" / "kserve_squeezenet.py", model, str(port)]
    return Server("KServe's Python server", command, port, folder, {})


def mlserver(model: Path, folder: Path, workers: int = 0) -> Server:
    """MLServer with a custom runtime, in its own process or in so many of their own."""
    name = f"MLServer, {workers} workers" if workers else "MLServer"
    port, served = free_port(), folder / f"mlserver-{workers}"
    served.mkdir(parents=True, exist_ok=True)
    settings = {
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "host": "127.0.0.1",
        "parallel_workers": workers,
        "metrics_dir": str(served / "metrics"),
        "debug": False,
    }
    (served / "settings.json").write_text(json.dumps(settings))
    of_model = {
        "name": "squeezenet",
        "implementation": "mlserver_squeezenet.SqueezeNet",
        "parameters": {"uri": str(model)},
    }
    (served / "model-settings.json").write_text(json.dumps(of_model))
    return Server(name, [MLSERVER, "start", served], port, served, {"PYTHONPATH": str(HERE / "programs")})


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """The server from when its model is ready. Raises Failed where it never is."""
    server.folder.mkdir(parents=True, exist_ok=True)
    log = server.folder / f"{server.name.split()[0]}.log"
    started = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in server.command],
            stdout=out,
            stderr=out,
            env={**os.environ, **server.environment},
            start_new_session=True,
        )
    try:
        while not _ready(server.port):
            if process.poll() is not None or time.perf_counter() - started > _SLOWEST_START:
                raise Failed(f"{server.name} never became ready:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.005)
        yield Running(server, process, time.perf_counter() - started)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"GET /v2/models/squeezenet/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return b" 200 " in line.recv(1000).partition(b"\r\n")[0]
    except OSError:
        return False


def _family(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(each for child in children for each in _family(int(child)))]


def _memory(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
