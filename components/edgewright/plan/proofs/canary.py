"""Canaries: whether a ring's devices see enough within its soak to tell what ends it from chance.

Every figure is turned into the soak that it takes, so that one amount is compared: answers needed by
one device (see `plan/chance.py`), over the answers that its load brings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Duration, Load, Points, Ratio, Share
from edgewright.plan.case import Case
from edgewright.plan.chance import (
    WHOLE,
    answers_for_drop,
    answers_for_errors,
    answers_of_a_device,
    devices_for,
    smallest,
)
from edgewright.plan.gate import Gate, floor_of, gates_of
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.plan import Deployed, PlannedRing
from edgewright.plan.rollouts import SHORTEST_SOAK
from edgewright.plan.units import MILLISECONDS

_DAY: Final = 86_400_000
_WORDS: Final = {
    "accuracyDrop": "an accuracy drop of",
    "latencyIncrease": "a p99 growth of",
    "errorRate": "an error rate of",
}
_FINE: Final = 1000  # 0.1%, the finest that a remedy names


@dataclass(frozen=True, slots=True)
class _Watch:
    """A ring of a class and what it is judged by: what is the same for all workloads, computed once.

    `answers` are those that each device needs, and `whats` what for, gate by gate; `soak` in
    milliseconds is what there is.
    """

    ring: PlannedRing
    gates: tuple[Gate, ...]
    floor: int
    fixed: int | None
    answers: tuple[int, ...]
    whats: tuple[str, ...]
    soak: int
    has: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class _Need:
    """What a load and a ring come to: the longest soak that a figure takes, and what else would do.

    `blind` says that some figure is never seen; where none is, there is no soak to ask for.
    """

    blind: bool
    soak: int = 0
    what: str = ""
    term: str = ""
    remedy: str = ""


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """One inequality for each ring that watches and each workload in the class's rollout."""
    watched = _watched(case)
    if not watched:
        return
    needs: dict[tuple[int, int], list[_Need]] = {}
    unknown: list[Deployed] = []
    for each in case.planned.workloads:
        if each.rollout is None:
            continue
        load = each.load
        if load is None:
            unknown.append(each)
            continue
        key = (load.requests, load.labelled)
        if key not in needs:
            needs[key] = [_need(watch, *key) for watch in watched]
        for watch, need in zip(watched, needs[key], strict=True):
            if need.blind:
                yield from _blind(case, each, watch, load)
            if need.soak:
                yield _proof(case, each, watch, need)
    if unknown:
        yield _unknown(case, unknown)


def _watched(case: Case) -> list[_Watch]:
    """The rings that have devices of the class, a figure to end at, and a soak that is not refused anyway."""
    rollout, floor = case.planned.rollout, floor_of(case.fleet, case.planned)
    fixed = None if rollout is None or rollout.against == "previous" else rollout.against.accuracy
    rings = [each for each in case.planned.rings if each.devices and _is_long(each.soak)]
    found = ((ring, gates_of(ring, case.planned, floor)) for ring in rings)
    return [_watch(ring, gates, floor, fixed) for ring, gates in found if gates]


def _watch(ring: PlannedRing, gates: tuple[Gate, ...], floor: int, fixed: int | None) -> _Watch:
    answers = tuple(answers_of_a_device(gate.answers, ring.devices) for gate in gates)
    whats = tuple(f"soak in `{ring.name}` to tell {_limit(gate)} from chance" for gate in gates)
    soak = int(ring.soak or 0)
    return _Watch(
        ring, gates, floor, fixed, answers, whats, soak, (Term("soak", soak, (*ring.path, "soak")),)
    )


def _is_long(soak: Duration | None) -> bool:
    return soak is not None and soak.seconds >= SHORTEST_SOAK


def _proof(case: Case, deployed: Deployed, watch: _Watch, need: _Need) -> Inequality:
    return Inequality(
        rule="canary-too-small",
        class_name=case.planned.name,
        workload=deployed.name,
        what=need.what,
        title=f"soak of {deployed.name} in {watch.ring.name}",
        unit=MILLISECONDS,
        needs=(Term(need.term, need.soak, deployed.origin("load")),),
        has=watch.has,
        at=watch.has[0].path,
        remedy=need.remedy,
        level="warning",
    )


def _blind(case: Case, deployed: Deployed, watch: _Watch, load: Load) -> Iterator[Finding]:
    """A figure that no soak brings: nothing is asked or labelled, or any accident goes beyond the limit."""
    for gate in watch.gates:
        at = (*watch.ring.path, "abortWhen", gate.figure)
        who = f"`{deployed.name}` on `{case.planned.name}`"
        if gate.limit == 0 and gate.figure != "errorRate":
            yield _never(f"{_limit(gate)} is what chance alone brings, however many answers {who} gives",
                         f"allow more than none, such as `{gate.figure}: {_written(gate, 10_000)}`", at)  # fmt: skip
        elif _a_day(gate, load.requests, load.labelled) == 0:
            lacks = "is asked nothing" if not load.requests else "has no labelled answers"
            remedy = "state what a device sees" if not load.requests else _label_some(watch, gate, load)
            yield _never(f"{who} {lacks}, so `{watch.ring.name}` never sees {_limit(gate)}", remedy, at,
                         Note("what a device sees", path=deployed.origin("load")))  # fmt: skip


