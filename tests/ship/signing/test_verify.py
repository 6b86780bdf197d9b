"""Verifying in a real registry: what cosign signs counts, and what is unsigned, foreign, copied or changed not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cosign import PASSWORD, made_pair, needs_cosign, refusal, signed
from tests.signable import image, key_of, public, refused

from edgewright.artifact.signature import (
    SignedPayload,
    payload,
    signature_artifact,
    signature_tag,
    signed_payload,
)
from edgewright.errors import FleetError
from edgewright.fleet import Signature
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keys import PrivateKey, private_key
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, trusted
from edgewright.ship.signing.verify import verify


def put(repository: Repository, digest: str, *signed_texts: SignedPayload) -> None:
    """Put signatures under the tag, whatever they are."""
    repository.push(signature_artifact(signed_texts), tags=[signature_tag(digest)])


@needs_cosign
def test_what_cosign_signs_counts(repository: Repository, digest: str, tmp_path: Path) -> None:
    file = made_pair(tmp_path)
    signed(f"{repository.name}@{digest}", file)
    found = verify(repository, digest, [key_of(private_key(file, PASSWORD.encode))])
    assert (found.form, found.findings) == ("sig", ())
    assert [str(each) for each in found.signers] == ["keys/fleet.pub"]


def test_who_has_signed_is_said_in_the_order_of_trust(
    repository: Repository,
    digest: str,
    fleet_key: PrivateKey,
    next_key: PrivateKey,
    strangers_key: PrivateKey,
) -> None:
    for key in (next_key, strangers_key, fleet_key):
        sign(repository, digest, key)
    both: list[Trusted] = [
        key_of(fleet_key, "old"),
        TrustedIdentity("https://a", "b"),
        key_of(next_key, "new"),
    ]
    assert [str(each) for each in verify(repository, digest, both).signers] == ["old", "new"]
    assert [str(each) for each in verify(repository, digest, both[1:]).signers] == ["new"]


@needs_cosign
def test_unsigned(repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path) -> None:
    finding = refused(repository, digest, fleet_key)
    assert finding.rule == "not-signed"
    assert f"{repository.name}@{digest}" in finding.message
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) != ""


@needs_cosign
def test_another_key(
    repository: Repository, digest: str, fleet_key: PrivateKey, strangers_key: PrivateKey, tmp_path: Path
) -> None:
    sign(repository, digest, strangers_key)
    finding = refused(repository, digest, fleet_key)
    assert finding.rule == "signature-refused"
    assert "a key that is not trusted" in finding.message
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) != ""


@needs_cosign
def test_a_signature_copied_from_another_image(
    repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path
) -> None:
    other = repository.push(image("another")).digest
    sign(repository, other, fleet_key)
    there = repository.manifest(signature_tag(other))
    assert there is not None
    repository.tag(there.digest, signature_tag(digest))
    finding = refused(repository, digest, fleet_key)
    assert f"has signed {other} and not this" in finding.message
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) != ""


def tampered(change: Callable[[bytes], bytes]) -> Callable[[Repository, str, PrivateKey], SignedPayload]:
    """A signature of the key whose text was changed afterwards."""

    def made(repository: Repository, digest: str, key: PrivateKey) -> SignedPayload:
        text = payload(str(repository.name), digest)
        return signed_payload(change(text), key.sign(text))

    return made


def other_key_in_front(repository: Repository, digest: str, key: PrivateKey) -> SignedPayload:
    text = payload(str(repository.name), digest)
    return signed_payload(text, key.sign(text)[:-2] + b"\0\0")


TAMPERED: dict[str, Callable[[Repository, str, PrivateKey], SignedPayload]] = {
    "a byte more": tampered(lambda text: text + b" "),
    "another digest": tampered(lambda text: text.replace(b"sha256:", b"sha256:0", 1)),
    "another name": tampered(lambda text: text.replace(b"signing", b"another", 1)),
    "a damaged signature": other_key_in_front,
    "no signature": lambda repository, digest, key: SignedPayload(payload(str(repository.name), digest)),
    "no text": lambda repository, digest, key: signed_payload(b"", key.sign(b"x")),
}


@needs_cosign
@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_signature(
    how: str, repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path
) -> None:
    put(repository, digest, TAMPERED[how](repository, digest, fleet_key))
    assert refused(repository, digest, fleet_key).rule == "signature-refused"
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) != ""


def test_what_the_key_has_signed_and_is_no_image(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    text = payload(str(repository.name), digest)
    for said in (b"{}", b"x", text.replace(b"container image", b"something", 1)):
        put(repository, digest, signed_payload(said, fleet_key.sign(said)))
        assert "is no image" in refused(repository, digest, fleet_key).message


@needs_cosign
def test_another_name_is_refused_where_cosign_takes_it(
    repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path
) -> None:
    text = payload("registry.acme.example/another", digest)
    put(repository, digest, signed_payload(text, fleet_key.sign(text)))
    assert "as registry.acme.example/another and not under" in refused(repository, digest, fleet_key).message
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) == ""
    mirrored = verify(repository, digest, [key_of(fleet_key)], names=["registry.acme.example/another"])
    assert mirrored.form == "sig"


def test_names_with_a_tag_or_a_digest_count(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    for behind in (":v1", f"@{digest}"):
        text = payload(f"{repository.name}{behind}", digest)
        put(repository, digest, signed_payload(text, fleet_key.sign(text)))
        assert verify(repository, digest, [key_of(fleet_key)]).signers


def test_one_good_signature_among_bad_ones_is_enough(
    repository: Repository, digest: str, fleet_key: PrivateKey, strangers_key: PrivateKey
) -> None:
    text = payload(str(repository.name), digest)
    bad = [TAMPERED[how](repository, digest, fleet_key) for how in TAMPERED]
    put(repository, digest, *bad, signed_payload(text, fleet_key.sign(text)), *bad)
    assert verify(repository, digest, [key_of(strangers_key), key_of(fleet_key)]).signers


def test_many_reasons_are_told_in_short(repository: Repository, digest: str, fleet_key: PrivateKey) -> None:
    others = [payload(f"registry.acme.example/{number}", digest) for number in range(5)]
    put(repository, digest, *(signed_payload(text, fleet_key.sign(text)) for text in others))
    assert refused(repository, digest, fleet_key).message.endswith("; and 2 more")


def test_the_signers_of_a_rule(fleet_key: PrivateKey) -> None:
    rule = Signature.model_validate(
        {
            "images": ["registry.acme.example/**"],
            "anyOf": [{"key": "keys/a.pub"}, {"keyless": {"issuer": "https://ci.example", "subject": "me"}}],
        }
    )
    found = trusted(rule, {"keys/a.pub": fleet_key.public.pem})
    assert [str(each) for each in found] == ["keys/a.pub", "me (by https://ci.example)"]
    with pytest.raises(FleetError) as error:
        trusted(rule, {})
    assert error.value.findings[0].rule == "no-public-key"


def test_checking_keys_loads_nothing_of_sigstore() -> None:
    shown = "import sys, edgewright.ship.signing.verify, edgewright.ship.signing.keyless; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True, text=True).stdout
    assert not {"sigstore", "model_signing", "requests"} & set(out.split())
