"""Who has signed a manifest: everything that devices look at is looked at here, and what they don't as well.

Beyond cosign 3.1.2, which takes a signature for any name and any predicate: the name that was signed must be
the one that is asked for, and a bundle must say that it is a signature and not, say, a list of parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from edgewright.artifact.bundle import SIGNED_IMAGE
from edgewright.artifact.signature import CERTIFICATE, CLAIM_TYPE, SignedPayload, read_claim
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.found import bundles, signatures
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.sign import is_by
from edgewright.ship.signing.statements import statement_in
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey

Form = Literal["sig", "bundle"]

_MOST_REASONS: Final = 3
_NOT_SIGNED: Final = {"not-signed", "signature-refused"}


@dataclass(frozen=True, slots=True)
class Verified:
    """`signers` are those of the trusted whose signatures hold, in the order in which they are trusted; `form`
    is where the signatures lie. `findings` are warnings about a manifest that is signed all the same."""

    digest: str
    signers: tuple[Trusted, ...]
    form: Form
    findings: tuple[Finding, ...] = ()


def verify(
    repository: Repository,
    digest: str,
    any_of: Sequence[Trusted],
    *,
    names: Collection[str] = (),
    roots: Roots | None = None,
) -> Verified:
    """Who of the trusted has signed a manifest.

    `names` are repositories that it may have been signed for besides the one that is asked: where that is a
    mirror. `roots` are the authorities that identities are checked against; Sigstore's public ones by default.
    Raises FleetError (`not-signed`, `signature-refused`, `signature-unreadable`, those of the registry).
    """
    image = f"{repository.name}@{digest}"
    allowed = {str(repository.name), *names}
    signed, attached = signatures(repository, digest).signed, bundles(repository, digest)
    roots = roots or Roots()
    judged = [_judged(each, digest, any_of, allowed, roots) for each in signed]
    if signers := _in_order(any_of, judged):
        return Verified(digest, signers, "sig", tuple(_hidden(image, attached, "hides")))
    in_bundles = [_judged_bundle(each, digest, any_of, roots) for each in attached]
    if signers := _in_order(any_of, in_bundles):
        return Verified(digest, signers, "bundle", tuple(_hidden(image, attached, "only")))
    raise FleetError([_refused(image, [each for each in (*judged, *in_bundles) if isinstance(each, str)])])


def _in_order(any_of: Sequence[Trusted], judged: Sequence[Trusted | str]) -> tuple[Trusted, ...]:
    return tuple(each for each in any_of if each in judged)


def signed_by(
    repository: Repository, digest: str, any_of: Sequence[Trusted], *, roots: Roots | None = None
) -> tuple[Trusted, ...]:
    """The same where it is no mistake that nobody has. Raises FleetError where that cannot be told."""
    try:
        return verify(repository, digest, any_of, roots=roots).signers
    except FleetError as error:
        if {each.rule for each in error.findings} <= _NOT_SIGNED:
            return ()
        raise


def _judged(
    signed: SignedPayload, digest: str, any_of: Sequence[Trusted], allowed: Collection[str], roots: Roots
) -> Trusted | str:
    """Whose signature it is; where it does not count, why."""
    signer: Trusted | str | None = next(
        (each for each in any_of if isinstance(each, TrustedKey) and is_by(each.key, signed)), None
    )
    if signer is None and CERTIFICATE in signed.annotations:
        identities = [each for each in any_of if isinstance(each, TrustedIdentity)]
        signer = roots.signer_of(signed, identities)
    if signer is None or isinstance(signer, str):
        return signer or "it was made with a key that is not trusted"
    claim = read_claim(signed.payload)
    if claim is None or claim.kind != CLAIM_TYPE:
        return f"what {signer} has signed is no image"
    if claim.digest != digest:
        return f"{signer} has signed {claim.digest} and not this: the signature was copied"
    if claim.repository not in allowed:
        return f"{signer} has signed it as {claim.reference} and not under this name"
    return signer


def _judged_bundle(content: bytes, digest: str, any_of: Sequence[Trusted], roots: Roots) -> Trusted | str:
    """Whose signature a bundle is; where it does not count, why."""
    found = statement_in(content, any_of, roots)
    if isinstance(found, str):
        return f"a bundle {found}"
    statement, signer = found
    if statement.predicate_type != SIGNED_IMAGE:
        return f"a bundle of {signer} says something else about it than that it is signed"
    if digest.removeprefix("sha256:") not in statement.subjects:
        return f"a bundle of {signer} is about something else: it was copied"
    return signer


def _hidden(image: str, attached: Sequence[bytes], how: Literal["hides", "only"]) -> Iterator[Finding]:
    """What Kyverno 1.19 makes of bundles: tests/ship/signing/test_kyverno.py shows it."""
    if not attached:
        return
    if how == "hides":
        message = (
            f"{image} has a bundle attached: Kyverno then looks at bundles only, and not at its signature"
        )
        remedy = (
            "remove the bundle's referrer from the registry; attach bundles to images that no gate asks for"
        )
    else:
        message = (
            f"{image} is signed in a bundle only: Kyverno then takes any bundle of the key for a signature"
        )
        remedy = "sign it with `edgewright publish`, or `cosign sign --new-bundle-format=false`"
    yield Finding("bundle-hides-signature", "warning", message, remedy)


def _refused(image: str, reasons: Sequence[str]) -> Finding:
    if not reasons:
        message, remedy = f"{image} is not signed", "sign it with `edgewright publish`"
        return Finding("not-signed", "error", message, remedy)
    said = list(dict.fromkeys(reasons))
    more = f"; and {len(said) - _MOST_REASONS} more" if len(said) > _MOST_REASONS else ""
    message = f"{image} has no signature that counts: {'; '.join(said[:_MOST_REASONS])}{more}"
    remedy = "see where it comes from; sign it with a key of the rule, or add the key that has signed it"
    return Finding("signature-refused", "error", message, remedy)