def _label_some(watch: _Watch, gate: Gate, load: Load) -> str:
    share = _share_for(watch, gate, load.requests)
    return f"write `labelled: {share}` or more, or remove the limit" if share else "remove the limit"


def _never(message: str, remedy: str, at: FieldPath, *notes: Note) -> Finding:
    return Finding("canary-too-small", "warning", message, remedy, at, notes=notes)


def _unknown(case: Case, unknown: list[Deployed]) -> Finding:
    first = unknown[0]
    others = f" and {len(unknown) - 1} more have" if len(unknown) > 1 else " has"
    return Finding(
        "canary-unknown",
        "info",
        f"nobody can tell whether `{case.planned.rollout_name}` sees anything on `{case.planned.name}`: "
        f"`{first.name}`{others} no `load`",
        "add what a device sees, such as `load: {requests: 5/s, labelled: 5%}`",
        first.path,
        on_key=True,
        notes=(Note("what it is judged by", path=("rollouts", str(case.planned.rollout_name))),),
    )


def _need(watch: _Watch, requests: int, labelled: int) -> _Need:
    """What it takes for the figures that can be seen at all."""
    soaks = [
        0
        if _is_never(gate, requests, labelled)
        else -(-answers * _DAY * WHOLE // _a_day(gate, requests, labelled))
        for gate, answers in zip(watch.gates, watch.answers, strict=True)
    ]
    longest, blind = max(soaks), 0 in soaks
    if not longest:
        return _Need(blind)
    which = soaks.index(longest)
    gate = watch.gates[which]
    alone = sum(soak > watch.soak for soak in soaks) == 1
    return _Need(
        blind,
        longest,
        watch.whats[which],
        f"{watch.answers[which]:,} {'labelled answers' if gate.labelled else 'requests'} on each device "
        f"at {_a_day(gate, requests, labelled) // WHOLE:,} a day",
        _remedy(watch, gate, longest, (requests, labelled), alone) if longest > watch.soak else "",
    )


def _is_never(gate: Gate, requests: int, labelled: int) -> bool:
    """Whether no soak tells the figure from chance: no answers, or a limit of no change at all."""
    return not _a_day(gate, requests, labelled) or (not gate.limit and gate.figure != "errorRate")


def _a_day(gate: Gate, requests: int, labelled: int) -> int:
    """Millionths of answers that count in a day on one device."""
    return requests * (labelled if gate.labelled else WHOLE)


def _remedy(watch: _Watch, gate: Gate, soak: int, load: tuple[int, int], alone: bool) -> str:
    """Each single change that would do; `alone` says that no other figure lacks anything."""
    ways = []
    longer = _rounded(soak)
    if longer <= Duration.greatest:
        ways.append(f"soak for {Duration(longer)}")
    if alone:
        seen = watch.soak * _a_day(gate, *load) // (_DAY * WHOLE)
        if gate.labelled and (share := _share_for(watch, gate, load[0])):
            ways.append(f"label {share} of the answers")
        if seen and (devices := devices_for(gate.answers, seen)):
            ways.append(f"let the ring have {devices} devices of the class")
        if seen and (limit := _allowed(watch, gate, seen)):
            ways.append(f"write `{gate.figure}: {_written(gate, limit)}`")
    return ", or ".join(ways) or "watch a load that brings more answers"


def _rounded(milliseconds: int) -> int:
    """Up to whole hours, below an hour to whole minutes."""
    step = 3_600_000 if milliseconds > 3_600_000 else 60_000
    return -(-milliseconds // step) * step


def _share_for(watch: _Watch, gate: Gate, requests: int) -> Share | None:
    """The labelled share that brings enough within the soak, in tenths of a per cent; None above 100%."""
    answers = answers_of_a_device(gate.answers, watch.ring.devices) * _DAY * WHOLE
    share = -(-answers // (requests * watch.soak * _FINE)) * _FINE
    return Share(share) if share <= WHOLE else None


def _allowed(watch: _Watch, gate: Gate, seen: int) -> int | None:
    """The smallest limit that so many answers on each device tell from chance; p99 has none of that kind."""
    if gate.figure == "latencyIncrease":
        return None

    def enough(limit: int) -> bool:
        first = (
            answers_for_drop(limit, watch.floor, watch.fixed) if gate.labelled else answers_for_errors(limit)
        )
        return answers_of_a_device(first, watch.ring.devices) <= seen

    return smallest(enough, _FINE)


def _limit(gate: Gate) -> str:
    return f"{_WORDS[gate.figure]} {_written(gate, gate.limit)}"


def _written(gate: Gate, limit: int) -> str:
    kinds = {"accuracyDrop": Points, "latencyIncrease": Ratio, "errorRate": Share}
    return str(kinds[gate.figure](limit))
