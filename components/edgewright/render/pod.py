"""The pod of a workload: one server, its models as read-only volumes, and nothing it may do beyond that."""

from __future__ import annotations

from typing import Final

from edgewright.artifact.lock import LockedVariant
from edgewright.plan import PROBE_PERIOD, ClassPlan, Deployed, Plan, probe_failures
from edgewright.plan.hardware import NVIDIA
from edgewright.plan.signing import model_repository
from edgewright.render.labels import label_name, workload_labels
from edgewright.render.manifest import Object, reference
from edgewright.render.node.device_plugin import RESOURCE as GPU_RESOURCE
from edgewright.render.server_config import (
    CONFIG_FOLDER,
    GRPC_PORT,
    HTTP_PORT,
    model_mount,
)
from edgewright.render.volumes import claims_of

USER: Final = 65532
"""The user that every image runs as; by convention the `nonroot` of minimal images."""


_VIDEO: Final = 44
"""The group `video` of Debian and Ubuntu, which owns the GPU's device files on a Jetson: whoever is not root
needs it. https://docs.nvidia.com/jetson/archives/r36.4/DeveloperGuide/SD/Security.html"""


def pod_template(plan: Plan, planned: ClassPlan, deployed: Deployed, config_map: str) -> Object:
    """The template of the workload's pod."""
    metadata: Object = {"labels": workload_labels(plan, planned, deployed)}
    if deployed.not_locked:
        metadata["annotations"] = {"edgewright.dev/not-locked": ", ".join(deployed.not_locked)}
    spec: Object = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": plan.fleet.fleet,
        "securityContext": {
            "fsGroup": USER,
            "runAsGroup": USER,
            "runAsNonRoot": True,
            "runAsUser": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": deployed.name,
        "terminationGracePeriodSeconds": deployed.shutdown.grace.seconds,
    }
    if deployed.uses_gpu and NVIDIA in planned.accelerators:
        spec["runtimeClassName"] = "nvidia"
        if planned.device_class.software.jetpack is not None:
            spec["securityContext"]["supplementalGroups"] = [_VIDEO]
    spec["containers"] = [_container(plan, planned, deployed)]
    spec["volumes"] = _volumes(plan, planned, deployed, config_map)
    return {"metadata": metadata, "spec": spec}


def _container(plan: Plan, planned: ClassPlan, deployed: Deployed) -> Object:
    return {
        "name": "server",
        "image": reference(f"{plan.fleet.registry}/{deployed.image.name}", deployed.image.digest),
        "imagePullPolicy": "IfNotPresent",
        "args": ["--config", f"{CONFIG_FOLDER}/server.json"],
        "env": [
            # onnxruntime's wheels send telemetry by default; a device has nobody to tell.
            {"name": "ORT_DISABLE_TELEMETRY", "value": "1"},
            {"name": "EDGEWRIGHT_REVISION", "valueFrom": {"fieldRef": {"fieldPath": _revision(deployed)}}},
            *_requirements(planned, deployed),
        ],
        "ports": [
            {"name": name, "containerPort": port, "protocol": "TCP"}
            for name, port in ports_of(deployed).items()
        ],
        "resources": _resources(deployed),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        **_probes(deployed),
        "volumeMounts": _mounts(deployed),
    }


def ports_of(deployed: Deployed) -> dict[str, int]:
    """What the server listens on, by name."""
    return {"http": HTTP_PORT} | ({"grpc": GRPC_PORT} if deployed.grpc else {})


def _requirements(planned: ClassPlan, deployed: Deployed) -> list[Object]:
    """What NVIDIA's container toolkit asks of the driver before it starts a container that has the GPU.

    On a Jetson too (CSV and CDI modes). https://github.com/NVIDIA/nvidia-container-toolkit/blob/main/internal/modifier/image_requirements.go
    """
    cuda = planned.cuda.get(deployed.image.platform) if deployed.uses_gpu else None
    return [{"name": "NVIDIA_REQUIRE_CUDA", "value": f"cuda>={cuda}"}] if cuda else []


def _revision(deployed: Deployed) -> str:
    """The label by which a controller tells one version of the pod from the next."""
    label = "rollouts-pod-template-hash" if deployed.rollout else "pod-template-hash"
    return f"metadata.labels['{label}']"


def _resources(deployed: Deployed) -> Object:
    asked = deployed.resources
    amounts: dict[str, str] = {
        "cpu": str(asked.cpu),
        "memory": asked.memory.kubernetes,
        "ephemeral-storage": asked.ephemeral_storage.kubernetes,
    }
    if asked.gpu:
        amounts[GPU_RESOURCE] = str(asked.gpu)
    # Requests equal limits: the pod is Guaranteed, and what was planned is what it has.
    return {"limits": amounts, "requests": dict(amounts)}


def _probes(deployed: Deployed) -> Object:
    def ask(path: str, period: int, failures: int) -> Object:
        return {
            "httpGet": {"path": path, "port": "http"},
            "periodSeconds": period,
            "timeoutSeconds": 3,
            "failureThreshold": failures,
        }

    return {
        "startupProbe": ask("/v2/health/ready", PROBE_PERIOD, probe_failures(deployed)),
        "readinessProbe": ask("/v2/health/ready", PROBE_PERIOD, 2),
        "livenessProbe": ask("/v2/health/live", 10, 3),
    }


def _forms(deployed: Deployed) -> dict[str, LockedVariant | None]:
    """Each form of the model that a tier needs, once."""
    return {tier.variant: tier.locked for tier in deployed.tiers if tier.variant is not None}


def _mounts(deployed: Deployed) -> list[Object]:
    mounts: list[Object] = [{"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": True}]
    mounts += [
        {"name": label_name(f"model-{form}"), "mountPath": model_mount(form), "readOnly": True}
        for form in _forms(deployed)
    ]
    mounts += [{"name": each.name, "mountPath": each.folder} for each in claims_of(deployed)]
    return [*mounts, {"name": "scratch", "mountPath": "/tmp"}]


def _volumes(plan: Plan, planned: ClassPlan, deployed: Deployed, config_map: str) -> list[Object]:
    volumes: list[Object] = [{"name": "config", "configMap": {"name": config_map}}]
    for form, locked in _forms(deployed).items():
        digest = locked.artifacts.get(planned.architecture) if locked else None
        image = reference(model_repository(plan.fleet, deployed.model), digest)
        volumes.append(
            {"name": label_name(f"model-{form}"), "image": {"reference": image, "pullPolicy": "IfNotPresent"}}
        )
    volumes += [
        {"name": each.name, "persistentVolumeClaim": {"claimName": each.claim}}
        for each in claims_of(deployed)
    ]
    scratch = {"sizeLimit": deployed.resources.ephemeral_storage.kubernetes}
    return [*volumes, {"name": "scratch", "emptyDir": scratch}]
