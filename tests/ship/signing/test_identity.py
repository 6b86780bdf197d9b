"""Whom a CI says that it is, and an authority that does not play along: nothing is signed then, and no token told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acme import Acme
from tests.authority import ISSUER, SUBJECT, token

from edgewright.artifact.signature import SignedPayload
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Repository
from edgewright.ship.signing.found import signatures
from edgewright.ship.signing.keyless import identity, sign_as
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.trusted import TrustedIdentity
from edgewright.ship.signing.verify import verify

WHO = TrustedIdentity(ISSUER, SUBJECT)


def _failure(configuration: Path | None, text: str | None) -> Finding:
    with pytest.raises(FleetError) as error:
        identity(text, configuration)
    assert error.value.__cause__ is None
    (finding,) = error.value.findings
    assert not text or text not in finding.message
    return finding


def test_nobody_to_sign_with(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "SIGSTORE_ID_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert "no CI that is known" in _failure(acme.configuration, None).message
    for text in ("no token", token(minutes=-5), "a.b.c"):
        assert _failure(acme.configuration, text).rule == "no-identity"


def test_the_ci_says_who_it_is(
    acme: Acme, repository: Repository, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", token())
    assert sign_as(repository, digest, identity(configuration=acme.configuration))
    assert verify(repository, digest, [WHO], roots=acme.roots).signers == (WHO,)


@pytest.mark.parametrize("path", ["signingCert", "entries"])
def test_an_authority_that_fails(
    path: str, acme: Acme, repository: Repository, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acme.authority, "refuses", path)
    with pytest.raises(FleetError) as error:
        sign_as(repository, digest, identity(token(), acme.configuration))
    assert error.value.findings[0].rule == "sigstore-failed"
    assert signatures(repository, digest).signed == ()


@pytest.mark.parametrize("text", ["", "{}", '{"mediaType": "x"}'])
def test_a_file_that_is_no_trusted_root(
    text: str, acme: Acme, repository: Repository, digest: str, signed: SignedPayload, tmp_path: Path
) -> None:
    file = tmp_path / "root.json"
    file.write_text(text)
    for path in (file, tmp_path / "missing.json"):
        with pytest.raises(FleetError) as error:
            verify(repository, digest, [WHO], roots=Roots(path))
        assert error.value.findings[0].rule == "sigstore-failed"
    assert _failure(file, token()).rule == "sigstore-failed"


def test_no_log_tells_the_token(
    acme: Acme, repository: Repository, digest: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    text = token()
    sign_as(repository, digest, identity(text, acme.configuration))
    assert caplog.records
    assert text not in caplog.text
    assert text.split(".")[1] not in caplog.text
