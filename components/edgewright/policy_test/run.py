"""From an assembled fleet to what Kyverno says of its policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from edgewright.assembly import Assembled
from edgewright.errors import FleetError
from edgewright.plan import ClassPlan
from edgewright.policy_test.filling import fill
from edgewright.policy_test.folders import try_folders
from edgewright.policy_test.judging import judge_class
from edgewright.policy_test.matrix import ClassMatrix, Report
from edgewright.policy_test.sources import images_of_sources, judge_sources
from edgewright.policy_test.stand_ins import host_of
from edgewright.policy_test.subjects import policies_of
from edgewright.policy_test.trial import Trial, images_of, trial_of
from edgewright.policy_test.verdicts import findings_of, untested
from edgewright.render import Manifest
from edgewright.ship.tools import Tool
from edgewright.ship.trial_registry import trial_registry

Told: TypeAlias = Callable[[str], None]


def _silent(_what: str) -> None:
    """For those who do not wait."""


def run(assembled: Assembled, base: Path, kyverno: Tool, registry: Tool, told: Told = _silent) -> Report:
    """What came of it; `assembled` is whole and rendered, and its folders of policies lie below `base`.

    Raises FleetError where something could not be tried at all.
    """
    plan = assembled.plan
    assert plan is not None
    told("asking Kyverno about folders of policies")
    own = try_folders(plan.fleet, base, kyverno)
    told("starting a registry")
    with trial_registry(registry) as address:
        trial = trial_of(plan, address)
        findings = [*own.findings, *trial.findings]
        matrices = []
        for planned in plan.classes:
            mine = [each for each in assembled.manifests if each.path.startswith(f"{planned.name}/")]
            try:
                tried = _class(planned, mine, trial, kyverno, told)
            except FleetError as error:
                findings += error.findings
                continue
            matrix = tried.renamed(address, host_of(plan.fleet.registry))
            matrices.append(matrix)
            findings += findings_of(matrix, mine, plan.fleet.fleet, own.refusing)
            findings += untested(planned, matrix)
    return Report(tuple(matrices), own.said, tuple(dict.fromkeys(findings)))


def _class(
    planned: ClassPlan, manifests: Sequence[Manifest], trial: Trial, kyverno: Tool, told: Told
) -> ClassMatrix:
    """The matrix of one class: its pods by its policies, or what Flux pulls by its keys."""
    if not policies_of(manifests):
        told(f"verifying what Flux pulls for {planned.name}")
        fill(trial, images_of_sources(planned, trial))
        return judge_sources(planned, trial)
    images = images_of(trial, planned.name)
    told(f"signing {len(images)} stand-ins for {planned.name}")
    fill(trial, images)
    told(f"asking Kyverno about {planned.name}")
    return judge_class(kyverno, planned, manifests, trial, images)
