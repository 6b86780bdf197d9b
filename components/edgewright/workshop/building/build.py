"""From a recipe to an OCI layout: lay the trees, write the bill, build, put the layout in its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgewright.catalogue import Architecture
from edgewright.errors import Finding, FleetError
from edgewright.workshop.building.authorities import certificates, trust
from edgewright.workshop.building.bill import PLACE, bill
from edgewright.workshop.building.builder import build, builder_is_there
from edgewright.workshop.building.debian import lay_debian
from edgewright.workshop.building.layout import Built, join
from edgewright.workshop.building.platform import of_this_machine
from edgewright.workshop.building.programs import not_built
from edgewright.workshop.building.recipe import Recipe
from edgewright.workshop.building.wheels import lay_libraries, lay_server, write_bytecode


@dataclass(frozen=True, slots=True)
class _Work:
    """A build that goes on, in a folder that is gone afterwards."""

    recipe: Recipe
    folder: Path
    mirror: str | None
    authorities: Sequence[str]
    told: Callable[[str], None]

    @property
    def arguments(self) -> dict[str, str]:
        """What the Containerfile asks for."""
        return {"IMAGE": self.recipe.name.removeprefix("runtime-"), "VERSION": self.recipe.version}

    def context(self, architecture: Architecture) -> Path:
        return self.folder / architecture


def build_image(
    recipe: Recipe,
    architectures: Sequence[Architecture],
    out: Path,
    told: Callable[[str], None],
    mirror: str | None = None,
    authorities: Sequence[Path] = (),
) -> Built:
    """Build the image into the OCI layout `out`, its bills beside it (`NAME-ARCHITECTURE.cdx.json`).

    `authorities` are files of certificates that it trusts beside Debian's. `out` is replaced when everything is
    there, so a build that fails leaves what was there before. Raises FleetError (`tool-missing`, `image-not-built`,
    `cannot-read`, `cannot-write`).
    """
    builder_is_there()
    own = [certificates(each) for each in authorities]  # before minutes go into what they are to be part of
    out = out.absolute()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            return _built(_Work(recipe, Path(folder), mirror, own, told), architectures, out)
    except OSError as error:
        raise FleetError([_unwritable(out, error)]) from error


def _built(work: _Work, architectures: Sequence[Architecture], out: Path) -> Built:
    interpreter = _interpreter(work, architectures)
    bills, layouts = {}, {}
    for architecture in architectures:
        work.told(f"laying what the image for {architecture} is made of")
        bills[architecture] = _lay(work, architecture, interpreter)
        work.told(f"building the image for {architecture}")
        layouts[architecture] = work.folder / f"{architecture}.layout"
        build(work.context(architecture), layouts[architecture], architecture, work.arguments)
    ready = work.folder / "layout"
    built = join(layouts, ready)
    for architecture, content in bills.items():
        (out.parent / f"{out.name}-{architecture}.cdx.json").write_bytes(content)
    if out.exists():
        out.rename(work.folder / "before")
    ready.rename(out)
    return built


def _interpreter(work: _Work, architectures: Sequence[Architecture]) -> tuple[Architecture, Path]:
    """A tree of Debian's that runs on this machine; the image's own where it is for this architecture."""
    here = of_this_machine()
    if here is None:
        raise not_built("this machine is neither amd64 nor arm64", "build on one of these")
    if here in architectures:
        return here, work.context(here) / "debian"
    tree = work.folder / "interpreter"
    work.told(f"laying a Python for this machine ({here})")
    lay_debian(work.recipe, here, tree, work.mirror)
    return here, tree


def _lay(work: _Work, architecture: Architecture, interpreter: tuple[Architecture, Path]) -> bytes:
    """The context of one architecture: a tree for each layer. Gives the bill, which lies in the last one."""
    recipe, context = work.recipe, work.context(architecture)
    debian, libraries, server = (context / each for each in ("debian", "libraries", "server"))
    lay_debian(recipe, architecture, debian, work.mirror)
    lay_libraries(recipe, architecture, libraries)
    lay_server(recipe, architecture, server)
    trust(work.authorities, debian, server)
    write_bytecode(interpreter[1], interpreter[0], debian, libraries, server)
    content = bill(recipe, architecture, debian, libraries, server)
    (server / PLACE).parent.mkdir(parents=True, exist_ok=True)
    (server / PLACE).write_bytes(content)
    for tree in (debian, libraries, server):
        _set_modes(tree)
    shutil.copyfile(recipe.containerfile, context / "Containerfile")
    return content


def _set_modes(tree: Path) -> None:
    """Modes that do not hang on the umask of who builds. Debian's own say no more than this."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        if path.is_dir():
            path.chmod(0o1777 if path.name == "tmp" else 0o755)
        else:
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _unwritable(out: Path, error: OSError) -> Finding:
    reason = (error.strerror or "unknown reason").lower()
    return Finding(
        "cannot-write",
        "error",
        f"{error.filename or out} cannot be written: {reason}",
        "check the path, its permissions and the room on its disk",
    )
