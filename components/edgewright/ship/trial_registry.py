"""A registry of our own on this machine, for as long as something is tried: distribution's, with nothing kept."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from edgewright.errors import Finding, FleetError
from edgewright.ship.tools import Tool

_SECONDS: Final = 60
_LISTENS: Final = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@contextmanager
def trial_registry(tool: Tool) -> Iterator[str]:
    """Its `host:port`. It takes a free port by itself, and is gone afterwards, with all that was put into it.

    Raises FleetError (`registry-unreachable`) where it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="edgewright-registry-") as name:
        folder = Path(name)
        (folder / "config.yml").write_text(json.dumps(_configuration(folder)), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(
                [tool.path, "serve", str(folder / "config.yml")],
                cwd=folder,
                env={"OTEL_TRACES_EXPORTER": "none"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield _address(running, folder / "log")
        finally:
            _stop(running)


def _configuration(folder: Path) -> dict[str, Any]:
    return {
        "version": "0.1",
        "log": {"level": "info", "formatter": "text", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": "127.0.0.1:0", "secret": "of this trial"},
    }


def _address(running: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, once it says so."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := _LISTENS.search(said):
            return found[1]
        if running.poll() is not None:
            break
        time.sleep(0.02)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    why = lines[-1][:200] if lines else f"exit code {running.returncode}"
    raise FleetError(
        [
            Finding(
                "registry-unreachable",
                "error",
                f"the registry on this machine that images are tried in did not start: {why}",
                "`edgewright tools` says which program it is; see that it runs by itself",
                waivable=False,
            )
        ]
    )


def _stop(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(5)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
