"""The recipes of the images: what a linter says, and that they hold what the catalogue says of them.

Those on a vendor's base cannot be built here; what they name is looked up as far as it can be.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.runtime_images.containerfile import Containerfile, faults, read
from tests.runtime_images.serving import ROOT

from edgewright.catalogue import load, version_key

RECIPES = ROOT / "runtime_images"
IMAGES = sorted(file.parent.name for file in RECIPES.glob("*/requirements.in"))
LAID = ("cpu", "openvino")
"""Whose context `edgewright image build` lays."""
SHARED = {
    "cpu": "debian.Containerfile",
    "openvino": "debian.Containerfile",
    "cuda13": "cuda13.Containerfile",
    "tensorrt-cuda13": "cuda13.Containerfile",
}
"""Recipes that images have in common; the others have one of their own."""
PYTHON = {
    "cpu": "3.11",
    "cuda13": "3.12",
    "openvino": "3.11",
    "tensorrt-cuda13": "3.12",
    "tensorrt-jetpack6": "3.10",
}
"""The Python of the distribution that each image stands on."""


def recipe(name: str) -> Path:
    return RECIPES / SHARED.get(name, f"{name}/Containerfile")


def containerfile(name: str) -> Containerfile:
    return read(recipe(name), name)


def locked(file: Path) -> dict[str, list[str]]:
    """Package ⇒ its versions in a lock; there may be one for each Python."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(), re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def test_there_is_an_image_for_each_that_the_catalogue_names() -> None:
    assert {f"runtime-{name}" for name in IMAGES} == set(load().images)
    assert set(RECIPES.rglob("*Containerfile")) == {recipe(name) for name in IMAGES}


def test_what_tensorrt_needs_comes_on_top_of_what_cuda_needs() -> None:
    cuda, tensorrt = (
        set((RECIPES / name / "nvidia.txt").read_text().split("\n")) for name in ("cuda13", "tensorrt-cuda13")
    )
    assert {each.partition("10=")[0] for each in tensorrt - cuda} == {
        "libnvinfer", "libnvinfer-plugin", "libnvonnxparsers",
    }  # fmt: skip
    assert cuda <= tensorrt


