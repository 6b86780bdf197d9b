"""A signed statement out of a Sigstore bundle: what it says, and whose signature it bears."""

from __future__ import annotations

from collections.abc import Sequence

from edgewright.artifact.bundle import Statement, read_bundle, read_statement
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey


def statement_in(content: bytes, any_of: Sequence[Trusted], roots: Roots) -> tuple[Statement, Trusted] | str:
    """What the bundle says and who of the trusted says it; or, in words, why nobody does."""
    envelope = read_bundle(content)
    if envelope is None:
        return "holds no signed statement"
    signer: Trusted | str | None = next(
        (
            each
            for each in any_of
            if isinstance(each, TrustedKey)
            and any(each.key.verifies(signature, envelope.signed) for signature in envelope.signatures)
        ),
        None,
    )
    if signer is None and envelope.keyless:
        identities = [each for each in any_of if isinstance(each, TrustedIdentity)]
        signer = roots.signer_of_bundle(content, identities)
    if signer is None or isinstance(signer, str):
        return f"does not count: {signer or 'it was made with a key that is not trusted'}"
    statement = read_statement(envelope)
    return (statement, signer) if statement else f"of {signer} says something else than a statement"
