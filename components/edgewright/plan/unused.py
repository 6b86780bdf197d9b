"""What is written in a fleet and has no effect: it is named, so that nobody counts on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edgewright.artifact.lock import SOURCE
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import DeviceClass, Fleet, Workload, WorkloadOn
from edgewright.plan.plan import ClassPlan


def check_unused(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Entries that nothing names, rules that no tier asks, and traffic rules that open nothing."""
    yield from _entries(fleet, classes)
    yield from _rules(fleet, classes)
    yield from _draws(fleet, classes)
    for name, device_class in fleet.device_classes.items():
        yield from _of_class(("deviceClasses", name), device_class)
    yield from _traffic(fleet, classes)


def _entries(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    deployed = [each for planned in classes for each in planned.workloads]
    parts: list[Workload | WorkloadOn] = list(fleet.workloads.values())
    parts += [on for each in fleet.workloads.values() for on in each.on.values()]
    models = {part.model for part in parts if part.model}
    runtimes = {each.runtime for each in deployed} | {part.runtime for part in parts if part.runtime}
    rollouts = {part.rollout for part in parts if part.rollout}
    yield from _nobody("models", fleet.models, models, "workload uses this model")
    yield from _nobody("runtimes", fleet.runtimes, runtimes, "workload uses this runtime")
    yield from _nobody("rollouts", fleet.rollouts, rollouts, "workload has this rollout")
    forms = {(each.model, tier.variant or SOURCE) for each in deployed for tier in each.tiers}
    ran = {(each.model, each.name) for each in deployed}
    forms |= {(model, tier.partition("/")[2]) for model, name in ran for tier in _asked(fleet, name)}
    for name, model in fleet.models.items():
        used = {form for model_name, form in forms if model_name == name}
        if used:
            yield from _nobody("models", model.variants, used, "tier uses this variant", (name, "variants"))


def _asked(fleet: Fleet, workload: str) -> list[str]:
    """The tiers that a workload asks for anywhere, also where they cannot run, which is said elsewhere."""
    fields = fleet.workloads[workload]
    return [*(fields.tiers or ()), *(tier for on in fields.on.values() for tier in on.tiers or ())]


def _nobody(
    section: str, entries: Iterable[str], used: set[str], what: str, below: tuple[str, ...] = ()
) -> Iterator[Finding]:
    for name in entries:
        if name not in used:
            path: FieldPath = (section, *below, name)
            yield _no_effect(f"no {what}", "remove it, or use it", path)


def _rules(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    used: set[FieldPath] = set()
    for planned in classes:
        used |= {each.origin("rule") for each in planned.workloads if each.rule is not None}
    known = {each.name for planned in classes for each in planned.workloads}
    for name, workload in fleet.workloads.items():
        written: list[FieldPath] = [("workloads", name, "rule")] if workload.rule else []
        written += [("workloads", name, "on", where, "rule") for where, on in workload.on.items() if on.rule]
        for path in written:
            if name in known and path not in used:
                yield _no_effect("no tier asks this rule", "add `rule` as the last tier, or remove it", path)


def _draws(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """What a workload draws is asked for where a battery's hours are more than its capacity over the peak."""
    used = {
        each.origin("draw")
        for planned in classes
        if planned.device_class.battery
        and planned.device_class.power
        and planned.device_class.power.idle is not None
        for each in planned.workloads
    }
    known = {each.name for planned in classes for each in planned.workloads}
    for name, workload in fleet.workloads.items():
        if name not in known:
            continue
        written: list[FieldPath] = [("workloads", name, "draw")] if workload.draw is not None else []
        written += [
            ("workloads", name, "on", where, "draw")
            for where, on in workload.on.items()
            if on.draw is not None
        ]
        for path in written:
            if path not in used:
                why = "no class that it runs on has a `battery` and says what it draws when idle"
                yield _no_effect(why, "add `power: {idle: 6W}` to a class with a battery, or remove it", path)


def _of_class(path: FieldPath, device_class: DeviceClass) -> Iterator[Finding]:
    """Parts of a class that nothing is compared with."""
    power = device_class.power
    if "storage" in device_class.reserve.model_fields_set and device_class.storage is None:
        why = "nobody says how large the disk is"
        yield _no_effect(why, "add `storage: 64Gi` to the class, or remove it", (*path, "reserve", "storage"))
    if power is not None and power.budget is None and device_class.battery is None:
        yield _no_effect("nothing limits it", "add a `budget` or a `battery`, or remove it", (*path, "power"))
    elif power is not None and power.idle is not None and device_class.battery is None:
        why = "a budget is about the most that is drawn"
        yield _no_effect(why, "add a `battery`, or remove it", (*path, "power", "idle"))


def _traffic(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    network, path = fleet.security.network, ("security", "network", "allow")
    for direction in ("egress", "ingress"):
        traffic = getattr(network.allow, direction)
        exposed = any(each.exposed for planned in classes for each in planned.workloads)
        if traffic and network.default == "allow":
            yield _no_effect(
                "everything is allowed as it is", "write `default: deny`, or remove it", (*path, direction)
            )
        elif traffic and direction == "ingress" and not exposed:
            yield _no_effect(
                "no workload is exposed",
                "write `expose: cluster` for a workload, or remove it",
                (*path, direction),
            )


def _no_effect(why: str, remedy: str, path: FieldPath) -> Finding:
    message = f"`{path[-1]}` has no effect: {why}"
    return Finding("no-effect", "warning", message, remedy, path, on_key=True)
