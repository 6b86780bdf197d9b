"""Programs of the system that a build calls: found, run, and what they say when they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from edgewright.errors import Finding, FleetError

_SAID: Final = 400
"""Characters of a program's last words that a finding repeats."""


def program(name: str) -> str | None:
    """The path of a program: beside our Python (uv comes as a wheel), or on PATH; None where there is none."""
    beside = Path(sys.executable).parent / name
    return str(beside) if os.access(beside, os.X_OK) else shutil.which(name)


def needed(names: Sequence[str], purpose: str, remedy: str) -> str:
    """The first of these programs that is there. Raises FleetError (`tool-missing`)."""
    for name in names:
        if found := program(name):
            return found
    missing = " or ".join(f"`{name}`" for name in names)
    raise FleetError([Finding("tool-missing", "error", f"{purpose} needs {missing}", remedy)])


def answers(*command: str) -> bool:
    """Whether a program does what it is asked to; what it says is nobody's concern."""
    return not subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode


def run(command: Sequence[str], purpose: str, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises FleetError (`image-not-built`) where it fails."""
    ended = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if ended.returncode == 0:
        return ended.stdout.decode("utf-8", "replace")
    said = " ".join((ended.stderr or ended.stdout).decode("utf-8", "replace").split())[-_SAID:]
    name = Path(command[0]).name
    raise not_built(
        f"{purpose} failed: {name} ended with {ended.returncode}: {said}",
        f"read what {name} says; where it could not reach a mirror or a registry, try again",
    )


def not_built(message: str, remedy: str) -> FleetError:
    """That an image did not come about."""
    return FleetError([Finding("image-not-built", "error", message, remedy)])
