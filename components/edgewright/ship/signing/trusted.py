"""Whose signature counts: keys, and identities that a certificate authority vouched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from edgewright.fleet import Signature
from edgewright.plan import Plan
from edgewright.plan.signing import signers_of
from edgewright.ship.signing.public import PublicKey, public_key


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """Whoever holds the private half of a key; `name` is what people call it: the path of its file."""

    name: str
    key: PublicKey

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class TrustedIdentity:
    """Whom `issuer` vouched for as `subject` when the signature was made."""

    issuer: str
    subject: str

    def __str__(self) -> str:
        return f"{self.subject} (by {self.issuer})"


Trusted: TypeAlias = TrustedKey | TrustedIdentity


def trusted(signature: Signature, texts: Mapping[str, str]) -> tuple[Trusted, ...]:
    """Those of a rule of the fleet; `texts` has the text of each key file that it names.

    Raises FleetError (`no-public-key`, `private-key`, `key-unfit`).
    """
    found: list[Trusted] = []
    for signer in signature.any_of:
        if signer.key is not None:
            found.append(TrustedKey(signer.key, public_key(texts.get(signer.key, ""), signer.key)))
        elif signer.keyless is not None:
            found.append(TrustedIdentity(signer.keyless.issuer, signer.keyless.subject))
    return tuple(found)


def trusted_for(plan: Plan, repository: str) -> tuple[Trusted, ...]:
    """Those whose signature counts for what is in a repository; nobody where no rule is about it.

    Raises FleetError as `trusted` does.
    """
    found = signers_of(plan.fleet, repository)
    return trusted(found[1], plan.texts) if found else ()
