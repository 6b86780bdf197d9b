"""What K3s reads when it starts: its own configuration, and where images come from.

https://docs.k3s.io/installation/configuration and https://docs.k3s.io/installation/private-registry
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.document.emit import emit
from edgewright.fleet import Cpu, Memory
from edgewright.plan import ClassPlan, Plan
from edgewright.plan.proofs.storage import IMAGE_GC_PERCENT
from edgewright.render.labels import DEVICE_CLASS, FLEET
from edgewright.render.node.file import FOLDER, NodeFile

NVIDIA_PRESENT: Final = "nvidia.com/gpu.present"
"""The label that the device plugin's pods look for where no feature discovery sets another one.
https://github.com/NVIDIA/k8s-device-plugin/blob/v0.18.0/deployments/helm/nvidia-device-plugin/values.yaml"""
MPS_CAPABLE: Final = "nvidia.com/mps.capable"
"""The label of nodes that run the MPS control daemon, from templates/daemonset-mps-control-daemon.yml there."""

_NOT_USED: Final = ("metrics-server", "servicelb", "traefik")
"""What K3s brings and nothing here asks for; each would take memory that `reserve` has to give."""

# A model is an image: the collector must begin before the disk is short (K3s evicts pods where 5% are left),
# and must stop while the version before, which a roll-back needs, is still there: it takes what was used least
# recently first. Both are the kubelet's defaults, written down so that a release of K3s cannot change them.
# https://kubernetes.io/docs/concepts/architecture/garbage-collection/#containers-images
_COLLECT_TO: Final = 80


def k3s_config(plan: Plan, planned: ClassPlan) -> NodeFile:
    """`/etc/rancher/k3s/config.yaml`: the one server that each device runs."""
    config = {
        "write-kubeconfig-mode": "0600",
        "disable": list(_NOT_USED),
        "node-label": [f"{key}={value}" for key, value in node_labels(plan, planned).items()],
        "kubelet-arg": [f"{name}={value}" for name, value in kubelet_arguments(planned)],
    }
    origin = (*planned.path, "reserve")
    if "reserve" not in planned.device_class.model_fields_set:
        origin = planned.path
    return NodeFile(f"{planned.name}/{FOLDER}/etc/rancher/k3s/config.yaml", emit(config), origin)


def node_labels(plan: Plan, planned: ClassPlan) -> dict[str, str]:
    """Labels of the node, the same on each device of the class."""
    labels = {DEVICE_CLASS: planned.name, FLEET: plan.fleet.fleet}
    if planned.hardware.gpus:
        labels[NVIDIA_PRESENT] = "true"
        sharing = planned.device_class.gpu_sharing
        if sharing is not None and sharing.strategy == "mps":
            labels[MPS_CAPABLE] = "true"
    return labels


def kubelet_arguments(planned: ClassPlan) -> Iterator[tuple[str, str]]:
    """Flags of the kubelet. https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/"""
    reserved = ",".join(f"{name}={amount}" for name, amount in system_reserved(planned))
    if reserved:
        yield "system-reserved", reserved
    yield "image-gc-high-threshold", str(IMAGE_GC_PERCENT)
    yield "image-gc-low-threshold", str(_COLLECT_TO)
    pinning = planned.device_class.cpu_manager
    if pinning is not None:
        yield "cpu-manager-policy", pinning.policy
        yield "topology-manager-policy", pinning.topology


def system_reserved(planned: ClassPlan) -> Iterator[tuple[str, str]]:
    """What the scheduler must not give away, so that workloads are left exactly what was planned.

    The pods of the platform ask the scheduler for their part of `reserve` themselves. What they request is
    taken off: together with them, it is `reserve`.
    """
    reserve = planned.device_class.reserve
    if planned.system_cpu > 0:
        yield "cpu", str(Cpu(planned.system_cpu))
    if planned.system_memory > 0:
        yield "memory", Memory(planned.system_memory).kubernetes
    if reserve.storage:
        yield "ephemeral-storage", reserve.storage.kubernetes


def registries(plan: Plan, planned: ClassPlan) -> NodeFile:
    """`/etc/rancher/k3s/registries.yaml`: the fleet's registry, where a site writes its own mirror before it."""
    host = plan.fleet.registry.partition("/")[0]
    mirrors = {"mirrors": {host: {"endpoint": [f"https://{host}"]}}}
    path = f"{planned.name}/{FOLDER}/etc/rancher/k3s/registries.yaml"
    return NodeFile(path, emit(mirrors), ("registry",))
