"""A program that the tests run, built from the modules that tools/<module>/go.sum locks.

python tools/build.py kyverno build/tools/kyverno

One of the very version that is on PATH is called instead. What is built is written beside and renamed; Go
keeps its own caches where it keeps them, so that a second build takes seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.ship.tools import PROGRAMS, Tool, find_tool

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Build:
    """How one is built: the folder below tools/, the module that has the version, the package of the command,
    the variable that it reads its version from (a build of somebody else's module has none by itself), and the
    minutes that it takes on two cores from an empty cache."""

    folder: str
    module: str
    package: str
    stamp: str
    minutes: int


BUILDS: Final[Mapping[str, Build]] = {
    "kyverno": Build(
        "kyverno",
        "github.com/kyverno/kyverno",
        "cmd/cli/kubectl-kyverno",
        "github.com/kyverno/kyverno/pkg/version.BuildVersion",
        9,
    ),
    "cosign": Build(
        "cosign",
        "github.com/sigstore/cosign/v3",
        "cmd/cosign",
        "sigs.k8s.io/release-utils/version.gitVersion",
        3,
    ),
    "registry": Build(
        "distribution",
        "github.com/distribution/distribution/v3",
        "cmd/registry",
        "github.com/distribution/distribution/v3/version.version",
        1,
    ),
}


def version_of(build: Build) -> str:
    """The version of the module that go.mod asks for, such as v1.19.0."""
    text = (ROOT / "tools" / build.folder / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\t{re.escape(build.module)} (\S+)", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"tools/{build.folder}/go.mod does not ask for {build.module}")
    return found[1]


def on_path(name: str) -> Path | None:
    """The program on PATH, where it has the very version: it need not be built."""
    tool = find_tool(name, os.environ.get("PATH", os.defpath))
    return tool.path if isinstance(tool, Tool) and tool.version == PROGRAMS[name].version else None


def command_of(build: Build, out: str) -> list[str]:
    """What builds it, run in its folder below tools/. Paths of this machine are left out of it."""
    stamped = f"-s -w -X {build.stamp}={version_of(build)}"
    package = f"{build.module}/{build.package}"
    return ["go", "build", "-v", "-trimpath", "-buildvcs=false", f"-ldflags={stamped}", "-o", out, package]


def build(name: str, target: Path) -> int:
    """Make `target` the program; the exit code of Go. Says what it does, and how far it is."""
    if shutil.which("go") is None:
        print(f"{name} is built with Go, which is not on PATH: install Go 1.26 (go.dev/dl)", file=sys.stderr)
        return 1
    steps = BUILDS[name]
    minutes = f"{steps.minutes} minutes" if steps.minutes > 1 else "a minute"
    print(f"building {name} {version_of(steps)} (about {minutes} on two cores the first time)", flush=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}.") as folder:
        made = Path(folder) / name
        with subprocess.Popen(
            command_of(steps, str(made)),
            cwd=ROOT / "tools" / steps.folder,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        ) as running:
            assert running.stderr is not None
            last = shown(running.stderr, name)
        if running.returncode == 0:
            made.replace(target)
        else:
            print("\n".join(last), file=sys.stderr)
    return running.returncode


def shown(lines: Iterable[str], name: str) -> list[str]:
    """The last lines of what Go says; meanwhile, how many packages are through: in place, or each hundred."""
    kept: list[str] = []
    live, counts = sys.stdout.isatty(), {"modules": 0, "packages": 0}
    for line in lines:
        kept = [*kept[-19:], line.rstrip()]
        kind = "modules" if line.startswith("go: downloading ") else "packages"
        counts[kind] += 1
        so_far = f"{name}: {counts['modules']} modules fetched, {counts['packages']} packages compiled"
        if live:
            print(f"\r{so_far}", end="", flush=True)
        elif counts[kind] % 250 == 0:
            print(so_far, flush=True)
    if live and kept:
        print()
    return kept


def main(arguments: list[str]) -> int:
    """Build what is asked for, or let it call the one on PATH."""
    if len(arguments) != 2 or arguments[0] not in BUILDS:
        print(f"usage: python tools/build.py {'|'.join(BUILDS)} TARGET", file=sys.stderr)
        return 2
    name, target = arguments[0], Path(arguments[1]).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    here = on_path(name)
    if here is None:
        return build(name, target)
    print(f"{name} {PROGRAMS[name].version} is there: {here}", flush=True)
    # No link: make would ask how old what it leads to is, and come back each time.
    target.write_text(f'#!/bin/sh\nexec "{here}" "$@"\n', encoding="utf-8")
    target.chmod(0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
