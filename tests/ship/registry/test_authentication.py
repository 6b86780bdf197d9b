"""Logging in: by password and by token, at registries that insist; and what is shown to nobody else."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lying import Message, lying
from tests.real import running_registry
from tests.ship.registry.images import image
from tests.tokens import IDENTITY, PASSWORD, USER, Tokens, token_server

from edgewright.artifact.oci import blob_of
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client
from edgewright.ship.registry.authentication import challenges

# Made with bcrypt's lowest cost: the registry computes it for every request.
HTPASSWD = "ada:$2b$04$abcdefghijklmnopqrstuu46PwR5wnjCrrfDpHwaO9jyMdqDmN3QO\n"
ARTIFACT = image(blob_of(b"some"), blob_of(b"more" * 10_000))
LogIn = Callable[[dict[str, object]], None]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    with token_server(tmp_path_factory.mktemp("tokens")) as server:
        yield server


@pytest.fixture(scope="module")
def with_tokens(tokens: Tokens, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_registry(tmp_path_factory.mktemp("registry"), auth=tokens.auth) as address:
        yield address


@pytest.fixture(scope="module")
def with_passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("registry")
    (folder / "htpasswd").write_text(HTPASSWD)
    auth = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    with running_registry(folder, auth=auth) as address:
        yield address


@pytest.fixture(autouse=True)
def log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogIn:
    """Write the entries of config.json's `auths`, which is empty before."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))

    def write(auths: dict[str, object]) -> None:
        (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))

    return write


