"""Cosign's signature of an artifact: what is signed, the tag that it lies under, the manifest that holds it.

The format is the one that Kyverno, Flux and every cosign verify: `sha256-<hex>.sig`, a manifest whose layers
are the signed texts and whose annotations are the signatures. Several people sign by several layers.
Source: cosign 3.1.2, specs/SIGNATURE_SPEC.md, pkg/oci/static and pkg/oci/mutate.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from edgewright.artifact.oci import (
    CONFIG_TYPE,
    MANIFEST_TYPE,
    Artifact,
    Descriptor,
    blob_of,
    canonical_json,
    described,
)

LAYER_TYPE: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE: Final = "dev.cosignproject.cosign/signature"
CERTIFICATE: Final = "dev.sigstore.cosign/certificate"
CLAIM_TYPE: Final = "cosign container image signature"

MOST_SIGNATURES: Final = 1000
"""Layers of one signature manifest; cosign reads no more."""

LARGEST_PAYLOAD: Final = 1 << 20
"""Bytes of a signed text; cosign's own take about 300."""


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """A text that somebody signed, with the signature and whatever else belongs to it as annotations."""

    payload: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)
    media_type: str = LAYER_TYPE

    @property
    def signature(self) -> bytes | None:
        """The signature's bytes (DER); None where there is none that could be one."""
        try:
            return base64.b64decode(self.annotations[SIGNATURE], validate=True)
        except (KeyError, binascii.Error, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed text says: this digest, published under this name."""

    reference: str
    digest: str
    kind: str

    @property
    def repository(self) -> str:
        """The name without a tag and a digest, which cosign leaves out and others may not."""
        name = self.reference.partition("@")[0]
        head, slash, last = name.rpartition("/")
        return f"{head}{slash}{last.partition(':')[0]}" if slash else name


def payload(reference: str, digest: str) -> bytes:
    """The text that is signed, as cosign writes it: `reference` is the repository without tag and digest."""
    critical = {
        "identity": {"docker-reference": reference},
        "image": {"docker-manifest-digest": digest},
        "type": CLAIM_TYPE,
    }
    return json.dumps({"critical": critical, "optional": None}, separators=(",", ":")).encode()


def read_claim(text: bytes) -> Claim | None:
    """What a signed text says; None where it is none of cosign's."""
    try:
        critical = json.loads(text)["critical"]
        reference = critical["identity"]["docker-reference"]
        claim = Claim(reference, critical["image"]["docker-manifest-digest"], critical["type"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    texts = (claim.reference, claim.digest, claim.kind)
    return claim if all(isinstance(each, str) for each in texts) else None


def signature_tag(digest: str) -> str:
    """The tag under which the signatures of a manifest lie."""
    return f"{digest.replace(':', '-', 1)}.sig"


def signed_payload(text: bytes, signature: bytes, extra: Mapping[str, str] | None = None) -> SignedPayload:
    """A text with its signature."""
    return SignedPayload(text, {SIGNATURE: base64.b64encode(signature).decode(), **(extra or {})})


def signature_artifact(signed: Sequence[SignedPayload]) -> Artifact:
    """The manifest with all the signatures, in the order given; the same ones give the same digest."""
    blobs = [blob_of(each.payload) for each in signed]
    config = blob_of(canonical_json(_config([blob.digest for blob in blobs])))
    layers = [
        described(each.media_type, blob, each.annotations).values
        for each, blob in zip(signed, blobs, strict=True)
    ]
    manifest = {
        "config": described(CONFIG_TYPE, config).values,
        "layers": layers,
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
    }
    return Artifact(canonical_json(manifest), blobs=(config, *blobs))


def _config(diff_ids: Sequence[str]) -> dict[str, Any]:
    """What cosign writes, less the times that it has none of: empty names where an image has a system."""
    return {
        "architecture": "",
        "config": {},
        "created": "0001-01-01T00:00:00Z",
        "os": "",
        "rootfs": {"diff_ids": list(diff_ids), "type": "layers"},
    }


def read_signatures(manifest: bytes, blob: Callable[[Descriptor], bytes]) -> tuple[SignedPayload, ...]:
    """Everything that lies in a signature manifest; `blob` brings the bytes that a layer describes.

    Raises ValueError where it is no manifest, or one that nobody would read to its end.
    """
    found = read_layers(manifest)
    if len(found) > MOST_SIGNATURES:
        raise ValueError(f"it has {len(found)} layers, more than {MOST_SIGNATURES}")
    if any(each.size > LARGEST_PAYLOAD for each in found):
        raise ValueError(f"one of its signed texts has more than {LARGEST_PAYLOAD} bytes")
    return tuple(SignedPayload(blob(each), each.annotations, each.media_type) for each in found)


def read_layers(manifest: bytes) -> tuple[Descriptor, ...]:
    """The layers of a manifest of whoever's. Raises ValueError where it is none of an image."""
    try:
        return tuple(_layer(each) for each in json.loads(manifest)["layers"])
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError):
        raise ValueError("it is no manifest of an image") from None


def _layer(value: Any) -> Descriptor:
    annotations = value.get("annotations") or {}
    texts = (value["mediaType"], value["digest"], *annotations.values())
    if (
        type(value["size"]) is not int
        or value["size"] < 0
        or not all(isinstance(each, str) for each in texts)
    ):
        raise TypeError("no descriptor")
    return Descriptor(value["mediaType"], value["digest"], value["size"], annotations)
