"""Downloads: resumed where they broke off, and never under their name before they are right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lying import Message, Proxy, lying

from edgewright.artifact.oci import Descriptor, blob_of
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client, Repository

CONTENT = bytes(range(251)) * 4000
BLOB = blob_of(CONTENT)
NAME = "downloads/blob"
ONCE = Access(retries=0)
QUICK = Access(pause=0.001)


@pytest.fixture
def proxy(registry: str) -> Iterator[Proxy]:
    """A proxy whose first answer to a GET breaks off in its body."""

    def script(request: Message, count: int) -> str | None:
        return "_cut_body" if request.method == "GET" and count == 1 else None

    with Client() as client:
        client.repository(f"{registry}/{NAME}").push_blob(BLOB)
    with lying(registry, script=script) as proxy:
        yield proxy


def repository(client: Client, proxy: Proxy) -> Repository:
    return client.repository(f"{proxy.address}/{NAME}")


def ranges(proxy: Proxy) -> list[str]:
    return [request.header("Range") for request in proxy.asked if request.method == "GET"]


def test_it_goes_on_where_it_broke_off(proxy: Proxy, tmp_path: Path) -> None:
    travelled: list[int] = []
    with Client(QUICK) as client:
        repository(client, proxy).download(BLOB.digest, BLOB.size, tmp_path / "blob", travelled.append)
    assert (tmp_path / "blob").read_bytes() == CONTENT
    assert sum(travelled) == BLOB.size
    first, second = ranges(proxy)
    assert first == ""
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) < BLOB.size


def test_another_run_goes_on_with_what_is_kept_beside(proxy: Proxy, tmp_path: Path) -> None:
    with Client(ONCE) as client:
        with pytest.raises(FleetError) as raised:
            repository(client, proxy).download(BLOB.digest, BLOB.size, tmp_path / "blob")
        assert [finding.rule for finding in raised.value.findings] == ["registry-unreachable"]
        (partial,) = tmp_path.iterdir()
        kept = partial.stat().st_size
        repository(client, proxy).download(BLOB.digest, BLOB.size, tmp_path / "blob")
    assert ranges(proxy) == ["", f"bytes={kept}-"]
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [CONTENT]


@pytest.mark.parametrize("kept", [b"wrong" * 10, b"\0" * len(CONTENT), b"\0" * (len(CONTENT) + 1)])
def test_what_is_kept_and_wrong_is_fetched_anew(
    registry: str, proxy: Proxy, tmp_path: Path, kept: bytes
) -> None:
    (tmp_path / f".blob.{BLOB.digest[7:19]}.partial").write_bytes(kept)
    with Client(QUICK) as client:
        client.repository(f"{registry}/{NAME}").download(BLOB.digest, BLOB.size, tmp_path / "blob")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [CONTENT]


def test_what_is_there_and_right_does_not_travel(proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(CONTENT)
    with Client(ONCE) as client:
        repository(client, proxy).download(BLOB.digest, BLOB.size, tmp_path / "blob")
    assert proxy.asked == []


def test_what_was_there_stays_until_the_new_one_is_right(proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"old")
    with Client(ONCE) as client:
        with pytest.raises(FleetError):
            repository(client, proxy).download(BLOB.digest, BLOB.size, tmp_path / "blob")
        assert (tmp_path / "blob").read_bytes() == b"old"


@pytest.mark.parametrize("fault", ["_flip", "_swap"])
def test_wrong_bytes_are_refused_when_they_come_again(registry: str, tmp_path: Path, fault: str) -> None:
    with lying(registry, script=lambda request, count: fault) as liar, Client(QUICK) as client:
        repository = client.repository(f"{liar.address}/{NAME}")
        with pytest.raises(FleetError) as raised:
            repository.download(BLOB.digest, BLOB.size, tmp_path / "blob")
    assert {finding.rule for finding in raised.value.findings} <= {"registry-lies", "registry-unreachable"}
    assert not (tmp_path / "blob").exists()


def test_an_empty_blob_of_another_digest_is_a_lie(registry: str, tmp_path: Path) -> None:
    with Client(QUICK) as client, pytest.raises(FleetError) as raised:
        client.repository(f"{registry}/{NAME}").download(BLOB.digest, 0, tmp_path / "blob")
    assert [finding.rule for finding in raised.value.findings] == ["registry-lies"]


def test_several_travel_at_once(registry: str, tmp_path: Path) -> None:
    blobs = [blob_of(bytes([number]) * 10_000) for number in range(6)]
    with Client() as client:
        repository = client.repository(f"{registry}/{NAME}")
        for blob in blobs:
            repository.push_blob(blob)
        wanted = {
            tmp_path / str(n): Descriptor("a/b", each.digest, each.size) for n, each in enumerate(blobs)
        }
        repository.download_all(wanted)
    assert [(tmp_path / str(n)).read_bytes()[0] for n in range(6)] == list(range(6))


def test_a_folder_that_cannot_be_written_is_a_finding(registry: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Client() as client, pytest.raises(FleetError) as raised:
        client.repository(f"{registry}/{NAME}").download(BLOB.digest, BLOB.size, tmp_path / "file" / "blob")
    assert [finding.rule for finding in raised.value.findings] == ["cannot-write"]
