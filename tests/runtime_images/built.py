"""The image for a CPU, built once for all tests that look at it, and unpacked; or the reason why it is not."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from tests.runtime_images.serving import ROOT

from edgewright.artifact.oci import sha256

_DEBIAN = "http://deb.debian.org/debian/dists/bookworm/InRelease"


def skip_where_it_cannot_be_built() -> None:
    """Skips the test with the reason."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("the image is built and run as root here: mounts and namespaces are made")
    lines = (ROOT / "runtime_images/debian.txt").read_text().splitlines()
    missing = [name for name in ("buildah", "mmdebstrap", "runc", "zstd") if shutil.which(name) is None]
    if missing:
        wanted = " ".join(line for line in lines if line and not line.startswith("#"))
        pytest.skip(f"{', '.join(missing)} not installed: apt-get install {wanted}")
    try:
        urlopen(_DEBIAN, timeout=30).close()
    except (URLError, OSError) as error:
        pytest.skip(f"Debian's mirror does not answer: {error}")


def built_once(factory: pytest.TempPathFactory) -> Path:
    """The layout of the image. The first of the processes that run tests builds it, the others wait for it."""
    skip_where_it_cannot_be_built()
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    layout = shared / "images/runtime-cpu"
    with (shared / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not layout.is_dir():
            build(layout)
    return layout


def build(layout: Path, *options: str) -> str:
    """Run the command as a person does; what it prints."""
    command = [sys.executable, "-m", "edgewright", "image", "build", "cpu", "--out", str(layout), *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def blob(layout: Path, descriptor: dict[str, Any]) -> bytes:
    """The bytes that a descriptor names, compared with its digest and its size."""
    digest: str = descriptor["digest"]
    content = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
    assert (sha256(content), len(content)) == (descriptor["digest"], descriptor["size"])
    return content


def manifest(layout: Path) -> dict[str, Any]:
    """The manifest of the only image of a layout."""
    [named] = json.loads((layout / "index.json").read_bytes())["manifests"]
    found: dict[str, Any] = json.loads(blob(layout, named))
    return found


def config(layout: Path) -> dict[str, Any]:
    """The config of the only image of a layout."""
    found: dict[str, Any] = json.loads(blob(layout, manifest(layout)["config"]))
    return found


def unpacked(layout: Path, target: Path) -> Path:
    """The files of the image, with the owners and modes that they have in it."""
    target.mkdir(parents=True)
    for layer in manifest(layout)["layers"]:
        assert layer["mediaType"].endswith("tar+zstd")
        file = layout / "blobs" / layer["digest"].replace(":", "/")
        subprocess.run(["tar", "--zstd", "-xpf", str(file), "-C", str(target)], check=True)
    return target
