"""A registry that is there for a moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from edgewright.artifact.oci import Artifact, canonical_json
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Access, Client
from edgewright.ship.tools import PROGRAMS, Tool, find_tool
from edgewright.ship.trial_registry import trial_registry


@pytest.fixture(scope="module")
def registry() -> Tool:
    found = find_tool("registry")
    if isinstance(found, Finding):
        pytest.skip(f"{found.message}: {found.remedy}")
    return found


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_two_at_once_that_leave_nothing(registry: Tool, temporary: Path) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
    artifact = Artifact(canonical_json(manifest), str(manifest["mediaType"]))
    with trial_registry(registry) as one, trial_registry(registry) as other, Client() as client:
        assert one != other
        assert one.startswith("127.0.0.1:")
        client.repository(f"{one}/x").push(artifact)
        assert client.repository(f"{one}/x").manifest(artifact.digest) is not None
        assert client.repository(f"{other}/x").manifest(artifact.digest) is None
    assert list(temporary.iterdir()) == []
    with Client(Access(retries=0)) as client, pytest.raises(FleetError):
        client.repository(f"{one}/x").manifest(artifact.digest)


def test_it_is_gone_where_something_is_raised(registry: Tool, temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), trial_registry(registry):
        raise ZeroDivisionError
    assert list(temporary.iterdir()) == []


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\necho 'no space left on device'\nexit 1\n")
    program.chmod(0o755)
    with (
        pytest.raises(FleetError, match="did not start: no space left on device") as raised,
        trial_registry(Tool(PROGRAMS["registry"], program, "3.1.2")),
    ):
        pass
    assert raised.value.findings[0].rule == "registry-unreachable"
    assert list(tmp_path.iterdir()) == [program]
