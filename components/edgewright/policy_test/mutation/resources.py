"""Changes of what a pod asks for, and of how it is watched."""

from __future__ import annotations

from typing import Final

from edgewright.policy_test.mutation.mutation import Change, Mutation, Object, server

QOS: Final = "require-guaranteed-qos"
PROBES: Final = "require-probes"
GPUS: Final = "require-whole-gpus"

_GPU_VENDORS: Final = ("nvidia.com/", "amd.com/", "gpu.intel.com/")


def _resources(pod: Object, kind: str) -> Object:
    amounts: Object = server(pod).setdefault("resources", {}).setdefault(kind, {})
    return amounts


def _asks_for_less(pod: Object) -> bool:
    """Half of the limit: it is scheduled where it does not fit, and evicted first."""
    requests = _resources(pod, "requests")
    if "memory" not in requests:
        return False
    requests["memory"] = "1Mi"
    return True


def _without(kind: str, name: str) -> Change:
    def change(pod: Object) -> bool:
        return _resources(pod, kind).pop(name, None) is not None

    return change


def _no_resources(pod: Object) -> None:
    server(pod).pop("resources", None)


def _no_probe(name: str) -> Change:
    def change(pod: Object) -> bool:
        return server(pod).pop(name, None) is not None

    return change


def _half_gpu(pod: Object) -> bool:
    name = next((each for each in _resources(pod, "limits") if each.startswith(_GPU_VENDORS)), None)
    if name is None:
        return False
    for kind in ("limits", "requests"):
        _resources(pod, kind)[name] = "0.5"
    return True


def _gpu_past_the_scheduler(pod: Object) -> None:
    server(pod).setdefault("env", []).append({"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"})


RESOURCES: Final = (
    Mutation("asks-for-less", "that asks for less memory than it may take", (QOS,), _asks_for_less),
    Mutation("no-memory-limit", "without a limit of memory", (QOS,), _without("limits", "memory")),
    Mutation("no-cpu-limit", "without a limit of CPU", (QOS,), _without("limits", "cpu")),
    Mutation("no-resources", "that asks for nothing", (QOS,), _no_resources),
    Mutation(
        "no-liveness-probe", "that nobody restarts when it hangs", (PROBES,), _no_probe("livenessProbe")
    ),
    Mutation(
        "no-readiness-probe", "that gets requests before it is ready", (PROBES,), _no_probe("readinessProbe")
    ),
    Mutation("half-a-gpu", "that asks for half a GPU", (GPUS,), _half_gpu),
    Mutation(
        "gpu-past-the-scheduler",
        "that takes GPUs which the scheduler gave to others",
        (GPUS,),
        _gpu_past_the_scheduler,
    ),
)
"""Changes of resources and probes."""
