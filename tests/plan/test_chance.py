"""From how many answers on a figure is no accident: the numbers, which way they go, and that they are true."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgewright.fleet import Duration
from edgewright.plan.chance import (
    LEAST,
    ODDS,
    POWER,
    WHOLE,
    answers_for_drop,
    answers_for_errors,
    answers_for_p99,
    answers_of_a_device,
    devices_for,
    smallest,
)
from edgewright.render.analysis import interval_and_count

limits = st.integers(1, WHOLE)
counts = st.integers(1, 10**7)
devices = st.integers(1, 200)


def bernstein(variance: float, distance: float, odds: float) -> float:
    """The same bound in floating point, solved for n."""
    return log(odds) * (2 * variance + 2 * distance / 3) / distance**2


@given(limits, st.integers(0, WHOLE), st.none() | st.integers(1, WHOLE))
def test_a_drop_takes_what_the_bound_says(drop: int, floor: int, fixed: int | None) -> None:
    share, d = max(floor / WHOLE, 0.5), drop / WHOLE
    exact = bernstein(2 * share * (1 - share), d, ODDS)
    if fixed is not None:
        exact = bernstein(fixed / WHOLE * (1 - fixed / WHOLE), d, ODDS)
    answers = answers_for_drop(drop, floor, fixed)
    assert answers == pytest.approx(max(exact, LEAST), rel=2e-6, abs=1.01)
    assert answers >= exact * (1 - 1e-12)


@given(limits)
def test_errors_take_what_the_bound_says_of_half_as_many(limit: int) -> None:
    half = limit / WHOLE / 2
    exact = bernstein(half * (1 - half), half, ODDS)
    assert answers_for_errors(limit) == pytest.approx(max(exact, LEAST), rel=4e-6, abs=2.01)


def test_an_error_where_none_is_allowed_is_no_accident() -> None:
    assert answers_for_errors(0) == LEAST


def test_numbers_that_are_worth_knowing() -> None:
    assert answers_for_drop(30_000, 900_000) == 2917
    assert answers_for_drop(10_000, 900_000) == 25_329
    assert answers_for_drop(30_000, 0) == 7829
    assert answers_for_drop(30_000, 900_000, 910_000) == 1411
    assert answers_for_errors(50_000) == 724
    assert (answers_for_p99(fixed=True), answers_for_p99(fixed=False)) == (3671, 4039)


@pytest.mark.parametrize(
    ("number", "needed"), [(1, 4000), (2, 2000), (3, 1334), (4, 1250), (5, 1250), (1000, 1250)]
)
def test_what_each_device_of_a_ring_has_to_see(number: int, needed: int) -> None:
    assert answers_of_a_device(1000, number) == needed


@given(limits, limits, st.integers(0, WHOLE), st.integers(0, WHOLE))
def test_a_larger_limit_or_a_higher_floor_never_takes_more(one: int, two: int, low: int, high: int) -> None:
    small, large = sorted((one, two))
    low, high = sorted((low, high))
    assert answers_for_drop(large, low) <= answers_for_drop(small, low)
    assert answers_for_drop(small, high) <= answers_for_drop(small, low)
    assert answers_for_errors(large) <= answers_for_errors(small)


@given(counts, devices, devices)
def test_more_devices_never_take_more_of_each(first_look: int, one: int, two: int) -> None:
    few, many = sorted((one, two))
    assert answers_of_a_device(first_look, many) <= answers_of_a_device(first_look, few)
    assert answers_of_a_device(first_look, many) >= first_look


@given(counts, counts)
def test_the_devices_that_would_do_are_the_fewest(first_look: int, seen: int) -> None:
    number = devices_for(first_look, seen)
    if number is None:
        assert answers_of_a_device(first_look, 10**9) > seen
        return
    assert answers_of_a_device(first_look, number) <= seen
    assert number == 1 or answers_of_a_device(first_look, number - 1) > seen


@given(st.integers(1, WHOLE + 5000), st.sampled_from([1000, 10_000]))
def test_the_smallest_limit_is_the_smallest(least: int, step: int) -> None:
    found = smallest(lambda limit: limit >= least, step)
    assume(found is not None or least > WHOLE)
    assert found is None or (found >= least and found - step < least and found % step == 0)


class Soak:
    """Rollouts of many rings at once, as the analyses judge them: a count of right answers at each look."""

    def __init__(self, seed: int, looks: int, answers: int, first_look: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.looks, self.answers, self.first_look = looks, answers, first_look

    def aborted(self, before: float, now: float, limit: float, rings: int, devices: int = 1) -> float:
        """The share of rings of which a device goes beyond the limit at some look.

        The version before has been seen for as long as the soak is, and its count stands still.
        """
        shape = (rings * devices, self.looks)
        seen = self.draw.poisson(self.answers / self.looks, shape)
        right = self.draw.binomial(seen, now).cumsum(axis=1)
        seen = seen.cumsum(axis=1)
        old = self.draw.binomial(self.answers, before, (rings * devices, 1)) / self.answers
        beyond = (seen >= self.first_look) & (old - right / np.maximum(seen, 1) > limit)
        return float(beyond.any(axis=1).reshape(rings, devices).any(axis=1).mean())


LOOKS = interval_and_count(Duration("24h"))[1]
DROPS = [
    (0.9, 0.03, 900_000),
    (0.9, 0.01, 900_000),
    (0.96, 0.03, 900_000),
    (0.5, 0.05, 0),
    (0.7, 0.1, 500_000),
]


@pytest.mark.parametrize(("accuracy", "drop", "floor"), DROPS)
def test_a_good_version_is_aborted_less_often_than_stated(accuracy: float, drop: float, floor: int) -> None:
    first = answers_for_drop(round(drop * WHOLE), floor)
    for soaked in (first * 5 // 4, first * 10):
        aborted = Soak(1, LOOKS, soaked, first).aborted(accuracy, accuracy, drop, 6000)
        assert aborted <= 1 / ODDS


def test_before_that_it_was_aborted_in_a_third_of_all_soaks() -> None:
    """What thirty answers come to; shows that the simulation can see a gate that judges too early."""
    aborted = Soak(2, LOOKS, 432, 30).aborted(0.96, 0.96, 0.03, 6000)
    assert 0.25 < aborted < 0.45


@pytest.mark.parametrize(("accuracy", "drop", "floor"), DROPS)
@pytest.mark.parametrize("devices", [1, 2, 3, 4])
def test_a_drop_as_large_as_the_limit_is_found_with_the_stated_power(
    accuracy: float, drop: float, floor: int, devices: int
) -> None:
    first = answers_for_drop(round(drop * WHOLE), floor)
    soak = Soak(3, LOOKS, answers_of_a_device(first, devices), first)
    assert soak.aborted(accuracy, accuracy - drop, drop, 2000, devices) >= POWER / WHOLE


@pytest.mark.parametrize("limit", [0.05, 0.02, 0.001])
def test_errors_are_told_from_chance_as_stated(limit: float) -> None:
    """An error rate is a drop from a figure that is fixed: no answer fails."""
    first = answers_for_errors(round(limit * WHOLE))
    good = Soak(4, LOOKS, first * 4, first)
    assert good.aborted(1, 1 - limit / 2, limit, 6000) <= 1 / ODDS
    assert good.aborted(1, 1 - limit, limit, 4000) >= POWER / WHOLE


def test_the_p99_measured_lies_between_the_percentiles_stated() -> None:
    """Beyond the 99.5th percentile lies half a percent of the answers, and the p99 allows one percent."""
    first = answers_for_p99(fixed=False)
    assert Soak(5, LOOKS, first * 4, first).aborted(1, 0.995, 0.01, 6000) <= 1 / ODDS
    beyond = np.random.default_rng(6).binomial(first, 0.02, 6000)
    assert (beyond < first / 100).mean() <= 1 / ODDS


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_a_p99_that_grew_by_the_limit_is_found_with_the_stated_power(devices: int) -> None:
    """Whatever the times are: answers that grew by the limit lie beyond the limit as often as those of the
    version before lie beyond the p99 that was measured of it, an order statistic with a beta distribution.
    """
    first = answers_for_p99(fixed=False)
    soaked = answers_of_a_device(first, devices)
    draw = np.random.default_rng(7)
    slow = soaked // 100
    share = draw.beta(slow, soaked - slow + 1, (2000 * devices, 1))
    seen = draw.poisson(soaked / LOOKS, (2000 * devices, LOOKS))
    beyond = draw.binomial(seen, share).cumsum(axis=1)
    seen = seen.cumsum(axis=1)
    found = ((seen >= first) & (beyond > seen / 100)).any(axis=1).reshape(2000, devices).any(axis=1)
    assert found.mean() >= POWER / WHOLE
