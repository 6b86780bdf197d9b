"""A server image by its documents: which architectures it is for, and what a device of each pulls.

Source: OCI image-spec 1.1, manifest.md, image-index.md and config.md; Docker's manifest v2 schema 2 and its
manifest list; BuildKit's docs/attestations/attestation-storage.md for what an index holds beside images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from edgewright.artifact.json_document import read_descriptor, read_document
from edgewright.artifact.layout import LARGEST_DOCUMENT
from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, Descriptor

INDEX_TYPES: Final = (INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json")
IMAGE_TYPES: Final = (MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json")

MOST_PLATFORMS: Final = 64
"""Images of an index that are looked at; those that people build have fewer than twenty."""

_REFERENCE_TYPE: Final = "vnd.docker.reference.type"

Fetch: TypeAlias = Callable[[Descriptor], bytes]
"""The bytes of a document that another one names, compared with its digest."""


class NoImageError(ValueError):
    """Says why documents are no image that a device could run, in words that follow its name."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    """The config and the layers of an image for one platform."""

    config: Descriptor
    layers: tuple[Descriptor, ...]

    @property
    def size(self) -> int:
        """The bytes that are pulled: each blob once, however often it is named."""
        return sum({each.digest: each.size for each in (self.config, *self.layers)}.values())


def pulled_sizes(content: bytes, media_type: str, fetch: Fetch) -> dict[str, int]:
    """Architecture ⇒ the bytes that a Linux device of it pulls for an image: layers as they are stored, and
    the config.

    Of several images for one architecture (`arm64/v8` beside `arm64/v9`) the largest counts. Raises
    NoImageError, and whatever `fetch` raises.
    """
    if media_type in INDEX_TYPES:
        found: dict[str, int] = {}
        for architecture, size in _of_index(content, media_type, fetch):
            found[architecture] = max(size, found.get(architecture, 0))
    elif media_type in IMAGE_TYPES:
        manifest = _manifest(content, media_type)
        only = _architecture(_config(manifest, fetch))
        found = {only: manifest.size} if only else {}
    else:
        raise NoImageError(f"is a `{media_type[:80]}`, and no image or index of images")
    if not found:
        raise NoImageError("has nothing for Linux")
    return dict(sorted(found.items()))


def _of_index(content: bytes, media_type: str, fetch: Fetch) -> Iterator[tuple[str, int]]:
    entries = _document(content, media_type).get("manifests")
    if not isinstance(entries, list) or len(entries) > MOST_PLATFORMS:
        raise NoImageError(f"is no index of at most {MOST_PLATFORMS} images")
    for entry in entries:
        descriptor = read_descriptor(entry)
        if descriptor is None:
            raise NoImageError("names an image without a media type, a sha256 digest and a size")
        platform = entry.get("platform")
        if _is_attestation(descriptor, platform):
            continue
        if descriptor.media_type not in IMAGE_TYPES:
            raise NoImageError(f"holds a `{descriptor.media_type[:80]}` where an image is wanted")
        if platform is not None and _architecture(platform) is None:
            continue
        manifest = _manifest(fetch(descriptor), descriptor.media_type)
        known = platform if platform is not None else _config(manifest, fetch)
        if architecture := _architecture(known):
            yield architecture, manifest.size


def _config(manifest: _Manifest, fetch: Fetch) -> dict[str, Any]:
    if manifest.config.size > LARGEST_DOCUMENT:
        raise NoImageError(f"has a config of more than {LARGEST_DOCUMENT:,} bytes")
    return _document(fetch(manifest.config), None)


def _is_attestation(descriptor: Descriptor, platform: Any) -> bool:
    """Whether it is a provenance or an SBOM that BuildKit keeps beside the images: nobody runs it."""
    unknown = isinstance(platform, Mapping) and platform.get("architecture") == "unknown"
    return unknown or _REFERENCE_TYPE in descriptor.annotations


def _architecture(values: Any) -> str | None:
    """The architecture of a platform, or of an image's config; None where it is not Linux."""
    os, architecture = (
        (values.get(name) for name in ("os", "architecture")) if isinstance(values, Mapping) else (None, None)
    )
    if not isinstance(os, str) or not isinstance(architecture, str) or not architecture.isalnum():
        raise NoImageError("does not say which platform it is for")
    return architecture if os == "linux" else None


def _manifest(content: bytes, media_type: str) -> _Manifest:
    document = _document(content, media_type)
    config = read_descriptor(document.get("config"))
    named = document.get("layers")
    layers = [read_descriptor(each) for each in named] if isinstance(named, list) else [None]
    known = tuple(each for each in layers if each is not None)
    if config is None or len(known) != len(layers):
        raise NoImageError("names something without a media type, a sha256 digest and a size")
    return _Manifest(config, known)


def _document(content: bytes, media_type: str | None) -> dict[str, Any]:
    document = read_document(content)
    if document is None:
        raise NoImageError("is no JSON object, or gives a name twice")
    if media_type is not None and document.get("mediaType", media_type) != media_type:
        raise NoImageError("says another media type inside than outside")
    return document
