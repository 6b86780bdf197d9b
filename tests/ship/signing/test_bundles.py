"""Bundles in a real registry: one that refers to an image counts where it says that the image is signed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cosign import PASSWORD, made_pair, needs_cosign, refusal, signed_as_bundle
from tests.signable import attach, key_of, public, refused

from edgewright.artifact.bundle import SIGNED_IMAGE, STATEMENT_TYPE, bundle, signed_bytes
from edgewright.artifact.oci import EMPTY_TYPE, MANIFEST_TYPE, Artifact, blob_of, canonical_json, described
from edgewright.ship.registry import Repository
from edgewright.ship.signing.keys import PrivateKey, private_key
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.verify import verify

PREDICATE = "https://cyclonedx.org/bom"


def statement(digest: str, predicate: str = SIGNED_IMAGE) -> bytes:
    subject = {"digest": {"sha256": digest.removeprefix("sha256:")}}
    said = {"_type": STATEMENT_TYPE, "predicate": {}, "predicateType": predicate, "subject": [subject]}
    return canonical_json(said)


def bundled(key: PrivateKey, content: bytes) -> bytes:
    return bundle(content, key.sign(signed_bytes(content)), key.public.fingerprint)


@needs_cosign
def test_a_bundle_of_cosigns_counts_with_a_warning(
    repository: Repository, digest: str, strangers_key: PrivateKey, tmp_path: Path
) -> None:
    file = made_pair(tmp_path)
    signed_as_bundle(f"{repository.name}@{digest}", file)
    found = verify(repository, digest, [key_of(private_key(file, PASSWORD.encode))])
    assert found.form == "bundle"
    (warning,) = found.findings
    assert (warning.rule, warning.level) == ("bundle-hides-signature", "warning")
    assert "in a bundle only" in warning.message
    assert "key that is not trusted" in refused(repository, digest, strangers_key).message


@needs_cosign
def test_a_bundle_beside_a_signature_is_warned_of(
    repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path
) -> None:
    name = f"{repository.name}@{digest}"
    sign(repository, digest, fleet_key)
    assert refusal(name, public(tmp_path, fleet_key)) == ""
    signed_as_bundle(name, made_pair(tmp_path))
    found = verify(repository, digest, [key_of(fleet_key)])
    assert found.form == "sig"
    assert [each.rule for each in found.findings] == ["bundle-hides-signature"]
    # And it is so: cosign itself looks at the bundle now, as Kyverno does, and finds no such signature.
    assert refusal(name, public(tmp_path, fleet_key)) != ""


BUNDLES: dict[str, tuple[Callable[[str, PrivateKey], bytes], str]] = {
    "a list of parts": (lambda digest, key: bundled(key, statement(digest, PREDICATE)), "something else"),
    "of another image": (lambda digest, key: bundled(key, statement(f"sha256:{'0' * 64}")), "copied"),
    "no statement": (lambda digest, key: bundled(key, b"{}"), "something else"),
    "another statement": (
        lambda digest, key: bundled(key, statement(digest).replace(b"in-toto", b"in-tutu")),
        "something else",
    ),
    "no bundle": (lambda digest, key: b"{}", "no signed statement"),
    "no JSON": (lambda digest, key: b"\xff", "no signed statement"),
    "changed": (
        lambda digest, key: bundled(key, statement(digest)).replace(
            base64.b64encode(statement(digest)), base64.b64encode(statement(digest) + b" ")
        ),
        "not trusted",
    ),
    "another type": (
        lambda digest, key: bundled(key, statement(digest)).replace(b"vnd.in-toto", b"vnd.in-tutu"),
        "not trusted",
    ),
    "without a signature": (
        lambda digest, key: json.dumps(
            json.loads(bundled(key, statement(digest)))
            | {"dsseEnvelope": {"payload": "", "payloadType": "", "signatures": []}}
        ).encode(),
        "not trusted",
    ),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_does_not_count(
    name: str, repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    made, said = BUNDLES[name]
    attach(repository, digest, made(digest, fleet_key))
    finding = refused(repository, digest, fleet_key)
    assert finding.rule == "signature-refused"
    assert said in finding.message


@needs_cosign
def test_cosign_takes_any_statement_for_a_signature(
    repository: Repository, digest: str, fleet_key: PrivateKey, tmp_path: Path
) -> None:
    attach(repository, digest, bundled(fleet_key, statement(digest, PREDICATE)))
    assert refusal(f"{repository.name}@{digest}", public(tmp_path, fleet_key)) == ""
    assert "something else" in refused(repository, digest, fleet_key).message


def test_a_bundle_of_ours_in_cosigns_format_counts(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    attach(repository, digest, bundled(fleet_key, statement(digest)))
    assert verify(repository, digest, [key_of(fleet_key)]).form == "bundle"


def test_other_referrers_are_nobodys_business(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    sign(repository, digest, fleet_key)
    subject, part = repository.resolve(digest), blob_of(b"parts")
    assert subject is not None
    manifest = {
        "artifactType": "application/vnd.cyclonedx+json",
        "config": described(EMPTY_TYPE, blob_of(b"{}")).values,
        "layers": [described("application/vnd.cyclonedx+json", part).values],
        "mediaType": MANIFEST_TYPE,
        "schemaVersion": 2,
        "subject": subject.values,
    }
    repository.push_referrer(Artifact(canonical_json(manifest), blobs=(blob_of(b"{}"), part)))
    assert verify(repository, digest, [key_of(fleet_key)]).findings == ()
