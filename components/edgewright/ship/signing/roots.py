"""Authorities that vouch for identities, and what they say: Sigstore's public ones, or a company's own.

A keyless signature under the `.sig` tag has cosign's annotations, which cosign, Kyverno and Flux check; and
beside them the whole Sigstore bundle, because sigstore-python asks for the proof that the signature is in the
log and cosign's annotations leave it out. One that cosign made has no such bundle and is refused here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.artifact.signature import SIGNATURE, SignedPayload
from edgewright.errors import Finding, FleetError
from edgewright.ship.signing.trusted import TrustedIdentity

if TYPE_CHECKING:
    from sigstore.models import Bundle
    from sigstore.verify import Verifier
    from sigstore.verify.policy import Identity

WHOLE_BUNDLE: Final = "dev.edgewright.sigstore/bundle"
"""The annotation that has the whole bundle of a keyless signature."""


@dataclass(frozen=True)
class Roots:
    """`file` is a trusted root as Sigstore writes it (JSON), or none for the public Sigstore, whose roots are
    brought up to date over the network; with `offline` those are used that are at hand."""

    file: Path | None = None
    offline: bool = False

    def signer_of(
        self, signed: SignedPayload, identities: Sequence[TrustedIdentity]
    ) -> TrustedIdentity | str:
        """Whose signature under a `.sig` tag it is, or why it is nobody's."""
        whole = signed.annotations.get(WHOLE_BUNDLE)
        if whole is None:
            return "it was made without a key, and has no proof that it is in the log: use `cosign verify`"
        if _signature_of(whole) != signed.annotations.get(SIGNATURE):
            return "its bundle is of another signature"

        def check(bundle: Bundle, identity: Identity) -> None:
            self._verifier.verify_artifact(signed.payload, bundle, identity)

        return self._first(whole, identities, check)

    def signer_of_bundle(
        self, content: bytes, identities: Sequence[TrustedIdentity]
    ) -> TrustedIdentity | str:
        """Whose bundle with a signed statement it is, or why it is nobody's."""

        def check(bundle: Bundle, identity: Identity) -> None:
            self._verifier.verify_dsse(bundle, identity)

        return self._first(content.decode("utf-8", "replace"), identities, check)

    def _first(
        self, bundle: str, identities: Sequence[TrustedIdentity], check: Callable[[Bundle, Identity], None]
    ) -> TrustedIdentity | str:
        from sigstore.models import Bundle
        from sigstore.verify.policy import Identity

        why = "it was made without a key, by an identity, and none is trusted"
        for each in identities:
            try:
                check(Bundle.from_json(bundle), Identity(identity=each.subject, issuer=each.issuer))
            except FleetError:
                raise
            except (
                Exception
            ) as error:  # whatever somebody's bundle makes the library stumble over: it is none
                why = f"it is not by {each}: {sentence(error)}"
            else:
                return each
        return why

    @cached_property
    def _verifier(self) -> Verifier:
        from sigstore.errors import Error
        from sigstore.models import TrustedRoot
        from sigstore.verify import Verifier

        try:
            if self.file is not None:
                return Verifier(trusted_root=TrustedRoot.from_file(str(self.file)))
            return Verifier.production(offline=self.offline)
        except (Error, OSError, ValueError, KeyError) as error:
            source = str(self.file or "the public Sigstore")
            message = f"the trusted root of {source} cannot be read: {sentence(error)}"
            remedy = (
                "check the file, or the network; a trusted root is a file that `cosign trusted-root` writes"
            )
            raise FleetError([Finding("sigstore-failed", "error", message, remedy)]) from None


def _signature_of(bundle: str) -> str | None:
    try:
        signature = json.loads(bundle)["messageSignature"]["signature"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return signature if isinstance(signature, str) else None


def sentence(error: Exception) -> str:
    """What a foreign exception says, in one line and not too long."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:199]}…"
