"""Signing with an identity, against an authority of our own: the real library, the real cosign, real refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sigstore.dsse import StatementBuilder, Subject
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext
from tests.acme import Acme
from tests.authority import ISSUER, SUBJECT, Authority, token
from tests.cosign import cosign, needs_cosign
from tests.signable import attach, image

from edgewright.artifact.bundle import SIGNED_IMAGE
from edgewright.artifact.signature import SignedPayload, signature_artifact, signature_tag
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.found import signatures
from edgewright.ship.signing.keyless import identity, sign_as
from edgewright.ship.signing.keys import PrivateKey
from edgewright.ship.signing.roots import WHOLE_BUNDLE, Roots
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import TrustedIdentity, TrustedKey
from edgewright.ship.signing.verify import verify

WHO = TrustedIdentity(ISSUER, SUBJECT)
SOMEBODY = TrustedIdentity(ISSUER, "https://git.acme.example/edge/.ci/publish.yml@refs/heads/other")


def refused(acme: Acme, repository: Repository, digest: str, who: TrustedIdentity = WHO) -> Finding:
    with pytest.raises(FleetError) as error:
        verify(repository, digest, [who], roots=acme.roots)
    (finding,) = error.value.findings
    return finding


def by_cosign(acme: Acme, image: str, subject: str = SUBJECT) -> str:
    """Why cosign refuses the identity; empty where it takes it."""
    words = ["--certificate-identity", subject, "--certificate-oidc-issuer", ISSUER]
    run = cosign(
        "verify", *words, "--trusted-root", acme.trusted_root, "--allow-http-registry", "--offline", image
    )
    return run.stderr if run.returncode else ""


def put(repository: Repository, digest: str, *texts: SignedPayload) -> None:
    repository.push(signature_artifact(texts), tags=[signature_tag(digest)])


def test_who_has_signed_is_known(
    acme: Acme, repository: Repository, digest: str, signed: SignedPayload
) -> None:
    found = verify(repository, digest, [SOMEBODY, WHO], roots=acme.roots)
    assert (found.signers, found.form, found.findings) == ((WHO,), "sig", ())
    assert acme.authority.entries


@needs_cosign
def test_cosign_knows_it_too(acme: Acme, repository: Repository, digest: str, signed: SignedPayload) -> None:
    name = f"{repository.name}@{digest}"
    assert by_cosign(acme, name) == ""
    assert "expected identities" in by_cosign(acme, name, SOMEBODY.subject)


def test_an_identity_signs_once(
    acme: Acme, repository: Repository, digest: str, signed: SignedPayload
) -> None:
    before, entries = signatures(repository, digest), len(acme.authority.entries)
    again = identity(token(), acme.configuration)
    assert not sign_as(repository, digest, again, [WHO], acme.roots)
    assert (signatures(repository, digest), len(acme.authority.entries)) == (before, entries)
    assert sign_as(
        repository, digest, identity(token(SOMEBODY.subject), acme.configuration), [SOMEBODY], acme.roots
    )
    assert verify(repository, digest, [WHO, SOMEBODY], roots=acme.roots).signers == (WHO, SOMEBODY)


def test_keys_and_identities_sign_side_by_side(
    acme: Acme, repository: Repository, digest: str, signed: SignedPayload, fleet_key: PrivateKey
) -> None:
    sign(repository, digest, fleet_key)
    key = TrustedKey("keys/fleet.pub", fleet_key.public)
    assert verify(repository, digest, [key, WHO], roots=acme.roots).signers == (key, WHO)
    assert verify(repository, digest, [key]).signers == (key,)


def test_another_identity(acme: Acme, repository: Repository, digest: str, signed: SignedPayload) -> None:
    for who in (SOMEBODY, TrustedIdentity("https://evil.example", SUBJECT)):
        finding = refused(acme, repository, digest, who)
        assert finding.rule == "signature-refused"
        assert f"it is not by {who}" in finding.message


def test_a_key_alone_is_trusted(
    repository: Repository, digest: str, signed: SignedPayload, fleet_key: PrivateKey
) -> None:
    with pytest.raises(FleetError, match="none is trusted"):
        verify(repository, digest, [TrustedKey("keys/fleet.pub", fleet_key.public)])


def test_another_authority(
    acme: Acme, repository: Repository, digest: str, signed: SignedPayload, tmp_path: Path
) -> None:
    others, *_ = Authority().written(tmp_path)
    with pytest.raises(FleetError, match="it is not by"):
        verify(repository, digest, [WHO], roots=Roots(others))


@needs_cosign
def test_a_copied_signature(acme: Acme, repository: Repository, digest: str, signed: SignedPayload) -> None:
    other = repository.push(image("another")).digest
    put(repository, other, signed)
    assert "the signature was copied" in refused(acme, repository, other).message
    assert by_cosign(acme, f"{repository.name}@{other}") != ""


def changed_bundle(signed: SignedPayload, *path: str, value: object) -> SignedPayload:
    """The signature with one field of its bundle changed."""
    whole = json.loads(signed.annotations[WHOLE_BUNDLE])
    at = whole
    for step in path[:-1]:
        at = at[int(step) if step.isdigit() else step]
    at[path[-1]] = value
    return SignedPayload(signed.payload, {**signed.annotations, WHOLE_BUNDLE: json.dumps(whole)})


ENTRY = ("verificationMaterial", "tlogEntries", "0")
CHANGES: dict[str, tuple[tuple[str, ...], object]] = {
    "the time": ((*ENTRY, "integratedTime"), "1"),
    "a time of the far future": ((*ENTRY, "integratedTime"), "9" * 18),
    "no kind of entry": ((*ENTRY, "kindVersion"), None),
    "another kind of entry": ((*ENTRY, "kindVersion"), {"kind": "intoto", "version": "0.0.2"}),
    "a certificate of nobody": (("verificationMaterial", "certificate"), {"rawBytes": ""}),
    "the proof": ((*ENTRY, "inclusionProof", "rootHash"), "AAAA"),
    "the promise": ((*ENTRY, "inclusionPromise", "signedEntryTimestamp"), "AAAA"),
    "the entry": ((*ENTRY, "canonicalizedBody"), "e30="),
    "the certificate": (("verificationMaterial", "certificate", "rawBytes"), "AAAA"),
    "no certificate": (("verificationMaterial", "certificate"), None),
    "no entry": (("verificationMaterial", "tlogEntries"), []),
    "the signature": (("messageSignature", "signature"), "AAAA"),
    "the kind": (("mediaType",), "x"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_bundle(
    change: str, acme: Acme, repository: Repository, digest: str, signed: SignedPayload
) -> None:
    path, value = CHANGES[change]
    put(repository, digest, changed_bundle(signed, *path, value=value))
    assert refused(acme, repository, digest).rule == "signature-refused"


def test_another_text(acme: Acme, repository: Repository, digest: str, signed: SignedPayload) -> None:
    put(repository, digest, SignedPayload(signed.payload + b" ", signed.annotations))
    assert refused(acme, repository, digest).rule == "signature-refused"


def test_without_the_whole_bundle_it_is_cosigns_to_verify(
    acme: Acme, repository: Repository, digest: str, signed: SignedPayload
) -> None:
    cosigns = {name: text for name, text in signed.annotations.items() if name != WHOLE_BUNDLE}
    put(repository, digest, SignedPayload(signed.payload, cosigns))
    assert "use `cosign verify`" in refused(acme, repository, digest).message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"messageSignature": {"signature": 1}}', "[" * 99999])
def test_what_is_no_bundle(
    text: str, acme: Acme, repository: Repository, digest: str, signed: SignedPayload
) -> None:
    put(repository, digest, SignedPayload(signed.payload, {**signed.annotations, WHOLE_BUNDLE: text}))
    assert "of another signature" in refused(acme, repository, digest).message


def bundled(acme: Acme, digest: str, predicate: str = SIGNED_IMAGE, subject: str = SUBJECT) -> bytes:
    """A signed statement about a manifest, as cosign 3 makes one without a key."""
    made = (
        StatementBuilder()
        .subjects([Subject(name="", digest={"sha256": digest.removeprefix("sha256:")})])
        .predicate_type(predicate)
        .predicate({})
        .build()
    )
    config = ClientTrustConfig.from_json(acme.configuration.read_text())
    with SigningContext.from_trust_config(config).signer(IdentityToken(token(subject))) as signer:
        return signer.sign_dsse(made).to_json().encode()


@needs_cosign
def test_a_bundle_of_an_identity_counts_with_a_warning(
    acme: Acme, repository: Repository, digest: str
) -> None:
    attach(repository, digest, bundled(acme, digest))
    found = verify(repository, digest, [SOMEBODY, WHO], roots=acme.roots)
    assert (found.signers, found.form) == ((WHO,), "bundle")
    assert [each.rule for each in found.findings] == ["bundle-hides-signature"]
    assert "it is not by" in refused(acme, repository, digest, SOMEBODY).message
    assert by_cosign(acme, f"{repository.name}@{digest}") == ""


@needs_cosign
def test_what_cosign_signs_without_a_key_counts(acme: Acme, repository: Repository, digest: str) -> None:
    files = ("--signing-config", acme.signing_config, "--trusted-root", acme.trusted_root)
    name = f"{repository.name}@{digest}"
    run = cosign("sign", *files, "--identity-token", token(), "--allow-http-registry", "-y", name)
    assert run.returncode == 0, run.stderr
    found = verify(repository, digest, [SOMEBODY, WHO], roots=acme.roots)
    assert (found.signers, found.form) == ((WHO,), "bundle")
    assert "it is not by" in refused(acme, repository, digest, SOMEBODY).message


def test_a_bundle_of_an_identity_that_does_not_count(acme: Acme, repository: Repository, digest: str) -> None:
    attach(repository, digest, bundled(acme, digest, "https://cyclonedx.org/bom"))
    assert "says something else" in refused(acme, repository, digest).message
    other = repository.push(image("another")).digest
    attach(repository, other, bundled(acme, digest))
    assert "it was copied" in refused(acme, repository, other).message
