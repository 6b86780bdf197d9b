"""NVIDIA's device plugin with its configuration, as a chart that K3s installs.

The configuration's form: https://github.com/NVIDIA/k8s-device-plugin/blob/v0.18.0/README.md, and the
types in api/config/v1 there. The chart's version is the plugin's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.document.emit import emit
from edgewright.errors import FieldPath
from edgewright.fleet import GpuSharing
from edgewright.plan import ClassPlan
from edgewright.render.manifest import Object
from edgewright.render.node.file import FOLDER, MANIFESTS, NodeFile

PART: Final = "nvidiaDevicePlugin"
RESOURCE: Final = "nvidia.com/gpu"
_NAME: Final = "nvidia-device-plugin"
_REPOSITORY: Final = "https://nvidia.github.io/k8s-device-plugin"


def device_plugin(planned: ClassPlan) -> Iterator[NodeFile]:
    """The chart, on a class with an NVIDIA GPU."""
    for part in planned.parts:
        if part.name == PART:
            path = f"{planned.name}/{FOLDER}/{MANIFESTS}/{_NAME}.yaml"
            yield NodeFile(path, emit(_chart(planned, part.version)), _origin(planned, part.path))


def _origin(planned: ClassPlan, otherwise: FieldPath) -> FieldPath:
    return (*planned.path, "gpuSharing") if planned.device_class.gpu_sharing else otherwise


def _chart(planned: ClassPlan, version: str) -> Object:
    values: Object = {
        "runtimeClassName": "nvidia",
        "config": {"default": "default", "map": {"default": emit(plugin_config(planned))}},
    }
    pinning = planned.device_class.cpu_manager
    if pinning is not None and pinning.policy == "static":
        # A pod whose cores are set anew would lose its devices without.
        values["compatWithCPUManager"] = True
    return {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": _NAME, "namespace": "kube-system"},
        "spec": {
            "repo": _REPOSITORY,
            "chart": _NAME,
            "version": version,
            "targetNamespace": _NAME,
            "createNamespace": True,
            "valuesContent": emit(values),
        },
    }


def plugin_config(planned: ClassPlan) -> Object:
    """What the plugin offers: whole GPUs, shares of them, or slices that MIG has cut."""
    sharing = planned.device_class.gpu_sharing
    # `single`: every slice is alike and asked for by the same name as a whole GPU.
    strategy = "single" if sharing is not None and sharing.strategy == "mig" else "none"
    config: Object = {"version": "v1", "flags": {"migStrategy": strategy, "failOnInitError": True}}
    if sharing is not None and sharing.strategy in ("time-slicing", "mps"):
        config["sharing"] = _shares(sharing)
    return config


def _shares(sharing: GpuSharing) -> Object:
    resources = [{"name": RESOURCE, "replicas": sharing.replicas or 1}]
    if sharing.strategy == "mps":  # a request for more than one share fails, whatever is written
        return {"mps": {"renameByDefault": False, "resources": resources}}
    slices: Object = {"renameByDefault": False, "failRequestsGreaterThanOne": False, "resources": resources}
    return {"timeSlicing": slices}