def entry(password: str = PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{USER}:{password}".encode()).decode()}


@pytest.mark.parametrize("kind", ["with_tokens", "with_passwords"])
def test_who_is_logged_in_pushes_and_reads(
    kind: str, request: pytest.FixtureRequest, log_in: LogIn, tmp_path: Path
) -> None:
    address = request.getfixturevalue(kind)
    log_in({address: entry()})
    with Client(Access(chunk=2**14)) as client:
        repository = client.repository(f"{address}/private/one")
        pushed = repository.push(ARTIFACT, ["v1"])
        assert repository.resolve("v1") == ARTIFACT.descriptor
        assert repository.tags() == ["v1"]
        blob = ARTIFACT.blobs[-1]
        repository.download(blob.digest, blob.size, tmp_path / "blob")
        other = client.repository(f"{address}/private/two")
        assert not other.push_blob(blob, sources=[repository])
    assert len(pushed.sent) == 3


@pytest.mark.parametrize("kind", ["with_tokens", "with_passwords"])
def test_who_is_not_logged_in_is_told_how(kind: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue(kind)
    with Client() as client, pytest.raises(FleetError) as raised:
        client.repository(f"{address}/private/one").push(ARTIFACT)
    (finding,) = raised.value.findings
    assert finding.rule == "registry-refused"
    assert "without credentials" in finding.message
    assert f"docker login {address}" in finding.remedy


@pytest.mark.parametrize("kind", ["with_tokens", "with_passwords"])
def test_a_wrong_password_is_said_once_and_never_shown(
    kind: str, request: pytest.FixtureRequest, log_in: LogIn, caplog: pytest.LogCaptureFixture
) -> None:
    address = request.getfixturevalue(kind)
    log_in({address: entry("wrong-password-5521")})
    caplog.set_level(logging.DEBUG)
    with Client() as client, pytest.raises(FleetError) as raised:
        client.repository(f"{address}/private/one").push(ARTIFACT)
    (finding,) = raised.value.findings
    assert finding.rule == "registry-refused"
    assert "these credentials" in finding.message
    told = caplog.text + "".join(traceback.format_exception(raised.value)) + repr(finding)
    assert "wrong-password-5521" not in told
    assert entry("wrong-password-5521")["auth"] not in told


def test_a_token_is_asked_for_once_for_each_right(with_tokens: str, tokens: Tokens, log_in: LogIn) -> None:
    log_in({with_tokens: entry()})
    tokens.asked.clear()
    with Client() as client:
        client.repository(f"{with_tokens}/private/three").push(ARTIFACT, ["v1", "v2"])
    scopes = [scope for asked in tokens.asked for scope in asked["scope"]]
    assert len(tokens.asked) == 2
    assert set(scopes) <= {
        f"repository:private/three:{rights}" for rights in ("pull", "pull,push", "push,pull")
    }


def test_a_token_that_ran_out_is_renewed(
    with_tokens: str, tokens: Tokens, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in({with_tokens: entry()})
    with Client() as client:
        repository = client.repository(f"{with_tokens}/private/four")
        monkeypatch.setattr(tokens, "seconds", -3600)  # longer than a registry's clock may be wrong
        with pytest.raises(FleetError) as raised:
            repository.push(ARTIFACT)
        assert [finding.rule for finding in raised.value.findings] == ["registry-refused"]
        monkeypatch.setattr(tokens, "seconds", 300)
        assert repository.push(ARTIFACT).digest == ARTIFACT.digest


def test_an_identity_token_stands_for_a_password(with_tokens: str, tokens: Tokens, log_in: LogIn) -> None:
    log_in({with_tokens: {"auth": base64.b64encode(b"00000000:").decode(), "identitytoken": IDENTITY}})
    tokens.asked.clear()
    with Client() as client:
        client.repository(f"{with_tokens}/private/five").push(ARTIFACT)
    assert {asked["method"] for asked in tokens.asked} == {"POST"}


def test_nothing_is_shown_to_whoever_a_redirect_leads_to(
    with_tokens: str, log_in: LogIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    blob = ARTIFACT.blobs[-1]
    with (
        lying(with_tokens, script=lambda request, count: None) as proxy,
        Client(Access(pause=0.001)) as client,
    ):
        log_in({proxy.address: entry(), proxy.elsewhere: entry()})
        repository = client.repository(f"{proxy.address}/private/six")
        repository.push(ARTIFACT)

        def script(request: Message, count: int) -> str | None:
            return "redirect elsewhere" if request.header("Authorization") else None

        proxy.script = script
        with pytest.raises(FleetError) as raised:
            repository.download(blob.digest, blob.size, tmp_path / "blob")
        rules = {finding.rule for finding in raised.value.findings}
        assert rules <= {"registry-lies", "registry-failed", "registry-unreachable"}
        assert "redirect elsewhere" in proxy.made
        assert len(proxy.visits) > 1, "whoever is elsewhere was asked, and asked for a password"
        assert proxy.shown_elsewhere == []
    assert PASSWORD not in caplog.text
    assert entry()["auth"] not in caplog.text


def test_a_password_goes_to_no_realm_without_tls(registry: str, log_in: LogIn) -> None:
    """A plain realm is none that a registry on another machine may name, and nonsense is none at all."""
    for realm in ("http://registry.invalid/token", "ftp://x", "//[", "", "file:///etc/passwd"):

        def script(request: Message, count: int, realm: str = realm) -> str | None:
            return f"realm {realm}"

        with lying(registry, script=script) as proxy, Client(Access(pause=0.001)) as client:
            log_in({proxy.address: entry()})
            with pytest.raises(FleetError) as raised:
                client.repository(f"{proxy.address}/private/seven").manifest("v1")
            assert [finding.rule for finding in raised.value.findings] == ["registry-lies"]


def test_challenges_are_read_as_they_are_written() -> None:
    bearer = 'Bearer realm="https://auth.example/token",service="a b",scope="repository:a/b:pull,push"'
    found = challenges(f'Basic realm="x, y", {bearer}')
    assert [each.kind for each in found] == ["bearer", "basic"]
    assert found[0].parts == {
        "realm": "https://auth.example/token", "service": "a b", "scope": "repository:a/b:pull,push",
    }  # fmt: skip
    assert found[1].parts == {"realm": "x, y"}
    assert [each.parts for each in challenges("bearer REALM=https://a.example/t")] == [
        {"realm": "https://a.example/t"}
    ]
    assert challenges("Negotiate") == []
    assert challenges("") == []
