"""Credentials out of what Docker, podman and their helpers keep."""

from __future__ import annotations

import base64
import json
import traceback
from pathlib import Path

import pytest

from edgewright.errors import FleetError
from edgewright.ship.registry.credentials import Credentials, credentials_for
from edgewright.ship.registry.names import repository_name

HELPER = """#!/bin/sh
read host
[ "$1" = get ] || exit 9
case "$host" in
  helped.example) echo '{"ServerURL": "x", "Username": "helped", "Secret": "secret-of-helper"}' ;;
  token.example) echo '{"Username": "<token>", "Secret": "secret-token"}' ;;
  broken.example) echo 'secret-of-helper is no JSON' ;;
  angry.example) echo 'secret-of-helper'; exit 1 ;;
  *) echo 'credentials not found in native keychain'; exit 1 ;;
esac
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it but a helper on PATH."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    helper = tmp_path / "bin" / "docker-credential-test"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helper.parent}:/usr/bin:/bin")
    return tmp_path


def write(file: Path, **values: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))


def auth(user: str, password: str = "secret") -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def user(name: str) -> str | None:
    found = credentials_for(repository_name(name))
    return None if found is None else found.user


def test_nobody_knows_anything(home: Path) -> None:
    assert user("a.example/x") is None


def test_a_password_with_a_colon_is_whole(home: Path) -> None:
    write(home / ".docker/config.json", auths={"a.example": auth("ada", "se:cret")})
    found = credentials_for(repository_name("a.example/x"))
    assert found == Credentials("ada", "se:cret")
    assert found.basic == "Basic " + base64.b64encode(b"ada:se:cret").decode()
    assert "se:cret" not in repr(found)


@pytest.mark.parametrize(
    "key", ["a.example", "https://a.example", "https://a.example/v2/", "http://a.example/v1/"]
)
def test_old_docker_wrote_urls(home: Path, key: str) -> None:
    write(home / ".docker/config.json", auths={key: auth("ada")})
    assert user("a.example/x") == "ada"
    assert user("b.example/x") is None


def test_docker_hub_has_a_key_of_its_own(home: Path) -> None:
    write(home / ".docker/config.json", auths={"https://index.docker.io/v1/": auth("ada")})
    assert user("docker.io/acme/x") == "ada"


def test_the_nearest_path_of_podman_counts(home: Path) -> None:
    entries = {"a.example": auth("all"), "a.example/edge": auth("edge"), "a.example/edge/x": auth("x")}
    write(home / ".config/containers/auth.json", auths=entries)
    assert user("a.example/edge/x") == "x"
    assert user("a.example/edge/y/z") == "edge"
    assert user("a.example/other") == "all"


def test_files_are_read_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [home / ".config/containers/auth.json", home / "run/containers/auth.json", home / ".docker/config.json",
             home / "other/config.json", home / "named.json"]  # fmt: skip
    for number, file in enumerate(files):
        write(file, auths={"a.example": auth(str(number))})
    assert user("a.example/x") == "2"
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "other"))
    assert user("a.example/x") == "3"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "named.json"))
    assert user("a.example/x") == "4"
    monkeypatch.delenv("REGISTRY_AUTH_FILE")
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "nowhere"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    assert user("a.example/x") == "1"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert user("a.example/x") == "0"


def test_helpers_are_asked(home: Path) -> None:
    write(home / ".docker/config.json", credHelpers={"helped.example": "test", "token.example": "test"})
    assert credentials_for(repository_name("helped.example/x")) == Credentials("helped", "secret-of-helper")
    assert credentials_for(repository_name("token.example/x")) == Credentials(token="secret-token")


def test_what_the_store_does_not_know_stands_in_the_file(home: Path) -> None:
    write(
        home / ".docker/config.json",
        credsStore="test",
        auths={"helped.example": {}, "a.example": auth("ada")},
    )
    assert user("helped.example/x") == "helped"
    assert user("a.example/x") == "ada"


@pytest.mark.parametrize("host", ["broken.example", "angry.example"])
def test_what_a_helper_says_is_never_shown(home: Path, host: str) -> None:
    write(home / ".docker/config.json", credsStore="test")
    with pytest.raises(FleetError) as raised:
        credentials_for(repository_name(f"{host}/x"))
    assert [finding.rule for finding in raised.value.findings] == ["registry-credentials"]
    assert "docker-credential-test" in str(raised.value)
    assert "secret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("name", ["nobody", "../bin/test", "/bin/sh", "", "-x"])
def test_a_helper_that_is_none(home: Path, name: str) -> None:
    write(home / ".docker/config.json", credHelpers={"a.example": name})
    with pytest.raises(FleetError) as raised:
        user("a.example/x")
    assert [finding.rule for finding in raised.value.findings] == ["registry-credentials"]


@pytest.mark.parametrize("text", ['{"auths": {"a.example": {"auth": "hunter2', "[" * 100_000, "\udcff"])
def test_a_file_that_is_broken_does_not_show_its_text(home: Path, text: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(FleetError) as raised:
        user("a.example/x")
    told = "".join(traceback.format_exception(raised.value))
    assert [finding.rule for finding in raised.value.findings] == ["registry-credentials"]
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "value", [[], "text", {"auths": []}, {"auths": {"a.example": "text"}}, {"credHelpers": 1}, None]
)
def test_a_file_of_another_shape_knows_nobody(home: Path, value: object) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(json.dumps(value))
    assert user("a.example/x") is None


def test_an_entry_that_is_not_base64(home: Path) -> None:
    write(home / ".docker/config.json", auths={"a.example": {"auth": "%%secret%%"}})
    with pytest.raises(FleetError) as raised:
        user("a.example/x")
    assert "secret" not in str(raised.value)
