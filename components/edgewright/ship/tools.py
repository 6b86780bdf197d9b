"""The programs that are not Python's: what for, which version, where from, and whether they are here.

Each is called from one file only, which asks `find_tool` first. Nothing is ever fetched: what is missing is a
finding that says how to get it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.catalogue import version_key
from edgewright.errors import Finding, Level

_FROM_SOURCE: Final = "`make tools` in a checkout of Edgewright builds it"
_PATIENCE: Final = 60
"""Seconds in which a program says its version: Kyverno takes one, and a busy machine many more."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that something here calls.

    `version` is the one that Edgewright is tried with; below `least` it does not work, which is an error, and
    any other is told at the level `other`. `ask` are the arguments that make it say its version.
    """

    name: str
    version: str
    least: str
    purpose: str
    source: str
    ask: tuple[str, ...]
    other: Level = "warning"


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that is here. `version` is empty where it says none; `doubt` is what is odd about it, if anything."""

    program: Program
    path: Path
    version: str
    doubt: Finding | None = None


PROGRAMS: Final[Mapping[str, Program]] = {
    each.name: each
    for each in (
        Program(
            "kyverno",
            "1.19.0",
            "1.19.0",  # before, ImageValidatingPolicy had no `required`, and `verifyDigest` did nothing
            "edgewright test: asks the rendered policies whether they refuse what they should",
            f"{_FROM_SOURCE}, or take it from github.com/kyverno/kyverno/releases",
            ("version",),
        ),
        Program(
            "registry",
            "3.1.2",
            "3.0.0",
            "edgewright test: the registry on this machine that stand-in images are put into",
            f"{_FROM_SOURCE}, or take it from github.com/distribution/distribution/releases",
            ("--version",),
            other="info",
        ),
        Program(
            "cosign",
            "3.1.2",
            "3.0.0",
            "make test: verifies what Edgewright signs, and signs what it verifies",
            f"{_FROM_SOURCE}, or take it from github.com/sigstore/cosign/releases",
            ("version",),
            other="info",
        ),
        Program(
            "pulumi",
            "3.260.0",
            "3.230.0",  # the CLI of the oldest Python packages that the extra `pulumi` takes
            "pulumi up: previews and applies stacks",
            "pulumi.com/docs/install says how to install it",
            ("version",),
            other="info",
        ),
    )
}
"""Every program by its name. The versions are those of tools/*/go.mod, where a program is built from there."""

_VERSION: Final = re.compile(r"(?<![\w.])v?(\d+\.\d+\.\d+)(?![\w.])")


def find_tool(name: str, path: str | None = None) -> Tool | Finding:
    """The program of PROGRAMS that is here: beside the Python that runs, or on a search path (PATH unless given).

    One of the version that Edgewright is tried with goes before others. A Finding (`tool-missing`,
    `tool-other-version`) says that there is none that could be used.
    """
    program = PROGRAMS[name]
    answers = [_asked(program, place) for place in _places(name, path)]
    tools = [each for each in answers if isinstance(each, Tool)]
    if tools:
        return min(tools, key=lambda tool: tool.doubt is not None)  # the first among equals
    missing = Finding(
        "tool-missing",
        "error",
        f"there is no `{name}` beside Python nor on PATH: {program.purpose}",
        f"{program.source} ({program.version})",
        waivable=False,
    )
    return next((each for each in answers if isinstance(each, Finding)), missing)


def _places(name: str, path: str | None) -> Iterator[Path]:
    """Where a program of this name lies, in the order in which they are looked at."""
    search = os.environ.get("PATH", os.defpath) if path is None else path
    beside = [str(Path(sys.executable).parent)] if path is None else []
    for folder in dict.fromkeys([*beside, *search.split(os.pathsep)]):
        found = shutil.which(name, path=folder) if folder else None
        if found is not None:
            yield Path(found).absolute()


def _asked(program: Program, place: Path) -> Tool | Finding:
    """The program at a place, or why it cannot be used."""
    try:
        said = subprocess.run(
            [place, *program.ask],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"no answer within {_PATIENCE} s"
        return _unfit(program, "error", f"{place} cannot be run: {reason.lower()}")
    found = _VERSION.search(said.stdout + said.stderr)
    version = found[1] if found else ""
    if version == program.version:
        return Tool(program, place, version)
    shown = f"is {version}" if version else "does not say its version"
    if version and version_key(version) < version_key(program.least):
        return _unfit(program, "error", f"{place} {shown}, which is too old")
    doubt = _unfit(
        program, program.other, f"{place} {shown}; {program.version} is what Edgewright is tried with"
    )
    return Tool(program, place, version, doubt)


def _unfit(program: Program, level: Level, message: str) -> Finding:
    remedy = f"{program.source} ({program.version})"
    return Finding("tool-other-version", level, message, remedy, waivable=False)
