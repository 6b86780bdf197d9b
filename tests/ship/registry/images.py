"""Artifacts for tests of registries."""

from __future__ import annotations

from edgewright.artifact.oci import (
    EMPTY_TYPE,
    MANIFEST_TYPE,
    Artifact,
    Blob,
    blob_of,
    canonical_json,
    described,
)

KIND = "application/vnd.edgewright.test"


def image(*blobs: Blob, **fields: object) -> Artifact:
    """An artifact of these blobs and an empty config; `fields` go into its manifest."""
    config = blob_of(b"{}")
    manifest = {
        "config": described(EMPTY_TYPE, config).values,
        "layers": [described("application/octet-stream", blob).values for blob in blobs],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
        "artifactType": KIND,
        **fields,
    }
    return Artifact(canonical_json(manifest), blobs=(config, *blobs))
