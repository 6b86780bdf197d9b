"""A Sigstore bundle with a signed statement in it: what cosign 3 attaches to an image and what lies in a model.

Source: protobuf-specs 0.5, sigstore_bundle.proto; DSSE 1.0, protocol.md; in-toto attestation, spec/v1.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgewright.artifact.oci import canonical_json

BUNDLE_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
ANY_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
"""How the media types of all versions of it begin."""

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
SIGNED_IMAGE: Final = "https://sigstore.dev/cosign/sign/v1"
"""The predicate of cosign's signature of an image; any other says something else about it."""

LARGEST_BUNDLE: Final = 1 << 24
"""Bytes; a model of ten thousand files takes about 2 MiB."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a bundle holds: `content` was signed, together with its type, by each of the signatures (DER).

    `keyless`: it brings a certificate, and names no key.
    """

    payload_type: str
    content: bytes
    signatures: tuple[bytes, ...]
    keyless: bool = False

    @property
    def signed(self) -> bytes:
        """The very bytes that the signatures are over (DSSE's pre-authentication encoding)."""
        return signed_bytes(self.content, self.payload_type)


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said (`predicate`, of the kind `predicate_type`) of what (`subjects`: SHA-256 in hex)."""

    predicate_type: str
    subjects: tuple[str, ...]
    predicate: Mapping[str, Any]


def signed_bytes(content: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """What is signed where a content is."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)


def bundle(content: bytes, signature: bytes, hint: str) -> bytes:
    """The bundle of a content that a key has signed; `hint` tells a reader which key that was."""
    envelope = {
        "payload": base64.b64encode(content).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}],
    }
    material = {"publicKey": {"hint": hint}, "tlogEntries": []}
    return canonical_json(
        {"dsseEnvelope": envelope, "mediaType": BUNDLE_TYPE, "verificationMaterial": material}
    )


def read_bundle(content: bytes) -> Envelope | None:
    """What is in a bundle; None where it is none, or holds no signed statement."""
    try:
        value = json.loads(content)
        envelope, material = value["dsseEnvelope"], value["verificationMaterial"]
        if not str(value["mediaType"]).startswith(ANY_BUNDLE):
            return None
        signatures = tuple(_bytes(each["sig"]) for each in envelope["signatures"])
        keyless = "certificate" in material or "x509CertificateChain" in material
        return Envelope(str(envelope["payloadType"]), _bytes(envelope["payload"]), signatures, keyless)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def read_statement(envelope: Envelope) -> Statement | None:
    """The statement in an envelope; None where it holds something else."""
    if envelope.payload_type != PAYLOAD_TYPE:
        return None
    try:
        value = json.loads(envelope.content)
        subjects = tuple(str(each["digest"]["sha256"]) for each in value["subject"])
        if value["_type"] != STATEMENT_TYPE or not isinstance(value["predicate"], dict):
            return None
        return Statement(str(value["predicateType"]), subjects, value["predicate"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
