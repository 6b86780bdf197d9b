"""An OCI artifact: a manifest and the blobs that it names. What is pushed, pulled, laid in a folder and signed.

Source: OCI image-spec 1.1, manifest.md, image-index.md and descriptor.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE: Final = "application/vnd.oci.image.index.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How one document of a registry names another: its kind, its digest (`sha256:…`), its size in bytes."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """The descriptor as plain values; without annotations where it has none."""
        plain = {"digest": self.digest, "mediaType": self.media_type, "size": self.size}
        return plain | ({"annotations": dict(self.annotations)} if self.annotations else {})


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that a manifest names. `chunks` gives them from their beginning each time it is called, so that
    a model of gigabytes is never held whole."""

    digest: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest with all that it names: the blobs of an image, or the `children` of an index."""

    manifest: bytes
    media_type: str = MANIFEST_TYPE
    blobs: tuple[Blob, ...] = ()
    children: tuple[Artifact, ...] = ()

    @property
    def digest(self) -> str:
        """The manifest's digest: what the artifact is called after the `@`."""
        return sha256(self.manifest)

    @property
    def descriptor(self) -> Descriptor:
        """How an index or a referrer names it."""
        return Descriptor(self.media_type, self.digest, len(self.manifest))

    @property
    def size(self) -> int:
        """Bytes of all its blobs, each counted once: what travels to somebody who has nothing of it."""
        sizes = {blob.digest: blob.size for blob in self.blobs}
        return sum(sizes.values()) + sum(child.size for child in self.children)


def blob_of(content: bytes) -> Blob:
    """A blob whose bytes are at hand."""
    return Blob(sha256(content), len(content), lambda: [content])


def measured_blob(chunks: Callable[[], Iterable[bytes]]) -> Blob:
    """A blob whose bytes are read once, a chunk at a time, to know its digest and size."""
    found, size = hashlib.sha256(), 0
    for chunk in chunks():
        found.update(chunk)
        size += len(chunk)
    return Blob(f"sha256:{found.hexdigest()}", size, chunks)


def described(media_type: str, blob: Blob, annotations: Mapping[str, str] | None = None) -> Descriptor:
    """How a manifest names a blob."""
    return Descriptor(media_type, blob.digest, blob.size, annotations or {})


def is_digest(value: object) -> TypeGuard[str]:
    """Whether a value is a digest as we take it: `sha256:` and 64 hexadecimal digits in small letters."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def sha256(content: bytes) -> str:
    """The digest of bytes as OCI writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys and no spaces: one way to write a value, so one digest."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def image_manifest(
    config: Descriptor,
    layers: Sequence[Descriptor],
    *,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
    subject: Descriptor | None = None,
) -> bytes:
    """An image manifest; one with a `subject` is a referrer of what that names."""
    values: dict[str, Any] = {
        "config": config.values,
        "layers": [each.values for each in layers],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    values |= {"artifactType": artifact_type} if artifact_type else {}
    values |= {"annotations": dict(annotations)} if annotations else {}
    values |= {"subject": subject.values} if subject else {}
    return canonical_json(values)
