"""Whom an image trusts: Debian's authorities, and those that are given."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from tests.certificates import write_certificates

from edgewright.errors import FleetError
from edgewright.workshop.building.authorities import CERTIFICATES, certificates, trust


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    """A tree whose list has one authority."""
    write_certificates(tmp_path / "usual", "127.0.0.1")
    file = tmp_path / "debian" / CERTIFICATES
    file.parent.mkdir(parents=True)
    file.write_bytes((tmp_path / "usual/ca.pem").read_bytes())
    return tmp_path / "debian"


def test_ones_own_are_trusted_beside_debians(debian: Path, tmp_path: Path) -> None:
    write_certificates(tmp_path / "own", "127.0.0.1")
    trust([certificates(tmp_path / "own/ca.pem")], debian, tmp_path / "server")
    context = ssl.create_default_context(cafile=str(tmp_path / "server" / CERTIFICATES))
    assert len(context.get_ca_certs()) == 2


def test_without_any_no_layer_says_more_than_debians(debian: Path, tmp_path: Path) -> None:
    trust([], debian, tmp_path / "server")
    assert not (tmp_path / "server").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no list of certificates"),
        (b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", "is no list of certificates"),
        (b"-----BEGIN PRIVATE KEY-----\n", "holds a private key"),
        (b"\xff", "is no list of certificates: it is no text"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_authority_is_told(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FleetError, match=said):
        certificates(file)


@pytest.mark.parametrize("before", ["\ufeff", "# Müller\n", "subject=O = Müller\n"])
def test_what_stands_beside_a_certificate_hides_none(before: str, debian: Path, tmp_path: Path) -> None:
    write_certificates(tmp_path / "own", "127.0.0.1")
    file = tmp_path / "own/ca.pem"
    file.write_text(before + file.read_text(), encoding="utf-8")
    trust([certificates(file)], debian, tmp_path / "server")
    context = ssl.create_default_context(cafile=str(tmp_path / "server" / CERTIFICATES))
    assert len(context.get_ca_certs()) == 2
