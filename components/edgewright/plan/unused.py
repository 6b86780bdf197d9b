"""What is written in a fleet and has no effect: it is named, so that nobody counts on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edgewright.artifact.lock import SOURCE
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet, Workload, WorkloadOn
from edgewright.plan.plan import ClassPlan


def check_unused(fleet: Fleet, classes: Sequence[ClassPlan]) -> Iterator[Finding]:
    """Entries that nothing names, rules that no tier asks, and traffic rules that open nothing."""
    yield from _entries(fleet, classes)
    yield from _rules(fleet, classes)
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
    forms |= {(each.model, tier.partition("/")[2]) for each in deployed for tier in _asked(fleet, each.name)}
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
