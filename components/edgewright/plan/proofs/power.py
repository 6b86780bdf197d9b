"""Power and battery: what a device draws, against what its supply gives and how long its battery lasts.

The greatest draw is the one that was measured (`power.peak`), else the cap of the power mode, or the GPU's
board power, with `power.rest` beside it. A cap holds for the board as its maker sells it, over some
milliseconds; what hangs on it is `rest`.

The mean draw is at most idle + Σ (draw - idle) · duty over the workloads, and never more than the greatest.
A workload's duty is load · latency, at most 1: while requests wait for each other or share a batch less is
drawn, so its p99 stands for the time that each one takes. What is not known counts at its worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Battery, Duration, Energy, Power
from edgewright.fleet.power import PowerSupply
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.plan import Deployed
from edgewright.plan.proofs.sums import hardware_path
from edgewright.plan.units import MILLIWATT_HOURS, MILLIWATTS

_DAY: Final = 86_400_000
_HOUR: Final = 3_600_000
_NOTHING: Final = PowerSupply()


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """Nothing to prove where there is neither a budget nor a battery."""
    supply, battery = case.device_class.power or _NOTHING, case.device_class.battery
    if supply.budget is None and battery is None:
        return
    peak = greatest_draw(case)
    if supply.budget is not None:
        at = (*case.planned.path, "power", "budget")
        yield from _budget(case, supply.budget, peak, at)
    if battery is not None:
        yield from _battery(case, battery, supply.idle, peak)


def greatest_draw(case: Case) -> tuple[Term, ...]:
    """The most that a device draws, in its parts; empty where nobody knows."""
    supply, below = case.device_class.power or _NOTHING, (*case.planned.path, "power")
    if supply.peak is not None:
        return (Term("measured", supply.peak, (*below, "peak")),)
    cap = _cap(case)
    rest = () if supply.rest is None else (Term("the rest", supply.rest, (*below, "rest")),)
    host = case.device_class.host
    if host is None:
        return (*cap, *rest) if cap else ()
    return (*cap, *rest) if rest and (cap or host.gpu is None) else ()


def _cap(case: Case) -> tuple[Term, ...]:
    """What the board may draw in its power mode, or all GPUs of a host together."""
    declared, catalogue = case.device_class, case.catalogue
    board = catalogue.boards.get(declared.board or "")
    mode = board.power_modes.get(declared.power_mode or "") if board else None
    if mode is not None and mode.power_milliwatts is not None:
        path = (*case.planned.path, "powerMode")
        return (Term("power mode", mode.power_milliwatts, path),)
    host = declared.host
    gpu = catalogue.gpus.get(host.gpu or "") if host else None
    if host is None or gpu is None or gpu.power_milliwatts is None:
        return ()
    name = f"{host.gpus} of {gpu.title}" if host.gpus > 1 else gpu.title
    return (Term(name, host.gpus * gpu.power_milliwatts, hardware_path(case)),)


def _budget(
    case: Case, budget: Power, peak: tuple[Term, ...], at: FieldPath
) -> Iterator[Inequality | Finding]:
    if not peak:
        yield _not_known(case, "the budget", at)
        return
    yield Inequality(
        rule="power-over-budget",
        class_name=case.planned.name,
        what="power",
        unit=MILLIWATTS,
        needs=peak,
        has=(Term("budget", budget, at),),
        at=peak[0].path,
        remedy=_smaller(case, budget - sum(each.amount for each in peak[1:])),
    )


def _smaller(case: Case, left: int) -> str:
    """The power modes that fit into what is left."""
    declared = case.device_class
    board = case.catalogue.boards.get(declared.board or "")
    modes = case.catalogue.power_modes_of(board, declared.software.jetpack) if board else {}
    fitting = [
        name for name, mode in modes.items() if mode.power_milliwatts and mode.power_milliwatts <= left
    ]
    if fitting and "peak" not in (declared.power or _NOTHING).model_fields_set:
        return f"choose a power mode that fits: {', '.join(fitting)}"
    return "choose hardware that draws less, or a supply that gives more"


@dataclass(frozen=True, slots=True)
class _Use:
    """A workload's part of the mean draw: milliwatts above idle, and how long in a day, in milliseconds."""

    name: str
    extra: int
    busy: int
    path: FieldPath


