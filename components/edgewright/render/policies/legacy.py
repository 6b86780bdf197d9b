"""Policies for a Kyverno before 1.19: ClusterPolicy, which newer ones announce the end of.

Before 1.19 an ImageValidatingPolicy does not hold images to `required` and `verifyDigest`. On one cluster all
policies have one form, never both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from edgewright.catalogue.policies import built_in_policy
from edgewright.fleet import Signature, Signer
from edgewright.plan import Plan
from edgewright.plan.admission import PRESENT_FORM, kyverno_version
from edgewright.render.manifest import Object
from edgewright.render.policies.registries import reference_forms
from edgewright.render.policies.signatures import NAME, PUBLIC_LOG

_KINDS: Final = {
    "pods": "Pod",
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "statefulsets": "StatefulSet",
    "cronjobs": "CronJob",
    "jobs": "Job",
    "rollouts": "argoproj.io/v1alpha1/Rollout",
}
"""What a policy matches ⇒ what an old one calls it; with pods it has their ephemeral containers."""

_PODS: Final = {"Pod": "/spec", "CronJob": "/spec/jobTemplate/spec/template/spec"}
_IMAGES: Final = {
    "containers": "containers/*/image",
    "initContainers": "initContainers/*/image",
    "ephemeralContainers": "ephemeralContainers/*/image",
    "volumes": "volumes/*/image/reference",
}

_AS_WRITTEN: Final = {"pod-policies.kyverno.io/autogen-controllers": "none"}
"""Kyverno is not to make rules for Deployments of those for pods: ours are for both."""


def is_old(plan: Plan) -> bool:
    """Whether the fleet's Kyverno wants the old form."""
    return kyverno_version(plan.fleet.platform.kyverno) < PRESENT_FORM


def in_old_form(policy: Object) -> Object:
    """A ValidatingPolicy as a ClusterPolicy that says the same; one that is of the old form already as it is."""
    if policy["kind"] == "ClusterPolicy":
        return policy
    spec = policy["spec"]
    cel = {"variables": spec.get("variables", []), "expressions": spec["validations"]}
    action = "Enforce" if "Deny" in spec["validationActions"] else "Audit"
    return _cluster_policy(policy, [{"validate": {"cel": cel}}], spec["failurePolicy"], action)


def old_signature_policy(plan: Plan) -> Object:
    """Who must have signed images, as an old Kyverno is told it: each rule is one of the policy's."""
    extractors = {kind.rpartition("/")[2]: list(_extractors(kind)) for kind in _KINDS.values()}
    rules = [
        {"imageExtractors": extractors, "verifyImages": [_verified(plan, index)]}
        for index in range(len(plan.fleet.security.signatures))
    ]
    like = built_in_policy("require-digests")
    return _cluster_policy({"metadata": {"name": NAME}, "spec": like["spec"]}, rules, "Fail", "Enforce")


def _cluster_policy(policy: Object, rules: Sequence[Object], failure: str, action: str) -> Object:
    spec, metadata = policy["spec"], policy["metadata"]
    head = {
        "match": {"any": list(_matched(spec["matchConstraints"]))},
        "celPreconditions": spec["matchConditions"],
    }
    named = [{"name": f"{metadata['name']}-{number}", **head, **rule} for number, rule in enumerate(rules, 1)]
    return {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **_AS_WRITTEN}},
        "spec": {
            "background": False,
            "failurePolicy": failure,
            "validationFailureAction": action,
            "rules": named,
        },
    }


def _matched(constraints: Object) -> Iterator[Object]:
    for rule in constraints["resourceRules"]:
        kinds = [_KINDS[each] for each in rule["resources"] if each in _KINDS]
        yield {"resources": {"kinds": kinds, "operations": rule["operations"]}}


def _verified(plan: Plan, index: int) -> Object:
    """What a rule asks of the images that none before it is about."""
    signature = plan.fleet.security.signatures[index]
    before = [form for each in plan.fleet.security.signatures[:index] for form in _references(each)]
    return {
        "imageReferences": _references(signature),
        **({"skipImageReferences": before} if before else {}),
        "attestors": [{"count": 1, "entries": [_entry(plan, each) for each in signature.any_of]}],
        "mutateDigest": False,
        "required": True,
        "type": "Cosign",
        "verifyDigest": True,
    }


def _references(signature: Signature) -> list[str]:
    return [form for glob in signature.images for form in reference_forms(glob)]


def _extractors(kind: str) -> Iterator[Object]:
    spec = _PODS.get(kind, "/spec/template/spec")
    for name, path in _IMAGES.items():
        yield {"name": name, "path": f"{spec}/{path}"}


def _entry(plan: Plan, signer: Signer) -> Object:
    if signer.keyless is not None:
        identity = {"issuer": signer.keyless.issuer, "subject": signer.keyless.subject}
        return {"keyless": {**identity, "rekor": {"url": PUBLIC_LOG}}}
    key = plan.texts.get(signer.key or "", "")
    return {"keys": {"publicKeys": key, "rekor": {"ignoreTlog": True}, "ctlog": {"ignoreSCT": True}}}