@pytest.mark.parametrize("name", IMAGES)
def test_every_image_has_what_a_configuration_may_ask_for(name: str) -> None:
    lock = locked(RECIPES / name / "requirements.lock")
    assert {"grpcio", "protobuf", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"} <= set(lock)


@pytest.mark.parametrize("name", IMAGES)
def test_the_linter_has_nothing_to_say(name: str) -> None:
    assert list(faults(containerfile(name), None if name in LAID else RECIPES)) == []


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_who_it_is_and_which_driver_it_needs(name: str) -> None:
    file, image = containerfile(name), load().images[f"runtime-{name}"]
    assert file.labels["org.opencontainers.image.title"] == f"runtime-{name}"
    wanted = f"cuda>={image.cuda}" if image.cuda else None
    assert file.environment.get("NVIDIA_REQUIRE_CUDA") == wanted
    assert ("NVIDIA_VISIBLE_DEVICES" in file.environment) == bool(image.cuda)
    assert file.environment["ORT_DISABLE_TELEMETRY"] == "1"


@pytest.mark.parametrize("name", IMAGES)
def test_the_server_runs_on_the_python_of_the_platform(name: str) -> None:
    file = containerfile(name)
    [entry] = [json.loads(each.rest) for each in file.last_stage if each.word == "ENTRYPOINT"]
    python = f"python{PYTHON[name]}"
    assert entry == [f"/usr/bin/{python}", "-I", "-u", "-m", "edgewright_runtime.server"]
    whole = recipe(name).read_text()
    named = set(re.findall(r"python3\.[0-9]+", whole))
    assert named == {python}
    if name in LAID:
        assert f"{python}-minimal" in (RECIPES / name / "debian.txt").read_text()
    jetpack = load().jetpack_of("6.1")
    assert jetpack is not None
    assert jetpack.python == PYTHON["tensorrt-jetpack6"]


@pytest.mark.parametrize("name", IMAGES)
def test_onnxruntime_is_the_catalogues(name: str) -> None:
    image = load().images[f"runtime-{name}"]
    lock = locked(RECIPES / name / "requirements.lock")
    held = {package: versions for package, versions in lock.items() if package.startswith("onnxruntime")}
    if name == "tensorrt-jetpack6":
        assert held == {}
        assert containerfile(name).arguments["ONNXRUNTIME"] == image.onnxruntime
        return
    [(package, versions)] = held.items()
    assert versions == [image.onnxruntime]
    wanted = "onnxruntime-gpu" if image.cuda else "onnxruntime-openvino" if image.openvino else "onnxruntime"
    assert package == wanted


@pytest.mark.parametrize("name", [name for name in IMAGES if name.endswith("cuda13")])
def test_packages_of_nvidia_are_of_the_catalogues_versions(name: str) -> None:
    image, text = load().images[f"runtime-{name}"], (RECIPES / name / "nvidia.txt").read_text()
    pinned = dict(re.findall(r"(lib[a-z]+[0-9]*(?:-cuda-13|10)?)=([0-9.]+)", text))
    assert pinned["libcudnn9-cuda-13"].startswith(f"{image.cudnn}.")
    tensorrt = {version for package, version in pinned.items() if package.startswith("libnv")}
    assert {version.rpartition(".")[0] for version in tensorrt} == (
        {image.tensorrt} if image.tensorrt else set()
    )
    assert image.cuda
    [base] = {each for each in containerfile(name).bases.values() if "nvidia" in each}
    assert base.startswith(f"nvidia/cuda:{image.cuda}.")
    suffix = image.cuda.replace(".", "-")
    assert set(re.findall(r"\b(?:cuda-nvrtc|libcu[a-z]+)-([0-9]+-[0-9]+)\b", text)) == {suffix}


def test_the_base_for_jetpack_6_is_of_the_release_that_has_the_catalogues_versions() -> None:
    image, jetpack = load().images["runtime-tensorrt-jetpack6"], load().jetpack_of("6.1")
    assert jetpack is not None
    assert (jetpack.cuda, jetpack.cudnn, jetpack.tensorrt) == (image.cuda, image.cudnn, image.tensorrt)
    bases = containerfile("tensorrt-jetpack6").bases
    assert f"l4t-jetpack:r{jetpack.l4t}@" in bases["onnxruntime"]
    assert f"ubuntu:{jetpack.ubuntu}@" in bases["system"]


@pytest.mark.parametrize("name", IMAGES)
def test_a_lock_has_a_hash_for_everything_that_the_server_needs(name: str) -> None:
    text = (RECIPES / name / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert all("--hash=sha256:" in each for each in entries if each.strip())
    lock = locked(RECIPES / name / "requirements.lock")
    server = (RECIPES / "pyproject.toml").read_text().partition("dependencies = [")[2].partition("]\n")[0]
    for package in re.findall(r'^  "([a-z0-9-]+)', server, re.MULTILINE):
        assert package in lock or package == "onnxruntime", package


@pytest.mark.parametrize("name", IMAGES)
def test_a_server_lock_is_what_make_lock_writes(name: str) -> None:
    """The command in its first lines names the image's own list and the server's, and the image's Python."""
    head = (RECIPES / name / "requirements.lock").read_text().splitlines()[1]
    assert f"--python-version={PYTHON[name]}" in head
    assert f"--output-file=runtime_images/{name}/requirements.lock" in head
    assert f"runtime_images/pyproject.toml runtime_images/{name}/requirements.in" in head
    assert "--generate-hashes" in head


def test_openvino_is_the_one_that_its_onnxruntime_brings() -> None:
    image = load().images["runtime-openvino"]
    assert image.onnxruntime
    known = load().onnxruntime_of(image.onnxruntime)
    assert known is not None
    assert known.openvino == image.openvino
    assert version_key(image.onnxruntime)[:2] == (1, 23)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM debian:bookworm", "pin it by tag and digest"),
        ("FROM debian:latest", "pin it by tag and digest"),
        ("FROM scratch\nADD https://example.com/x /", "ADD"),
        ("FROM scratch\nUSER nobody", "USER"),
        ("FROM scratch\nUSER 0", "USER"),
        ("FROM scratch\nENTRYPOINT python3 server.py", "ENTRYPOINT: as a list"),
        ("FROM scratch\nRUN sudo make install", "no sudo"),
        ("FROM scratch\nRUN curl https://example.com/x | sh", "no hash"),
        ("FROM scratch\nRUN apt-get update && apt-get install --yes x", "--no-install-recommends"),
        ("FROM scratch\nRUN apt-get install --yes --no-install-recommends x", "in one step"),
        ("FROM scratch\nRUN pip install numpy", "by their hashes"),
        ("FROM scratch\nCOPY --from=nowhere / /", "no such stage"),
        ("FROM scratch\nCOPY nothing /", "not in the context"),
        ("FROM scratch\nENV API_TOKEN=x", "a secret"),
    ],
)
def test_the_linter_finds_what_it_is_for(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text(text + "\n")
    assert [each for each in faults(read(tmp_path / "Containerfile"), tmp_path) if said in each]


def test_what_is_stripped_has_no_program_but_the_one_that_is_named(tmp_path: Path) -> None:
    for path in ("usr/bin/bash", "usr/bin/python3.12", "usr/sbin/ldconfig", "usr/lib/x86_64-linux-gnu/ld.so"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "usr/lib/setuid").write_text("")
    (tmp_path / "usr/lib/setuid").chmod(0o4755)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr/bin/sh").symlink_to("bash")
    (tmp_path / "usr/bin/python3").symlink_to("python3.12")
    code = (
        f"import sys; sys.path.insert(0, {str(RECIPES)!r})\nfrom pathlib import Path\nimport strip\n"
        f"strip.strip(Path({str(tmp_path)!r}), [Path('/usr/bin/python3.12')])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    left = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "usr").rglob("*") if path.is_file()}
    libraries = {"usr/lib/x86_64-linux-gnu/ld.so", "usr/lib/setuid"}
    assert left == {"usr/bin/python3.12", "usr/bin/python3", *libraries}
    assert (tmp_path / "usr/lib/setuid").stat().st_mode & 0o7777 == 0o755
