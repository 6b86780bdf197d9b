"""Where a registry is reached at all: TLS with the authorities that users name, plain http, proxies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.certificates import write_certificates
from tests.lying import lying
from tests.real import free_port, running_registry
from tests.ship.registry.images import image

from edgewright.artifact.oci import blob_of
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client

ARTIFACT = image(blob_of(b"over TLS" * 10_000))
ONCE = Access(retries=0)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder, "127.0.0.1", "0.0.0.0")
    return folder


@pytest.fixture(scope="module")
def port(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a registry that speaks TLS."""
    tls = {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")}
    with running_registry(tmp_path_factory.mktemp("registry"), http={"tls": tls}) as address:
        yield address.rpartition(":")[2]


@pytest.fixture(autouse=True)
def no_names_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_registry_with_a_certificate_of_ones_own(port: str, certificates: Path) -> None:
    with Client(Access(ca_file=certificates / "ca.pem")) as client:
        repository = client.repository(f"127.0.0.1:{port}/tls/file")
        assert repository.push(ARTIFACT, ["v1"]).digest == ARTIFACT.digest
        assert repository.resolve("v1") == ARTIFACT.descriptor


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_authorities_that_the_environment_names(
    port: str, certificates: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.0.0.0 reaches this machine too, and is not one that may be spoken to in plain http."""
    monkeypatch.setenv(name, str(certificates / "ca.pem"))
    with Client(ONCE) as client:
        assert client.repository(f"0.0.0.0:{port}/tls/environment").tags() == []


def _finding(name: str, access: Access) -> tuple[str, str, str]:
    with Client(access) as client, pytest.raises(FleetError) as raised:
        client.repository(name).manifest("v1")
    (finding,) = raised.value.findings
    return finding.rule, finding.message, finding.remedy


def test_a_certificate_that_nobody_vouches_for(port: str) -> None:
    rule, message, remedy = _finding(f"0.0.0.0:{port}/tls/unknown", Access(pause=1e6))
    assert rule == "registry-unreachable"
    assert "certificate is not trusted" in message
    assert "CA file" in remedy


def test_a_certificate_of_another_host(certificates: Path, tmp_path: Path) -> None:
    write_certificates(tmp_path, "127.0.0.7")
    tls = {"certificate": str(tmp_path / "server.pem"), "key": str(tmp_path / "server.key")}
    with running_registry(tmp_path / "registry", http={"tls": tls}) as address:
        rule, message, _ = _finding(f"{address}/tls/other", Access(ca_file=tmp_path / "ca.pem", pause=1e6))
    assert rule == "registry-unreachable"
    assert "127.0.0.1" in message


def test_a_registry_without_tls_where_it_should_have_it(registry: str) -> None:
    port = registry.rpartition(":")[2]
    rule, message, _ = _finding(f"0.0.0.0:{port}/plain/refused", Access(pause=1e6))
    assert rule == "registry-unreachable"
    assert "does not speak TLS" in message


def test_plain_http_elsewhere_on_request(registry: str) -> None:
    port = registry.rpartition(":")[2]
    with Client(Access(plain_http=True)) as client:
        assert client.repository(f"0.0.0.0:{port}/plain/asked-for").tags() == []


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_ca_file_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(text)
    rule, message, _ = _finding("registry.invalid/a", Access(ca_file=tmp_path / "ca.pem"))
    assert rule == "cannot-read"
    assert "ca.pem" in message
    assert _finding("registry.invalid/a", Access(ca_file=tmp_path / "nothing.pem"))[0] == "cannot-read"


def test_nobody_listens() -> None:
    rule, message, _ = _finding(f"127.0.0.1:{free_port()}/a/b", ONCE)
    assert rule == "registry-unreachable"
    assert "takes no connection" in message


def test_a_name_that_is_not_known() -> None:
    rule, message, _ = _finding("registry.invalid/a/b", ONCE)
    assert rule == "registry-unreachable"
    assert "name is not known" in message


def test_a_proxy_of_the_environment_is_used_but_for_this_machine(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lying(registry, script=lambda request, count: None) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.elsewhere}")
        with Client(Access(plain_http=True, retries=0)) as client:
            assert client.repository(f"{registry}/proxied/not").tags() == []
            assert proxy.visits == []
            assert client.repository("registry.invalid/proxied/yes").has_blob(ARTIFACT.blobs[0].digest)
            assert [visit.target for visit in proxy.visits] == [
                f"http://registry.invalid/v2/proxied/yes/blobs/{ARTIFACT.blobs[0].digest}"
            ]
