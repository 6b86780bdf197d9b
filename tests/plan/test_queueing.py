"""Waiting: the bound is one (a simulation stays below it), it grows with load, and its borders are exact."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.plan.queueing import DAY, LIMIT, greatest_rate, utilisation, waiting_p99

SERVICE = 10_000  # microseconds


def late(rate: int, batch: int, window: int, bound: int, requests: int = 40_000) -> float:
    """The share of requests that wait longer than a bound at a server that works as ours does."""
    chance = random.Random(1)
    gaps = (chance.expovariate(rate / DAY) for _ in range(requests))
    arrivals = list(accumulate(gaps))
    waits: list[float] = []
    free, first = 0.0, 0
    while first < requests:
        full = arrivals[first + batch - 1] if first + batch <= requests else arrivals[first] + window
        begin = max(free, min(full, arrivals[first] + window))
        last = first + 1
        while last < min(requests, first + batch) and arrivals[last] <= begin:
            last += 1
        waits += (begin - each for each in arrivals[first:last])
        free, first = begin + SERVICE, last
    return sum(wait > bound for wait in waits) / requests


@pytest.mark.parametrize(("batch", "window"), [(1, 0), (2, 0), (8, 0), (8, 30_000)])
@pytest.mark.parametrize("busy", [5, 20, 50, 100, 130, 500, 700])  # of a thousand
def test_one_in_a_hundred_waits_longer_than_the_bound(batch: int, window: int, busy: int) -> None:
    rate = busy * batch * DAY // (1000 * SERVICE)
    bound = waiting_p99(rate, SERVICE, batch)
    assert bound is not None
    # Of 40,000 requests 400 are one in a hundred, and chance makes some tens more or less of it.
    assert late(rate, batch, window, bound + window) <= 0.012


def responses(rate: int, batch: int, concurrency: int, requests: int = 20_000) -> list[float]:
    """How long each request takes from its coming to its answer where several batches share one server."""
    chance = random.Random(1)
    arrivals = list(accumulate(chance.expovariate(rate / DAY) for _ in range(requests)))
    now, coming = 0.0, 0
    waiting: list[float] = []
    under_way: list[tuple[float, list[float]]] = []  # what each batch still needs, and when its requests came
    told: list[float] = []
    while len(told) < requests:
        while waiting and len(under_way) < concurrency:
            under_way.append((float(SERVICE), waiting[:batch]))
            del waiting[:batch]
        # Each gets its part of the server until one is through, or the next request comes.
        share, least = len(under_way), min((left for left, _ in under_way), default=float("inf"))
        next_one = arrivals[coming] if coming < requests else float("inf")
        passed = min(least * share, next_one - now) if share else next_one - now
        now += passed
        under_way = [(left - passed / share, came) for left, came in under_way]
        if now >= next_one:
            waiting.append(next_one)
            coming += 1
        told += [now - each for left, came in under_way if left < 1e-6 for each in came]
        under_way = [one for one in under_way if one[0] >= 1e-6]
    return told


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("concurrency", [2, 4])
@pytest.mark.parametrize("busy", [20, 100, 500, 700])
def test_batches_at_the_same_time_stay_below_the_bound_too(batch: int, concurrency: int, busy: int) -> None:
    rate = busy * batch * DAY // (1000 * SERVICE)
    bound = waiting_p99(rate, SERVICE, batch, concurrency)
    assert bound is not None
    taken = responses(rate, batch, concurrency)
    late = sum(each > bound + concurrency * SERVICE + 1 for each in taken)
    assert late / len(taken) <= 0.012


@pytest.mark.parametrize(("busy", "wait"), [(10, 0), (100, SERVICE), (500, 46_052), (700, 76_753)])
def test_the_bound_where_it_is_known(busy: int, wait: int) -> None:
    """In thousandths: nothing at 1%, one service at 10%, s · ln 100 at 50%."""
    rate = busy * DAY // (1000 * SERVICE)
    assert waiting_p99(rate, SERVICE, 1) == wait


@given(st.integers(1, 10**12), st.integers(1, 10**7), st.integers(1, 64))
def test_more_requests_never_wait_less(rate: int, service: int, batch: int) -> None:
    less, more = waiting_p99(rate, service, batch), waiting_p99(rate + 1, service, batch)
    assert more is None or (less is not None and less <= more)


@given(st.integers(1, 10**12), st.integers(1, 10**7))
def test_a_longer_service_never_waits_less(rate: int, service: int) -> None:
    less, more = waiting_p99(rate, service, 1), waiting_p99(rate, service + 1, 1)
    assert more is None or (less is not None and less <= more)


@given(st.integers(1, 10**12), st.integers(1, 10**7), st.integers(1, 64))
def test_a_batch_never_makes_anybody_wait_longer(rate: int, service: int, batch: int) -> None:
    alone, together = waiting_p99(rate, service, 1), waiting_p99(rate, service, batch)
    assert alone is None or (together is not None and together <= alone)


@given(st.integers(1, 10**9), st.integers(1, 64))
def test_the_greatest_rate_is_the_last_that_is_within_the_limit(service: int, batch: int) -> None:
    rate = greatest_rate(service, batch)
    assert utilisation(rate, service, batch) <= LIMIT < utilisation(rate + 1, service, batch)


def test_a_server_that_is_always_busy_has_no_bound() -> None:
    rate = DAY // SERVICE
    assert waiting_p99(rate, SERVICE, 1) is None
    assert waiting_p99(rate - 1, SERVICE, 1) is not None
    assert waiting_p99(2 * rate, SERVICE, 2) is None
