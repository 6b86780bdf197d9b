"""The objects that a class has once, however many workloads run on it."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.plan import ClassPlan, Plan
from edgewright.render.labels import fleet_labels
from edgewright.render.manifest import Manifest, Object
from edgewright.render.network import default_deny


def class_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """The namespace with its Pod Security labels, the priority of its pods, and the closed network."""
    path = f"{planned.name}/manifests/namespace.yaml"
    yield Manifest(path, _namespace(plan, planned), ("security", "pods"))
    yield Manifest(path, _priority(plan, planned), ("fleet",))
    if plan.fleet.security.network.default == "deny":
        yield Manifest(path, default_deny(plan, planned), ("security", "network", "default"))


def _namespace(plan: Plan, planned: ClassPlan) -> Object:
    level = plan.fleet.security.pods
    version = ".".join(planned.kubernetes.split(".")[:2]) or "latest"
    labels = fleet_labels(plan, planned)
    labels |= {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("audit", "enforce", "warn")
        for suffix, value in (("", level), ("-version", version))
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": plan.fleet.fleet, "labels": labels}}


def _priority(plan: Plan, planned: ClassPlan) -> Object:
    """Above what has no priority, below the system's own: the platform outlives a workload."""
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": plan.fleet.fleet, "labels": fleet_labels(plan, planned)},
        "value": 1_000_000,
        "globalDefault": False,
        "preemptionPolicy": "PreemptLowerPriority",
        "description": f"Workloads of the fleet {plan.fleet.fleet}.",
    }
