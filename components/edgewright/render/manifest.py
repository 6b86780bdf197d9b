"""What rendering hands down: a Kubernetes object, the file it belongs into, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from edgewright.errors import FieldPath

Object: TypeAlias = dict[str, Any]

NOT_LOCKED_DIGEST: Final = "sha256:" + "0" * 64
"""Stands for a digest that fleet.lock lacks: well formed, and no registry can ever serve it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object of Kubernetes.

    `path` is the file, relative to the rendering, that it is written into beside others; `origin` the
    field of the fleet that it comes from.
    """

    path: str
    body: Object
    origin: FieldPath


def reference(repository: str, digest: str | None) -> str:
    """An image by its digest, never by a tag."""
    return f"{repository}@{digest or NOT_LOCKED_DIGEST}"
