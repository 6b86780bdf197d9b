"""The client against a real registry: what goes there comes back, and nothing travels twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ship.registry.images import image

from edgewright.artifact.oci import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    Artifact,
    Descriptor,
    blob_of,
    canonical_json,
    sha256,
)  # fmt: skip
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client, Repository


@pytest.fixture
def repository(registry: str, request: pytest.FixtureRequest) -> Iterator[Repository]:
    with Client(Access(chunk=2**16, pause=0.01)) as client:
        yield client.repository(f"{registry}/edge/{request.node.name.lower().replace('_', '-')}")


SMALL = blob_of(b"small")
LARGE = blob_of(bytes(range(256)) * 1000)


def test_what_was_pushed_is_there_and_comes_back(repository: Repository, tmp_path: Path) -> None:
    artifact = image(SMALL, LARGE)
    travelled: list[int] = []
    pushed = repository.push(artifact, ["v1", "latest"], travelled.append)
    assert set(pushed.sent) == {blob.digest for blob in artifact.blobs}
    assert (pushed.written, pushed.tagged) == ((artifact.digest,), ("v1", "latest"))
    assert sum(travelled) == artifact.size
    found = repository.manifest("v1")
    assert found is not None
    assert (found.content, found.media_type, found.digest) == (
        artifact.manifest,
        MANIFEST_TYPE,
        artifact.digest,
    )
    assert repository.resolve("latest") == artifact.descriptor
    assert repository.tags() == ["latest", "v1"]
    assert repository.blob(SMALL.digest, SMALL.size) == b"small"
    repository.download(LARGE.digest, LARGE.size, tmp_path / "large")
    assert sha256((tmp_path / "large").read_bytes()) == LARGE.digest
    assert [file.name for file in tmp_path.iterdir()] == ["large"]


def test_a_second_push_sends_nothing(repository: Repository) -> None:
    artifact = image(SMALL, LARGE)
    repository.push(artifact, ["v1"])
    again = repository.push(artifact, ["v1"])
    assert (again.sent, again.written, again.tagged) == ((), (), ())


def test_what_is_not_there_is_none(repository: Repository) -> None:
    assert repository.manifest("v1") is None
    assert repository.resolve(SMALL.digest) is None
    assert not repository.has_blob(SMALL.digest)
    assert repository.tags() == []
    with pytest.raises(FleetError) as raised:
        repository.blob(SMALL.digest)
    assert [finding.rule for finding in raised.value.findings] == ["registry-failed"]


def test_an_index_comes_with_its_children(repository: Repository) -> None:
    children = image(SMALL), image(LARGE)
    entries = [child.descriptor.values for child in children]
    index = canonical_json({"manifests": entries, "mediaType": INDEX_TYPE, "schemaVersion": 2})
    pushed = repository.push(Artifact(index, INDEX_TYPE, children=children), ["all"])
    assert pushed.written == (children[0].digest, children[1].digest, sha256(index))
    assert len(pushed.sent) == 3  # both children have the same config


def test_a_tag_moves(repository: Repository) -> None:
    first, second = image(SMALL), image(LARGE)
    repository.push(first, ["ring"])
    repository.push(second)
    assert repository.tag(second.digest, "ring")
    assert not repository.tag(second.digest, "ring")
    assert repository.resolve("ring") == second.descriptor


def test_referrers_are_listed_under_the_tag_where_the_registry_has_no_list(repository: Repository) -> None:
    subject = image(SMALL)
    repository.push(subject)
    first = image(LARGE, subject=subject.descriptor.values)
    second = image(LARGE, subject=subject.descriptor.values, annotations={"a": "b"})
    for referrer in (first, second, first):
        repository.push_referrer(referrer)
    found = repository.referrers(subject.digest, "application/vnd.edgewright.test")
    assert [each.descriptor.digest for each in found] == [first.digest, second.digest]
    assert found[1].descriptor == Descriptor(MANIFEST_TYPE, second.digest, len(second.manifest), {"a": "b"})
    assert repository.referrers(subject.digest, "application/other") == []
    listed = repository.manifest(subject.digest.replace(":", "-"))
    assert listed is not None
    assert len(json.loads(listed.content)["manifests"]) == 2
