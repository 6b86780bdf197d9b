"""One class under test: what Kyverno says of its pods, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgewright.plan import ClassPlan
from edgewright.policy_test.asked import asked_for, asks, asks_a_registry, is_asked, policy_of, references
from edgewright.policy_test.asking import asked, questions_of
from edgewright.policy_test.matrix import ClassMatrix, Policy, Result, Row
from edgewright.policy_test.mutation import Mutation
from edgewright.policy_test.mutation.mutation import SIGNATURES, Object
from edgewright.policy_test.stand_ins import path_of
from edgewright.policy_test.subjects import enforced, policies_of, subjects_of
from edgewright.policy_test.trial import Image, Trial
from edgewright.policy_test.tries import Try, pod_name, tries_of
from edgewright.render import Manifest
from edgewright.ship.kyverno import Verdicts
from edgewright.ship.tools import Tool


@dataclass(frozen=True, slots=True)
class _Case:
    """What the rows of a class are judged by. `plain` are the pods of the trial as they are; `wanted` the
    policies that the fleet asks for; `level` the Pod Security Standard that the namespace enforces."""

    policies: tuple[Policy, ...]
    verdicts: Verdicts
    plain: dict[str, Object]
    wanted: frozenset[str]
    level: str
    trial: Trial


def judge_class(
    kyverno: Tool, planned: ClassPlan, manifests: Sequence[Manifest], trial: Trial, images: Sequence[Image]
) -> ClassMatrix:
    """The matrix of a class; `manifests` are its objects as they are rendered. Raises FleetError."""
    in_trial = [each for each in trial.manifests if each.path.startswith(f"{planned.name}/")]
    subjects = subjects_of(manifests)
    plain = {each.title: each.pod for each in subjects_of(in_trial, distinct=False)}
    tries = tuple(tries_of(subjects, plain, images))
    alone = [each for each in policies_of(manifests) if not asks_a_registry(each.body)]
    asking = [each for each in policies_of(in_trial) if asks_a_registry(each.body)]
    questions = [
        *questions_of(alone, tries, "real", manifests),
        *questions_of(asking, tries, "trial", in_trial),
    ]
    policies = tuple(policy_of(each) for each in (*asking, *alone))
    gate = planned.device_class.signature_gate
    wanted = asked_for(trial.plan.fleet, policies, gated=gate == "admission")
    case = _Case(policies, asked(kyverno, questions), plain, wanted, enforced(manifests), trial)
    rows = tuple(_row(case, number, each) for number, each in enumerate(tries))
    return ClassMatrix(planned.name, gate, policies, tuple(each.title for each in subjects), rows)


def _row(case: _Case, number: int, tried: Try) -> Row:
    found = {
        (policy.name, title): case.verdicts[policy.name, pod_name(number, title)]
        for policy in case.policies
        for title in {**tried.real, **tried.trial}
        if (policy.name, pod_name(number, title)) in case.verdicts
    }
    if tried.mutation is None:
        passed = all(verdict.outcome in ("passed", "skipped", "audited") for verdict in found.values())
        return Row(tried.name, tried.what, True, found, "passed" if passed else "refused")
    result = _result(case, number, tried, tried.mutation)
    about = tuple(policy.name for policy in case.policies if policy.base in tried.mutation.by)
    origin = asks(case.trial.plan.fleet, tried.mutation)
    return Row(tried.name, tried.what, False, found, result, about, origin)


def _result(case: _Case, number: int, tried: Try, mutation: Mutation) -> Result:
    """What became of the pods that a change was made of."""
    if not tried.trial:
        return "does not apply"
    wanted = [
        title
        for title, changed in tried.trial.items()
        if is_asked(mutation, case.plain[title], changed, case.wanted, case.trial)
    ]
    if not wanted and SIGNATURES in mutation.by and _leaves_out(case, tried):
        return "not tried"
    if not wanted:
        by_label = f"pod-security-{case.level}" in mutation.by
        return "left to the namespace" if by_label else "not asked for"
    refused = all(_is_refused(case, mutation, pod_name(number, title)) for title in wanted)
    return "refused" if refused else "got through"


def _leaves_out(case: _Case, tried: Try) -> bool:
    """Whether somebody is meant to have signed what a pod pulls who cannot sign here."""
    pulled = {path_of(each) for pod in tried.trial.values() for each in references(pod)}
    return any(map(case.trial.leaves_out, pulled))


def _is_refused(case: _Case, mutation: Mutation, pod: str) -> bool:
    """Whether one of the policies that are there for it keeps a pod out."""
    for policy in case.policies:
        verdict = case.verdicts.get((policy.name, pod))
        if policy.base not in mutation.by or verdict is None or (mutation.later and not policy.sees_later):
            continue
        if verdict.outcome == "refused":
            return True
        if verdict.outcome == "failed" and mutation.absent and policy.denies and policy.fails_closed:
            return True
    return False
