"""Selectors that do not match what they are there for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from edgewright.scan.pods import Pod
from edgewright.scan.ports import port_names
from edgewright.scan.rendering import Rendering
from edgewright.scan.subject import Problem, Subject, entries, listed, mapping, pairs, shown, some

_WORKLOADS = ("DaemonSet", "Deployment", "Rollout", "StatefulSet")

_Pods = dict[tuple[str, str, str], list[Pod]]  # namespace, label, value ⇒ pods that carry it


def workload_selector(subject: Subject, pod: Pod) -> Iterator[Problem]:
    """A workload whose selector misses its own pods: the API server refuses it."""
    if subject.kind not in _WORKLOADS:
        return
    selector = mapping(subject.spec.get("selector"))
    if not any(selector.get(key) for key in ("matchLabels", "matchExpressions")):
        if subject.kind == "Rollout" and mapping(subject.spec.get("workloadRef")):
            return
        yield Problem(
            "selector-mismatch", ("spec", "selector"), "selects nothing in particular", "Write matchLabels."
        )
        return
    for key, value in pairs(mapping(selector.get("matchLabels"))):
        if pod.labels.get(key) != value:
            yield Problem(
                "selector-mismatch",
                ("spec", "selector", "matchLabels", key),
                f"is {shown(value)}, and the pod template's label is {shown(pod.labels.get(key))}",
                "Write the same label in both places.",
            )
    for index, asked in entries(selector.get("matchExpressions")):
        if not _fits(asked, pod.labels):
            yield Problem(
                "selector-mismatch",
                ("spec", "selector", "matchExpressions", index),
                "does not match the pod template's labels",
                "Write an expression that matches them.",
            )


def service_selectors(rendering: Rendering) -> Iterator[tuple[Subject, Problem]]:
    """Services that select no pod of the rendering, or a port by a name that no selected pod has."""
    carriers: _Pods | None = None
    for subject in rendering.subjects:
        if subject.kind != "Service" or subject.api_version != "v1":
            continue
        carriers = _carriers(rendering) if carriers is None else carriers
        selector = mapping(subject.spec.get("selector"))
        if not selector or subject.spec.get("type") == "ExternalName":
            continue
        chosen = _chosen(carriers, subject.namespace, selector)
        if not chosen:
            labels = [f"{key}={value}" for key, value in selector.items()]
            message = f"no pod of the rendering in {subject.namespace} carries {listed(labels, 'and')}"
            remedy = "Write labels that the pod template carries."
            yield subject, Problem("selector-mismatch", ("spec", "selector"), message, remedy)
        else:
            yield from _target_ports(subject, chosen)


def _target_ports(subject: Subject, chosen: list[Pod]) -> Iterator[tuple[Subject, Problem]]:
    wanted = [
        (index, port["targetPort"])
        for index, port in entries(subject.spec.get("ports"))
        if isinstance(port.get("targetPort"), str)
    ]
    if not wanted:
        return
    known = {name for pod in chosen for container in pod.containers for name in port_names(container)}
    for index, target in wanted:
        if target not in known:
            at = ("spec", "ports", index, "targetPort")
            message = f"{shown(target)} is the name of no port of the pods selected"
            remedy = f"Write {some(sorted(known), target)}." if known else "Write a port number."
            yield subject, Problem("missing-reference", at, message, remedy)


def _carriers(rendering: Rendering) -> _Pods:
    found: _Pods = defaultdict(list)
    for subject, pod in rendering.pods:
        for key, value in pairs(pod.labels):
            if isinstance(value, str):
                found[subject.namespace, key, value].append(pod)
    return found


def _chosen(carriers: _Pods, namespace: str, selector: dict[str, Any]) -> list[Pod]:
    """Pods that carry every label asked for, looked for among those of the rarest label."""
    asked = [(key, value) for key, value in pairs(selector) if isinstance(value, str)]
    lists = [carriers.get((namespace, key, value), []) for key, value in asked]
    fewest = min(lists, key=len, default=[])
    return [pod for pod in fewest if all(pod.labels.get(key) == value for key, value in asked)]


def _fits(asked: dict[str, Any], labels: dict[str, Any]) -> bool:
    key, values = asked.get("key"), asked.get("values")
    value = labels.get(key) if isinstance(key, str) else None
    chosen = isinstance(values, list) and value in values
    match asked.get("operator"):
        case "In":
            return value is not None and chosen
        case "NotIn":
            return not chosen
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return True  # the schema speaks of other operators
