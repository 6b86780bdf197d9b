"""Tiny images that stand for a fleet's, known by their digests before anything is pushed.

Pure: a repository (without its host) and a part to play make the bytes, so that a run tries what the last did.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, TypeAlias

from edgewright.artifact.oci import (
    CONFIG_TYPE,
    MANIFEST_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
    sha256,
)

Part: TypeAlias = Literal["own", "following", "unsigned", "stranger"]
"""`own` is the fleet's and signed as it asks for; `following` is signed as well, with the last key of each rule;
`unsigned` nobody signed; `stranger` was signed with a key that nobody trusts."""

TAG: Final = "stand-in"
"""The tag that leads to the image that is signed."""

ABSENT: Final = sha256(b"what no registry has")
"""A digest that no registry has anything for, as where one digit of a right one was changed."""


def path_of(reference: str) -> str:
    """The path of a reference in its registry: without host, tag and digest."""
    path = reference.partition("@")[0].partition("/")[2]
    return path.partition(":")[0]


def host_of(reference: str) -> str:
    """The registry of a reference: what stands before the first slash."""
    return reference.partition("/")[0]


@lru_cache(4096)
def stand_in(path: str, part: Part, form: str = "") -> Artifact:
    """The image at a path in its part; the forms of a model, which share a path, each have one of their own."""
    layer = blob_of(f"{path}\n{part}\n{form}\n".encode())
    config = {
        "architecture": "amd64",
        "config": {"Labels": {"edgewright.dev/stand-in": f"{part} {form}".strip()}},
        "os": "linux",
        "rootfs": {"diff_ids": [layer.digest], "type": "layers"},
    }
    settings = blob_of(canonical_json(config))
    manifest = {
        "config": described(CONFIG_TYPE, settings).values,
        "layers": [described("application/vnd.oci.image.layer.v1.tar", layer).values],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    return Artifact(canonical_json(manifest), blobs=(settings, layer))


def as_part(reference: str, part: Part, form: str = "") -> str:
    """The reference with another image of the same repository in the place of its own."""
    repository = reference.partition("@")[0]
    return f"{repository}@{stand_in(path_of(reference), part, form).digest}"
