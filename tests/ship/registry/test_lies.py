"""A registry that lies, hangs and breaks: nothing wrong is accepted, and nothing is lost for good.

Between the client and a real one stands a proxy that meets every third request with a fault; over all seeds,
that is more than 200 of them.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.lying import KINDS, Proxy, lying
from tests.ship.registry.images import image

from edgewright.artifact.oci import Artifact, Blob, blob_of, sha256
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client, Repository

RULES = {"registry-unreachable", "registry-refused", "registry-lies", "registry-failed"}
HASTY = Access(
    chunk=2**14, retries=4, pause=0.001, longest_pause=0.002, connect_timeout=2, answer_timeout=0.3,
    finish_timeout=0.3, patience=1,
)  # fmt: skip
PATIENT = Access(chunk=2**14)


def random_image(seed: int) -> Artifact:
    chance = random.Random(seed)
    return image(*(blob_of(chance.randbytes(size)) for size in (100, 2**14, 50_000, 70_001)))


@pytest.mark.parametrize("first", [0, 4, 8, 12])
def test_nothing_wrong_is_accepted_and_nothing_is_lost(registry: str, first: int, tmp_path: Path) -> None:
    made: Counter[str] = Counter()
    for seed in range(first, first + 4):
        with lying(registry, seed) as proxy:
            _push_and_read(registry, proxy, seed, tmp_path / str(seed))
            made.update(proxy.made)
    assert sum(made.values()) >= 50, "four of these tests are to make 200 faults and more"
    assert len(made) > len(KINDS) * 0.7


def _push_and_read(registry: str, proxy: Proxy, seed: int, folder: Path) -> None:
    artifact, path = random_image(seed), f"lies/seed-{seed}"
    folder.mkdir()
    with Client(HASTY) as hasty, Client(PATIENT) as patient:
        direct = patient.repository(f"{registry}/{path}")
        through, healed = (each.repository(f"{proxy.address}/{path}") for each in (hasty, patient))
        for _ in range(2):
            if _tried(through, artifact):
                _is_whole(direct, artifact)
        proxy.honest = True
        assert healed.push(artifact, ["v1"]).digest == artifact.digest
        _is_whole(direct, artifact)
        proxy.honest = False
        for _ in range(2):
            _read(through, artifact, folder)
        proxy.honest = True
        _read_all(healed, artifact, folder)
        assert {file.name for file in folder.iterdir()} == {blob.digest[7:] for blob in artifact.blobs}
    assert proxy.shown_elsewhere == []


def _tried(repository: Repository, artifact: Artifact) -> bool:
    """Whether a push went through; where it did not, a finding says so."""
    try:
        pushed = repository.push(artifact, ["v1"])
    except FleetError as error:
        _are_ours(error)
        return False
    assert pushed.digest == artifact.digest
    return True


def _read(repository: Repository, artifact: Artifact, folder: Path) -> None:
    """What is read through a liar is right, or it is an error; what is not there is not believed."""
    try:
        found = repository.manifest(artifact.digest)
        assert found is None or found.content == artifact.manifest
    except FleetError as error:
        _are_ours(error)
    for blob in artifact.blobs:
        path = folder / blob.digest[7:]
        try:
            repository.download(blob.digest, blob.size, path)
        except FleetError as error:
            _are_ours(error)
        assert not path.exists() or sha256(path.read_bytes()) == blob.digest
        path.unlink(missing_ok=True)
        try:
            assert repository.blob(blob.digest, blob.size) == _content(blob)
        except FleetError as error:
            _are_ours(error)


def _read_all(repository: Repository, artifact: Artifact, folder: Path) -> None:
    for blob in artifact.blobs:
        repository.download(blob.digest, blob.size, folder / blob.digest[7:])
        assert (folder / blob.digest[7:]).read_bytes() == _content(blob)


def _is_whole(repository: Repository, artifact: Artifact) -> None:
    for reference in ("v1", artifact.digest):
        found = repository.manifest(reference)
        assert found is not None
        assert (found.content, found.media_type) == (artifact.manifest, artifact.media_type)
    for blob in artifact.blobs:
        assert repository.blob(blob.digest, blob.size) == _content(blob)


def _content(blob: Blob) -> bytes:
    return b"".join(blob.chunks())


def _are_ours(error: FleetError) -> None:
    for finding in error.findings:
        assert finding.rule in RULES
        assert finding.message.isprintable()
        assert "bytes of a thief" not in finding.message
