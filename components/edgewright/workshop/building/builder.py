"""buildah or docker, whichever is there: from a context to an OCI layout."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edgewright.catalogue import Architecture
from edgewright.errors import Finding, FleetError
from edgewright.workshop.building.programs import answers, needed, program, run

_HOW: Final = "install one of them: apt install buildah, or docker with its plugin buildx (0.13 or later)"

_LEVEL: Final = "--compression-level=12"
"""The best of the compressor that both have: seconds of one machine, for an eighth less on the line to each device."""


def build(context: Path, layout: Path, architecture: Architecture, arguments: Mapping[str, str]) -> None:
    """The image of `context`, which has a Containerfile, as the only one of an OCI layout. Raises FleetError.

    Every time in it is 0, so that the digest says what is inside and not when it was built.
    """
    if program("buildah"):
        _buildah(context, layout, architecture, arguments)
    else:
        _docker(context, layout, architecture, arguments)


def builder_is_there() -> None:
    """Raises FleetError (`tool-missing`) before anything has been downloaded."""
    found = needed(["buildah", "docker"], "building an image", _HOW)
    if not program("buildah") and not answers(found, "buildx", "version"):
        message = "building an image with docker needs its plugin buildx, and `docker buildx` does not answer"
        raise FleetError([Finding("tool-missing", "error", message, _HOW)])


def _buildah(context: Path, layout: Path, architecture: Architecture, arguments: Mapping[str, str]) -> None:
    """With a store of its own: nothing of the user's images is touched. `vfs` works everywhere, slowly."""
    store = context.with_name(f"{context.name}.store")
    buildah = [
        str(program("buildah")), f"--root={store}/root", f"--runroot={store}/run", "--storage-driver=vfs",
    ]  # fmt: skip
    tag = f"localhost/edgewright-build:{architecture}"
    given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    environment = {"BUILDAH_ISOLATION": "chroot", "TMPDIR": str(context.parent)}
    try:
        run(
            [
                *buildah, "bud", "--quiet", "--layers=false", "--timestamp=0", "--format=oci",
                "--pull-never", f"--platform=linux/{architecture}", *given,
                f"--tag={tag}", f"--file={context / 'Containerfile'}", str(context),
            ],
            f"building the image for {architecture}",
            environment,
        )  # fmt: skip
        run(
            [
                *buildah, "push", "--quiet", "--format=oci", "--compression-format=zstd", _LEVEL, tag, f"oci:{layout}",
            ],
            f"writing the image for {architecture}",
            environment,
        )  # fmt: skip
    finally:
        shutil.rmtree(store, ignore_errors=True)


def _docker(context: Path, layout: Path, architecture: Architecture, arguments: Mapping[str, str]) -> None:
    given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    output = (
        f"type=oci,dest={layout},tar=false,compression=zstd,compression-level=12,force-compression=true,"
        "rewrite-timestamp=true"
    )
    run(
        [
            str(program("docker")), "buildx", "build", "--quiet", "--provenance=false", "--sbom=false",
            f"--platform=linux/{architecture}", *given, f"--output={output}",
            f"--file={context / 'Containerfile'}", str(context),
        ],
        f"building the image for {architecture}",
        {"SOURCE_DATE_EPOCH": "0"},
    )  # fmt: skip
