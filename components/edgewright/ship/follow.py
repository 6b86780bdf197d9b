"""Tags follow stacks/rings.yaml: `<class>:<ring>` points at the digest that the file names, and nowhere else.

Only this moves such a tag. What is not in the registry, or not signed by whom the fleet trusts, gets none; nor
what the ring's devices would not take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from edgewright.artifact.rings import Rings
from edgewright.errors import Finding, FleetError
from edgewright.plan import Plan
from edgewright.plan.promotion import ring_path
from edgewright.plan.signing import manifests_repository
from edgewright.ship.handover import left_behind
from edgewright.ship.registry import Client, Repository
from edgewright.ship.signing.roots import Roots
from edgewright.ship.signing.trusted import Trusted, trusted_for
from edgewright.ship.signing.verify import verify

_WORKERS: Final = 8
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the tag of a ring should point; one of `any_of` must have signed it, where there are any.

    `releases` are the digests that its devices may be running: what else lies under a tag is none of ours, and then
    they run `previous`, what the ring ran before, if it ran anything.
    """

    class_name: str
    ring: str
    repository: str
    digest: str
    any_of: tuple[Trusted, ...]
    releases: frozenset[str] = frozenset()
    previous: str | None = None

    @property
    def tag(self) -> str:
        """How a device names what it pulls."""
        return f"{self.repository}:{self.ring}"


@dataclass(frozen=True, slots=True)
class Moved:
    """A tag that points elsewhere now; `before` is None where it was not there."""

    wanted: Wanted
    before: str | None


@dataclass(frozen=True, slots=True)
class Followed:
    """The tags that moved, why others that should have did not, and what is to be known of those that did."""

    moved: tuple[Moved, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """What the registry says of a ring.

    `at_tag` is the digest that the ring's tag points at, None where there is no such tag; `signers` are those
    of whom what the tag points at has a signature that holds, and `unsigned` says why nobody has.
    """

    wanted: Wanted
    at_tag: str | None
    signers: tuple[Trusted, ...] = ()
    unsigned: tuple[Finding, ...] = ()


def wanted_tags(plan: Plan, rings: Rings) -> tuple[Wanted, ...]:
    """The tag of every ring of every class, in the order of the fleet."""
    return tuple(
        Wanted(
            planned.name,
            ring.name,
            repository,
            state.runs.release.digest,
            trusted_for(plan, repository),
            frozenset(each.digest for each in of_class.releases),
            state.previous.release.digest if state.previous else None,
        )
        for planned in plan.classes
        if (of_class := rings.classes.get(planned.name)) is not None
        for repository in [manifests_repository(plan.fleet, planned.name)]
        for ring in planned.rings
        if (state := of_class.rings.get(ring.name)) is not None
    )


def follow(
    client: Client, wanted: Sequence[Wanted], *, roots: Roots | None = None, leave_behind: bool = False
) -> Followed:
    """Moves every tag that is not where it should be; a second time there is nothing to move.

    What is wrong with one ring keeps no other from following: a rollback must not wait for somebody's mistake.
    `leave_behind` moves tags also to what the ring's devices will not take.
    """
    found = _each(lambda each: _followed(client, each, roots, leave_behind=leave_behind), wanted)
    moved = tuple(each for of_ring in found for each in of_ring.moved)
    return Followed(moved, tuple(dict.fromkeys(each for of_ring in found for each in of_ring.findings)))


def observe(client: Client, wanted: Sequence[Wanted], *, roots: Roots | None = None) -> tuple[Observed, ...]:
    """Where the tags are, and who has signed what they point at. Raises FleetError (`registry-…`)."""
    return tuple(_each(lambda each: _observed(client, each, roots), wanted))


def digest_at(client: Client, wanted: Wanted) -> str | None:
    """The digest that a ring's tag points at; None where it is not there. Raises FleetError (`registry-…`)."""
    there = client.repository(wanted.repository).resolve(wanted.ring)
    return there.digest if there else None


def _each(ask: Callable[[Wanted], _Found], wanted: Sequence[Wanted]) -> list[_Found]:
    """The answers in the order of the questions, several at a time."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(ask, wanted))


def _followed(client: Client, wanted: Wanted, roots: Roots | None, *, leave_behind: bool) -> Followed:
    repository = client.repository(wanted.repository)
    try:
        before = digest_at(client, wanted)
        if before != wanted.digest and repository.resolve(wanted.digest) is None:
            return Followed(findings=(_not_published(wanted),))
        if wanted.any_of:  # also where the tag is right already: somebody else may have set it
            verify(repository, wanted.digest, wanted.any_of, roots=roots)
        if before == wanted.digest:
            return Followed()
        findings = _left_behind(repository, wanted, before, roots, meant=leave_behind)
        if any(each.level == "error" for each in findings):
            return Followed(findings=findings)
        repository.tag(wanted.digest, wanted.ring)
    except FleetError as error:
        return Followed(findings=tuple(_at_ring(wanted, each) for each in error.findings))
    return Followed((Moved(wanted, before),), findings)


def _left_behind(
    repository: Repository, wanted: Wanted, before: str | None, roots: Roots | None, *, meant: bool
) -> tuple[Finding, ...]:
    """Why devices would not take what the tag is to point at; a warning where that is `meant`."""
    runs = before if before in wanted.releases else wanted.previous
    if runs is None:
        return ()
    found = [
        _at_ring(wanted, each) for each in left_behind(repository, wanted.ring, runs, wanted.digest, roots)
    ]
    return tuple(replace(each, level="warning") if meant else each for each in found)


def _observed(client: Client, wanted: Wanted, roots: Roots | None) -> Observed:
    at_tag = digest_at(client, wanted)
    if at_tag is None or not wanted.any_of:
        return Observed(wanted, at_tag)
    try:
        verified = verify(client.repository(wanted.repository), at_tag, wanted.any_of, roots=roots)
    except FleetError as error:
        if any(each.rule.startswith("registry-") for each in error.findings):
            raise
        return Observed(wanted, at_tag, unsigned=tuple(_at_ring(wanted, each) for each in error.findings))
    return Observed(wanted, at_tag, verified.signers)


def _not_published(wanted: Wanted) -> Finding:
    return Finding(
        "ring-not-published",
        "error",
        f"`{wanted.ring}` of `{wanted.class_name}` should run {wanted.digest[:19]}, and the registry has no such "
        "artifact",
        "publish it from the commit whose fleet.yaml renders to it, or let the ring run another one",
        (*ring_path(wanted.class_name, wanted.ring), "digest"),
        waivable=False,
    )


def _at_ring(wanted: Wanted, finding: Finding) -> Finding:
    """The finding at the ring that it keeps from following; the registry's own are about no ring."""
    if finding.rule.startswith("registry-") or finding.path:
        return finding
    return replace(finding, path=(*ring_path(wanted.class_name, wanted.ring), "digest"))
