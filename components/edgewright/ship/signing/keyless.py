"""Signatures without a key: the CI says who it is, Sigstore writes a certificate for ten minutes and a log entry.

The signature lies under the `.sig` tag with cosign's annotations, so that Kyverno's path for it, the one that
knows several identities, can check it; see facts about bundles in docs/signing.md.
Source of the annotations: cosign 3.1.2, pkg/oci/static/signature.go and pkg/cosign/bundle/rekor.go.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from edgewright.artifact.signature import (
    CERTIFICATE,
    CLAIM_TYPE,
    Claim,
    SignedPayload,
    payload,
    read_claim,
    signed_payload,
)
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.roots import WHOLE_BUNDLE, Roots, sentence
from edgewright.ship.signing.sign import add
from edgewright.ship.signing.trusted import TrustedIdentity

if TYPE_CHECKING:
    from sigstore.models import Bundle
    from sigstore.sign import Signer

_LOG_ENTRY: Final = "dev.sigstore.cosign/bundle"
_WHERE: Final = "run it where the CI hands out identity tokens (`id-token: write`), or give --identity-token"
_AGAIN: Final = "try again, with a fresh token; https://status.sigstore.dev says whether Sigstore is up"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Somebody who can sign for some minutes: the key is made for the moment and forgotten."""

    _signer: Signer

    def signed(self, text: bytes) -> SignedPayload:
        """The text with its signature, its certificate and its entry in the log. Raises FleetError."""
        with _failures("sigstore-failed", _AGAIN):
            bundle = self._signer.sign_artifact(text)
            certificate = bundle.signing_certificate.public_bytes(Encoding.PEM).decode()
            annotations = {
                CERTIFICATE: certificate,
                _LOG_ENTRY: _log_entry(bundle),
                WHOLE_BUNDLE: bundle.to_json(),
            }
            return signed_payload(text, bundle.signature, annotations)


def identity(token: str | None = None, configuration: Path | None = None) -> Identity:
    """Whom the token names, or the CI's own identity where none is given.

    `configuration` is a client trust configuration (JSON) of another Sigstore than the public one.
    Raises FleetError (`no-identity`, `sigstore-failed`), never with a word of the token.
    """
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken, detect_credential
    from sigstore.sign import Signer, SigningContext

    with _failures("no-identity", _WHERE):
        raw = token or detect_credential()
        if raw is None:
            message = (
                "there is no identity to sign with: no token was given, and no CI that is known was found"
            )
            raise FleetError([Finding("no-identity", "error", message, _WHERE)])
        whose = IdentityToken(raw)
    with _failures("sigstore-failed", _AGAIN):
        if configuration is None:
            config = ClientTrustConfig.production()
        else:
            config = ClientTrustConfig.from_json(configuration.read_text(encoding="utf-8"))
        config.force_tlog_version = 1  # later logs promise no time, and cosign's annotations need one
        return Identity(Signer(whose, SigningContext.from_trust_config(config)))


def sign_as(
    repository: Repository,
    digest: str,
    whose: Identity,
    already: Sequence[TrustedIdentity] = (),
    roots: Roots | None = None,
) -> bool:
    """Sign a manifest with an identity; False where one of those in `already` has signed it under this name.

    Raises FleetError (`sigstore-failed`, `signature-lost`, `signature-unreadable`, those of the registry).
    """
    name, checked = str(repository.name), roots or Roots()
    text = payload(name, digest)
    made: list[SignedPayload] = []

    def signed() -> SignedPayload:
        made.append(whose.signed(text))
        return made[-1]

    def ours(each: SignedPayload) -> bool:
        if each in made:
            return True
        if read_claim(each.payload) != Claim(name, digest, CLAIM_TYPE) or not already:
            return False
        return not isinstance(checked.signer_of(each, already), str)

    return add(repository, digest, signed, ours)


def _log_entry(bundle: Bundle) -> str:
    """The entry as cosign writes it: with the log's promise, without the proof."""
    entry = json.loads(bundle.to_json())["verificationMaterial"]["tlogEntries"][0]
    said = {
        "body": entry["canonicalizedBody"],
        "integratedTime": int(entry["integratedTime"]),
        "logIndex": int(entry["logIndex"]),
        "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
    }
    promise = entry["inclusionPromise"]["signedEntryTimestamp"]
    return json.dumps({"SignedEntryTimestamp": promise, "Payload": said}, separators=(",", ":"))


@contextmanager
def _failures(rule: str, remedy: str) -> Iterator[None]:
    """Says as a finding what goes wrong in Sigstore's library, some of whose exceptions have no common name:
    those of its clients for the certificate authority and the log are its own affair, and reach us."""
    try:
        yield
    except FleetError:
        raise
    except Exception as error:
        said = f"Sigstore: {sentence(error)}"
        raise FleetError([Finding(rule, "error", said, remedy)]) from None
