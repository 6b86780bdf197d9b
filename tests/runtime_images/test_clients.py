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


def asked(script: str, server: str, tmp_path: Path) -> dict[str, Any]:
    """What a client's script says of a server."""
    file = tmp_path / "image.npy"
    np.save(file, images(2))
    command = [str(each) for each in (PYTHON, CLIENTS / script, server, "surface-defects", file)]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


def test_tritons_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_triton.py", server.url.removeprefix("http://"), tmp_path)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    assert said["server"]["name"] == "edgewright-runtime"
    assert said["model"]["outputs"][0]["datatype"] == "FP32"
    assert len(said["answers"]) == 4  # binary and JSON, both ways
    for answer in said["answers"]:
        np.testing.assert_allclose(answer, bare(images(2)), atol=1e-6)
    assert said["ids"] == [str(each) for each in range(8)]
    assert "the model takes [-1, 1, 32, 32]" in said["refusal"]


def test_kserves_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_kserve.py", server.url, tmp_path)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    for answer in said["answers"]:
        np.testing.assert_allclose(answer, bare(images(2)), atol=1e-6)


def test_tritons_grpc_client(server: Served, tmp_path: Path) -> None:
    said = asked("ask_triton_grpc.py", server.grpc, tmp_path)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, True)
    assert said["server"]["name"] == "edgewright-runtime"
    assert said["model"]["inputs"][0]["shape"] == ["-1", "1", "32", "32"]
    np.testing.assert_allclose(said["answer"], bare(images(2)), atol=1e-6)
    assert said["id"] == "one"
    assert said["parameters"]["tier"] == "onnxruntime-cpu/model-int8"
    assert said["parameters"]["model_digest"].startswith("sha256:")
    (shape, shape_words), (name, name_words) = said["refusals"]
    assert (shape, name) == ("StatusCode.INVALID_ARGUMENT", "StatusCode.NOT_FOUND")
    assert "the model takes [-1, 1, 32, 32]" in shape_words
    assert "this server has `surface-defects`" in name_words
