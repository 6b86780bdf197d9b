"""The objects of a published release, out of the registry: for whoever wants to see what another one changes."""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import Any, Final

import yaml

from edgewright.artifact.json_document import read_descriptor, read_document
from edgewright.artifact.manifests import MANIFESTS
from edgewright.artifact.oci import Artifact, Descriptor
from edgewright.errors import Finding, FleetError
from edgewright.scan.difference import Located
from edgewright.ship.registry import Repository

_LARGEST: Final = 64 * 2**20
"""Bytes of a class's manifests, unpacked: ten times what 1,000 workloads take."""


def pulled_objects(repository: Repository, digest: str) -> list[Located]:
    """Each object of a release, with its file. Raises FleetError (`release-unreadable`, `registry-…`)."""
    manifest = repository.manifest(digest)
    if manifest is None:
        raise _unreadable(digest, "the registry does not have it")
    layer = _layer(manifest.content, digest)
    return _read(repository.blob(layer.digest, layer.size, _LARGEST), digest)


def packed_objects(artifact: Artifact) -> list[Located]:
    """The same of an artifact that is here. Raises FleetError (`release-unreadable`)."""
    layer = _layer(artifact.manifest, artifact.digest)
    content = next(blob for blob in artifact.blobs if blob.digest == layer.digest)
    return _read(b"".join(content.chunks()), artifact.digest)


def _layer(manifest: bytes, digest: str) -> Descriptor:
    layers = (read_document(manifest) or {}).get("layers")
    layer = read_descriptor(layers[0]) if isinstance(layers, list) and len(layers) == 1 else None
    if layer is None or layer.media_type != MANIFESTS.layer_type or layer.size > _LARGEST:
        raise _unreadable(digest, "it is no artifact of manifests")
    return layer


def _read(content: bytes, digest: str) -> list[Located]:
    try:
        return _objects(_unpacked(content))
    except (yaml.YAMLError, tarfile.TarError, zlib.error, ValueError, RecursionError) as error:
        raise _unreadable(digest, str(error).partition("\n")[0] or "its content is none") from None


def _unpacked(content: bytes) -> bytes:
    unpacked = zlib.decompressobj(wbits=31).decompress(content, _LARGEST + 1)  # 31: with a gzip header
    if len(unpacked) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 2**20} MiB")
    return unpacked


def _objects(tar: bytes) -> list[Located]:
    found: list[Located] = []
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith(".yaml"):
                found += [(member.name, each) for each in _documents(file.read())]
    return found


def _documents(text: bytes) -> list[dict[str, Any]]:
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.CLoader)):
        raise ValueError("it has aliases, which no rendering has")
    documents = [each for each in yaml.load_all(text, yaml.CSafeLoader) if each is not None]
    if not all(isinstance(each, dict) and isinstance(each.get("metadata"), dict) for each in documents):
        raise ValueError("what stands in it is no object")
    return documents


def _unreadable(digest: str, why: str) -> FleetError:
    finding = Finding(
        "release-unreadable",
        "error",
        f"what {digest[:19]} holds cannot be shown: {why}",
        "publish it from the commit that renders to it, or leave --changes out",
        waivable=False,
    )
    return FleetError([finding])
