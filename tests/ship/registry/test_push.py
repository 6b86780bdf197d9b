"""Blobs side by side: what is wrong of each is told, and nobody goes on for nothing."""

from __future__ import annotations

import threading

import pytest
from tests.ship.registry.images import image

from edgewright.artifact.oci import Blob, blob_of
from edgewright.errors import Finding, FleetError
from edgewright.ship.registry import Access, Client, stopping
from edgewright.ship.registry.push import side_by_side
from edgewright.ship.registry.transport import Transport


def failure(number: int) -> FleetError:
    return FleetError([Finding("registry-failed", "error", f"{number} failed", "nothing")])


def test_what_each_gives_comes_in_order() -> None:
    assert side_by_side(Transport(Access(workers=3)), lambda number: number * 2, range(20)) == list(
        range(0, 40, 2)
    )


def test_the_others_stop_and_every_failure_is_told() -> None:
    together = threading.Barrier(3)

    def work(number: int) -> None:
        together.wait(30)
        if number < 2:
            raise failure(number)
        while True:  # until somebody else has failed
            stopping.pause(0.01)

    with pytest.raises(FleetError) as raised:
        side_by_side(Transport(Access(workers=3)), work, range(3))
    assert [finding.message for finding in raised.value.findings] == ["0 failed", "1 failed"]


def test_whoever_works_for_somebody_who_failed_stops_too() -> None:
    together = threading.Barrier(2)
    transport = Transport(Access(workers=2))

    def inner(number: int) -> None:
        while True:
            stopping.pause(0.01)

    def outer(number: int) -> None:
        together.wait(30)
        if number:
            raise failure(number)
        with pytest.raises(stopping.Stopped):
            side_by_side(transport, inner, [0, 1])

    with pytest.raises(FleetError) as raised:
        side_by_side(transport, outer, [0, 1])
    assert [finding.message for finding in raised.value.findings] == ["1 failed"]


def test_a_blob_that_cannot_be_read_ends_a_push_before_its_manifest(registry: str) -> None:
    good, bad = blob_of(b"good"), Blob(blob_of(b"right").digest, 5, lambda: [b"wrong"])
    artifact = image(good, bad)
    with Client(Access(workers=1)) as client:
        repository = client.repository(f"{registry}/push/half")
        with pytest.raises(FleetError) as raised:
            repository.push(artifact, ["v1"])
        assert [finding.rule for finding in raised.value.findings] == ["blob-changed"]
        assert repository.has_blob(good.digest)
        assert repository.manifest("v1") is None
        assert repository.manifest(artifact.digest) is None
