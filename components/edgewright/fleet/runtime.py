"""Runtimes: the server images, one for each platform they run on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edgewright.fleet.part import Many, Name, PartWithEntries


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
