"""A real registry (distribution's) on a free port of this machine, for as long as a test needs it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

_SECONDS = 30


def registry_program() -> Path:
    """The program beside this Python or on PATH; the test is skipped where there is none."""
    beside = Path(sys.executable).parent / "registry"
    found = str(beside) if beside.is_file() else shutil.which("registry")
    if found is None:
        pytest.skip("the program `registry` (distribution 3.1.2) is not built: make test builds it")
    return Path(found)


@contextmanager
def running_registry(folder: Path, *, http: dict[str, Any] | None = None, **others: Any) -> Iterator[str]:
    """`host:port` of a registry that keeps everything in the folder and is gone afterwards.

    `http` and `others` go into its configuration: `auth={"htpasswd": …}`, `http={"tls": …}`.
    """
    program = registry_program()
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(5):  # somebody else may take the free port before the registry does
        address = f"127.0.0.1:{free_port()}"
        process = _start(program, folder, address, http or {}, others)
        try:
            if _answers(process, address):
                yield address
                return
        finally:
            process.terminate()
            process.wait(_SECONDS)
    raise AssertionError((folder / "log").read_text())


def free_port() -> int:
    """A port of this machine that nobody listened on a moment ago."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _start(
    program: Path, folder: Path, address: str, http: dict[str, Any], others: dict[str, Any]
) -> subprocess.Popen[bytes]:
    config = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": address, "secret": "of this test", **http},
        **others,
    }
    file = folder / "config.yml"
    file.write_text(json.dumps(config))
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [program, "serve", file], stdout=log, stderr=log, env={"OTEL_TRACES_EXPORTER": "none"}
        )


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    """Whether the registry listens; False where it ended instead."""
    host, _, port = address.rpartition(":")
    for _ in range(_SECONDS * 20):
        if process.poll() is not None:
            return False
        with closing(socket.socket()) as tried:
            if tried.connect_ex((host, int(port))) == 0:
                return True
        time.sleep(0.05)
    return False
