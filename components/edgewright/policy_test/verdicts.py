"""What is wrong with a class's policies, as findings at the place in fleet.yaml that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from edgewright.errors import FieldPath, Finding, Note
from edgewright.plan import ClassPlan
from edgewright.policy_test.matrix import ClassMatrix, Policy, Row
from edgewright.policy_test.subjects import subjects_of
from edgewright.render import Manifest
from edgewright.ship.kyverno import Verdict


def findings_of(
    matrix: ClassMatrix, manifests: Sequence[Manifest], fleet: str, refusing: frozenset[str]
) -> Iterator[Finding]:
    """Everything that is wrong.

    `refusing` are policies of the user's own that were seen to refuse in tests of their own; on the cluster
    they go by the name of the `fleet`, too.
    """
    origins = {subject.title: subject.origin for subject in subjects_of(manifests)}
    origins |= {path: ("security", "signatures") for path in matrix.pods if path not in origins}
    yield from _refused(matrix, origins)
    yield from _got_through(matrix)
    yield from _idle(matrix, {f"{fleet}-{name}" for name in refusing})


def _refused(matrix: ClassMatrix, origins: dict[str, FieldPath]) -> Iterator[Finding]:
    """Pods that are to run and may not."""
    policies = {policy.name: policy for policy in matrix.policies}
    for row in matrix.rows:
        if not row.good:
            continue
        for (name, title), verdict in row.verdicts.items():
            if verdict.outcome in ("refused", "failed"):
                yield Finding(
                    "pod-refused",
                    "error",
                    f"`{name[1]}` {_said(verdict)} {title} of `{matrix.name}`, {row.what}: {verdict.message}",
                    "change the workload, or the policy where it is too strict",
                    origins[title],
                    waivable=False,
                    notes=(Note("the policy", path=policies[name].origin),),
                )


def _said(verdict: Verdict) -> str:
    return "refuses" if verdict.outcome == "refused" else "could not be evaluated for"


def _got_through(matrix: ClassMatrix) -> Iterator[Finding]:
    """Changed pods that no policy refuses that is there for it."""
    for row in matrix.rows:
        if row.result != "got through":
            continue
        there = [policy for policy in matrix.policies if policy.name in row.asked]
        names = ", ".join(f"`{policy.name[1]}`" for policy in there)
        who = f"{names} lets it in" if there else "no policy is there for it"
        yield Finding(
            "mutation-accepted",
            "error",
            f"`{matrix.name}` takes {_a(matrix.thing)} {row.what} (`{row.name}`): {who}{_why(row, there)}",
            "correct the policy; `edgewright test --format json` has what each one said",
            there[0].origin if there else row.origin,
            waivable=False,
        )


def _why(row: Row, there: Sequence[Policy]) -> str:
    """What was said instead of a refusal, where that is not a pass."""
    for policy in there:
        verdicts = row.of(policy.name)
        for verdict in verdicts:
            if verdict.outcome == "failed":
                return f"; it could not be evaluated: {verdict.message}"
            if verdict.outcome == "audited":
                return "; it only reports"
        if verdicts and not policy.sees_later and all(each.outcome == "refused" for each in verdicts):
            return ", for it does not match `pods/ephemeralcontainers` on UPDATE"
    return ""


def _idle(matrix: ClassMatrix, shown: Collection[str]) -> Iterator[Finding]:
    """Policies that nothing was refused by: nobody knows whether they work."""
    for policy in matrix.policies:
        if policy.name[1] in shown and policy.denies:
            continue
        said = [verdict for row in matrix.rows for verdict in row.of(policy.name)]
        if any(verdict.outcome == "refused" for verdict in said):
            continue
        if not said:
            why = "Kyverno says nothing of it: it was not loaded, or it matches none of the pods"
        elif not policy.denies:
            why = "it only reports what it finds, and keeps nothing out"
        elif failed := [verdict.message for verdict in said if verdict.outcome == "failed"]:
            why = f"where it does not let {_a(matrix.thing)} in, it could not be evaluated: {failed[0]}"
        else:
            why = f"it lets in every {matrix.thing}, in whichever of {len(matrix.rows)} ways it is changed"
        yield Finding(
            "policy-refuses-nothing",
            "error",
            f"`{policy.name[1]}` of `{matrix.name}` refuses nothing: {why}",
            "correct it, or take it out: a policy that nobody has seen refuse is not tested",
            policy.origin,
            waivable=False,
        )


def _a(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"


def untested(planned: ClassPlan, matrix: ClassMatrix) -> Iterator[Finding]:
    """What is said of a class that no policy is asked on."""
    gate = planned.device_class.signature_gate
    if gate == "admission" or not planned.workloads:
        return
    who = "Flux verifies what it pulls" if gate == "delivery" else "the bundle is verified when it is read"
    tried = "the keys that it is given were tried" if matrix.rows else "nothing of it was tried"
    yield Finding(
        "policy-not-tried",
        "info",
        f"`{planned.name}` has no policy at admission: {who} ({tried}), and nobody asks about a pod afterwards",
        "where that is too little, and a registry stands beside the devices: `signatureGate: admission`",
        (*planned.path, "signatureGate"),
        waivable=False,
    )
