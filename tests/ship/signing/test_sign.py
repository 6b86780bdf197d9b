"""Signing in a real registry: what we sign cosign verifies, once a key, beside the signatures of others."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.cosign import PASSWORD, cosign, made_pair, needs_cosign, refusal, signed
from tests.signable import image

from edgewright.artifact.oci import INDEX_TYPE, Artifact, canonical_json
from edgewright.artifact.signature import payload, signature_artifact, signature_tag, signed_payload
from edgewright.errors import FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.found import signatures
from edgewright.ship.signing.keys import PrivateKey, generate, private_key
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import TrustedKey
from edgewright.ship.signing.verify import verify


def signers(repository: Repository, digest: str, *keys: PrivateKey) -> list[PrivateKey]:
    """Those of the keys that have signed it."""
    trusted = [TrustedKey(key.public.fingerprint, key.public) for key in keys]
    found = {str(each) for each in verify(repository, digest, trusted).signers}
    return [key for key in keys if key.public.fingerprint in found]


def public(folder: Path, key: PrivateKey) -> Path:
    path = folder / f"{key.public.fingerprint[:12]}.pub"
    path.write_text(key.public.pem)
    return path


@needs_cosign
def test_cosign_verifies_what_we_sign(
    repository: Repository, digest: str, fleet_key: PrivateKey, strangers_key: PrivateKey, tmp_path: Path
) -> None:
    name = f"{repository.name}@{digest}"
    assert "no signatures found" in refusal(name, public(tmp_path, fleet_key))
    assert sign(repository, digest, fleet_key)
    assert refusal(name, public(tmp_path, fleet_key)) == ""
    assert "no matching signatures" in refusal(name, public(tmp_path, strangers_key))


def test_a_key_signs_once(repository: Repository, digest: str, fleet_key: PrivateKey) -> None:
    assert sign(repository, digest, fleet_key)
    before = signatures(repository, digest)
    assert not sign(repository, digest, fleet_key)
    assert signatures(repository, digest) == before
    assert len(before.signed) == 1


def test_the_same_keys_in_the_same_order_make_the_same_manifest(
    repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey
) -> None:
    text = payload(str(repository.name), digest)
    for key in (fleet_key, next_key):
        sign(repository, digest, key)
    expected = [signed_payload(text, key.sign(text)) for key in (fleet_key, next_key)]
    assert signatures(repository, digest).digest == signature_artifact(expected).digest


@needs_cosign
def test_the_signatures_of_others_stay(
    repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey, tmp_path: Path
) -> None:
    name, theirs = f"{repository.name}@{digest}", made_pair(tmp_path)
    signed(name, theirs)
    assert sign(repository, digest, fleet_key)
    assert sign(repository, digest, next_key)
    assert not sign(repository, digest, private_key(theirs, PASSWORD.encode))
    for file in (theirs.with_suffix(".pub"), public(tmp_path, fleet_key), public(tmp_path, next_key)):
        assert refusal(name, file) == ""
    signed(name, made_pair(tmp_path, "another"))
    assert refusal(name, public(tmp_path, fleet_key)) == ""
    assert len(signatures(repository, digest).signed) == 4


def test_a_damaged_signature_of_the_key_does_not_count_as_one(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    sign(repository, digest, fleet_key)
    other = repository.push(image("other")).digest
    there = repository.manifest(signature_tag(digest))
    assert there is not None
    repository.tag(there.digest, signature_tag(other))
    assert sign(repository, other, fleet_key)
    assert signers(repository, other, fleet_key) == [fleet_key]


@dataclass
class Busy:
    """A repository at which somebody else does something right before or after one of our calls."""

    repository: Repository
    call: str
    other: Callable[[], object]
    after: bool = False
    times: int = 1
    seen: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.repository, name)
        if name != self.call or len(self.seen) >= self.times:
            return real

        def interrupted(*words: Any, **named: Any) -> Any:
            self.seen.append(name)
            if not self.after:
                self.other()
            answer = real(*words, **named)
            if self.after:
                self.other()
            return answer

        return interrupted


@pytest.mark.parametrize(
    ("call", "after"), [("manifest", True), ("push", False), ("push", True), ("resolve", False)]
)
def test_somebody_who_signs_meanwhile_is_not_overwritten(
    call: str, after: bool, repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey
) -> None:
    busy: Any = Busy(repository, call, lambda: sign(repository, digest, next_key), after)
    assert sign(busy, digest, fleet_key)
    assert busy.seen
    assert signers(repository, digest, fleet_key, next_key) == [fleet_key, next_key]


def test_somebody_who_overwrites_us_is_signed_beside(
    repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey
) -> None:
    sign(repository, digest, next_key)
    before = signatures(repository, digest).digest
    assert before is not None
    busy: Any = Busy(repository, "tag", lambda: repository.tag(before, signature_tag(digest)), after=True)
    assert sign(busy, digest, fleet_key)
    assert signers(repository, digest, fleet_key, next_key) == [fleet_key, next_key]


def test_what_somebody_else_lost_meanwhile_comes_back(
    repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey
) -> None:
    """Two publish with two keys, and one of them has not seen what a third had put there."""
    third = generate()
    sign(repository, digest, next_key)
    before = signatures(repository, digest).digest
    assert before is not None
    sign(repository, digest, third)
    busy: Any = Busy(repository, "tag", lambda: repository.tag(before, signature_tag(digest)), after=True)
    assert sign(busy, digest, fleet_key)
    assert signers(repository, digest, fleet_key, next_key, third) == [fleet_key, next_key, third]


def test_a_signature_that_never_stays_is_not_said_to_be_there(
    repository: Repository, digest: str, fleet_key: PrivateKey, next_key: PrivateKey
) -> None:
    sign(repository, digest, next_key)
    before = signatures(repository, digest).digest
    assert before is not None
    busy: Any = Busy(repository, "tag", lambda: repository.tag(before, signature_tag(digest)), True, 99)
    with pytest.raises(FleetError) as error:
        sign(busy, digest, fleet_key)
    assert error.value.findings[0].rule == "signature-lost"
    assert len(busy.seen) == 8


def test_several_sign_at_once(repository: Repository, digest: str) -> None:
    keys = [generate() for _ in range(3)]
    failed: list[Exception] = []

    def work(key: PrivateKey) -> None:
        try:
            sign(repository, digest, key)
        except FleetError as error:  # said, and not lost without a word
            failed.append(error)

    threads = [threading.Thread(target=work, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for key in keys:  # what two wrote in the same moment, the next run adds
        sign(repository, digest, key)
    assert signers(repository, digest, *keys) == keys


def test_what_is_no_signature_is_not_overwritten(
    repository: Repository, digest: str, fleet_key: PrivateKey
) -> None:
    index = Artifact(
        canonical_json({"manifests": [], "mediaType": INDEX_TYPE, "schemaVersion": 2}), INDEX_TYPE
    )
    repository.push(index, tags=[signature_tag(digest)])
    with pytest.raises(FleetError) as error:
        sign(repository, digest, fleet_key)
    (finding,) = error.value.findings
    assert finding.rule == "signature-unreadable"
    assert signature_tag(digest) in finding.message


KINDS = {
    "P-384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "Ed25519": ["ED25519"],
    "P-256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
}


@needs_cosign
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
@pytest.mark.parametrize("kind", KINDS)
def test_why_keys_are_p256(kind: str, repository: Repository, digest: str, tmp_path: Path) -> None:
    """cosign does not verify what it has signed with other keys: docs/rules/key-unfit.md says so."""
    plain, public = tmp_path / "plain.pem", tmp_path / "plain.pub"
    commands: list[list[str | Path]] = [
        ["genpkey", "-algorithm", *KINDS[kind], "-out", plain],
        ["pkey", "-in", plain, "-pubout", "-out", public],
    ]
    for words in commands:
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    run = cosign("import-key-pair", "--key", plain, "--output-key-prefix", "theirs", "-y", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    name = f"{repository.name}@{digest}"
    signed(name, tmp_path / "theirs.key")
    assert (refusal(name, public) == "") == (kind == "P-256")


def test_no_log_tells_the_key(
    repository: Repository, digest: str, fleet_key: PrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sign(repository, digest, fleet_key)
    number = fleet_key._key.private_numbers().private_value
    assert not [text for text in (str(number), f"{number:x}") if text in caplog.text]
