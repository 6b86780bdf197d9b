"""Small images, each of its own digest, to be pushed and signed; and who is asked whether they are."""

from __future__ import annotations

from pathlib import Path

import pytest

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
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.trusted import TrustedKey
from edgewright.ship.signing.verify import verify

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


def key_of(key: PrivateKey, name: str = "keys/fleet.pub") -> TrustedKey:
    """The key as one that is trusted."""
    return TrustedKey(name, key.public)


def refused(repository: Repository, digest: str, *keys: PrivateKey) -> Finding:
    """Why a manifest is not taken by whom trusts these."""
    with pytest.raises(FleetError) as error:
        verify(repository, digest, [key_of(key) for key in keys])
    (finding,) = error.value.findings
    return finding


def public(folder: Path, key: PrivateKey) -> Path:
    """The file of the key's public half."""
    path = folder / "key.pub"
    path.write_text(key.public.pem)
    return path
