"""The folder of an image in runtime_images/: what it is made of, as files that a reviewer reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.errors import Finding, FleetError

SUITE: Final = "bookworm"
PYTHON: Final = "3.11"
"""The Python of Debian 12."""

_VERSION: Final = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is built from. `server` is the folder of the server's own distribution."""

    name: str
    version: str
    containerfile: Path
    packages: tuple[str, ...]
    left_out: tuple[str, ...]
    lock: Path
    server: Path


def read_recipe(folder: Path, name: str) -> Recipe:
    """The recipe of `name` in runtime_images/. Raises FleetError (`cannot-read`)."""
    own = folder / name
    try:
        found = _VERSION.search((folder / "pyproject.toml").read_text(encoding="utf-8"))
        recipe = Recipe(
            f"runtime-{name}",
            found[1] if found else "0",
            folder / "debian.Containerfile",
            _lines(own / "debian.txt"),
            _lines(folder / "left-out.txt"),
            own / "requirements.lock",
            folder,
        )
        for file in (recipe.containerfile, recipe.lock, folder / "edgewright_runtime" / "server.py"):
            file.open("rb").close()
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError([_unreadable(folder, name, error)]) from error
    return recipe


def _lines(file: Path) -> tuple[str, ...]:
    """What a list holds, without its comments."""
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)


def _unreadable(folder: Path, name: str, error: Exception) -> Finding:
    what = getattr(error, "filename", None) or folder / name
    return Finding(
        "cannot-read",
        "error",
        f"{what} cannot be read, and the image is made of it",
        "run it in a checkout of Edgewright, or name its folder with --recipes",
    )
