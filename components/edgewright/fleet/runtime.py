"""Runtimes: the server images, one for each platform they run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from edgewright.fleet.part import Many, Name, PartWithEntries

LATEST: Final = "latest"
"""What an image without a tag means everywhere."""

Tag = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"), Field(title="tag of an image")
]
"""Source: OCI distribution-spec 1.1, "Pulling manifests"."""


class Runtime(PartWithEntries):
    """A server that can run models by one or more backends."""

    backends: Many[Annotated[str, Field(title="backend")]] = Field(
        min_length=1, description="What it can run a model with.", examples=[["onnxruntime-cpu"]]
    )
    images: dict[Annotated[str, Field(title="image platform")], Name] = Field(
        min_length=1,
        description="Platform ⇒ the image's name below the registry; its digest is in fleet.lock.",
        examples=[{"amd64": "runtime-cpu"}],
    )
    tag: Tag | None = Field(
        None,
        description="Where `edgewright lock` finds its images in the registry; `latest` where it is left out. "
        "Devices get the digest.",
        examples=["1.4.0"],
    )


def tags_of(runtimes: Mapping[str, Runtime]) -> dict[str, str]:
    """Each image of these runtimes ⇒ the tag under which the registry has it, in the images' order."""
    found: dict[str, str | None] = {}
    for runtime in runtimes.values():
        for image in runtime.images.values():
            found[image] = found.get(image) or runtime.tag
    return {image: tag or LATEST for image, tag in sorted(found.items())}
