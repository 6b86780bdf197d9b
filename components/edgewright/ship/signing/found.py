"""The signatures that a registry has of a manifest: those under the `.sig` tag, and bundles that refer to it."""

from __future__ import annotations

from dataclasses import dataclass

from edgewright.artifact.bundle import ANY_BUNDLE, LARGEST_BUNDLE
from edgewright.artifact.oci import Descriptor
from edgewright.artifact.signature import (
    LARGEST_PAYLOAD,
    SignedPayload,
    read_layers,
    read_signatures,
    signature_tag,
)
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository


@dataclass(frozen=True, slots=True)
class Signatures:
    """What lies under the `.sig` tag; `digest` is that of the manifest there, None where there is none."""

    digest: str | None = None
    signed: tuple[SignedPayload, ...] = ()


def signatures(repository: Repository, digest: str) -> Signatures:
    """The signatures under the tag. Raises FleetError (`signature-unreadable`, those of the registry)."""
    tag = signature_tag(digest)
    manifest = repository.manifest(tag)
    if manifest is None:
        return Signatures()

    def content(layer: Descriptor) -> bytes:
        return repository.blob(layer.digest, layer.size, limit=LARGEST_PAYLOAD)

    try:
        return Signatures(manifest.digest, read_signatures(manifest.content, content))
    except ValueError as error:
        message = f"what lies under {repository.name}:{tag} holds no signatures: {error}"
        remedy = "see who put it there; remove the tag, then sign again"
        raise FleetError([Finding("signature-unreadable", "error", message, remedy)]) from None


def bundles(repository: Repository, digest: str) -> tuple[bytes, ...]:
    """The bundles that refer to the manifest, in the order in which the registry lists them."""
    found = []
    for referrer in repository.referrers(digest):
        manifest = repository.manifest(referrer.descriptor.digest)
        if manifest is not None:
            found += [
                repository.blob(layer.digest, layer.size, limit=LARGEST_BUNDLE)
                for layer in _layers(manifest.content)
                if layer.media_type.startswith(ANY_BUNDLE)
            ]
    return tuple(found)


def _layers(manifest: bytes) -> tuple[Descriptor, ...]:
    """The layers of a referrer; none where it is something that we do not know."""
    try:
        return read_layers(manifest)
    except ValueError:
        return ()
