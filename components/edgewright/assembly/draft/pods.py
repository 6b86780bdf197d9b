"""What a workload's manifest says that a fleet says too, and what of it is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from edgewright.assembly.draft.objects import Found
from edgewright.errors import FieldPath, Finding
from edgewright.scan.quantities import amount

_WORDS: Final = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
"""Names that some reader of YAML would take for something else than text."""

_GPU: Final = "nvidia.com/gpu"
_MOST: Final = {
    "cpu": 4096 * 10**9,
    "memory": 2**50 * 10**9,
    "ephemeral-storage": 2**50 * 10**9,
    _GPU: 64 * 10**9,
}
"""The resources that a fleet has, and more of each than any device has, in thousand-millionths."""

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "ReplicaSet", "Pod")

_OURS: Final = {
    "securityContext", "serviceAccountName", "serviceAccount", "automountServiceAccountToken",
    "enableServiceLinks", "runtimeClassName", "priorityClassName", "restartPolicy", "dnsPolicy",
    "schedulerName", "containers", "nodeSelector", "terminationGracePeriodSeconds", "imagePullSecrets",
}  # fmt: skip
"""Fields of a pod that a fleet has, or that Edgewright writes itself and no looser than any."""

_OUR_CONTAINER: Final = {
    "name", "image", "imagePullPolicy", "resources", "securityContext", "ports", "livenessProbe",
    "readinessProbe", "startupProbe", "terminationMessagePath", "terminationMessagePolicy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A workload as a fleet would say it. Amounts are as the manifests write them."""

    found: Found
    name: str
    image: str
    selector: tuple[tuple[str, str], ...]
    cpu: str | None
    memory: str | None
    gpu: int
    storage: str | None
    grace: int | None
    start: int | None
    findings: tuple[Finding, ...] = field(repr=False)


def drawn(found: Found) -> Drawn | None:
    """What can be said of a workload; None for one without a container."""
    path = _pod_path(found)
    pod = _at(found.body, path)
    containers = _list(_at(pod, ("containers",)))
    if not containers or not isinstance(containers[0], dict):
        return None
    first, below = containers[0], (*path, "containers", 0)
    resources = _mapping(first.get("resources"))
    limits = _mapping(resources.get("requests")) | _mapping(resources.get("limits"))
    grace = pod.get("terminationGracePeriodSeconds")
    findings = [
        *_replicas(found),
        *_left_over(found, path, pod, _OURS, "the pod"),
        *_left_over(found, below, first, _OUR_CONTAINER, "the container"),
        *_more_containers(found, path, containers),
        *_differing(found, below, resources),
        *_unreadable(found, below, resources),
        *_no_time(found, path, grace),
    ]
    return Drawn(
        found=found,
        name=label(found.name),
        image=str(first.get("image", "")),
        selector=tuple(
            sorted((str(key), str(each)) for key, each in _mapping(pod.get("nodeSelector")).items())
        ),
        cpu=_amount(limits.get("cpu")),
        memory=_amount(limits.get("memory")),
        gpu=_gpus(limits),
        storage=_amount(limits.get("ephemeral-storage")),
        grace=_seconds(grace),
        start=_patience(_mapping(first.get("startupProbe"))),
        findings=tuple(findings),
    )


