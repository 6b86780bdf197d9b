"""The image for a CPU as `edgewright image build` makes it, run as a rendered Pod of the example says."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import yaml
from tests.runtime_images.built import blob, build, built_once, config, manifest, unpacked
from tests.runtime_images.container import Bundle, Container, running
from tests.runtime_images.serving import MODELS, ROOT, binary_request, images

from edgewright.artifact.card import Card
from edgewright.artifact.lock_file import read_lock
from edgewright.artifact.model import model_layer
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.catalogue import load
from edgewright.commands.main import main
from edgewright.document.document import read_document
from edgewright.render.pod import USER
from edgewright.workshop.building.bill import PLACE

LARGEST = 60_000_000
"""Bytes that a device may have to pull."""

SHELLS = ("sh", "bash", "dash", "busybox", "apt", "dpkg", "tar", "perl", "openssl")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_once(tmp_path_factory)


@pytest.fixture(scope="module")
def root(layout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = unpacked(layout, tmp_path_factory.mktemp("image") / "root")
    yield found
    shutil.rmtree(found)  # pytest would keep thousands of files for three runs more


def objects_of_the_kiosk(folder: Path) -> dict[str, dict[str, Any]]:
    """What `edgewright render` writes for the workload of the class `kiosk`, by kind."""
    assert main(["render", str(ROOT / "fleet.yaml"), "--unlocked", "--out", str(folder)]) == 0
    text = (folder / "kiosk/manifests/inspect.yaml").read_text()
    return {each["kind"]: each for each in yaml.safe_load_all(text)}


def model_volume(form: str, folder: Path) -> Path:
    """What a node mounts for a form of the model: the layer of its artifact, unpacked."""
    lock, _ = read_lock(read_document(ROOT / "fleet.lock"))
    card = Card("surface-defects", lock.models["surface-defects"], form)
    content = b"".join(model_layer(card, partial(chunks_of, ROOT)).chunks())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def volumes(pod: dict[str, Any], config_map: dict[str, Any], folder: Path) -> dict[str, Path]:
    """The Pod's volumes on this machine."""
    found = {}
    for volume in pod["spec"]["volumes"]:
        place = found[volume["name"]] = folder / volume["name"]
        place.mkdir(parents=True)
        if "configMap" in volume:
            assert volume["configMap"]["name"] == config_map["metadata"]["name"]
            for name, text in config_map["data"].items():
                (place / name).write_text(text)
        elif "image" in volume:
            model_volume(volume["name"].removeprefix("model-"), place)
        else:
            place.chmod(0o2777)
    return found


