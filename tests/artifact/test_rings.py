"""Rings as values: entering, moving on, returning, and which of two releases is the older one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.rings import KEPT, ClassRings, Held, Release, entered, moved, returned

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def test_what_enters_is_the_newest_release() -> None:
    first = entered(ClassRings(), "canary", digest(1), NOW)
    second = entered(first, "canary", digest(2), LATER)
    ring = second.rings["canary"]
    assert ring.runs.release == Release(2, digest(2))
    assert ring.runs.since == LATER
    assert ring.previous == first.rings["canary"].runs
    assert second.releases == (Release(1, digest(1)), Release(2, digest(2)))


def test_what_enters_again_is_newer_than_what_came_between() -> None:
    rings = ClassRings()
    for number in (1, 2, 1):
        rings = entered(rings, "canary", digest(number), NOW)
    assert rings.releases == (Release(2, digest(2)), Release(3, digest(1)))
    assert rings.age("canary", digest(2)) == "older"


def test_the_same_artifact_under_another_number_is_nothing_to_return_to() -> None:
    rings = entered(ClassRings(), "canary", digest(1), NOW)
    rings = moved(moved(rings, "early", Release(1, digest(1)), NOW), "early", Release(3, digest(1)), LATER)
    assert rings.rings["early"].runs == Held(Release(3, digest(1)), LATER)
    assert rings.rings["early"].previous is None


def test_a_ring_that_moves_remembers_one_release_and_not_two() -> None:
    rings = entered(ClassRings(), "canary", digest(1), NOW)
    for number in (1, 2, 3):
        rings = moved(rings, "everyone", Release(number, digest(number)), NOW + timedelta(days=number))
    ring = rings.rings["everyone"]
    assert ring.previous is not None
    assert (ring.runs.release.number, ring.previous.release.number) == (3, 2)


def test_a_ring_that_returns_says_from_what_and_cannot_return_twice() -> None:
    rings = entered(entered(ClassRings(), "canary", digest(1), NOW), "canary", digest(2), NOW)
    back = returned(rings, "canary", LATER).rings["canary"]
    assert back.runs.release.number == 1
    assert back.runs.since == LATER
    assert back.returned_from == rings.rings["canary"].runs
    assert back.previous is None


def test_the_age_of_a_digest() -> None:
    rings = ClassRings()
    for number in (1, 2, 3):
        rings = entered(rings, "canary", digest(number), NOW)
    rings = moved(rings, "everyone", Release(2, digest(2)), NOW)
    assert [rings.age("everyone", digest(number)) for number in (1, 2, 3, 4)] == [
        "older", "same", "newer", "unknown",
    ]  # fmt: skip


def test_old_releases_are_forgotten_unless_a_ring_holds_them() -> None:
    rings = moved(entered(ClassRings(), "canary", digest(1), NOW), "everyone", Release(1, digest(1)), NOW)
    for number in range(2, KEPT + 10):
        rings = entered(rings, "canary", digest(number), NOW)
    numbers = [each.number for each in rings.releases]
    assert numbers == [1, *range(10, KEPT + 10)]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_numbers_only_rise(order: list[int]) -> None:
    rings = ClassRings()
    for turn, number in enumerate(order, 1):
        rings = entered(rings, "canary", digest(number), NOW)
        assert rings.last_number == turn
        numbers = [each.number for each in rings.releases]
        assert numbers == sorted(set(numbers))
        assert len({each.digest for each in rings.releases}) == len(rings.releases)
