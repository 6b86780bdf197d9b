"""Tags follow what is written, in a real registry: only those that differ, and only to what is there and signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgewright.artifact.manifests import MANIFESTS, folder_artifact
from edgewright.ship.follow import Wanted, digest_at, follow, observe
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import generate
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import TrustedKey

KEY, OTHER = generate(), generate()
TRUSTED = (TrustedKey("keys/fleet.pub", KEY.public),)


@pytest.fixture
def there(registry: str, tmp_path: Path) -> str:
    """A repository of this test alone."""
    return f"{registry}/follow/{abs(hash(tmp_path))}"


def pushed(client: Client, repository: str, text: str, *keys: object) -> Wanted:
    """A signed artifact, and the wish that canary runs it."""
    artifact = folder_artifact(MANIFESTS, {"a.yaml": text.encode()}, title="a")
    opened = client.repository(repository)
    opened.push(artifact)
    for key in keys:
        sign(opened, artifact.digest, key)  # type: ignore[arg-type]
    return Wanted("kiosk", "canary", repository, artifact.digest, TRUSTED)


def test_a_tag_follows_once(there: str) -> None:
    with Client(Access()) as client:
        first, second = (pushed(client, there, text, KEY) for text in ("one", "two"))
        assert digest_at(client, first) is None
        (moved,) = follow(client, [first]).moved
        assert moved.before is None
        assert digest_at(client, first) == first.digest
        assert follow(client, [first]).moved == ()
        (moved,) = follow(client, [second]).moved
        assert moved.before == first.digest


def test_nothing_else_moves(there: str) -> None:
    with Client(Access()) as client:
        first, second = (pushed(client, there, text, KEY) for text in ("one", "two"))
        follow(client, [first, replace(first, ring="everyone")])
        before = client.repository(there).tags()
        follow(client, [second])
        assert digest_at(client, replace(first, ring="everyone")) == first.digest
        assert client.repository(there).tags() == before


def test_what_is_not_there_gets_no_tag(there: str) -> None:
    with Client(Access()) as client:
        first = pushed(client, there, "one", KEY)
        follow(client, [first])
        followed = follow(client, [replace(first, digest="sha256:" + "0" * 64)])
        assert [each.rule for each in followed.findings] == ["ring-not-published"]
        assert digest_at(client, first) == first.digest


def test_what_nobody_has_signed_or_somebody_else_gets_no_tag(there: str) -> None:
    with Client(Access()) as client:
        unsigned, other = pushed(client, there, "one"), pushed(client, there, "two", OTHER)
        followed = follow(client, [unsigned, replace(other, ring="everyone")])
        assert followed.moved == ()
        assert [each.rule for each in followed.findings] == ["not-signed", "signature-refused"]
        assert [each.path[3] for each in followed.findings] == ["canary", "everyone"]
        assert digest_at(client, unsigned) is None


def test_a_tag_that_is_right_and_leads_to_what_nobody_has_signed_is_told(there: str) -> None:
    with Client(Access()) as client:
        wanted = pushed(client, there, "one", OTHER)
        client.repository(there).tag(wanted.digest, wanted.ring)
        followed = follow(client, [wanted])
        assert followed.moved == ()
        assert [finding.level for finding in followed.findings] == ["error"]


def test_one_mistake_keeps_no_other_ring(there: str) -> None:
    with Client(Access()) as client:
        good, bad = pushed(client, there, "one", KEY), pushed(client, there, "two")
        followed = follow(client, [bad, replace(good, ring="everyone")])
        assert [each.wanted.ring for each in followed.moved] == ["everyone"]
        assert len(followed.findings) == 1


def test_where_nobody_asks_for_signatures_none_are_looked_for(there: str) -> None:
    with Client(Access()) as client:
        wanted = replace(pushed(client, there, "one"), any_of=())
        assert len(follow(client, [wanted]).moved) == 1


def test_what_is_observed(there: str) -> None:
    with Client(Access()) as client:
        signed, unsigned = pushed(client, there, "one", KEY), pushed(client, there, "two")
        client.repository(there).tag(unsigned.digest, "canary")
        follow(client, [replace(signed, ring="everyone")])
        seen = observe(client, [signed, replace(signed, ring="everyone"), replace(signed, ring="early")])
        assert [each.at_tag for each in seen] == [unsigned.digest, signed.digest, None]
        assert [len(each.signers) for each in seen] == [0, 1, 0]
        assert [each.rule for each in seen[0].unsigned] == ["not-signed"]


def test_a_registry_that_is_not_there_is_a_finding() -> None:
    with Client(Access(retries=0)) as client:
        wanted = Wanted("kiosk", "canary", "127.0.0.1:9/x", "sha256:" + "0" * 64, ())
        followed = follow(client, [wanted, replace(wanted, ring="everyone")])
    assert [each.rule for each in followed.findings] == ["registry-unreachable"]
