"""`edgewright image build`: a server image as an OCI layout, and its bill of materials."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edgewright.commands.reporting import report
from edgewright.errors import FleetError

if TYPE_CHECKING:
    from edgewright.catalogue import Architecture
    from edgewright.workshop.building.layout import Built

_IMAGES: Final = ("cpu", "openvino")
"""Images out of Debian packages and wheels alone; the others stand on a vendor's, and docker builds them."""

_LAYOUTS: Final = Path("build/images")


@click.group("image")
def command() -> None:
    """Build the images of the inference server."""


@command.command("build")
@click.argument("image", type=click.Choice(_IMAGES))
@click.option(
    "--arch",
    type=click.Choice(["amd64", "arm64", "all"]),
    help="The architecture; `all` puts both into one index. By default that of this machine.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The OCI layout to write.  [default: build/images/runtime-IMAGE, where `lock` looks]",
)
@click.option(
    "--recipes",
    type=click.Path(path_type=Path),
    default="runtime_images",
    show_default=True,
    help="The folder of the images' recipes.",
)
@click.option("--mirror", help="The Debian mirror; for a day of the past, one of snapshot.debian.org.")
@click.option(
    "--authority",
    "authorities",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of certificates (PEM) that the server trusts beside the usual ones: your company's own.",
)
def build(
    image: str,
    arch: str | None,
    out: Path | None,
    recipes: Path,
    mirror: str | None,
    authorities: tuple[Path, ...],
) -> int:
    """Build an image out of Debian packages and Python wheels, with buildah or docker.

    It needs no root where the system lets users make user namespaces. The same mirror, the same lock and the
    same builder give the same digest. docs/images.md says what is in it.
    """
    from edgewright.commands.progress import progress
    from edgewright.workshop.building.build import build_image
    from edgewright.workshop.building.recipe import read_recipe

    target = out or _LAYOUTS / f"runtime-{image}"
    try:
        with progress() as told:
            recipe = read_recipe(recipes, image)
            built = build_image(recipe, _architectures(arch), target, told, mirror, authorities)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    _show(built, target)
    return 0


def _architectures(arch: str | None) -> list[Architecture]:
    from edgewright.workshop.building.platform import NAMES, of_this_machine

    if arch == "all":
        return sorted(NAMES)
    here = of_this_machine() or "amd64"
    return [name for name in NAMES if name == (arch or here)]


def _show(built: Built, target: Path) -> None:
    for architecture, size in built.sizes.items():
        click.echo(f"{architecture}: {size:,} bytes to pull")
    click.echo(built.digest)
    click.echo(f"{target} written; `edgewright lock` reads its digest there")
