"""The objects of a release out of a real registry, and artifacts that are no release."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from edgewright.artifact.manifests import MANIFESTS, NODE_FILES, folder_artifact
from edgewright.artifact.oci import Artifact, blob_of, described, image_manifest
from edgewright.errors import FleetError
from edgewright.ship.pulled import packed_objects, pulled_objects
from edgewright.ship.registry import Access, Client, Repository

OBJECT = b"kind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def repository(registry: str, tmp_path: Path) -> Repository:
    """A repository of this test alone."""
    return Client(Access()).repository(f"{registry}/pulled/{abs(hash(tmp_path))}")


def layered(content: bytes) -> Artifact:
    """An artifact of manifests with such a layer."""
    config, layer = blob_of(b"{}"), blob_of(content)
    layers = [described(MANIFESTS.layer_type, layer)]
    return Artifact(image_manifest(described(MANIFESTS.config_type, config), layers), blobs=(config, layer))


def test_every_object_with_its_file(repository: Repository) -> None:
    files = {"a.yaml": OBJECT, "b/c.yaml": OBJECT + b"---\n" + OBJECT, "notes.txt": b"x"}
    artifact = folder_artifact(MANIFESTS, files, title="a")
    repository.push(artifact)
    body = {"kind": "ConfigMap", "metadata": {"name": "a"}}
    assert pulled_objects(repository, artifact.digest) == [
        ("a.yaml", body),
        ("b/c.yaml", body),
        ("b/c.yaml", body),
    ]


@pytest.mark.parametrize(
    ("artifact", "why"),
    [
        (folder_artifact(NODE_FILES, {"a.yaml": OBJECT}, title="a"), "it is no artifact of manifests"),
        (layered(b"no gzip"), "incorrect header check"),
        (layered(gzip.compress(b"no tar")), ""),
        (layered(gzip.compress(bytes(65 * 2**20), 1)), "it is larger than 64 MiB"),
        (folder_artifact(MANIFESTS, {"a.yaml": b"a: [b"}, title="a"), "while parsing"),
        (folder_artifact(MANIFESTS, {"a.yaml": b"a: &x [1]\nb: *x\n"}, title="a"), "it has aliases"),
        (folder_artifact(MANIFESTS, {"a.yaml": b"- 1\n"}, title="a"), "what stands in it is no object"),
    ],
    ids=["node files", "no gzip", "no tar", "bomb", "no yaml", "alias", "no object"],
)
def test_what_is_no_release(repository: Repository, artifact: Artifact, why: str) -> None:
    repository.push(artifact)
    with pytest.raises(FleetError) as caught:
        pulled_objects(repository, artifact.digest)
    assert [each.rule for each in caught.value.findings] == ["release-unreadable"]
    assert why in caught.value.findings[0].message


def test_what_is_here_reads_as_what_is_there(repository: Repository) -> None:
    artifact = folder_artifact(MANIFESTS, {"a.yaml": OBJECT}, title="a")
    repository.push(artifact)
    assert packed_objects(artifact) == pulled_objects(repository, artifact.digest)


def test_what_is_not_there(repository: Repository) -> None:
    with pytest.raises(FleetError, match="the registry does not have it"):
        pulled_objects(repository, "sha256:" + "0" * 64)