def label(name: str) -> str:
    """The nearest name that a fleet allows: at most 40 of lower-case letters, digits and inner hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not plain[:1].isalpha() or plain in _WORDS:
        plain = f"w-{plain}"
    return plain[:40].strip("-")


def _pod_path(found: Found) -> FieldPath:
    return ("spec",) if found.kind == "Pod" else ("spec", "template", "spec")


def _at(value: Any, path: FieldPath) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if value is not None else {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _amount(value: Any) -> str | None:
    return None if value is None else str(value)


def _gpus(limits: dict[str, Any]) -> int:
    """Whole GPUs; 0 for what is no number of them."""
    found = readable(_GPU, _amount(limits.get(_GPU)))
    return found // 10**9 if found % 10**9 == 0 else 0


def _patience(probe: dict[str, Any]) -> int | None:
    """Seconds until a start counts as broken, by its startup probe; by default 3 times 10 s."""
    numbers = [
        probe.get("initialDelaySeconds", 0),
        probe.get("failureThreshold", 3),
        probe.get("periodSeconds", 10),
    ]
    if not probe or not all(type(each) is int for each in numbers):
        return None
    delay, failures, period = numbers
    return _seconds(delay + failures * period)


def _seconds(value: Any) -> int | None:
    """Seconds as a fleet can have them; None for what is no number of them, or more than a day."""
    return value if type(value) is int and 0 < value <= 86_400 else None


def _replicas(found: Found) -> Iterator[Finding]:
    replicas = _at(found.body, ("spec", "replicas"))
    if isinstance(replicas, int) and replicas != 1:
        yield not_mapped(
            found,
            ("spec", "replicas"),
            f"`{found.name}` has {replicas} replicas, and a fleet runs one on each device",
            "count its devices in the class's `devices`",
        )


def _left_over(
    found: Found, path: FieldPath, value: dict[str, Any], known: set[str], what: str
) -> Iterator[Finding]:
    for name in value:
        if name not in known and value[name] not in (None, [], {}, False, ""):
            yield not_mapped(
                found,
                (*path, name),
                f"`{name}` of {what} of `{found.name}` has no counterpart in the draft",
                "leave it, or keep it in a manifest of your own beside the fleet's",
            )


def _more_containers(found: Found, path: FieldPath, containers: list[Any]) -> Iterator[Finding]:
    for index in range(1, len(containers)):
        yield not_mapped(
            found,
            (*path, "containers", index),
            f"`{found.name}` has more than one container, and the draft has the first",
            "write it as a workload of its own, if it serves a model",
        )


def _differing(found: Found, path: FieldPath, resources: dict[str, Any]) -> Iterator[Finding]:
    requests, limits = _mapping(resources.get("requests")), _mapping(resources.get("limits"))
    for name in sorted(requests.keys() & limits.keys()):
        if str(requests[name]) != str(limits[name]):
            yield not_mapped(
                found,
                (*path, "resources", "requests", name),
                f"`{found.name}` requests {requests[name]} of {name} and is limited to {limits[name]}; "
                "a fleet has one number for both, and the draft has the limit",
                "see that the sum of the limits fits: `edgewright check` says so",
            )


def readable(name: str, written: str | None) -> int:
    """The amount of a resource in thousand-millionths, 0 for what is none, or none that a device could have."""
    found = amount(written or "") or 0
    return found if 0 < found <= _MOST.get(name, 0) else 0


def _unreadable(found: Found, path: FieldPath, resources: dict[str, Any]) -> Iterator[Finding]:
    for part in ("requests", "limits"):
        for name, written in _mapping(resources.get(part)).items():
            usable = readable(name, str(written))
            if not usable or (name == _GPU and usable % 10**9):
                yield not_mapped(
                    found,
                    (*path, "resources", part, str(name)),
                    f"what `{found.name}` says of `{name}` is nothing that a fleet has, and the draft does without",
                    "write what the workload needs in the draft",
                )


def _no_time(found: Found, path: FieldPath, grace: Any) -> Iterator[Finding]:
    if grace is not None and _seconds(grace) is None:
        yield not_mapped(
            found,
            (*path, "terminationGracePeriodSeconds"),
            f"the grace of `{found.name}` is no time between a second and a day, and the draft does without",
            "write `shutdown: {grace: 30s}`, or what it needs",
        )


def not_mapped(found: Found, path: FieldPath, message: str, remedy: str) -> Finding:
    """A finding about something of a manifest that the draft does not have."""
    return Finding("not-mapped", "warning", message, remedy, place=found.place(path), waivable=False)
