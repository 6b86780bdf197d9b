"""The libraries of a lock, and our server, laid where Debian's Python looks; and their bytecode."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from edgewright.catalogue import Architecture
from edgewright.workshop.building.debian import is_left_out
from edgewright.workshop.building.platform import NAMES
from edgewright.workshop.building.programs import needed, not_built, run
from edgewright.workshop.building.recipe import PYTHON, Recipe

PACKAGES: Final = f"usr/local/lib/python{PYTHON}/dist-packages"
"""The folder that Debian's Python looks into for what is no package of Debian's."""

_INSTALLER: Final = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")
"""What an installer writes of itself: names of folders here, and lists of files that are left out later."""


def lay_libraries(recipe: Recipe, architecture: Architecture, tree: Path) -> None:
    """The wheels of the lock, each compared with its hash. Raises FleetError."""
    _install(
        architecture, tree, "--require-hashes", "--only-binary=:all:", "--requirements", str(recipe.lock)
    )
    for path in sorted(tree.rglob("*")):
        if is_left_out(path.relative_to(tree).as_posix(), recipe.left_out):
            _remove(path)


def lay_server(recipe: Recipe, architecture: Architecture, tree: Path) -> None:
    """Our server's wheel. What it imports is in the lock; what builds it has one of its own. Raises FleetError."""
    constraints = f"--build-constraints={recipe.server / 'build.lock'}"
    _install(architecture, tree, "--no-deps", constraints, str(recipe.server.absolute()))


def _install(architecture: Architecture, tree: Path, *what: str) -> None:
    uv = needed(["uv"], "laying Python wheels into an image", "install it: pip install uv")
    target = tree / PACKAGES
    # Copies, not links: what is left out or changed here must not be so in uv's cache.
    run(
        [
            uv, "pip", "install", "--quiet", "--link-mode=copy", f"--target={target}",
            f"--python-version={PYTHON}", f"--python-platform={NAMES[architecture].wheels}",
            *what,
        ],
        f"laying Python wheels for {architecture}",
    )  # fmt: skip
    _remove(target / "bin")
    _remove(target / ".lock")
    for path in [each for each in target.rglob("*.dist-info/*") if each.name in _INSTALLER]:
        path.unlink()
    for path in [each for each in target.rglob("*") if each.is_file()]:
        path.chmod(0o644)  # a library is loaded and not run


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_bytecode(interpreter: Path, architecture: Architecture, *trees: Path) -> None:
    """Bytecode beside every module: nobody can write it later into a root that is read-only.

    `interpreter` is a tree of Debian's for this machine: its Python runs here without a container, so that the
    image of another architecture needs no emulation. Bytecode is the same on all of them. It is not compared
    with its source when it is loaded; sources of an image do not change. Raises FleetError.
    """
    names = NAMES[architecture]
    libraries = ":".join(str(interpreter / each / names.libraries) for each in ("lib", "usr/lib"))
    loader = [str(interpreter / "lib" / names.libraries / names.loader), "--library-path", libraries]
    python = [*loader, str(interpreter / f"usr/bin/python{PYTHON}"), "-S", "-s"]
    for tree in trees:
        folders = [tree / each for each in (f"usr/lib/python{PYTHON}", PACKAGES) if (tree / each).is_dir()]
        options = ["-q", "-j1", "--invalidation-mode=unchecked-hash", "-s", str(tree), "-p", "/"]
        run(
            [*python, "-m", "compileall", *options, *map(str, folders)],
            "compiling Python modules",
            {"PYTHONHOME": str(interpreter / "usr"), "PYTHONHASHSEED": "0", "PYTHONPATH": ""},
        )
        if not any(tree.rglob("*.pyc")):
            raise not_built("no module was compiled", f"see whether {tree} holds any")
