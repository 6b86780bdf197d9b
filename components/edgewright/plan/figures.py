"""How long a tier takes on a class: what somebody stated, or what was measured; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from edgewright.artifact.lock import Lock
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet, Latency
from edgewright.plan.plan import ClassPlan, Deployed

_ByTier: TypeAlias = Mapping[str, Sequence[tuple[int, int]]]
"""A tier ⇒ its batches, rising, with the p99 of each in microseconds."""


@dataclass(frozen=True, slots=True)
class Time:
    """The p99 of the time that a full batch takes, in microseconds, and the field that it comes from."""

    p99: int
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Times:
    """The times of tiers on one class. Figures are gathered once a model."""

    lock: Lock
    class_name: str
    _models: dict[str, _ByTier] = field(default_factory=dict)

    def of(self, deployed: Deployed, tier: str) -> Time | None:
        """What is known of a tier of a workload. Of a smaller batch than the largest that the workload
        allows nothing follows; of a larger one it does, which takes no less."""
        stated = deployed.stated.get(tier)  # type: ignore[call-overload]  # a Tier is text
        if stated is not None:
            return Time(int(stated) * 1000, (*deployed.origin("latency"), "stated", tier))
        figures = self._models.get(deployed.model)
        if figures is None:
            figures = self._models[deployed.model] = self._gather(deployed.model)
        enough = (p99 for batch, p99 in figures.get(tier, ()) if batch >= deployed.batching.max_batch)
        p99 = next(enough, None)
        return None if p99 is None else Time(p99, ("models", deployed.model, "measured"))

    def _gather(self, model: str) -> _ByTier:
        locked = self.lock.models.get(model)
        found: dict[str, list[tuple[int, int]]] = {}
        for each in locked.figures if locked else ():
            if each.device_class == self.class_name:
                found.setdefault(each.tier, []).append((each.batch, each.p99))
        return {tier: sorted(figures) for tier, figures in found.items()}


def check_figures(fleet: Fleet, lock: Lock, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Promises that nobody can check, once a workload, and figures of tiers that nothing runs."""
    unknown: dict[str, list[tuple[str, str]]] = {}
    promised: dict[str, FieldPath] = {}
    without_load: set[str] = set()
    for planned in classes:
        times = Times(lock, planned.name)
        for each in planned.workloads:
            if each.p99 is None:
                continue
            promised.setdefault(each.name, (*each.origin("latency"), "p99"))
            if each.load is None:
                without_load.add(each.name)
            first = each.tiers[0].tier
            if times.of(each, first) is None:
                unknown.setdefault(each.name, []).append((first, planned.name))
    for name, path in promised.items():
        if name in unknown:
            yield _unknown(name, unknown[name], path)
        elif name in without_load:
            message = f"`{name}` promises its p99, and without `load` nobody knows how long requests wait"
            remedy = "add `load: {requests: 5/s}`, or whatever a device sees"
            yield Finding("latency-unknown", "info", message, remedy, path)
    yield from _of_nothing(fleet, classes)


def _unknown(name: str, where: list[tuple[str, str]], path: FieldPath) -> Finding:
    (tier, class_name), others = where[0], len(where) - 1
    more = f" and {others} more class{'es' if others > 1 else ''}" if others else ""
    return Finding(
        "latency-unknown",
        "info",
        f"`{name}` promises its p99, and nobody has measured or stated how long `{tier}` takes for a full "
        f"batch on `{class_name}`{more}",
        f"add `stated: {{{tier}: 9ms}}` beside it, or name a file of figures by the model's `measured`",
        path,
    )


def _of_nothing(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Times that are stated of tiers which no class of theirs runs."""
    used = {
        (*each.origin("latency"), "stated", tier.tier)
        for planned in classes
        for each in planned.workloads
        if each.stated
        for tier in each.tiers
    }
    planned = {each.name for one in classes for each in one.workloads}
    for name, workload in fleet.workloads.items():
        parts: dict[FieldPath, Latency | None] = {("workloads", name): workload.latency}
        parts |= {("workloads", name, "on", where): on.latency for where, on in workload.on.items()}
        for at, latency in parts.items():
            for tier in latency.stated if latency and name in planned else ():
                path: FieldPath = (*at, "latency", "stated", tier)
                if path not in used:
                    message = f"`{tier}` has no effect: no class runs this tier"
                    yield Finding("no-effect", "warning", message, "remove it", path, on_key=True)
