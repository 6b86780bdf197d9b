"""A Publication: something that the registry has to have before a fleet's devices can run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from edgewright.artifact.oci import Artifact
from edgewright.errors import FieldPath

Kind: TypeAlias = Literal["model", "image", "policies", "node", "manifests"]

KINDS: Final[tuple[Kind, ...]] = ("model", "image", "policies", "node", "manifests")
"""In the order in which they travel: manifests name models and images, so they come last."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One artifact, and where it belongs.

    `artifact` is None where its bytes are not here: the registry must have it already. `tags` keep the
    registry from collecting it as garbage; they never move. `signed` says that a rule of the fleet asks for
    a signature. `classes` are those whose devices get it; `origin` is the field that it comes from.
    `referrers` describe it and are found through it.
    """

    kind: Kind
    title: str
    repository: str
    digest: str
    origin: FieldPath
    classes: tuple[str, ...]
    artifact: Artifact | None = None
    tags: tuple[str, ...] = ()
    signed: bool = True
    referrers: tuple[Publication, ...] = ()

    @property
    def reference(self) -> str:
        """How Kubernetes and cosign name it."""
        return f"{self.repository}@{self.digest}"

    @property
    def sizes(self) -> dict[str, int]:
        """Digest ⇒ bytes of everything that travels to a registry which has nothing of it."""
        sizes = _sizes(self.artifact) if self.artifact else {}
        for each in self.referrers:
            sizes |= each.sizes
        return sizes


def _sizes(artifact: Artifact) -> dict[str, int]:
    sizes = {artifact.digest: len(artifact.manifest)} | {blob.digest: blob.size for blob in artifact.blobs}
    for child in artifact.children:
        sizes |= _sizes(child)
    return sizes


def kept_tag(digest: str) -> str:
    """The tag under which an artifact without a version stays. No ring has its name: those have no dots."""
    return f"kept.{digest.removeprefix('sha256:')[:16]}"


def version_tag(version: str, form: str, architecture: str) -> str:
    """The tag of a form of a model: `3.4.0-int8-amd64`. What a tag cannot hold is an underscore in it."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{version}-{form}-{architecture}")
