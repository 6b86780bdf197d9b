"""The real cosign, as a person would call it; tests that need it are skipped where it is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PASSWORD = "correct horse"

_PLACES = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
_PROGRAM = shutil.which("cosign", path=_PLACES)
_OLD_FORMAT = ("--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false")

needs_cosign = pytest.mark.skipif(_PROGRAM is None, reason="cosign is not there: `make tools` builds it")


def cosign(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What cosign answered; it may use registries over plain http, and asks nobody."""
    assert _PROGRAM is not None
    environment = {
        "PATH": "/usr/bin:/bin",
        "COSIGN_PASSWORD": PASSWORD,
        "HOME": str(folder or "/nonexistent"),
    }
    return subprocess.run(
        [_PROGRAM, *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def made_pair(folder: Path, name: str = "cosign") -> Path:
    """A key pair of cosign's making: the private key's file, beside which the public one ends in .pub."""
    run = cosign("generate-key-pair", "--output-key-prefix", name, folder=folder)
    assert run.returncode == 0, run.stderr
    return folder / f"{name}.key"


def signed(image: str, key: Path) -> None:
    """Sign an image in the `.sig` format."""
    run = cosign("sign", "--key", key, *_OLD_FORMAT, "--allow-http-registry", "-y", image)
    assert run.returncode == 0, run.stderr


def signed_as_bundle(image: str, key: Path) -> None:
    """Sign an image as cosign 3 does by itself, in no transparency log: a bundle that refers to the image."""
    config = key.with_name("signing-config.json")
    if not config.exists():
        run = cosign("signing-config", "create", "--out", config)
        assert run.returncode == 0, run.stderr
    run = cosign("sign", "--key", key, "--signing-config", config, "--allow-http-registry", "-y", image)
    assert run.returncode == 0, run.stderr


def refusal(image: str, public: Path) -> str:
    """Why cosign refuses an image; empty where it says that the key has signed it."""
    options = ("--insecure-ignore-tlog", "--allow-http-registry")
    run = cosign("verify", "--key", public, *options, image)
    return run.stderr if run.returncode else ""
