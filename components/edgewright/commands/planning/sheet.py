"""A Sheet: everything that `edgewright plan` shows, before anybody decides how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from edgewright.commands.planning.bar import Bar, bars_of
from edgewright.document.secrets import masked
from edgewright.errors import FieldPath, Finding
from edgewright.plan import ClassPlan, Deployed, Plan, PlannedRing

_DAY: Final = 86_400_000
_LATEST: Final = (date.max - date.min).days // 2


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tier that was asked for and cannot run, why, and what to do about it."""

    tier: str
    why: str
    remedy: str
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Dated:
    """A ring of a promotion that starts on a day: `after` milliseconds it begins, on `begins`."""

    ring: PlannedRing
    after: int
    begins: date


@dataclass(frozen=True, slots=True)
class ClassSheet:
    """A device class: its budget, what runs on it with what cannot, by workload, and its rings with dates.

    `missing` are workloads that were meant for it and could not be planned: findings say why.
    """

    planned: ClassPlan
    bars: tuple[Bar, ...]
    missing: tuple[str, ...]
    left_out: Mapping[str, tuple[LeftOut, ...]]
    rings: tuple[Dated, ...]

    @property
    def name(self) -> str:
        """The class's name."""
        return self.planned.name

    @property
    def devices(self) -> int:
        """How many devices its rings have in all."""
        return sum(dated.ring.devices for dated in self.rings)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown. `sources` has the text of each file that a finding points into; `what_if` is what was
    overridden, in which case bars know what they were before; `whole` says that all of the fleet was read."""

    fleet: str
    today: date
    classes: tuple[ClassSheet, ...]
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    what_if: tuple[str, ...] = ()
    whole: bool = True

    def verdict(self) -> str:
        """In a sentence, whether it fits."""
        bars = [bar for each in self.classes for bar in each.bars]
        over = [bar for bar in bars if not bar.holds]
        classes, devices = len(self.classes), sum(each.devices for each in self.classes)
        said = "every budget holds" if not over else f"{len(over)} of {len(bars)} budgets do not hold"
        on = f"{classes} class{'es' if classes != 1 else ''}, {devices:,} device{'s' if devices != 1 else ''}"
        rest = "" if self.whole else "; what could not be read is not in it"
        return f"{on}: {said if bars else 'nothing is proven'}{rest}"


def sheet_of(
    plan: Plan,
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    today: date,
    names: Iterable[str] = (),
    before: Plan | None = None,
    what_if: Sequence[str] = (),
) -> Sheet:
    """The sheet of a plan; of the named classes, where any are. `before` is the fleet as it was written."""
    wanted = set(names) or {planned.name for planned in plan.classes}
    old = {planned.name: planned.proofs for planned in before.classes} if before else {}
    classes = tuple(
        ClassSheet(
            planned,
            tuple(bars_of(planned.proofs, old.get(planned.name, ()) if before else None)),
            tuple(_missing(plan, planned)),
            {each.name: tuple(_left_out(plan, planned, each)) for each in planned.workloads},
            tuple(_dated(planned.rings, today)),
        )
        for planned in plan.classes
        if planned.name in wanted
    )
    return Sheet(plan.fleet.fleet, today, classes, tuple(findings), sources, tuple(map(masked, what_if)))


def _missing(plan: Plan, planned: ClassPlan) -> Iterator[str]:
    there = {each.name for each in planned.workloads}
    for name, workload in plan.fleet.workloads.items():
        if name not in there and (not workload.on or planned.name in workload.on):
            yield name


def _left_out(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Iterator[LeftOut]:
    """The tiers that the class's workload asks for and does not have, in order."""
    runs = {tier.path for tier in deployed.tiers}
    path = deployed.origin("tiers")
    for index, tier in enumerate(_asked(plan, planned, deployed)):
        here = (*path, index)
        if here in runs:
            continue
        about = (each for each in plan.findings if each.path == here)
        found = next((each for each in about if any(note.path == planned.path for note in each.notes)), None)
        why = found.message.partition(": ")[2] or found.message if found else "no such variant"
        yield LeftOut(str(tier), why, found.remedy if found else "", here)


def _asked(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Sequence[str]:
    """The tiers that were written for the workload on the class; none where it takes the default."""
    workload = plan.fleet.workloads[deployed.name]
    on = workload.on.get(planned.name)
    return (on.tiers if on else None) or workload.tiers or ()


def _dated(rings: Iterable[PlannedRing], today: date) -> Iterator[Dated]:
    """Each ring begins when those before it have soaked, one after the other."""
    after = 0
    for ring in rings:
        yield Dated(ring, after, today + timedelta(days=min(after // _DAY, _LATEST)))
        after += ring.soak or 0