def _battery(
    case: Case, battery: Battery, idle: Power | None, peak: tuple[Term, ...]
) -> Iterator[Inequality | Finding]:
    at: FieldPath = (*case.planned.path, "battery", "capacity")
    terms = _mean(case, battery.lasts, idle, peak)
    if not terms:
        yield _not_known(case, "the hours of the battery", at)
        return
    needed = sum(each.amount for each in terms)
    hours = _how_long(battery, needed, len(terms))
    yield Inequality(
        rule="battery-too-small",
        class_name=case.planned.name,
        what=f"energy for {battery.lasts}",
        unit=MILLIWATT_HOURS,
        needs=terms,
        has=(Term("battery", battery.capacity, at),),
        at=at,
        remedy=f"fit one of {Energy(-(-needed // 1000) * 1000)}"
        + (f", or write `lasts: {hours}`" if hours else ""),
    )


def _how_long(battery: Battery, needed: int, terms: int) -> Duration:
    """How long the battery lasts, in whole minutes; each term may be rounded up by one."""
    milliseconds = battery.lasts * max(0, battery.capacity - terms) // max(needed, 1)
    return Duration(milliseconds // 60_000 * 60_000)


def _mean(case: Case, lasts: Duration, idle: Power | None, peak: tuple[Term, ...]) -> tuple[Term, ...]:
    """The energy that goes into each part, in milliwatt hours, rounded up; empty where nobody knows."""
    worst = tuple(Term(each.name, _energy(each.amount, lasts), each.path) for each in peak)
    if idle is None:
        return worst
    uses = [_use(case, each, idle, sum(each.amount for each in peak)) for each in case.planned.workloads]
    if any(use is None for use in uses):
        return ()
    path = (*case.planned.path, "power", "idle")
    terms = [Term("idle", _energy(idle, lasts), path)]
    terms += [
        Term(use.name, -(-use.extra * use.busy * lasts // (_DAY * _HOUR)), use.path)
        for use in uses
        if use is not None and use.extra
    ]
    total = sum(each.amount for each in terms)
    return worst if worst and sum(each.amount for each in worst) < total else tuple(terms)


def _energy(power: int, lasts: Duration) -> int:
    return -(-power * lasts // _HOUR)


def _use(case: Case, deployed: Deployed, idle: Power, peak: int) -> _Use | None:
    """None where neither the workload's draw nor the greatest one is known."""
    load, draw = deployed.load, _draw(case, deployed)
    if draw is None and not peak:
        return None
    known = load is not None and deployed.p99 is not None
    busy = min(load.requests * deployed.p99, _DAY) if load is not None and deployed.p99 is not None else _DAY
    path = deployed.given.get("draw") or deployed.origin("load" if known else "resources")
    return _Use(f"`{deployed.name}`", max(0, (peak if draw is None else draw) - idle), busy, path)


def _draw(case: Case, deployed: Deployed) -> int | None:
    """What its hungriest tier draws: as it is stated, else as it was measured for every tier."""
    if deployed.draw is not None:
        return deployed.draw
    model = case.lock.models.get(deployed.model)
    figures = model.figures if model else ()
    by_tier = {each.tier: 0 for each in deployed.tiers}
    for figure in figures:
        if figure.device_class == case.planned.name and figure.tier in by_tier:
            by_tier[figure.tier] = max(by_tier[figure.tier], figure.power or 0)
    return max(by_tier.values()) if all(by_tier.values()) else None


def _not_known(case: Case, what: str, at: FieldPath) -> Finding:
    host = case.device_class.host is not None
    return Finding(
        "power-not-known",
        "info",
        f"{what} of `{case.planned.name}` cannot be proven: nobody knows what it draws",
        "measure it and write `power.peak`, or "
        + (
            "state what is drawn beside the GPU by `power.rest`"
            if host
            else "choose a `powerMode` with a cap"
        ),
        at,
    )
