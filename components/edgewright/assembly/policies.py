"""The folders of policies that a fleet names, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edgewright.assembly.named import named_paths
from edgewright.catalogue.nearest import did_you_mean
from edgewright.errors import Finding

_POLICIES: Final = ("security", "policies", 0)


def missing_folders(values: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """A finding for each folder of policies that is not there."""
    for name, path in named_paths(values, [_POLICIES]):
        if not name.startswith("./"):
            continue  # a built-in one
        problem = _problem(folder / name)
        if problem:
            meant = _meant(folder, name)
            yield Finding(
                "cannot-read",
                "error",
                f"{name} cannot be read: {problem}" + (f"; did you mean `{meant}`?" if meant else ""),
                f"write `{meant}`" if meant else "make the folder, or remove the policy",
                path,
                waivable=False,
            )


def _problem(folder: Path) -> str:
    try:
        if folder.is_dir():
            return ""
        return "it is no folder" if folder.exists() else "no such folder"
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()


def _meant(folder: Path, name: str) -> str | None:
    """The folder beside it whose name is near."""
    above, _, last = name.rstrip("/").rpartition("/")
    try:
        near = [each.name for each in (folder / above).iterdir() if each.is_dir() and each.name[0] != "."]
    except (OSError, ValueError):
        return None
    meant = did_you_mean(last, near)
    return f"{above}/{meant}" if meant else None
