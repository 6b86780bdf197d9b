"""The objects that a class has once, however many workloads run on it."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Cpu, Memory
from edgewright.plan import ClassPlan, Plan
from edgewright.render.labels import fleet_labels
from edgewright.render.manifest import Manifest, Object
from edgewright.render.network import default_deny


def class_manifests(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """The namespace with its Pod Security labels, the priority and the quota of its pods, and the closed network.

    No PodDisruptionBudget: each workload is one pod on one node. One that forbids its eviction would keep
    every drain waiting for ever, and one that allows it (`maxUnavailable: 1`) protects nothing.
    """
    path = f"{planned.name}/manifests/namespace.yaml"
    yield Manifest(path, _namespace(plan, planned), ("security", "pods"))
    yield Manifest(path, _priority(plan, planned), ("fleet",))
    yield Manifest(path, _quota(plan, planned), planned.path)
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


def _quota(plan: Plan, planned: ClassPlan) -> Object:
    """What the pods of the namespace may ask for: all that the class has beside its reserve.

    A pod that is still ending counts, so a quota of that alone would keep its successor waiting; each workload
    has its own amount once more. GPUs are no matter of a quota: the scheduler counts them.
    """
    hardware, reserve = planned.hardware, planned.device_class.reserve
    cpu = hardware.cores * 1000 - reserve.cpu + sum(each.resources.cpu for each in planned.workloads)
    memory = hardware.memory - reserve.memory + sum(each.resources.memory for each in planned.workloads)
    amounts = {"cpu": str(Cpu(max(cpu, 0))), "memory": Memory(max(memory, 0)).kubernetes}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {
            "name": plan.fleet.fleet,
            "namespace": plan.fleet.fleet,
            "labels": fleet_labels(plan, planned),
        },
        "spec": {
            "hard": {
                f"{kind}.{name}": amount
                for kind in ("limits", "requests")
                for name, amount in amounts.items()
            }
        },
    }


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
