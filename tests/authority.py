"""A Sigstore of the tests' own: an authority that writes certificates, and the logs that vouch for them.

It says what Fulcio and Rekor say, with keys made for the test, so that signing and verifying without a key runs the
real library from end to end, and its signatures can be shown to cosign. Over http it answers in acme.py.
Sources: fulcio's docs/certificate-specification.md; RFC 6962, 3.2 and 3.3; rekor's openapi.yaml; C2SP
signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER = "https://ci.acme.example"
SUBJECT = "https://git.acme.example/edge/.ci/publish.yml@refs/heads/main"

_ISSUER_OLD = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ORIGIN = "log.acme.example - 1"


def token(subject: str = SUBJECT, *, issuer: str = ISSUER, minutes: int = 10) -> str:
    """What a CI hands out: who runs, for some minutes."""
    now = datetime.now(UTC)
    claims = {
        "aud": "sigstore",
        "iss": issuer,
        "sub": subject,
        "iat": int((now - timedelta(minutes=1)).timestamp()),
        "exp": int((now + timedelta(minutes=minutes)).timestamp()),
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    # The authority is who looks at the signature, and ours does not.
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"signature"))


def claims_of(text: str) -> dict[str, Any]:
    """What a token says."""
    part = text.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _new() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _der(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _id(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(_der(key)).digest()


def _sign(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    return key.sign(content, ec.ECDSA(hashes.SHA256()))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Authority:
    """The keys, what is in the log, and the address once it answers."""

    root_key: ec.EllipticCurvePrivateKey = field(default_factory=_new)
    certificates_key: ec.EllipticCurvePrivateKey = field(default_factory=_new)
    log_key: ec.EllipticCurvePrivateKey = field(default_factory=_new)
    address: str = ""
    entries: list[bytes] = field(default_factory=list)
    refuses: str = ""

    def __post_init__(self) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
        public = self.root_key.public_key()
        uses = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.root = (
            _validity(x509.CertificateBuilder(), days=3650)
            .subject_name(name)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(uses, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.root_key, hashes.SHA256())
        )

    def certificate(self, public: ec.EllipticCurvePublicKey, claims: dict[str, Any]) -> list[str]:
        """The chain for whom the claims name, with the promise of the log of certificates in it."""
        issuer = str(claims["iss"]).encode()
        uses = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        root = self.root.public_key()
        assert isinstance(root, ec.EllipticCurvePublicKey)
        builder = (
            _validity(x509.CertificateBuilder(), minutes=10)
            .subject_name(x509.Name([]))
            .issuer_name(self.root.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .add_extension(uses, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(str(claims["sub"]))]), True
            )
            .add_extension(x509.UnrecognizedExtension(_ISSUER_OLD, issuer), critical=False)
            .add_extension(
                x509.UnrecognizedExtension(_ISSUER, bytes([0x0C, len(issuer)]) + issuer), critical=False
            )
        )
        promised = builder.sign(self.root_key, hashes.SHA256()).tbs_certificate_bytes
        promise = x509.UnrecognizedExtension(_TIMESTAMPS, _octets(self._promise(promised)))
        leaf = builder.add_extension(promise, critical=False).sign(self.root_key, hashes.SHA256())
        return [each.public_bytes(Encoding.PEM).decode() for each in (leaf, self.root)]

    def _promise(self, certificate: bytes) -> bytes:
        """A list with the one signed timestamp of a certificate to come (RFC 6962, 3.2)."""
        when = int(datetime.now(UTC).timestamp() * 1000)
        size = len(certificate).to_bytes(3, "big")
        entry = _id(self.root_key) + size + certificate
        signed = struct.pack("!BBQH", 0, 0, when, 1) + entry + b"\0\0"
        signature = _sign(self.certificates_key, signed)
        one = struct.pack("!B32sQH", 0, _id(self.certificates_key), when, 0)
        one += struct.pack("!BBH", 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(one) + 2, len(one)) + one

    def logged(self, proposed: dict[str, Any]) -> dict[str, Any]:
        """The entry of the log: the second in a tree of its own, which its checkpoint vouches for. An index of
        nought is what Go leaves out and Python asks for."""
        kept = _statement(proposed) if proposed["kind"] == "dsse" else _without_none(proposed)
        body = json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()
        self.entries.append(body)
        first, leaf = (hashlib.sha256(b"\0" + each).digest() for each in (b"", body))
        root = hashlib.sha256(b"\1" + first + leaf).digest()
        promised = {
            "body": _text(body),
            "integratedTime": int(datetime.now(UTC).timestamp()),
            "logID": _id(self.log_key).hex(),
            "logIndex": len(self.entries) + 1000,
        }
        canonical = json.dumps(promised, sort_keys=True, separators=(",", ":")).encode()
        proof = {
            "checkpoint": self._checkpoint(root),
            "hashes": [first.hex()],
            "logIndex": 1,
            "rootHash": root.hex(),
            "treeSize": 2,
        }
        verification = {
            "inclusionProof": proof,
            "signedEntryTimestamp": _text(_sign(self.log_key, canonical)),
        }
        return {leaf.hex(): promised | {"verification": verification}}

    def _checkpoint(self, root: bytes) -> str:
        note = f"{_ORIGIN}\n2\n{_text(root)}\n"
        signature = _text(_id(self.log_key)[:4] + _sign(self.log_key, note.encode()))
        return f"{note}\n— {_ORIGIN.partition(' ')[0]} {signature}\n"

    @property
    def trusted_root(self) -> dict[str, Any]:
        """What whoever verifies trusts."""
        valid = {"start": "2020-01-01T00:00:00Z"}
        chain = {"certificates": [{"rawBytes": _text(self.root.public_bytes(Encoding.DER))}]}
        authority = {
            "subject": {"organization": "acme", "commonName": "acme"},
            "uri": self.address,
            "certChain": chain,
            "validFor": valid,
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(self.log_key, self.address)],
            "certificateAuthorities": [authority],
            "ctlogs": [_log(self.certificates_key, self.address)],
        }

    def written(self, folder: Path) -> tuple[Path, Path, Path]:
        """As files: the trusted root, the configuration of who signs, and that in the form that cosign reads."""
        service = {
            "url": self.address,
            "majorApiVersion": 1,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
            "operator": "acme",
        }
        signing = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service],
            "oidcUrls": [service],
            "rekorTlogUrls": [service],
            "tsaUrls": [],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }
        configuration = {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root,
            "signingConfig": signing,
        }
        names = ("trusted_root.json", "configuration.json", "signing_config.json")
        files = (folder / names[0], folder / names[1], folder / names[2])
        for file, value in zip(files, (self.trusted_root, configuration, signing), strict=True):
            file.write_text(json.dumps(value))
        return files


def _validity(builder: x509.CertificateBuilder, **length: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    start = now - timedelta(minutes=1) if "minutes" in length else datetime(2020, 1, 1, tzinfo=UTC)
    return builder.not_valid_before(start).not_valid_after(now + timedelta(**length))


def _octets(content: bytes) -> bytes:
    """DER's OCTET STRING."""
    size = len(content)
    return b"\x04" + (bytes([size]) if size < 128 else bytes([0x81, size])) + content


def _log(key: ec.EllipticCurvePrivateKey, address: str) -> dict[str, Any]:
    public = {
        "rawBytes": _text(_der(key)),
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "validFor": {"start": "2020-01-01T00:00:00Z"},
    }
    return {
        "baseUrl": address,
        "hashAlgorithm": "SHA2_256",
        "publicKey": public,
        "logId": {"keyId": _text(_id(key))},
    }


def _statement(proposed: dict[str, Any]) -> dict[str, Any]:
    """What the log keeps of a signed statement: digests and signatures. Source: rekor, pkg/types/dsse/v0.0.1."""
    content = proposed["spec"]["proposedContent"]
    envelope = json.loads(content["envelope"])
    signatures = [
        {"signature": each["sig"], "verifier": content["verifiers"][0]} for each in envelope["signatures"]
    ]
    spec = {
        "envelopeHash": _digest(content["envelope"].encode()),
        "payloadHash": _digest(base64.b64decode(envelope["payload"])),
        "signatures": signatures,
    }
    return {"apiVersion": proposed["apiVersion"], "kind": "dsse", "spec": spec}


def _digest(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return value
