"""A fleet with every optional part on, from its text to a server that does all of it."""

from __future__ import annotations

import json
import re
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tests.runtime_images.serving import (
    MODELS,
    ROOT,
    Served,
    binary_request,
    free_port,
    images,
    served,
)
from tests.runtime_images.test_log import lines
from tests.runtime_images.test_rpc import asking, call
from tests.runtime_images.test_traces import collector, spans_of

from edgewright.assembly import assemble
from edgewright.document.document import read_document
from edgewright.render import Manifest

Values = dict[str, Any]
ASKED = 50
PARTS = ("workloads", "monitoring", "security")
COLLECTOR = ("monitoring", "tracing", "endpoint")
"""Here it is on this machine, which to a pod is the pod itself."""


def fleet(folder: Path, below: float, endpoint: str) -> Path:
    """The example's fleet.yaml beside links to its files: one class that runs here, with every part on."""
    for name in ("models", "rules", "keys", "stacks", "fleet.lock"):
        (folder / name).symlink_to(ROOT / name)
    values = read_document(ROOT / "fleet.yaml").value
    kiosk = values["deviceClasses"]["kiosk"]
    values["deviceClasses"] = {"kiosk": {"board": kiosk["board"], "software": kiosk["software"]}}
    del values["inventory"], values["rollouts"], values["runtimes"]["tensorrt"]
    inspect = values["workloads"]["inspect"]
    for name in ("rollout", "load", "latency"):
        inspect.pop(name)
    on_kiosk = inspect["on"]["kiosk"]
    del on_kiosk["latency"]
    inspect["on"] = {"kiosk": on_kiosk}
    inspect |= {
        "batching": {"maxBatch": 8, "window": "2ms", "concurrency": 2},
        "threads": 1,
        "grpc": True,
        "responseCache": "1Mi",
        "whenUnsure": {"below": f"{below * 100:.4f}%", "keep": "1Mi"},
    }
    values["monitoring"] |= {
        "requestLog": {"sample": "20%"},
        "tracing": {"endpoint": endpoint, "sample": "100%"},
    }
    values["security"]["network"]["allow"]["egress"] = [{"cidr": "127.0.0.0/8"}]
    file = folder / "fleet.yaml"
    file.write_text(json.dumps(values))
    return file


def rendered(file: Path) -> list[Manifest]:
    assembled = assemble(file, today=date(2026, 11, 1), unlocked=True)
    wrong = [each for each in assembled.findings if each.level != "info" and each.path[0] in PARTS]
    assert [each.path for each in wrong] == [COLLECTOR]
    return list(assembled.manifests)


def moved(manifests: list[Manifest], folder: Path) -> Values:
    """The rendered configuration with the Pod's folders below one of this machine, and other ports."""
    (config_map,) = [each.body for each in manifests if each.body["kind"] == "ConfigMap"]
    (pods,) = [each.body for each in manifests if each.body["kind"] == "Deployment"]
    (server,) = pods["spec"]["template"]["spec"]["containers"]
    mounts = "|".join(re.escape(each["mountPath"]) for each in server["volumeMounts"])
    text = re.sub(f'"({mounts})', rf'"{folder}\1', config_map["data"]["server.json"])
    values: Values = json.loads(text)
    rule = folder / "etc/edgewright/rule.py"
    rule.parent.mkdir(parents=True)
    rule.write_text(config_map["data"]["rule.py"])
    for tier in values["tiers"]:
        if "model" in tier:
            place = Path(tier["model"]["file"])
            place.parent.mkdir(parents=True)
            shutil.copy(MODELS / "model.int8.onnx", place)
            shutil.copy(MODELS / "model.int8.onnx.answers.npz", tier["model"]["golden"]["file"])
    return values | {"http": {"port": free_port()}, "grpc": {"port": free_port()}}


def bare(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    session = onnxruntime.InferenceSession(MODELS / "model.int8.onnx", providers=["CPUExecutionProvider"])
    scores: np.ndarray[Any, Any] = session.run(None, {"image": array})[0]
    return scores


def kept(folder: Path, count: int) -> set[bytes]:
    """The inputs that lie in a folder, as soon as there are so many."""
    end = time.monotonic() + 60
    while len(files := list(folder.glob("*.npz"))) < count:
        assert time.monotonic() < end
        time.sleep(0.05)
    return {np.load(file)["image"].tobytes() for file in files}


def test_a_fleet_with_every_part_on_is_served(tmp_path: Path) -> None:
    array = images(8)
    sure = bare(array).max(axis=1)
    below = round(float(np.sort(sure)[3:5].mean()), 6)
    with collector() as (endpoint, came):
        values = moved(rendered(fleet(tmp_path, below, endpoint)), tmp_path / "device")
        assert (values["threads"], values["concurrency"]) == (1, 2)
        with served(values, tmp_path) as running:
            _is_cached(running, array)
            _is_asked_by_grpc(running, array)
            unsure = {array[at : at + 1].tobytes() for at in range(8) if sure[at] < below}
            folder = Path(values["reservoir"]["folder"])
            assert folder.is_relative_to(tmp_path / "device/var/lib/edgewright")
            assert kept(folder, 4) == unsure
            spans = spans_of(came.get(timeout=60))
            assert {"infer surface-defects", "inference onnxruntime-cpu/int8"} <= spans.keys()
            told = len(lines(running.log, "request"))
            for _ in range(ASKED):
                running.infer(*binary_request(array))
            assert len(lines(running.log, "request")) == told + ASKED // 5


def _is_cached(running: Served, array: np.ndarray[Any, Any]) -> None:
    first, again = (running.infer(*binary_request(array))[1] for _ in range(2))
    assert first["parameters"]["tier"] == "onnxruntime-cpu/int8"
    assert "cached" not in first["parameters"]
    assert again["parameters"]["cached"]
    assert again["outputs"] == first["outputs"]


def _is_asked_by_grpc(running: Served, array: np.ndarray[Any, Any]) -> None:
    said = call(running, "ModelInfer", asking(array))
    found = np.frombuffer(said.raw_output_contents[0], np.float32).reshape(8, 8)
    np.testing.assert_allclose(found, bare(array), atol=1e-5)
