"""Folders of small files as artifacts: the manifests of a class, its node files, the policies of a fleet.

Each is one layer, a tar archive in gzip, with the same bytes on every machine. The manifests have Flux's
layout, which its source-controller pulls, verifies and unpacks; the others are the same with a type of ours.
Source: fluxcd.io/flux/cheatsheets/oci-artifacts; OCI image-spec 1.1, manifest.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from edgewright.artifact.archive import Member, archive, flaws, shown_name
from edgewright.artifact.gzip import stored
from edgewright.artifact.oci import (
    EMPTY_TYPE,
    Artifact,
    Blob,
    blob_of,
    canonical_json,
    described,
    image_manifest,
    sha256,
)
from edgewright.errors import FieldPath, Finding, FleetError


@dataclass(frozen=True, slots=True)
class Kind:
    """What a folder is to those who pull it: media types of its config and its layer, and the artifactType
    where the config does not say it already."""

    config_type: str
    layer_type: str
    artifact_type: str | None = None


_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"

MANIFESTS: Final = Kind(
    "application/vnd.cncf.flux.config.v1+json", "application/vnd.cncf.flux.content.v1.tar+gzip"
)
NODE_FILES: Final = Kind(EMPTY_TYPE, _LAYER, "application/vnd.edgewright.node.v1")
POLICIES: Final = Kind(EMPTY_TYPE, _LAYER, "application/vnd.edgewright.policies.v1")


def folder_artifact(
    kind: Kind,
    files: Mapping[str, bytes],
    *,
    title: str,
    version: str | None = None,
    source: str | None = None,
    revision: str | None = None,
    field: FieldPath = (),
) -> Artifact:
    """The artifact of a folder: `files` are contents by their paths below it, with slashes.

    `source` and `revision` say where the files came from, where somebody wants that in the digest: the same
    files of another commit are another artifact then. Raises FleetError (`artifact-file-name`) at `field`.
    """
    if findings := [_bad_name(name, flaw, field) for name, flaw in flaws(tuple(files))]:
        raise FleetError(findings)
    members = [Member(path, len(content), partial(_whole, content)) for path, content in files.items()]
    tar = b"".join(archive(members))
    layer = blob_of(b"".join(stored([tar])))
    config = _config(kind, sha256(tar))
    known = {"title": title, "version": version, "source": source, "revision": revision}
    manifest = image_manifest(
        described(kind.config_type, config),
        [described(kind.layer_type, layer)],
        artifact_type=kind.artifact_type,
        annotations={f"org.opencontainers.image.{name}": text for name, text in known.items() if text},
    )
    return Artifact(manifest, blobs=(config, layer))


def _whole(content: bytes) -> list[bytes]:
    return [content]


def _config(kind: Kind, diff_id: str) -> Blob:
    """The empty document, or what Flux writes: an image config of no architecture and no time of day."""
    if kind.config_type == EMPTY_TYPE:
        return blob_of(b"{}")
    return blob_of(
        canonical_json(
            {
                "architecture": "",
                "config": {},
                "created": "1970-01-01T00:00:00Z",
                "os": "",
                "rootfs": {"diff_ids": [diff_id], "type": "layers"},
            }
        )
    )


def _bad_name(name: str, flaw: str, field: FieldPath) -> Finding:
    message = f"the file `{shown_name(name)}` cannot be packed: it {flaw}"
    return Finding(
        "artifact-file-name", "error", message, "rename what the file is named after", field, waivable=False
    )
