"""A Gate: one figure that a ring is judged by on the device, and from how many answers on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from edgewright.fleet import Baseline, Fleet
from edgewright.plan.chance import WHOLE, answers_for_drop, answers_for_errors, answers_for_p99
from edgewright.plan.plan import ClassPlan, PlannedRing

Figure: TypeAlias = Literal["accuracyDrop", "latencyIncrease", "errorRate"]


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit in millionths; before a version has so many `answers`, nothing is judged."""

    figure: Figure
    limit: int
    answers: int

    @property
    def labelled(self) -> bool:
        """Whether only answers count whose truth became known."""
        return self.figure == "accuracyDrop"


def floor_of(fleet: Fleet, planned: ClassPlan) -> int:
    """The accuracy that every model in the class's rollout has at least, by its `evaluation.floor`.

    One analysis judges all workloads of a ring, so the lowest counts; what has no floor promises nothing.
    """
    models = {each.model for each in planned.workloads if each.rollout is not None}
    evaluations = [fleet.models[name].evaluation for name in models]
    return min((each.floor if each else 0 for each in evaluations), default=WHOLE)


def gates_of(ring: PlannedRing, planned: ClassPlan, floor: int) -> tuple[Gate, ...]:
    """The figures that end a rollout in a ring; none where nothing is watched."""
    when = ring.abort_when
    if not ring.soak or when is None or planned.rollout is None:
        return ()
    against = planned.rollout.against
    fixed = against if isinstance(against, Baseline) else Baseline()
    gates: list[Gate] = []
    if when.accuracy_drop is not None:
        answers = answers_for_drop(when.accuracy_drop, floor, fixed.accuracy)
        gates.append(Gate("accuracyDrop", when.accuracy_drop, answers))
    if when.latency_increase is not None:
        answers = answers_for_p99(fixed=fixed.p99 is not None)
        gates.append(Gate("latencyIncrease", when.latency_increase, answers))
    if when.error_rate is not None:
        gates.append(Gate("errorRate", when.error_rate, answers_for_errors(when.error_rate)))
    return tuple(gates)
