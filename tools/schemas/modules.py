"""The pinned Go modules on this disk, fetched through the Go module proxy and checked against go.sum.

Nothing is built: the modules are read for the API descriptions that lie in them as JSON, YAML and Go
constants. Which versions are read is written in the go.mod files of this folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

_REQUIRE = re.compile(r"^\s*(?:require\s+)?([a-z0-9.]+\.[a-z]+/\S+)\s+(v\S+)", re.MULTILINE)


class ModuleMissing(Exception):
    """A module could not be had; the text says which one and why, fit to be shown to a person."""


class ModuleChanged(Exception):
    """A module's content is not what go.sum says."""


def pins(folder: Path) -> dict[str, str]:
    """Module path ⇒ version, as the folder's go.mod requires them."""
    return dict(_REQUIRE.findall((folder / "go.mod").read_text(encoding="utf-8")))


def fetch(folder: Path, module: str) -> Path:
    """The folder with the module's files, at the version that `folder`/go.mod pins.

    Raises ModuleMissing without `go` or without a way to the module, ModuleChanged when the hash differs.
    """
    version = pins(folder)[module]
    answer = _download(f"{module}@{version}")
    expected = _sums(folder).get((module, version))
    if answer["Sum"] != expected:
        raise ModuleChanged(f"{module}@{version} has the hash {answer['Sum']}, go.sum says {expected}")
    return Path(answer["Dir"])


def write_sums(folder: Path) -> None:
    """Writes go.sum for the folder's go.mod; `go` checks each hash against the public log of sums."""
    lines = []
    for module, version in sorted(pins(folder).items()):
        sums = _download(f"{module}@{version}")
        lines += [f"{module} {version} {sums['Sum']}\n", f"{module} {version}/go.mod {sums['GoModSum']}\n"]
    (folder / "go.sum").write_text("".join(lines), encoding="utf-8")


def _sums(folder: Path) -> dict[tuple[str, str], str]:
    lines = (folder / "go.sum").read_text(encoding="utf-8").split("\n")
    return {(module, version): total for module, version, total in (line.split() for line in lines if line)}


def _download(wanted: str) -> dict[str, str]:
    """What `go mod download -json` says; run outside any module, so that no graph of modules is loaded."""
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            done = subprocess.run(
                ["go", "mod", "download", "-json", wanted],
                capture_output=True, text=True, check=False, cwd=nowhere, env=environment, timeout=300,
            )  # fmt: skip
        except FileNotFoundError:
            raise ModuleMissing(f"no `go` on the path to fetch {wanted} with") from None
        except subprocess.TimeoutExpired:
            raise ModuleMissing(f"{wanted} did not arrive within 300 s") from None
    answer = _answer(done.stdout)
    if done.returncode or "Dir" not in answer:
        raise ModuleMissing(f"{wanted}: {answer.get('Error') or done.stderr.strip() or 'no answer'}")
    return answer


def _answer(text: str) -> dict[str, str]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
