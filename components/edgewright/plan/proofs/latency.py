"""Latency: what a request waits and what its answer takes, against the promise; and load against capacity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from edgewright.errors import FieldPath
from edgewright.fleet import Duration, Load, Rate
from edgewright.plan.case import Case
from edgewright.plan.figures import Time, Times
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.plan import Deployed
from edgewright.plan.queueing import LIMIT, greatest_rate, utilisation, waiting_p99
from edgewright.plan.units import MICROSECONDS, MILLIONTHS


@dataclass(frozen=True, slots=True)
class _Tier:
    """A tier of a workload on a class whose time is known; `first` is asked before every other one."""

    case: Case
    deployed: Deployed
    name: str
    time: Time
    first: bool


def prove(case: Case) -> Iterator[Inequality]:
    """For each tier whose time is known. A tier that stands in for the first is worth a warning only."""
    times = Times(case.lock, case.planned.name)
    for each in case.planned.workloads:
        if each.p99 is None and each.load is None:
            continue
        for index, planned in enumerate(each.tiers):
            time = times.of(each, planned.tier)
            if time is not None:
                tier = _Tier(case, each, planned.tier, time, index == 0)
                yield from _load(tier, each.load) if each.load else ()
                yield from _latency(tier, each.p99) if each.p99 is not None else ()


def _load(tier: _Tier, load: Load) -> Iterator[Inequality]:
    batch, path = tier.deployed.batching.max_batch, (*tier.deployed.origin("load"), "requests")
    busy = utilisation(load.requests, tier.time.p99, batch)
    yield Inequality(
        rule="load-over-capacity",
        class_name=tier.case.planned.name,
        workload=tier.deployed.name,
        what=f"the time of `{tier.name}`",
        title=f"load of {tier.deployed.name} on {tier.name}",
        unit=MILLIONTHS,
        needs=(Term(_taken(tier.time.p99, batch), busy, tier.time.path),),
        has=(Term("limit", LIMIT, path),),
        at=path,
        remedy=_slower(tier.time.p99, batch),
        level="error" if tier.first else "warning",
    )


@lru_cache(4096)
def _taken(p99: int, batch: int) -> str:
    """How long that takes, in a few words."""
    return f"{MICROSECONDS.write(p99)} for " + (f"a batch of {batch}" if batch > 1 else "each")


@lru_cache(4096)
def _slower(p99: int, batch: int) -> str:
    """What to do where requests come too fast."""
    larger = "a larger `maxBatch`, " if batch > 1 else ""
    rate = greatest_rate(p99, batch)
    return (f"send it {_rate(rate)} at most, or " if rate else "") + f"give it {larger}a faster tier"


def _rate(a_day: int) -> str:
    """The rate, rounded down to what people read."""
    for unit, factor in Rate.units.items():
        if a_day >= 10 * factor:
            return f"{a_day // factor}{unit}"
    return str(Rate(a_day))


def _latency(tier: _Tier, p99: Duration) -> Iterator[Inequality]:
    deployed, path = tier.deployed, (*tier.deployed.origin("latency"), "p99")
    needs = (*_before(deployed, tier.time), Term(f"`{tier.name}`", tier.time.p99, tier.time.path))
    needed = Duration(-(-sum(term.amount for term in needs) // 1000))
    yield Inequality(
        rule="latency-over-budget",
        class_name=tier.case.planned.name,
        workload=deployed.name,
        what=f"time to answer by `{tier.name}`" if len(needs) == 1 else "time to answer",
        title=f"p99 of {deployed.name} by {tier.name}",
        unit=MICROSECONDS,
        needs=needs,
        has=(Term("p99", int(p99) * 1000, path),),
        at=path,
        remedy=f"promise `p99: {needed}`, or "
        + ("let a faster tier come first" if tier.first else "remove the tier, which stands in for others"),
        level="error" if tier.first else "warning",
    )


def _before(deployed: Deployed, time: Time) -> Iterator[Term]:
    """What comes before a request's own batch, and beside it: the window, other batches, and the queue where the
    load is known."""
    batching = deployed.batching
    if batching.window and batching.max_batch > 1:
        yield Term("window", int(batching.window) * 1000, (*deployed.origin("batching"), "window"))
    if deployed.load is not None:
        path: FieldPath = (*deployed.origin("load"), "requests")
        waiting = waiting_p99(deployed.load.requests, time.p99, batching.max_batch, batching.concurrency)
        if waiting is not None:
            yield Term("queue", waiting, path)  # where it is None, load-over-capacity says so
    if batching.concurrency > 1:
        others = (batching.concurrency - 1) * time.p99
        yield Term("batches at the same time", others, (*deployed.origin("batching"), "concurrency"))
