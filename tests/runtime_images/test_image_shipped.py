"""The whole way of an image: built, locked, published, verified, and run by the digest that its Pod names.

The registry is a real one, and what a device gets is pulled out of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
from tests.cosign import needs_cosign, refusal
from tests.runtime_images.built import blob, built_once, config, manifest, unpacked
from tests.runtime_images.container import Bundle, running
from tests.runtime_images.pods import objects_in, volumes
from tests.runtime_images.serving import binary_request, images
from tests.shipped import Shipped

from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, sha256
from edgewright.commands.main import main

CLASSES = {"amd64": "kiosk", "arm64": "gate"}
"""The class of tests/shipped.py for a machine like this one."""


def pulled(reference: str, layout: Path) -> Path:
    """An image out of a registry of this machine, by its digest and nothing else, as a layout."""
    where, _, digest = reference.partition("@")
    host, _, repository = where.partition("/")

    def get(kind: str, digest: str) -> bytes:
        accepted = {"Accept": f"{MANIFEST_TYPE}, {INDEX_TYPE}"}
        with urlopen(Request(f"http://{host}/v2/{repository}/{kind}/{digest}", headers=accepted)) as answer:
            content: bytes = answer.read()
        assert sha256(content) == digest
        file = layout / "blobs" / digest.replace(":", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return content

    content = get("manifests", digest)
    for each in (found := json.loads(content))["layers"] + [found["config"]]:
        get("blobs", each["digest"])
    (layout / "index.json").write_text(json.dumps({"manifests": [{"digest": digest, "size": len(content)}]}))
    return layout


def pulled_model(volume: dict[str, Any], place: Path) -> None:
    """Lay what a node mounts for an image volume."""
    layout = pulled(volume["image"]["reference"], place.with_name(f"{place.name}.layout"))
    for layer in manifest(layout)["layers"]:
        subprocess.run(["tar", "-xC", str(place)], input=blob(layout, layer), check=True)


@pytest.fixture
def fleet(shipped: Shipped, tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """A fleet whose only class is like this machine, with the built image where `lock` looks for it."""
    layout = built_once(tmp_path_factory)
    architecture = config(layout)["architecture"]
    lines = Path(shipped.fleet).read_text().splitlines(keepends=True)
    others = tuple(f"  {name}:" for each, name in CLASSES.items() if each != architecture)
    Path(shipped.fleet).write_text("".join(line for line in lines if not line.startswith(others)))
    shipped.edit("{amd64: server, arm64: server}", f"{{{architecture}: runtime-cpu}}")
    shutil.copytree(layout, shipped.folder / "build/images/runtime-cpu")
    return shipped


def pod_of(fleet: Shipped, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rendered Pod and its ConfigMap."""
    assert main(["render", fleet.fleet, "--out", str(folder)]) == 0
    [file] = folder.glob("*/manifests/inspect.yaml")
    rendered = objects_in(file)
    return rendered["Rollout"]["spec"]["template"], rendered["ConfigMap"]


@needs_cosign
def test_what_was_built_is_what_a_device_runs(fleet: Shipped, tmp_path: Path) -> None:
    assert main(["lock", fleet.fleet, "--offline"]) == 0
    assert fleet.publish() == 0
    assert main(["verify", fleet.fleet]) == 0
    pod, config_map = pod_of(fleet, tmp_path / "rendered")
    reference = pod["spec"]["containers"][0]["image"]
    assert reference.startswith(f"{fleet.registry}/{fleet.prefix}/runtime-cpu@sha256:")
    assert refusal(reference, fleet.folder / "keys/fleet.pub") == ""
    assert refusal(reference, fleet.folder / "keys/other.pub") != ""

    image = pulled(reference, tmp_path / "image")
    mounted = volumes(pod, config_map, tmp_path / "volumes", pulled_model)
    bundle = Bundle(unpacked(image, tmp_path / "root"), config(image)["config"], mounted)
    name = f"edgewright-shipped-{fleet.prefix}"
    with running(name, pod, bundle, tmp_path / "bundle") as container:
        container.wait_until_ready()
        values, raw = binary_request(images())
        text = json.dumps(values).encode()
        headers = {"Inference-Header-Content-Length": str(len(text))}
        status, got, body = container.ask("POST", "/v2/models/defects/infer", text + raw, headers)
    assert (status, got["edgewright-tier"]) == (200, "onnxruntime-cpu/int8")
    assert np.array(json.loads(body)["outputs"][0]["data"]).size == 8
    shutil.rmtree(tmp_path / "root")


def test_who_clones_a_fleet_needs_no_layout(
    fleet: Shipped, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is pinned stays so; the registry has it, or it is told that nobody does."""
    assert main(["lock", fleet.fleet, "--offline"]) == 0
    shutil.rmtree(fleet.folder / "build")
    pinned = (fleet.folder / "fleet.lock").read_text()
    assert "digest: sha256:" in pinned.partition("runtime-cpu:")[2]
    assert main(["lock", fleet.fleet, "--offline"]) == 0
    assert (fleet.folder / "fleet.lock").read_text() == pinned
    assert main(["check", fleet.fleet]) == 0
    pod_of(fleet, tmp_path / "rendered")
    capsys.readouterr()
    assert fleet.publish() == 1
    said = capsys.readouterr()
    assert "artifact-missing" in said.out + said.err
    assert "build it into build/images" in said.out + said.err
