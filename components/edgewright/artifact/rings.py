"""Rings: which artifact the devices of each ring run, since when, and what they ran before. Values, no file.

A release is an artifact of a class that has entered the class's first ring; its number says which of two
is the newer one, and only rises. Digests say nothing of age, so this is what downgrades are told by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

Age: TypeAlias = Literal["newer", "older", "same", "unknown"]
"""What a digest is beside the one that a ring should run; `unknown` is what has never entered a ring."""

KEPT: Final = 50
"""Releases of a class that the file remembers; those that a ring runs or ran before stay beyond that."""


@dataclass(frozen=True, slots=True)
class Release:
    """An artifact of a class, `sha256:…`, under the number that it got when it entered the first ring."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Held:
    """A release, and since when a ring was to run it (UTC, whole seconds)."""

    release: Release
    since: datetime


@dataclass(frozen=True, slots=True)
class Ring:
    """What a ring runs.

    `previous` is what it ran before and a rollback returns to; `returned_from` is what a rollback took
    away. `forced` is the reason that somebody gave for a promotion against what was found.
    """

    runs: Held
    previous: Held | None = None
    returned_from: Held | None = None
    forced: str | None = None


@dataclass(frozen=True, slots=True)
class ClassRings:
    """The rings of a class by name, and its releases, oldest first: their numbers rise."""

    rings: Mapping[str, Ring] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()

    @property
    def last_number(self) -> int:
        """The number of the newest release; 0 where there is none yet."""
        return self.releases[-1].number if self.releases else 0

    def number_of(self, digest: str) -> int | None:
        """The number of the release with this digest; None for what never entered a ring here."""
        return next((each.number for each in reversed(self.releases) if each.digest == digest), None)

    def age(self, ring: str, digest: str) -> Age:
        """What a digest is beside the one that a ring should run."""
        should = self.rings[ring].runs.release
        if digest == should.digest:
            return "same"
        number = self.number_of(digest)
        if number is None:
            return "unknown"
        return "older" if number < should.number else "newer"


@dataclass(frozen=True, slots=True)
class Rings:
    """What stacks/rings.yaml says: the rings of each class of one fleet."""

    fleet: str
    classes: Mapping[str, ClassRings] = field(default_factory=dict)

    def with_class(self, name: str, rings: ClassRings) -> Rings:
        """The same with other rings of one class."""
        return replace(self, classes={**self.classes, name: rings})


def entered(
    rings: ClassRings, ring: str, digest: str, now: datetime, forced: str | None = None
) -> ClassRings:
    """A digest enters the first ring, as a release with a number that no other one had."""
    release = Release(rings.last_number + 1, digest)
    others = tuple(each for each in rings.releases if each.digest != digest)
    return moved(replace(rings, releases=(*others, release)), ring, release, now, forced)


def moved(
    rings: ClassRings, ring: str, release: Release, now: datetime, forced: str | None = None
) -> ClassRings:
    """A ring runs a release from now on, and remembers what it ran before.

    An artifact that has entered the first ring again has another number and is the same to the devices, so it
    is nothing to return to.
    """
    before = rings.rings.get(ring)
    previous = before.runs if before else None
    if before is not None and before.runs.release.digest == release.digest:
        previous = before.previous
    after = Ring(Held(release, now), previous, None, forced)
    return _forgetting(replace(rings, rings={**rings.rings, ring: after}))


def returned(rings: ClassRings, ring: str, now: datetime) -> ClassRings:
    """A ring runs from now on what it ran before. It must have run something."""
    there = rings.rings[ring]
    assert there.previous is not None
    after = Ring(Held(there.previous.release, now), returned_from=there.runs)
    return replace(rings, rings={**rings.rings, ring: after})


def _forgetting(rings: ClassRings) -> ClassRings:
    """Without the oldest releases that nothing runs and nothing returns to."""
    held = {
        each.release
        for ring in rings.rings.values()
        for each in (ring.runs, ring.previous, ring.returned_from)
        if each is not None
    }
    newest = rings.releases[-KEPT:]
    kept = tuple(each for each in rings.releases if each in held or each in newest)
    return replace(rings, releases=kept)
