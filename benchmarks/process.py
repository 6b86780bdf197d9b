"""What a process took, from its start to its end: wall clock, processor time, peak memory.

The peak is the largest of the process and those that it waited for, and never less than that of the one
who starts it: so nothing large may be imported or read where `measure` is called.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

# What is measured is the second run of a tool, when Python has its compiled modules and a registry none.
_UNSET: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPROFILEIMPORTTIME", "PYTHONDEVMODE")


@dataclass(frozen=True, slots=True)
class Run:
    """One process. `wall` and `cpu` (user and system) are seconds, `peak` is bytes; `errors` its stderr."""

    wall: float
    cpu: float
    peak: int
    errors: str


class Failed(Exception):
    """A process that ended with another code than it should have."""


def measure(command: Sequence[str | Path], output: Path, *, cwd: Path | None = None) -> Run:
    """Run a command with its stdout in a file. Raises Failed where it does not end with 0."""
    words = [str(word) for word in command]
    output.parent.mkdir(parents=True, exist_ok=True)
    errors = output.with_name(output.name + ".stderr")
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
    ]
    environment = {name: value for name, value in os.environ.items() if name not in _UNSET}
    back = Path.cwd()
    os.chdir(cwd or back)
    try:
        start = perf_counter()
        process = os.posix_spawnp(words[0], words, environment, file_actions=files)
        _, status, used = os.wait4(process, 0)
        wall = perf_counter() - start
    finally:
        os.chdir(back)
    said = errors.read_text(errors="replace")
    if status:
        raise Failed(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}:\n{said[-2000:]}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, said)
