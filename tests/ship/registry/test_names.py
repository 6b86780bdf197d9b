"""Names of repositories, tags and digests: what is taken, and what is told of the rest."""

from __future__ import annotations

import pytest

from edgewright.errors import FleetError
from edgewright.ship.registry import Access
from edgewright.ship.registry.names import checked_reference, is_loopback, repository_name


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("registry.acme.example/edge", "registry.acme.example", "edge"),
        ("Registry.Acme.Example/edge/models/defects", "registry.acme.example", "edge/models/defects"),
        ("localhost/a", "localhost", "a"),
        ("127.0.0.1:5000/a-b/c__d/e.f", "127.0.0.1:5000", "a-b/c__d/e.f"),
        ("[::1]:5000/a", "[::1]:5000", "a"),
        ("host:80/a", "host:80", "a"),
        ("docker.io/alpine", "docker.io", "library/alpine"),
        ("docker.io/acme/x", "docker.io", "acme/x"),
    ],
)
def test_a_name_has_host_and_path(text: str, host: str, path: str) -> None:
    name = repository_name(text)
    assert (name.host, name.path, str(name)) == (host, path, f"{host}/{path}")


def test_docker_hub_answers_elsewhere() -> None:
    assert repository_name("docker.io/alpine").server == "registry-1.docker.io"
    assert repository_name("a.example/alpine").server == "a.example"


@pytest.mark.parametrize(
    "text",
    [
        "", "edge", "edge/models", "registry.example", "registry.example/", "https://registry.example/edge",
        "registry.example/Edge", "registry.example/edge:v1", "registry.example/edge@sha256:00", "registry.example//a",
        "registry.example/a/", "registry.example/a..b", "registry.example/../a", "registry.example/a?b",
        "registry.example/a#b", "user@registry.example/a", "user:pass@registry.example/a", "-x.example/a",
        "registry.example:port/a", "registry.example/a b", "registry.example/\x1b[31m", "a\n.example/b",
        "registry.example/" + "a" * 256,
    ],
)  # fmt: skip
def test_nonsense_is_told(text: str) -> None:
    with pytest.raises(FleetError) as raised:
        repository_name(text)
    (finding,) = raised.value.findings
    assert finding.rule == "registry-name"
    assert finding.message.isprintable()
    assert finding.remedy


@pytest.mark.parametrize(
    "text", ["", ".v1", "-v1", "v 1", "v1/2", "sha256:abc", "sha512:" + "0" * 128, "a" * 129, "v1\n"]
)
def test_what_is_neither_tag_nor_digest(text: str) -> None:
    with pytest.raises(FleetError):
        checked_reference(text)


@pytest.mark.parametrize(
    "text", ["v1", "_x", "1.2.3-rc.1_4", "sha256:" + "0" * 64, "sha256-" + "0" * 64 + ".sig"]
)
def test_what_is_a_tag_or_a_digest(text: str) -> None:
    assert checked_reference(text) == text


@pytest.mark.parametrize("host", ["localhost", "x.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "0.0.0.0", "10.0.0.1", "example", "127.0.0.1.example"]
)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)


def test_plain_http_is_for_this_machine_and_on_request() -> None:
    assert Access().scheme("127.0.0.1:5000") == "http"
    assert Access().scheme("[::1]:5000") == "http"
    assert Access().scheme("registry.example") == "https"
    assert Access(plain_http=True).scheme("registry.example") == "http"
