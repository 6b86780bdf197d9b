"""Manifests: only those bytes come out that the digest promises, and what was written is read back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.lying import Message, lying
from tests.ship.registry.images import image

from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, Artifact, blob_of, canonical_json
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client

QUICK = Access(pause=0.001, retries=3)
ARTIFACT = image(blob_of(b"some"))
NAME = "manifests/one"


@pytest.fixture(autouse=True)
def there(registry: str) -> None:
    with Client() as client:
        client.repository(f"{registry}/{NAME}").push(ARTIFACT, ["v1"])


def on_manifests(fault: str, method: str) -> Callable[[Message, int], str | None]:
    """A script that meets these requests for manifests with the fault."""

    def script(request: Message, count: int) -> str | None:
        return fault if request.method == method and "/manifests/" in request.target else None

    return script


@pytest.mark.parametrize(
    ("fault", "references"),
    [
        ("_flip", (ARTIFACT.digest, "v1")),  # of a tag, the registry's own header betrays it
        ("_shorter", (ARTIFACT.digest, "v1")),
        ("_swap", (ARTIFACT.digest,)),
        ("_digest", (ARTIFACT.digest, "v1")),
        ("_type", (ARTIFACT.digest, "v1")),
    ],
)
def test_what_is_wrong_does_not_come_out(registry: str, fault: str, references: tuple[str, ...]) -> None:
    for reference in references:
        with lying(registry, script=on_manifests(fault, "GET")) as proxy, Client(QUICK) as client:
            repository = client.repository(f"{proxy.address}/{NAME}")
            for _ in range(5):  # each time with another chance
                with suppress(FleetError):
                    found = repository.manifest(reference)
                    assert found is not None
                    assert found.content == ARTIFACT.manifest
            assert fault in proxy.made


def test_another_manifest_in_the_place_of_one_that_was_asked_for(registry: str) -> None:
    with lying(registry, script=on_manifests("_swap", "GET")) as proxy, Client(QUICK) as client:
        repository = client.repository(f"{proxy.address}/{NAME}")
        with pytest.raises(FleetError) as raised:
            repository.manifest(ARTIFACT.digest)
        assert len(proxy.asked) == 2, "a lie is heard twice and not again and again"
    (finding,) = raised.value.findings
    assert finding.rule == "registry-lies"
    assert ARTIFACT.digest in finding.message


@pytest.mark.parametrize("fault", ["_swallow", "_flip_request"])
@pytest.mark.parametrize("tags", [(), ("v2",)])
def test_a_manifest_that_did_not_arrive_is_noticed(registry: str, fault: str, tags: tuple[str, ...]) -> None:
    """The registry is said to have taken it, and has none or another one."""
    fresh = image(blob_of(b"some"), annotations={"for": f"{fault} {tags}"})
    with Client(QUICK) as client:
        if tags:
            client.repository(f"{registry}/{NAME}").push(fresh)
        with lying(registry, script=on_manifests(fault, "PUT")) as proxy:
            with pytest.raises(FleetError) as raised:
                client.repository(f"{proxy.address}/{NAME}").push(fresh, tags)
            assert fault in proxy.made
        # A changed manifest is refused by the registry itself where it is put under its digest.
        rules = {finding.rule for finding in raised.value.findings}
        assert rules <= {"registry-lies", "registry-failed"}
        assert "registry-lies" in rules or fault == "_flip_request"
        assert client.repository(f"{registry}/{NAME}").push(fresh, ["v2"]).digest == fresh.digest


def test_a_tag_that_somebody_else_has_moved_is_not_moved_back(registry: str) -> None:
    """Two who add to what a tag has, signatures say, would else each undo what the other has added."""
    mine, theirs = (image(blob_of(b"some"), annotations={"of": who}) for who in ("me", "them"))

    def script(request: Message, count: int) -> str | None:
        return "_swallow" if request.method == "PUT" and request.target.endswith("/race") else None

    with Client(QUICK) as client, lying(registry, script=script) as proxy:
        client.repository(f"{registry}/{NAME}").push(theirs, ["race"])
        with pytest.raises(FleetError):
            client.repository(f"{proxy.address}/{NAME}").push(mine, ["race"])
        puts = [each for each in proxy.asked if each.method == "PUT" and each.target.endswith("/race")]
    assert len(puts) == 1


def test_a_manifest_whose_blobs_are_missing_is_refused_by_the_registry(registry: str) -> None:
    index = {
        "manifests": [image(blob_of(b"nowhere")).descriptor.values],
        "mediaType": INDEX_TYPE,
        "schemaVersion": 2,
    }
    with Client(QUICK) as client, pytest.raises(FleetError) as raised:
        client.repository(f"{registry}/{NAME}").push(Artifact(canonical_json(index), INDEX_TYPE))
    (finding,) = raised.value.findings
    assert finding.rule == "registry-failed"
    assert "MANIFEST_BLOB_UNKNOWN" in finding.message


@pytest.mark.parametrize("content", [b"[]", b"null", b"{", b"[" * 100_000, b'{"mediaType": 1}', b"\xff"])
def test_what_is_no_manifest(registry: str, content: bytes) -> None:
    text = "bytes " + content.decode("latin-1")
    with lying(registry, script=lambda request, count: text) as proxy, Client(QUICK) as client:
        repository = client.repository(f"{proxy.address}/{NAME}")
        with pytest.raises(FleetError) as raised:
            repository.manifest("v1")
    assert [finding.rule for finding in raised.value.findings] == ["registry-lies"]


def test_what_is_too_long_is_not_read_to_its_end(registry: str) -> None:
    text = "bytes " + "x" * (5 * 2**20)
    with lying(registry, script=lambda request, count: text) as proxy, Client(QUICK) as client:
        repository = client.repository(f"{proxy.address}/{NAME}")
        with pytest.raises(FleetError) as raised:
            repository.manifest("v1")
    (finding,) = raised.value.findings
    assert (finding.rule, "longer than" in finding.message) == ("registry-lies", True)


def test_a_manifest_that_does_not_say_its_type_has_that_of_its_answer(registry: str) -> None:
    plain = canonical_json({"config": {}, "layers": [], "schemaVersion": 2})
    with (
        lying(registry, script=lambda request, count: "bytes " + plain.decode()) as proxy,
        Client(QUICK) as client,
    ):
        found = client.repository(f"{proxy.address}/{NAME}").manifest("v1")
    assert found is not None
    assert found.media_type == MANIFEST_TYPE
