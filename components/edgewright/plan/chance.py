"""How many answers it takes before a figure is no accident. Whole numbers only; shares in millionths.

A device looks at its figures again and again while it soaks, and one look beyond a limit ends the
rollout. So a bound has to hold at all looks at once. For the mean of n independent values with variance
v that lie within one of their mean, Bernstein's bound does, from the n-th value on without end:

    P(the mean strays by d or more after n values or at any time later) <= exp(-n d² / (2v + 2d/3))

because what Bernstein bounds is a supermartingale, and Ville's inequality bounds its highest point.
Source: Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform Chernoff bounds via nonnegative
supermartingales", Probability Surveys 17 (2020),
https://doi.org/10.1214/18-PS321. It needs no correction for the number of looks.

A real change that is as large as the limit is found where one look goes beyond it. By the arcsine law a
random walk of which the first 1/T stays unseen has been above its mean with 1 - arcsin(1/√T) / π; with
T = 4 that is 5/6. Looks are few and what is compared with is measured too, which leaves `POWER`.
Source: Feller, An Introduction to Probability Theory and Its Applications, vol. 1, 3rd ed., III.4.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Final

WHOLE: Final = 1_000_000
ODDS: Final = 1000
"""alpha = 1/1000: how rarely a figure of a good version ends its rollout on a device, over the whole soak."""
POWER: Final = 700_000
"""Power, 1 - beta = 70%: how surely a ring finds a change that is as large as the limit. Shown by simulation."""
LEAST: Final = 30
"""Fewer answers make no figure, whatever the limit: Prometheus extrapolates what it counts."""

_CERTAINTY: Final = 6_907_756  # ln(ODDS) in millionths, rounded up
_CERTAINTY_OF_TWO: Final = 7_600_903  # ln(2 ODDS): half of alpha for each of two figures
_RING: Final = 4  # T of the arcsine law, over all devices of a ring
_DEVICE: Final = (5, 4)  # what a device has to see beyond the first look, so that there is one for sure


def _bernstein(variance: int, distance: int, certainty: int = _CERTAINTY) -> int:
    """The least n of the bound; the variance in millionths of millionths, the distance in millionths."""
    upper = certainty * (6 * variance + 2 * WHOLE * distance)
    return max(LEAST, -(-upper // (3 * distance * distance * WHOLE)))


def _variance(share: int) -> int:
    return share * (WHOLE - share)


def answers_for_drop(drop: int, floor: int, fixed: int | None = None) -> int:
    """Labelled answers before a drop of accuracy is no accident, in each of the versions compared.

    The bound is that of n differences of two answers, with twice the variance. The version before has
    ended, so its accuracy is one figure of n answers or more, which makes the bound hold all the more.
    A good version answers `floor` right or more; below one half, the least favourable accuracy is one
    half. Against a `fixed` accuracy there is one version that varies, and it is at least as good.
    """
    if fixed is not None:
        return _bernstein(_variance(fixed), max(drop, 1))
    return _bernstein(2 * _variance(max(floor, WHOLE // 2)), max(drop, 1))


def answers_for_errors(limit: int) -> int:
    """Requests before an error rate beyond the limit is no accident of a version that fails half as often.

    A version that makes no error has none by accident, so a limit of none needs no more than any figure.
    """
    if not limit:
        return LEAST
    return max(LEAST, -(-_CERTAINTY * (16 * WHOLE - 6 * limit) // (3 * limit * WHOLE)))


def answers_for_p99(*, fixed: bool) -> int:
    """Requests before the p99 measured lies between the real 98th percentile and the real 99.5th.

    How many of n requests lie beyond a percentile is binomial, whatever the times are. Beyond the 99.5th
    lie half of those that the p99 allows, which is the wider of the two sides; where both versions are
    measured, each has half of the odds.
    """
    slow = WHOLE // 100 // 2
    return _bernstein(_variance(slow), slow, _CERTAINTY if fixed else _CERTAINTY_OF_TWO)


def answers_of_a_device(first_look: int, devices: int) -> int:
    """What each device of a ring has to see in its soak so that the ring finds what it looks for."""
    times, part = _DEVICE
    return max(-(-first_look * times // part), -(-first_look * _RING // devices))


def devices_for(first_look: int, seen: int) -> int | None:
    """The fewest devices that find it where each sees so many; None where a device alone sees too few."""
    return None if answers_of_a_device(first_look, _RING) > seen else max(1, -(-first_look * _RING // seen))


def smallest(enough: Callable[[int], bool], step: int) -> int | None:
    """The smallest limit up to 100% in steps of millionths for which there is enough; None for none."""
    limits = range(step, WHOLE + 1, step)
    index = bisect_left(limits, True, key=enough)
    return limits[index] if index < len(limits) else None


def reach(answers: int, variance: int) -> int:
    """How far the mean of so many answers may be from the truth, one look, odds 1 : ODDS; in millionths.

    The same bound solved for the distance; more than a whole where there are too few answers for any.
    """
    distances = range(1, WHOLE + 1)
    return 1 + bisect_left(distances, True, key=lambda each: _bernstein(variance, each) <= answers)


def answers_to_reach(variance: int, distance: int) -> int | None:
    """The answers whose mean is no further from the truth than so many millionths; None where none are."""
    return _bernstein(variance, distance) if distance > 0 else None


def variance_of_drop(drop: int, floor: int, fixed: int | None = None) -> int:
    """The variance of an answer's loss where accuracy has dropped by that much from `floor` or `fixed`.

    In millionths of millionths. A share below one half counts as one half, which varies most.
    """
    before = floor if fixed is None else fixed
    after = _variance(max(before - drop, WHOLE // 2))
    return after if fixed is not None else after + _variance(max(before, WHOLE // 2))


def variance_of_errors(limit: int) -> int:
    """The variance of failing where just as many requests fail as the limit allows."""
    return _variance(min(limit, WHOLE // 2))
