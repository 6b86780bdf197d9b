"""Uploads: resumed in the middle of a portion, begun anew where the registry forgot, mounted where it can be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.lying import Message, lying

from edgewright.artifact.oci import Blob, blob_of
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client

PORTION = 2**18
QUICK = Access(chunk=PORTION, pause=0.001, longest_pause=0.002)


def large(name: str) -> Blob:
    """Eight portions and a bit, another blob for each name."""
    return blob_of((name.encode() + bytes(range(199))) * (8 * PORTION // 200))


@pytest.mark.parametrize(
    "fault", ["_cut_request", "_lost", "_drop", "_late_error", "_error", "_swallow", "_garbage"]
)
def test_what_the_registry_has_is_not_sent_again(registry: str, fault: str) -> None:
    def script(request: Message, count: int) -> str | None:
        return fault if request.method == "PATCH" and count == 4 else None

    blob, travelled = large(fault), list[int]()
    with lying(registry, script=script) as proxy, Client(QUICK) as client:
        assert client.repository(f"{proxy.address}/uploads/resumed").push_blob(blob, travelled.append)
    assert sum(travelled) == blob.size
    begun = [each for each in proxy.asked if each.method == "POST"]
    asked = [each for each in proxy.asked if each.method == "GET"]
    sent = sum(int(each.header("Content-Length")) for each in proxy.asked if each.method == "PATCH")
    assert len(begun) == 1, "the same upload went on"
    assert asked, "the registry was asked how far it is"
    assert blob.size <= sent <= blob.size + 2 * PORTION
    with Client() as client:
        assert client.repository(f"{registry}/uploads/resumed").has_blob(blob.digest, blob.size)


@pytest.mark.parametrize(("status", "portions"), [(404, 8), (405, 0)])
def test_an_upload_that_is_lost_begins_anew(registry: str, status: int, portions: int) -> None:
    """In portions where the registry forgot it, at once where it takes no portions."""

    def script(request: Message, count: int) -> str | None:
        return f"status {status}" if request.method == "PATCH" and count == 3 else None

    blob = large(f"lost {status}")
    with lying(registry, script=script) as proxy, Client(QUICK) as client:
        assert client.repository(f"{proxy.address}/uploads/lost").push_blob(blob)
    assert len([each for each in proxy.asked if each.method == "POST"]) == 2
    assert len([each for each in proxy.asked if each.method == "PATCH"]) >= 3 + portions
    with Client() as client:
        assert client.repository(f"{registry}/uploads/lost").has_blob(blob.digest, blob.size)


def test_bytes_that_were_changed_on_the_way_are_sent_again(registry: str) -> None:
    def script(request: Message, count: int) -> str | None:
        return "_flip_request" if request.method == "PATCH" and count == 2 else None

    blob = large("flipped")
    with lying(registry, script=script) as proxy, Client(QUICK) as client:
        assert client.repository(f"{proxy.address}/uploads/flipped").push_blob(blob)
    assert len([each for each in proxy.asked if each.method == "PUT"]) == 2


def test_a_blob_of_another_repository_is_mounted(registry: str) -> None:
    blob = large("mounted")
    with Client() as client:
        source, target = (client.repository(f"{registry}/uploads/{name}") for name in ("source", "target"))
        source.push_blob(blob)
        assert not target.push_blob(blob, sources=[source])
        assert target.has_blob(blob.digest, blob.size)


def test_a_source_that_has_not_got_it_is_no_harm(registry: str) -> None:
    blob = large("not mounted")
    with Client() as client:
        source, target = (client.repository(f"{registry}/uploads/{name}") for name in ("empty", "target"))
        assert target.push_blob(blob, sources=[source])


@pytest.mark.parametrize("size", [10, 3 * PORTION - 7])
def test_a_file_that_changes_meanwhile_is_a_finding(registry: str, size: int) -> None:
    right = blob_of(b"a" * size)
    for other in (b"b" * size, b"a" * (size - 1), b"a" * (size + 1)):

        def chunks(other: bytes = other) -> Iterator[bytes]:
            yield other[: size // 2]
            yield other[size // 2 :]

        with Client(QUICK) as client:
            repository = client.repository(f"{registry}/uploads/changed")
            with pytest.raises(FleetError) as raised:
                repository.push_blob(Blob(right.digest, right.size, chunks))
            assert [finding.rule for finding in raised.value.findings] == ["blob-changed"]
            assert not repository.has_blob(right.digest)


def test_an_empty_blob_travels(registry: str) -> None:
    with Client() as client:
        repository = client.repository(f"{registry}/uploads/empty")
        repository.push_blob(blob_of(b""))
        assert repository.blob(blob_of(b"").digest, 0) == b""
