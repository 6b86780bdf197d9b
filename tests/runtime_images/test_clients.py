"""Other projects' clients, as they are installed from PyPI, ask the server that runs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime_images.serving import ROOT, Served, configuration, free_port, images, served
from tests.runtime_images.test_server import bare

CLIENTS = ROOT / "tests/clients"
PYTHON = CLIENTS / ".venv/bin/python"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="the clients are not installed: make tests/clients/.venv/.ready"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(configuration(grpc={"port": free_port()}), tmp_path_factory.mktemp("served")) as running:
        yield running


def asked(script: str, tmp_path: Path, *addresses: str) -> dict[str, Any]:
    """What a client's script says of a server."""
    file = tmp_path / "image.npy"
    np.save(file, images(2))
    command = [str(each) for each in (PYTHON, CLIENTS / script, *addresses, "surface-defects", file)]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


def test_tritons_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_triton.py", tmp_path, server.url.removeprefix("http://"))
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    assert said["server"]["name"] == "edgewright-runtime"
    assert said["model"]["outputs"][0]["datatype"] == "FP32"
    assert len(said["answers"]) == 4  # binary and JSON, both ways
    for answer in (*said["answers"], *said["compressed"]):
        np.testing.assert_allclose(answer, bare(images(2)), atol=1e-6)
    highest = bare(images(2)).argmax(axis=1)
    assert [int(row[0].split(":")[1]) for row in said["best"]] == highest.tolist()
    assert (said["config"]["max_batch_size"], said["config"]["input"][0]["dims"]) == (8, [1, 32, 32])
    assert said["statistics"]["model_stats"][0]["inference_count"] >= 2 * len(said["answers"])
    assert [each["state"] for each in said["index"]] == ["READY"]
    assert "systemsharedmemory/status" in said["not_offered"]
    assert said["ids"] == [str(each) for each in range(8)]
    assert "the model takes [-1, 1, 32, 32]" in said["refusal"]


def test_kserves_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_kserve.py", tmp_path, server.url, server.grpc)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    assert (said["other_ready"], said["ids"]) == (False, ["one"] * 6)
    for answer in said["answers"]:  # JSON and binary, both ways; typed and raw over gRPC
        np.testing.assert_allclose(answer, bare(images(2)), atol=1e-6)


def test_tritons_grpc_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_triton_grpc.py", tmp_path, server.grpc)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    assert said["server"]["name"] == "edgewright-runtime"
    assert said["model"]["inputs"][0]["shape"] == ["-1", "1", "32", "32"]
    np.testing.assert_allclose(said["answer"], bare(images(2)), atol=1e-6)
    assert said["id"] == "one"
    ids, faults = zip(*said["streamed"], strict=True)
    assert (ids[0], ids[2]) == ("0", "2")
    assert [bool(each) for each in faults] == [False, True, False]
    assert (said["config"]["max_batch_size"], said["config"]["input"][0]["dims"]) == (8, ["1", "32", "32"])
    assert int(said["statistics"]["model_stats"][0]["inference_count"]) >= 2
    assert [each["state"] for each in said["index"]] == ["READY"]
    assert said["parameters"]["tier"] == "onnxruntime-cpu/model-int8"
    assert said["parameters"]["model_digest"].startswith("sha256:")
    (shape, shape_words), (name, name_words) = said["refusals"]
    assert (shape, name) == ("StatusCode.INVALID_ARGUMENT", "StatusCode.NOT_FOUND")
    assert "the model takes [-1, 1, 32, 32]" in shape_words
    assert "this server has `surface-defects`" in name_words
