"""The image for a CPU as `edgewright image build` makes it, run as a rendered Pod of the example says."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tests.runtime_images.built import (
    blob,
    build,
    built_once,
    config,
    descriptor,
    entries,
    manifest,
    unpacked,
)
from tests.runtime_images.container import Bundle, Container, running
from tests.runtime_images.pods import objects_of_the_kiosk, volumes
from tests.runtime_images.serving import MODELS, binary_request, images

from edgewright.catalogue import load
from edgewright.render.pod import USER
from edgewright.workshop.building.bill import PLACE

LARGEST = 60_000_000
"""Bytes that a device may have to pull."""

ELF_MACHINES = {"amd64": 62, "arm64": 183}
"""EM_X86_64 and EM_AARCH64 of elf.h."""

SHELLS = ("sh", "bash", "dash", "busybox", "apt", "dpkg", "tar", "perl", "openssl")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_once(tmp_path_factory)


@pytest.fixture(scope="module")
def root(layout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = unpacked(layout, tmp_path_factory.mktemp("image") / "root")
    yield found
    shutil.rmtree(found)  # pytest would keep thousands of files for three runs more


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


def test_there_is_no_shell_and_nothing_that_gives_rights(layout: Path) -> None:
    found = [each for each, _ in entries(layout)]
    files = {Path(each.name): each for each in found if each.isfile()}
    programs = {
        path.name for path, each in files.items() if each.mode & 0o111 and path.parent.name in ("bin", "sbin")
    }
    assert programs == {"python3.11"}
    assert not [path for path, each in files.items() if each.mode & 0o6000 or path.name in SHELLS]
    assert {(each.uid, each.gid) for each in found} == {(0, 0)}
    assert {each.name for each in found if each.mode & 0o022 and not each.issym()} == {"tmp", "var/tmp"}
    assert all(
        path.with_suffix(".py") in files or "__pycache__" in path.parts
        for path in files
        if path.suffix == ".pyc"
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


@pytest.fixture(scope="module")
def second(layout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It again, in another folder, by somebody whose files nobody else may read, for both architectures."""
    found = tmp_path_factory.mktemp("second") / "elsewhere" / "layout"
    before = os.umask(0o077)
    try:
        said = build(found, "--arch", "all")
    finally:
        os.umask(before)
    assert descriptor(found)["digest"] in said.splitlines()
    return found


def test_a_second_build_has_the_same_digest(layout: Path, second: Path) -> None:
    assert descriptor(second, config(layout)["architecture"]) == descriptor(layout)


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_an_image_has_libraries_of_its_own_architecture_alone(second: Path, architecture: str) -> None:
    machines = Counter(
        int.from_bytes(start[18:20], "little")  # e_machine
        for _, start in entries(second, architecture)
        if start.startswith(b"\x7fELF")
    )
    assert set(machines) == {ELF_MACHINES[architecture]}
    assert machines.total() > 80


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