@pytest.fixture(scope="module")
def container(layout: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    folder = tmp_path_factory.mktemp("pod")
    rendered = objects_of_the_kiosk(folder / "rendered")
    pod = rendered["Rollout"]["spec"]["template"]
    bundle = Bundle(root, config(layout)["config"], volumes(pod, rendered["ConfigMap"], folder / "volumes"))
    name = f"edgewright-{folder.parent.name}-{folder.name}"
    with running(name, pod, bundle, folder / "bundle") as started:
        started.wait_until_ready()
        yield started


def test_the_rendered_pod_and_the_image_fit(container: Container) -> None:
    """The server answers what the model says, from the tier that was rendered."""
    array = images(3)
    values, raw = binary_request(array)
    text = json.dumps(values | {"parameters": {"binary_data_output": True}}).encode()
    status, headers, body = container.ask(
        "POST",
        "/v2/models/surface-defects/infer",
        text + raw,
        {"Inference-Header-Content-Length": str(len(text))},
    )
    assert (status, headers["edgewright-tier"]) == (200, "onnxruntime-cpu/int8")
    found = np.frombuffer(body[int(headers["inference-header-content-length"]) :], np.float32).reshape(3, 8)
    session = onnxruntime.InferenceSession(MODELS / "model.int8.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(found, session.run(None, {"image": array})[0], atol=1e-5)


def test_it_runs_as_the_pod_says(container: Container) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in container.python("print(open('/proc/1/status').read())").splitlines()
        if ":\t" in line
    )
    assert status["Uid"].split() == [str(USER)] * 4
    assert (int(status["CapBnd"], 16), int(status["CapEff"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    for place, writable in (
        ("/", False),
        ("/etc/edgewright", False),
        ("/models/int8", False),
        ("/tmp", True),
    ):
        code = f"import tempfile\ntry:\n tempfile.TemporaryFile(dir={place!r})\n print(1)\nexcept OSError:\n print(0)"
        assert container.python(code).strip() == str(int(writable)), place
    assert container.python("import socket; print(len(socket.if_nameindex()))").strip() == "1"


def test_every_module_that_stayed_can_be_imported(container: Container) -> None:
    """So no library was left out that something is linked with."""
    code = """\
import importlib, os
for folder in ("/usr/lib/python3.11", "/usr/lib/python3.11/lib-dynload"):
    for name in sorted(os.listdir(folder)):
        module = name.partition(".")[0]
        if name.endswith((".py", ".so")) and module not in ("antigravity", "this", "pydoc"):
            importlib.import_module(module)
import onnxruntime, numpy, numpy.random, numpy.fft, numpy.linalg, ssl, zoneinfo
assert numpy.linalg.inv(numpy.eye(3)).trace() == 3
assert len(ssl.create_default_context().get_ca_certs()) > 100
zoneinfo.ZoneInfo("Europe/Berlin")
print(onnxruntime.__version__)
"""
    assert container.python(code).strip() == load().images["runtime-cpu"].onnxruntime


def test_there_is_no_shell_and_nothing_that_gives_rights(root: Path) -> None:
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    programs = {
        path.name for path in files if path.stat().st_mode & 0o111 and path.parent.name in ("bin", "sbin")
    }
    assert programs == {"python3.11"}
    assert not [path for path in files if path.stat().st_mode & 0o6000]
    assert not [path for path in root.rglob("*") if path.name in SHELLS and path.is_file()]
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in root.rglob("*")} == {(0, 0)}
    assert all(
        path.with_suffix(".py").is_file() or "__pycache__" in path.parts for path in root.rglob("*.pyc")
    )


def test_it_is_small_and_says_what_it_is(layout: Path) -> None:
    named = manifest(layout)
    assert sum(each["size"] for each in (named["config"], *named["layers"])) < LARGEST
    assert all(blob(layout, each) for each in named["layers"])
    found = config(layout)
    assert (found["architecture"], found["os"]) in {("amd64", "linux"), ("arm64", "linux")}
    assert found["config"]["User"] == f"{USER}:{USER}"
    assert found["created"] == "1970-01-01T00:00:00Z"
    labels = found["config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == "runtime-cpu"
    assert labels["org.opencontainers.image.version"] == "0.1.0"


def test_a_second_build_has_the_same_digest(layout: Path, tmp_path: Path) -> None:
    """In another folder, by somebody whose files nobody else may read."""
    before = os.umask(0o077)
    try:
        said = build(tmp_path / "elsewhere" / "layout")
    finally:
        os.umask(before)
    [named] = json.loads((layout / "index.json").read_bytes())["manifests"]
    assert named["digest"] in said.splitlines()
    assert (tmp_path / "elsewhere/layout/index.json").read_bytes() == (layout / "index.json").read_bytes()


def test_its_bill_names_what_lies_in_it(layout: Path, root: Path) -> None:
    content = (root / PLACE).read_bytes()
    [beside] = layout.parent.glob("runtime-cpu-*.cdx.json")
    assert beside.read_bytes() == content
    components = json.loads(content)["components"]
    purls = [each["purl"] for each in components]
    assert purls == sorted(set(purls))
    names = {each["name"]: each["version"] for each in components}
    wheels = {each.name for each in root.glob("usr/local/lib/python3.11/dist-packages/*.dist-info")}
    assert len(wheels) == len([each for each in purls if each.startswith("pkg:pypi/")])
    assert names["onnxruntime"] == load().images["runtime-cpu"].onnxruntime
    assert {"libc6", "libssl3", "python3.11-minimal", "edgewright-runtime"} <= set(names)
    assert not {"dpkg", "tar", "openssl", "libsqlite3-0"} & set(names)
    said = (root / "var/lib/dpkg/status").read_text()
    assert said.count("\nVersion: ") == len([each for each in purls if each.startswith("pkg:deb/")])
