"""Public keys: ECDSA P-256, the one kind that cosign, Kyverno, Flux and model-signing all check alike.

Tried with cosign 3.1.2 and signatures in its `.sig` format: it does not verify what it signs itself with a
P-384, P-521 or Ed25519 key; an RSA key works, and model-signing knows elliptic curves only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from edgewright.errors import Finding, FleetError

NOT_FIT: Final = "make an ECDSA key on the curve P-256: `edgewright key PATH`"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with, as the bytes of its SubjectPublicKeyInfo (DER)."""

    der: bytes

    @property
    def pem(self) -> str:
        """The key as a file has it."""
        return self._loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def fingerprint(self) -> str:
        """What tells it from others: the SHA-256 of its DER bytes, in hex."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def _loaded(self) -> ec.EllipticCurvePublicKey:
        key = load_der_public_key(self.der)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Whether the signature (DER) is this key's over the content."""
        try:
            self._loaded.verify(signature, content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def public_key(text: str, name: str = "the key") -> PublicKey:
    """The key in a PEM text. Raises FleetError (`no-public-key`, `private-key`, `key-unfit`)."""
    if "PRIVATE KEY-----" in text:
        message = f"{name} holds a private key where a public one belongs"
        remedy = (
            "name the public key; if others could read this file, make a new pair: it has to count as known"
        )
        raise FleetError([Finding("private-key", "error", message, remedy)])
    try:
        return as_public(load_pem_public_key(text.encode()), name)
    except (ValueError, UnsupportedAlgorithm):
        message = f"{name} is no public key in PEM form"
        remedy = "write one with `cosign public-key` or `openssl pkey -pubout`"
        raise FleetError([Finding("no-public-key", "error", message, remedy)]) from None


def as_public(key: object, name: str) -> PublicKey:
    """A key that cryptography has read. Raises FleetError (`key-unfit`)."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return PublicKey(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    message = f"{name} is {_kind(key)}; signatures of artifacts are made with ECDSA on the curve P-256"
    raise FleetError([Finding("key-unfit", "error", message, NOT_FIT)])


def _kind(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"a key on the curve {key.curve.name}"
    kinds = ("Ed25519", "Ed448", "RSA", "DSA", "X25519", "X448", "DH")
    name = type(key).__name__
    return next(
        (f"a key of the kind {kind}" for kind in kinds if name.startswith(kind)), "a key of another kind"
    )
