"""A signature beside those that are there: made with a key, pushed under cosign's `.sig` tag.

A registry has no way to change a tag only if nobody else did: distribution-spec 1.1 knows no condition for a PUT,
and distribution 3.1.2 reads none. So the tag is looked at again right before it is moved and right after, and the
work is done anew where somebody was faster, with every signature that was seen there. What is left is a gap of one
request; `publish` looks once more at its end, and `verify` tells who has signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from edgewright.artifact.signature import (
    SignedPayload,
    payload,
    read_claim,
    signature_artifact,
    signature_tag,
    signed_payload,
)
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.found import signatures
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.public import PublicKey

_ATTEMPTS: Final = 8


def sign(repository: Repository, digest: str, key: PrivateKey) -> bool:
    """Sign a manifest with a key; False where a signature of this key for this name is there already.

    Raises FleetError (`signature-lost`, `signature-unreadable`, those of the registry).
    """
    name = str(repository.name)
    text = payload(name, digest)

    def ours(each: SignedPayload) -> bool:
        claim = read_claim(each.payload)
        return claim == read_claim(text) and is_by(key.public, each)

    return add(repository, digest, lambda: signed_payload(text, key.sign(text)), ours)


def is_by(key: PublicKey, signed: SignedPayload) -> bool:
    """Whether a signature is this key's."""
    signature = signed.signature
    return signature is not None and key.verifies(signature, signed.payload)


def add(
    repository: Repository,
    digest: str,
    made: Callable[[], SignedPayload],
    ours: Callable[[SignedPayload], bool],
) -> bool:
    """Add what `made` signs unless one of `ours` is there; the others stay. Whether something was pushed."""
    pushed: SignedPayload | None = None
    seen: list[SignedPayload] = []
    for _ in range(_ATTEMPTS):
        there = signatures(repository, digest)
        seen += [each for each in there.signed if each not in seen]
        if any(map(ours, there.signed)) and all(each in there.signed for each in seen):
            return pushed is not None
        if not any(map(ours, seen)):
            pushed = made()
            seen.append(pushed)
        artifact = signature_artifact(seen)
        repository.push(artifact)
        _moved(repository, signature_tag(digest), there.digest, artifact.digest)
    message = f"the signature of {repository.name}@{digest} was gone again each time that it was pushed"
    remedy = "see who else signs it at the same time, and run it again when they are through"
    raise FleetError([Finding("signature-lost", "error", message, remedy)])


def _moved(repository: Repository, tag: str, before: str | None, digest: str) -> None:
    """Point the tag at the new manifest, unless somebody has moved it meanwhile: then it is tried again."""
    now = repository.resolve(tag)
    if (now.digest if now else None) != before:
        return
    try:
        repository.tag(digest, tag)
    except FleetError as error:
        # Somebody's manifest came back in place of ours. Where it was the registry's mistake, it shows again.
        if any(each.rule != "registry-lies" for each in error.findings):
            raise
