"""The rollout of a class, its rings, and what a rollout asks for that cannot be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Baseline, Fleet, Rollout, Stage
from edgewright.plan.plan import Deployed, PlannedRing
from edgewright.plan.rings import WHOLE, expected_counts

SHORTEST_SOAK: Final = 60
"""Seconds: a device's figures are asked for once a minute at most."""


def rollouts_by_class(fleet: Fleet) -> dict[str, str]:
    """The rollout of each class: the first that a workload on it names. Classes without one are left out."""
    found: dict[str, str] = {}
    for workload in fleet.workloads.values():
        for class_name in workload.on or fleet.device_classes:
            on = workload.on.get(class_name)
            name = on.rollout if on is not None and "rollout" in on.model_fields_set else workload.rollout
            if name in fleet.rollouts:
                found.setdefault(class_name, name)
    return found


def shares_of(rollout: Rollout | None) -> list[int]:
    """The cumulative shares of a rollout's rings; one ring of everyone without a rollout."""
    return [stage.up_to for stage in rollout.stages] if rollout else [WHOLE]


def rings_of(
    name: str | None, rollout: Rollout | None, devices: int, counts: Sequence[int] | None
) -> tuple[PlannedRing, ...]:
    """The rings of a class in order; `counts` are its devices by ring, averages where they are not known."""
    shares = shares_of(rollout)
    sizes = counts if counts is not None and len(counts) == len(shares) else expected_counts(devices, shares)
    if name is None or rollout is None:
        return (PlannedRing("everyone", WHOLE, None, None, sizes[0], ("rollouts",)),)
    return tuple(
        PlannedRing(
            stage.ring, stage.up_to, stage.soak, stage.abort_when, size, ("rollouts", name, "stages", index)
        )
        for index, (stage, size) in enumerate(zip(rollout.stages, sizes, strict=True))
    )


def check_one_rollout(class_name: str, deployed: Sequence[Deployed]) -> Iterator[Finding]:
    """Workloads of a class that name different rollouts: its manifests move from ring to ring as a whole."""
    named = [each for each in deployed if each.rollout is not None]
    for each in named[1:]:
        first = named[0]
        if each.rollout != first.rollout:
            yield Finding(
                "rollouts-differ",
                "error",
                f"`{each.name}` and `{first.name}` have different rollouts on `{class_name}`, "
                "and a class moves from ring to ring as one artifact",
                f"write `{first.rollout}` for both, or put them on classes of their own",
                each.origin("rollout"),
                waivable=False,
                notes=(Note(f"the rollout of `{first.name}`", path=first.origin("rollout")),),
            )


def check_rollouts(fleet: Fleet) -> Iterator[Finding]:
    """Soaks that are too short to see anything, and fixed figures that are missing or that nothing needs."""
    for name, rollout in fleet.rollouts.items():
        path: FieldPath = ("rollouts", name)
        for index, stage in enumerate(rollout.stages):
            if stage.abort_when is not None and stage.soak is not None and stage.soak.seconds < SHORTEST_SOAK:
                yield _too_short(stage, (*path, "stages", index))
        if isinstance(rollout.against, Baseline):
            yield from _baseline(rollout.against, rollout, path)


def _too_short(stage: Stage, path: FieldPath) -> Finding:
    return Finding(
        "soak-too-short",
        "error",
        f"nothing can be judged within {stage.soak}",
        f"soak for {SHORTEST_SOAK}s or more; hours, where few answers are labelled",
        (*path, "soak"),
        notes=(Note("what is to be judged", path=(*path, "abortWhen")),),
        waivable=False,
    )


_FIGURES: Final = (
    ("accuracy", "accuracy_drop", "accuracyDrop"),
    ("p99", "latency_increase", "latencyIncrease"),
)


def _baseline(baseline: Baseline, rollout: Rollout, path: FieldPath) -> Iterator[Finding]:
    for figure, limit, spelt in _FIGURES:
        stages = [
            index
            for index, stage in enumerate(rollout.stages)
            if stage.abort_when and getattr(stage.abort_when, limit) is not None
        ]
        value = getattr(baseline, figure)
        if stages and not value:
            what = "no" if value is None else "zero as its"
            example = "accuracy: 91%" if figure == "accuracy" else "p99: 30ms"
            yield Finding(
                "baseline-incomplete",
                "error",
                f"the fixed baseline has {what} `{figure}`, and `{spelt}` is measured against it",
                f"add `{example}`, or write `against: previous`",
                (*path, "against") if value is None else (*path, "against", figure),
                waivable=False,
                notes=(Note("measured here", path=(*path, "stages", stages[0], "abortWhen", spelt)),),
            )
        elif value is not None and not stages:
            yield Finding(
                "no-effect",
                "warning",
                f"`{figure}` has no effect: no stage has `{spelt}`, which is measured against it",
                "remove it, or add the limit to a stage",
                (*path, "against", figure),
                on_key=True,
            )
