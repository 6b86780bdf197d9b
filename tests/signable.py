"""Small images, each of its own digest, to be pushed and signed."""

from __future__ import annotations

from edgewright.artifact.bundle import BUNDLE_TYPE
from edgewright.artifact.oci import (
    CONFIG_TYPE,
    EMPTY_TYPE,
    MANIFEST_TYPE,
    Artifact,
    blob_of,
    canonical_json,
    described,
)
from edgewright.ship.registry import Repository

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


def image(name: str) -> Artifact:
    """The image of that name: the same one each time."""
    layer = blob_of(name.encode())
    rootfs = {"diff_ids": [layer.digest], "type": "layers"}
    config = blob_of(canonical_json({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}))
    manifest = {
        "config": described(CONFIG_TYPE, config).values,
        "layers": [described(LAYER_TYPE, layer).values],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    return Artifact(canonical_json(manifest), blobs=(config, layer))


def attach(repository: Repository, digest: str, content: bytes) -> None:
    """Attach a bundle to an image, as cosign does."""
    subject = repository.resolve(digest)
    assert subject is not None
    blob, empty = blob_of(content), blob_of(b"{}")
    manifest = {
        "artifactType": BUNDLE_TYPE,
        "config": described(EMPTY_TYPE, empty).values,
        "layers": [described(BUNDLE_TYPE, blob).values],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
        "subject": subject.values,
    }
    repository.push_referrer(Artifact(canonical_json(manifest), blobs=(empty, blob)))
