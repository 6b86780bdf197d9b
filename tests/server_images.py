"""Small images as builders push them: of OCI and of Docker, for one platform or for several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgewright.artifact.layout import Entry, layout_files
from edgewright.artifact.oci import (
    CONFIG_TYPE,
    INDEX_TYPE,
    MANIFEST_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
)

OCI = (MANIFEST_TYPE, INDEX_TYPE, CONFIG_TYPE, "application/vnd.oci.image.layer.v1.tar+gzip")
_DOCKER = "application/vnd.docker"
DOCKER = (
    f"{_DOCKER}.distribution.manifest.v2+json",
    f"{_DOCKER}.distribution.manifest.list.v2+json",
    f"{_DOCKER}.container.image.v1+json",
    f"{_DOCKER}.image.rootfs.diff.tar.gzip",
)
"""The media types of an image, an index, a config and a layer."""


def image(
    architecture: str = "amd64", *layers: bytes, os: str = "linux", types: tuple[str, ...] = OCI
) -> Artifact:
    """An image with these layers, which need not be any."""
    manifest_type, _, config_type, layer_type = types
    config = blob_of(canonical_json({"architecture": architecture, "os": os, "rootfs": {"type": "layers"}}))
    blobs = [blob_of(layer) for layer in layers or (b"server for " + architecture.encode(),)]
    manifest = {
        "config": described(config_type, config).values,
        "layers": [described(layer_type, blob).values for blob in blobs],
        "mediaType": manifest_type,
        "schemaVersion": 2,
    }
    return Artifact(canonical_json(manifest), manifest_type, (config, *blobs))


def pulled(artifact: Artifact) -> int:
    """What a device pulls for an image of one platform: each blob once."""
    return sum({blob.digest: blob.size for blob in artifact.blobs}.values())


def index(
    *images: tuple[Artifact, dict[str, Any] | None], types: tuple[str, ...] = OCI, **more: Any
) -> Artifact:
    """An index over images, each with its platform."""
    entries = [
        each.descriptor.values | ({} if platform is None else {"platform": platform})
        for each, platform in images
    ]
    manifest = {"manifests": entries, "mediaType": types[1], "schemaVersion": 2, **more}
    return Artifact(canonical_json(manifest), types[1], children=tuple(each for each, _ in images))


def for_both(
    *, types: tuple[str, ...] = OCI, extra: Sequence[tuple[Artifact, dict[str, Any]]] = ()
) -> Artifact:
    """An image for amd64 and arm64; `extra` comes beside them."""
    both = [
        (
            image(each, b"server for " + each.encode() * size, types=types),
            {"os": "linux", "architecture": each},
        )
        for each, size in (("amd64", 10), ("arm64", 20))
    ]
    return index(*both, *extra, types=types)


def sizes_of(artifact: Artifact) -> dict[str, int]:
    """What `for_both` has for each architecture."""
    return dict(zip(("amd64", "arm64"), map(pulled, artifact.children), strict=False))


def attestation() -> tuple[Artifact, dict[str, Any]]:
    """What BuildKit puts into an index beside an image: its provenance, for a platform that is none."""
    config = blob_of(canonical_json({"architecture": "unknown", "os": "unknown"}))
    statement = blob_of(b'{"_type": "https://in-toto.io/Statement/v0.1"}')
    manifest = {
        "config": described(CONFIG_TYPE, config).values,
        "layers": [described("application/vnd.in-toto+json", statement).values],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    artifact = Artifact(canonical_json(manifest), MANIFEST_TYPE, (config, statement))
    return artifact, {"os": "unknown", "architecture": "unknown"}


def write_layout(folder: Path, *entries: tuple[Artifact, str | None]) -> None:
    """Write artifacts into a folder as an OCI layout, each under its name."""
    for path, chunks in layout_files([Entry(*each) for each in entries]).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(chunks()))
