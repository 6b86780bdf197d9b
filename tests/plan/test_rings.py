"""Rings: nested, never empty while a class has devices, the same everywhere, and still for those who stay."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import lines_run

from edgewright.plan.rings import WHOLE, RingCount, assign, expected_counts, fraction

SHARES = (10_000, 100_000, WHOLE)

devices = st.lists(st.integers(0, 10**6).map(lambda number: f"device-{number}"), max_size=60, unique=True)
rising = st.lists(st.integers(1, WHOLE - 1), max_size=4, unique=True).map(lambda some: [*sorted(some), WHOLE])


def ring_by_device(shares: list[int] | tuple[int, ...], names: list[str]) -> dict[str, int]:
    rings = assign("acme", "careful", shares, names)
    return {name: index for index, ring in enumerate(rings) for name in ring}


def natural(shares: list[int], name: str) -> int:
    """The ring that a device has by its hash alone."""
    return bisect_right([share << 64 for share in shares], fraction("acme", "careful", name) * WHOLE)


@pytest.mark.parametrize(
    ("device", "place"),
    [
        ("line-camera-0001", 1745842690104434941),
        ("line-camera-0002", 3215939090138792862),
        ("ü", 11840658440260671699),
        ("", 12343980371341862509),
    ],
)
def test_the_same_answer_on_every_machine(device: str, place: int) -> None:
    assert fraction("acme-inspection", "careful", device) == place


def test_a_thousand_devices_are_where_they_have_always_been() -> None:
    names = [f"line-camera-{number:04}" for number in range(1, 1201)]
    rings = assign("acme-inspection", "careful", SHARES, names)
    canaries = (68, 115, 277, 373, 395, 645, 815, 977, 1097, 1102, 1111, 1136, 1148)
    assert rings[0] == [f"line-camera-{number:04}" for number in canaries]
    assert [len(ring) for ring in rings] == [13, 107, 1080]


@given(devices, rising)
def test_every_device_is_in_one_ring(names: list[str], shares: list[int]) -> None:
    rings = assign("acme", "careful", shares, names)
    assert len(rings) == len(shares)
    assert sorted(name for ring in rings for name in ring) == sorted(names)
    assert all(ring == sorted(ring) for ring in rings)


@given(devices, rising)
def test_a_ring_is_empty_only_where_nobody_is_left_for_it(names: list[str], shares: list[int]) -> None:
    filled = [bool(ring) for ring in assign("acme", "careful", shares, names)]
    assert filled == sorted(filled, reverse=True)
    assert filled[0] == bool(names)


@given(devices, rising)
def test_rings_are_nested_by_the_hash(names: list[str], shares: list[int]) -> None:
    """Who has the change early has a lower hash than whoever gets it later."""
    places = [
        [fraction("acme", "careful", name) for name in ring]
        for ring in assign("acme", "careful", shares, names)
    ]
    filled = [ring for ring in places if ring]
    assert all(max(early) <= min(late) for early, late in pairwise(filled))


@given(devices, rising, devices)
def test_who_joins_moves_nobody_but_stand_ins(
    names: list[str], shares: list[int], joining: list[str]
) -> None:
    """A device that is where its hash puts it stays there; a stand-in may go back."""
    everybody = [*names, *(name for name in joining if name not in names)]
    before, after = ring_by_device(shares, names), ring_by_device(shares, everybody)
    for name in names:
        at_home = before[name] == natural(shares, name) and after[name] == natural(shares, name)
        assert before[name] == after[name] or not at_home


@given(devices, rising, st.text(alphabet="abc", min_size=1, max_size=3))
def test_one_who_joins_moves_one_a_ring_at_most(names: list[str], shares: list[int], joining: str) -> None:
    before, after = ring_by_device(shares, names), ring_by_device(shares, [*names, joining])
    assert sum(before[name] != after[name] for name in names) <= len(shares) - 1


def test_in_a_class_of_any_size_worth_the_name_nobody_moves() -> None:
    names = [f"device-{number}" for number in range(1200)]
    before = ring_by_device(SHARES, names)
    for joining in (f"new-{number}" for number in range(50)):
        after = ring_by_device(SHARES, [*names, joining])
        assert {name: after[name] for name in names} == before


@given(devices, st.integers(1, WHOLE), st.integers(1, WHOLE))
def test_a_larger_share_takes_nobody_out(names: list[str], one: int, other: int) -> None:
    less, more = sorted((one, other))
    small, large = (assign("acme", "careful", [share, WHOLE + 1], names)[0] for share in (less, more))
    assert set(small) <= set(large)


@given(devices, rising)
def test_counting_a_stream_equals_assigning(names: list[str], shares: list[int]) -> None:
    counter = RingCount("acme", "careful", shares)
    for name in names:
        counter.add(name)
    assert counter.counts() == tuple(map(len, assign("acme", "careful", shares, names)))
    assert counter.devices == len(names)


@given(devices, st.lists(st.integers(1, WHOLE), min_size=1, max_size=4, unique=True).map(sorted))
def test_counting_equals_assigning_where_shares_end_below_the_whole(
    names: list[str], shares: list[int]
) -> None:
    counter = RingCount("acme", "careful", shares)
    for name in names:
        counter.add(name)
    assert counter.counts() == tuple(map(len, assign("acme", "careful", shares, names)))


def test_ten_thousand_rings_take_no_time() -> None:
    counter = RingCount("acme", "careful", [1] * 10_000 + [WHOLE])
    names = (f"device-{number}" for number in range(5000))
    lines_run(lambda: deque(map(counter.add, names), maxlen=0), most=500_000)
    assert sum(counter.counts()) == 5000


def test_another_fleet_or_rollout_draws_other_canaries() -> None:
    names = [f"device-{number}" for number in range(1000)]
    drawn = {
        tuple(assign(*salt, SHARES, names)[0]) for salt in (("a", "r"), ("b", "r"), ("a", "s"), ("a\0r", ""))
    }
    assert len(drawn) == 4


def test_shares_come_out_as_asked_on_average() -> None:
    counts = list(
        map(len, assign("acme", "careful", SHARES, [f"device-{number}" for number in range(20_000)]))
    )
    assert counts[0] == pytest.approx(200, rel=0.2)
    assert counts[1] == pytest.approx(1800, rel=0.1)


@given(st.integers(0, 10_000), rising)
def test_expected_counts_leave_nobody_out_and_no_early_ring_empty(number: int, shares: list[int]) -> None:
    counts = expected_counts(number, shares)
    assert sum(counts) == number
    filled = [count > 0 for count in counts]
    assert filled == sorted(filled, reverse=True)
    assert filled[0] == (number > 0)
    assert min(counts) >= 0


@pytest.mark.parametrize(
    ("number", "counts"),
    [
        (1200, (12, 108, 1080)),
        (60, (1, 5, 54)),
        (3, (1, 1, 1)),
        (2, (1, 1, 0)),
        (1, (1, 0, 0)),
        (0, (0, 0, 0)),
    ],
)
def test_expected_counts_of_known_sizes(number: int, counts: tuple[int, ...]) -> None:
    assert expected_counts(number, SHARES) == counts
