"""Devices take a release that a key has signed which the one they run has brought: in a real registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.small import plan_of, smallest

from edgewright.assembly.publication.classes import class_publications
from edgewright.render import render
from edgewright.ship.follow import Wanted, digest_at, follow, wanted_tags
from edgewright.ship.handover import trusted_in
from edgewright.ship.pulled import packed_objects
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import PrivateKey, generate
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import Trusted, TrustedIdentity, TrustedKey

OLD, NEW = generate(), generate()
TEXTS = {"old.pub": OLD.public.pem, "new.pub": NEW.public.pem}
KEYLESS = {"issuer": "https://issuer.example", "subject": "https://git.example/a+b/c.yml@refs/heads/main"}
OF_OLD, OF_BOTH, OF_NEW = [{"key": "old.pub"}], [{"key": "old.pub"}, {"key": "new.pub"}], [{"key": "new.pub"}]


def artifact_for(*signers: dict[str, Any]) -> Any:
    """What a class's devices pull whose rule names these; nobody where there are none."""
    rule = {"images": ["registry.example/tiny/**"], "anyOf": list(signers)}
    plan = plan_of(smallest(security={"signatures": [rule]} if signers else {}), texts=TEXTS)
    return next(each.artifact for each in class_publications(plan, render(plan)) if each.kind == "manifests")


class Ring:
    """A ring in a registry of its own, and releases that it is to run."""

    def __init__(self, client: Client, repository: str) -> None:
        self.client, self.repository, self.known = client, repository, frozenset[str]()

    def wants(self, trusted: list[dict[str, Any]], *keys: PrivateKey) -> Wanted:
        """A release that trusts some keys from now on, and that others have signed."""
        artifact, opened = artifact_for(*trusted), self.client.repository(self.repository)
        opened.push(artifact)
        for key in keys:
            sign(opened, artifact.digest, key)
        self.known |= {artifact.digest}
        any_of = tuple(TrustedKey("", key.public) for key in (OLD, NEW))
        return Wanted("kiosk", "everyone", self.repository, artifact.digest, any_of, self.known)


@pytest.fixture
def ring(registry: str, tmp_path: Path) -> Any:
    with Client(Access()) as client:
        yield Ring(client, f"{registry}/handover/{abs(hash(tmp_path))}")


def test_keys_change_and_every_device_takes_each_release(ring: Ring) -> None:
    for wanted in (ring.wants(OF_OLD, OLD), ring.wants(OF_BOTH, OLD, NEW), ring.wants(OF_NEW, OLD, NEW)):
        followed = follow(ring.client, [wanted])
        assert followed.findings == ()
        assert digest_at(ring.client, wanted) == wanted.digest


def test_what_no_device_would_take_gets_no_tag(ring: Ring) -> None:
    first, second = ring.wants(OF_OLD, OLD), ring.wants(OF_NEW, NEW)
    follow(ring.client, [first])
    followed = follow(ring.client, [second])
    (finding,) = followed.findings
    assert (finding.rule, finding.level) == ("devices-left-behind", "error")
    assert finding.path == ("classes", "kiosk", "rings", "everyone", "digest")
    assert OLD.public.fingerprint[:16] in finding.message
    assert followed.moved == ()
    assert digest_at(ring.client, first) == first.digest

    sign(ring.client.repository(second.repository), second.digest, OLD)
    assert len(follow(ring.client, [second]).moved) == 1


def test_a_way_back_that_no_device_would_go_is_none(ring: Ring) -> None:
    """A release whose key is no longer trusted: it has to be signed by the one that is."""
    first, second = ring.wants(OF_OLD, OLD), ring.wants(OF_NEW, OLD, NEW)
    for wanted in (first, second):
        follow(ring.client, [wanted])
    back = replace(first, releases=ring.known)
    assert [each.level for each in follow(ring.client, [back]).findings] == ["error"]
    sign(ring.client.repository(first.repository), first.digest, NEW)
    followed = follow(ring.client, [back])
    assert len(followed.moved) == 1


def test_a_key_that_signs_no_more_is_told_once(ring: Ring) -> None:
    """Devices that run the release before last trust that key alone."""
    for wanted in (ring.wants(OF_OLD, OLD), ring.wants(OF_BOTH, OLD, NEW)):
        follow(ring.client, [wanted])
    followed = follow(ring.client, [ring.wants(OF_NEW, NEW)])
    assert [(each.rule, each.level) for each in followed.findings] == [("devices-left-behind", "warning")]
    assert len(followed.moved) == 1
    last = ring.wants([*OF_NEW, *OF_NEW], NEW)
    assert follow(ring.client, [last]).findings == ()


def test_a_key_that_is_lost_keeps_nobody_for_ever(ring: Ring) -> None:
    first, second = ring.wants(OF_OLD, OLD), ring.wants(OF_NEW, NEW)
    follow(ring.client, [first])
    followed = follow(ring.client, [second], leave_behind=True)
    assert [each.level for each in followed.findings] == ["warning"]
    assert len(followed.moved) == 1


def test_what_somebody_put_under_a_tag_keeps_nothing_from_coming_back(ring: Ring) -> None:
    """Whoever can write to the registry could else lock everybody out by a release that trusts a key of theirs."""
    wanted = ring.wants(OF_OLD, OLD)
    theirs = ring.wants(OF_NEW)
    ring.client.repository(ring.repository).tag(theirs.digest, "everyone")
    followed = follow(ring.client, [wanted])
    assert followed.findings == ()
    assert len(followed.moved) == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_a_tag_that_is_gone_or_not_ours_leaves_nobody_behind(ring: Ring, is_there: bool) -> None:
    """A registry that cleans up, or somebody who can write there: the devices still run what they ran."""
    first = ring.wants(OF_OLD, OLD)
    wanted = replace(ring.wants(OF_NEW, NEW), previous=first.digest)
    if is_there:
        opened = ring.client.repository(ring.repository)
        opened.tag(opened.push(artifact_for(*OF_BOTH)).digest, wanted.ring)
    followed = follow(ring.client, [wanted])
    assert [(each.rule, each.level) for each in followed.findings] == [("devices-left-behind", "error")]
    assert followed.moved == ()


@pytest.mark.parametrize(
    ("signers", "trusted"),
    [
        ([], ()),
        (OF_OLD, (TrustedKey("", OLD.public),)),
        (OF_BOTH, (TrustedKey("", OLD.public), TrustedKey("", NEW.public))),
        ([{"keyless": KEYLESS}], (TrustedIdentity(**KEYLESS),)),
    ],
)
def test_a_release_says_whom_its_devices_trust(
    signers: list[dict[str, Any]], trusted: tuple[Trusted, ...]
) -> None:
    objects = [each for each in packed_objects(artifact_for(*signers)) if each[0].startswith("delivery/")]
    found = trusted_in(objects)
    assert [replace(each, name="") if isinstance(each, TrustedKey) else each for each in found] == list(
        trusted
    )


def test_a_release_of_nobody_and_one_that_is_none_say_nothing(ring: Ring) -> None:
    assert trusted_in([]) == ()
    first = ring.wants([], OLD)
    for wanted in (first, ring.wants(OF_NEW, NEW)):
        assert follow(ring.client, [wanted]).findings == ()


def test_every_release_of_the_file_may_run_somewhere() -> None:
    from tests.promoted import PLAN, A, B, rings

    from edgewright.artifact.rings import Rings

    (wanted,) = wanted_tags(PLAN, Rings("tiny", {"kiosk": rings(A, B)}))
    assert wanted.releases == {A, B}
    assert wanted.previous == A
