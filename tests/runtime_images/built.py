"""The image for a CPU, built once for all tests that look at it, and unpacked; or the reason why it is not."""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
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
    if sys.platform != "linux" or not _may_make_namespaces():
        pytest.skip(
            "not root, and no user namespaces for users: install uidmap, give this user lines in /etc/subuid and "
            "/etc/subgid; on Ubuntu, sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        )
    lines = (ROOT / "runtime_images/debian.txt").read_text().splitlines()
    missing = [name for name in ("buildah", "mmdebstrap", "runc", "zstd") if shutil.which(name) is None]
    if missing:
        wanted = " ".join(filter(None, (line.partition("#")[0].strip() for line in lines)))
        pytest.skip(f"{', '.join(missing)} not installed: apt-get install {wanted}")
    try:
        urlopen(_DEBIAN, timeout=30).close()
    except (URLError, OSError) as error:
        pytest.skip(f"Debian's mirror does not answer: {error}")


def _may_make_namespaces() -> bool:
    if os.geteuid() == 0:
        return True
    command = ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "true"]
    return shutil.which("unshare") is not None and not subprocess.run(command, capture_output=True).returncode


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


def manifest(layout: Path, architecture: str | None = None) -> dict[str, Any]:
    """The manifest of the only image of a layout, or of the one for an architecture."""
    return json.loads(blob(layout, descriptor(layout, architecture)))  # type: ignore[no-any-return]


def descriptor(layout: Path, architecture: str | None = None) -> dict[str, Any]:
    """What names that image."""
    named: list[dict[str, Any]] = json.loads((layout / "index.json").read_bytes())["manifests"]
    if architecture is not None:
        [top] = named
        named = json.loads(blob(layout, top))["manifests"]
        named = [each for each in named if each["platform"]["architecture"] == architecture]
    [found] = named
    return found


def config(layout: Path) -> dict[str, Any]:
    """The config of the only image of a layout."""
    found: dict[str, Any] = json.loads(blob(layout, manifest(layout)["config"]))
    return found


def entries(layout: Path, architecture: str | None = None) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """What lies in the layers of an image, with its owner and its mode, and the first bytes of each file."""
    for layer in manifest(layout, architecture)["layers"]:
        file = layout / "blobs" / layer["digest"].replace(":", "/")
        plain = subprocess.run(["zstd", "-dcq", str(file)], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            for each in archive:
                content = archive.extractfile(each) if each.isfile() else None
                yield each, content.read(64) if content else b""


def unpacked(layout: Path, target: Path) -> Path:
    """The files of the image, as whoever runs the tests may lay them: their owner is root, or oneself."""
    target.mkdir(parents=True)
    for layer in manifest(layout)["layers"]:
        assert layer["mediaType"].endswith("tar+zstd")
        file = layout / "blobs" / layer["digest"].replace(":", "/")
        subprocess.run(["tar", "--zstd", "-xpf", str(file), "-C", str(target)], check=True)
    return target
