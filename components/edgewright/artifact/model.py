"""A model as an OCI image: from its files to manifest and digest, with nothing kept or sent here.

The image is one that Kubernetes mounts as a volume of type `image`, an init container copies from and
`ctr images import` takes: an image manifest with its own artifactType, an image config, and one tar layer.
The layer is not compressed (weights shrink by a few per cent only), so that it can be mapped, compared and
patched in place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, TypeAlias

from edgewright.artifact.archive import Member, archive, flaws, shown_name
from edgewright.artifact.card import Card, card_values
from edgewright.artifact.lock import SOURCE, LockedFile
from edgewright.artifact.oci import (
    CONFIG_TYPE,
    Artifact,
    Blob,
    blob_of,
    canonical_json,
    described,
    image_manifest,
    measured_blob,
)
from edgewright.errors import FieldPath, Finding, FleetError

ARTIFACT_TYPE: Final = "application/vnd.edgewright.model.v1"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"

ROOT: Final = "models"
"""The folder of the layer that holds every file."""

CARD_LABEL: Final = "dev.edgewright.model"
FORM_LABEL: Final = "dev.edgewright.model.variant"

OpenFile: TypeAlias = Callable[[str], Iterable[bytes]]
"""The bytes of a file by its path below fleet.yaml's folder, in chunks from the beginning."""


def model_layer(card: Card, open_file: OpenFile, field: FieldPath = ()) -> Blob:
    """The layer with the files of a model; each is read once now, and again whenever the layer is.

    Raises FleetError, now and then, whose findings point at `field`: `model-file-name`, and `model-changed`
    where a file is not the one that the card names.
    """
    names = tuple(name for name, _ in card.files)
    if findings := [_bad_name(name, flaw, field) for name, flaw in flaws(names)]:
        raise FleetError(findings)
    members = [
        Member(f"{ROOT}/{name}", file.size, partial(_content, file, open_file, field))
        for name, file in card.files
    ]
    return measured_blob(partial(archive, members))


def model_artifact(card: Card, layer: Blob, architecture: str = "amd64") -> Artifact:
    """The image of a model for an architecture; its blobs are the config and the layer.

    An image config must name an architecture although a model has none; containerd unpacks an image of
    another one when it is mounted instead of when it is pulled.
    Source: OCI image-spec 1.1, manifest.md, config.md and annotations.md.
    """
    annotations = model_annotations(card)
    labels = {**annotations, CARD_LABEL: canonical_json(card_values(card)).decode()}
    config = blob_of(
        canonical_json(
            {
                "architecture": architecture,
                "config": {"Labels": labels},
                "created": "1970-01-01T00:00:00Z",
                "os": "linux",
                "rootfs": {"diff_ids": [layer.digest], "type": "layers"},
            }
        )
    )
    manifest = image_manifest(
        described(CONFIG_TYPE, config),
        [described(LAYER_TYPE, layer)],
        artifact_type=ARTIFACT_TYPE,
        annotations=annotations,
    )
    return Artifact(manifest, blobs=(config, layer))


def model_annotations(card: Card) -> dict[str, str]:
    """What a registry's own pages show of a model."""
    values = {
        "org.opencontainers.image.title": card.name,
        "org.opencontainers.image.version": card.model.version,
    }
    values |= {"org.opencontainers.image.licenses": card.model.license} if card.model.license else {}
    return values | ({FORM_LABEL: card.form} if card.form != SOURCE else {})


def _content(file: LockedFile, open_file: OpenFile, field: FieldPath) -> Iterator[bytes]:
    """The bytes of a file, which are those that were locked or end in an error."""
    left, found = file.size, hashlib.sha256()
    for chunk in open_file(file.file):
        left -= len(chunk)
        if left < 0:
            break
        found.update(chunk)
        yield chunk
    if left or f"sha256:{found.hexdigest()}" != file.digest:
        message = (
            f"the model's file `{file.file}` is not the one that was locked, or changed while it was read"
        )
        remedy = "run `edgewright lock` once it is written"
        raise FleetError([Finding("model-changed", "error", message, remedy, field, waivable=False)])


def _bad_name(name: str, flaw: str, field: FieldPath) -> Finding:
    message = f"the model's file `{shown_name(name)}` {flaw}"
    return Finding(
        "model-file-name", "error", message, "rename it, and what refers to it in the model", field
    )
