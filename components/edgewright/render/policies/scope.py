"""Where a policy counts: for everything that has pods, in the namespace of the fleet."""

from __future__ import annotations

from typing import Final

from edgewright.plan import ClassPlan, Plan
from edgewright.render.labels import fleet_labels
from edgewright.render.manifest import Object

_ALONE: Final[Object] = {
    "evaluation": {"background": {"enabled": False}},
    "matchConditions": [{"name": "asked-alone", "expression": "true"}],
}
"""What a policy has unless it says otherwise. One with a condition is asked by a call of its own: two about
signatures in one call never end (kyverno/kyverno, issue 17275)."""


def policy_name(plan: Plan, name: str) -> str:
    """The name of a policy on a cluster, where the policies of several fleets may meet."""
    return f"{plan.fleet.fleet}-{name}"


def scoped(plan: Plan, planned: ClassPlan, policy: Object) -> Object:
    """A policy as the fleet's: its name and labels, and its namespace unless the policy chooses its own."""
    metadata = policy["metadata"]
    labels = {**metadata.get("labels", {}), **fleet_labels(plan, planned)}
    metadata = {**metadata, "name": policy_name(plan, metadata["name"]), "labels": labels}
    of_form = _old_spec if policy["kind"] == "ClusterPolicy" else _spec
    return {**policy, "metadata": metadata, "spec": of_form(policy["spec"], _namespace(plan))}


def _namespace(plan: Plan) -> Object:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": plan.fleet.fleet}}}


def _spec(spec: Object, namespace: Object) -> Object:
    """Nothing is scanned in the background: that takes the reports controller with rights on all that is
    matched, and a policy whose rights are missing counts as not ready (Kyverno 1.19.0)."""
    scope = {**namespace, **spec.get("matchConstraints", {})}
    return {**_ALONE, **spec, "matchConstraints": scope}


def _old_spec(spec: Object, namespace: Object) -> Object:
    rules = [{**rule, "match": _matched(rule["match"], namespace)} for rule in spec["rules"]]
    return {"background": False, **spec, "rules": rules}


def _matched(match: Object, namespace: Object) -> Object:
    if "resources" in match:
        return {**match, "resources": _chosen(match["resources"], namespace)}
    return {
        of: [{**each, "resources": _chosen(each["resources"], namespace)} for each in entries]
        for of, entries in match.items()
    }


def _chosen(resources: Object, namespace: Object) -> Object:
    return resources if {"namespaces", "namespaceSelector"} & set(resources) else {**resources, **namespace}
