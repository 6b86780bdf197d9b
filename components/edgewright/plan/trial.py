"""A trial: what holds of a class, and by how much, if one workload on it had other resources."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue
from edgewright.errors import FieldPath, Finding, Level
from edgewright.fleet import Fleet, Resources
from edgewright.fleet.part import Entries
from edgewright.plan.build import build_plan
from edgewright.plan.inequality import Inequality
from edgewright.plan.plan import ClassPlan, Deployed, Plan


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of an amount: the rule that is broken, in words, at a field."""

    rule: str
    message: str
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Answer:
    """What a trial says, by question: the slack of each inequality, below zero where it does not hold.

    What is no matter of amounts has a slack of -1 where it is wrong, and none where it is not.
    """

    slack: Mapping[Hashable, int]
    obstacles: Mapping[Hashable, Obstacle]


@dataclass(frozen=True, slots=True)
class Trial:
    """A workload on a class, ready to be planned with other resources than it has.

    The fleet is cut down to the class, so that a plan of it is quick; `levels` are those of findings that
    count. What was wrong before and has nothing to do with resources does not.
    """

    fleet: Fleet
    catalogue: Catalogue
    lock: Lock
    planned: ClassPlan
    deployed: Deployed
    levels: frozenset[Level]
    texts: Mapping[str, str] = field(default_factory=dict)
    _answers: dict[Resources, Answer] = field(default_factory=dict)

    @property
    def path(self) -> FieldPath:
        """Where the resources are written."""
        return self.deployed.origin("resources")

    def of(self, resources: Resources) -> Answer:
        """What holds with these resources."""
        if resources not in self._answers:
            self._answers[resources] = self._answer(self._plan(resources))
        return self._answers[resources]

    def _plan(self, resources: Resources) -> Plan:
        name, class_name = self.deployed.name, self.planned.name
        workload = self.fleet.workloads[name]
        if "on" in self.path:
            on = workload.on[class_name].model_copy(update={"resources": resources})
            workload = workload.model_copy(update={"on": Entries({**workload.on, class_name: on})})
        else:
            workload = workload.model_copy(update={"resources": resources})
        fleet = self.fleet.model_copy(update={"workloads": Entries({**self.fleet.workloads, name: workload})})
        counts = {class_name: tuple(ring.devices for ring in self.planned.rings)}
        return build_plan(fleet, self.catalogue, self.lock, texts=self.texts, counts=counts)

    def _answer(self, plan: Plan) -> Answer:
        slack: dict[Hashable, int] = {}
        obstacles: dict[Hashable, Obstacle] = {}
        told: set[Finding] = set()
        for key, proof in numbered(proof for planned in plan.classes for proof in planned.proofs):
            told.update(proof.findings())
            if proof.level in self.levels:
                slack[key] = proof.available - proof.needed
                obstacles.update((key, _obstacle(finding)) for finding in proof.findings())
        for finding in plan.findings:
            if finding.level in self.levels and finding not in told:
                slack[finding.rule, finding.path] = -1
                obstacles[finding.rule, finding.path] = _obstacle(finding)
        for tier in self._lost(plan):
            slack["lost", tier] = -1
            obstacles["lost", tier] = Obstacle(
                "tier-cannot-run", f"the tier `{tier}` would be lost", self.path
            )
        return Answer(slack, obstacles)

    def _lost(self, plan: Plan) -> list[str]:
        """The tiers that run as it is written, and would not any more."""
        left = {
            tier.tier
            for planned in plan.classes
            for each in planned.workloads
            if each.name == self.deployed.name
            for tier in each.tiers
        }
        return [tier.tier for tier in self.deployed.tiers if tier.tier not in left]


def numbered(proofs: Iterable[Inequality]) -> Iterator[tuple[tuple[str, str | None, int], Inequality]]:
    """Each proof with its rule, its workload, and how many of the two came before: the same one in each plan."""
    seen: dict[tuple[str, str | None], int] = {}
    for proof in proofs:
        key = proof.rule, proof.workload
        yield (*key, seen.get(key, 0)), proof
        seen[key] = seen.get(key, 0) + 1


def _obstacle(finding: Finding) -> Obstacle:
    return Obstacle(finding.rule, finding.message, finding.path)


def trial_of(
    plan: Plan,
    catalogue: Catalogue,
    lock: Lock,
    class_name: str,
    workload: str,
    levels: frozenset[Level] = frozenset({"error"}),
) -> Trial | None:
    """The trial of a workload on a class; None where it could not be planned."""
    planned = next((each for each in plan.classes if each.name == class_name), None)
    deployed = next((each for each in planned.workloads if each.name == workload), None) if planned else None
    if planned is None or deployed is None:
        return None
    here = {name: each for name, each in plan.fleet.workloads.items() if not each.on or class_name in each.on}
    one = {
        name: each.model_copy(update={"on": Entries({class_name: each.on[class_name]})}) if each.on else each
        for name, each in here.items()
    }
    cut = {
        "workloads": Entries(one),
        "device_classes": Entries({class_name: plan.fleet.device_classes[class_name]}),
    }
    return Trial(plan.fleet.model_copy(update=cut), catalogue, lock, planned, deployed, levels, plan.texts)
