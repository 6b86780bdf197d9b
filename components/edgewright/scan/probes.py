"""Probes and hooks that the API server would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.pods import Container, Pod
from edgewright.scan.subject import Problem, Subject, listed, mapping, mapping_at, number, shown

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_CALLS = ("exec", "grpc", "httpGet", "tcpSocket")
_HOOK_CALLS = ("exec", "httpGet", "sleep", "tcpSocket")


def probes(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Probes and hooks with one action each; thresholds that the server takes.

    Source: k8s.io/kubernetes/pkg/apis/core/validation, validateProbe and validateLifecycle.
    """
    for container in pod.containers:
        for key in _PROBES:
            if key in container.body:
                yield from _probe(container, key)
        hooks = mapping(container.body.get("lifecycle"))
        for key in ("postStart", "preStop"):
            hook = hooks.get(key)
            if hook is not None:
                at = (*container.at, "lifecycle", key)
                yield from _one_action(at, mapping(hook), _HOOK_CALLS)
                yield from _sleep((*at, "sleep", "seconds"), mapping(hook), pod)


def _probe(container: Container, key: str) -> Iterator[Problem]:
    at, probe = (*container.at, key), mapping_at(container.body, key)
    if not container.restarts:
        yield Problem("bad-probe", at, "stands in a container that ends by itself", "Remove it.")
    yield from _one_action(at, probe, _CALLS)
    if key != "readinessProbe" and probe.get("successThreshold", 1) != 1:
        yield Problem(
            "bad-probe",
            (*at, "successThreshold"),
            f"is {shown(probe['successThreshold'])}, 1 is allowed",
            "Write 1, or leave it out.",
        )
    if key == "readinessProbe" and "terminationGracePeriodSeconds" in probe:
        yield Problem(
            "bad-probe",
            (*at, "terminationGracePeriodSeconds"),
            "is not for a readiness probe, which ends nothing",
            "Remove it.",
        )


def _sleep(at: FieldPath, hook: dict[str, object], pod: Pod) -> Iterator[Problem]:
    seconds = number(mapping(hook.get("sleep")).get("seconds"))
    grace = number(pod.spec.get("terminationGracePeriodSeconds", 30))
    if seconds is not None and grace is not None and not 0 <= seconds <= grace:
        message = f"is {seconds}, and terminationGracePeriodSeconds is {grace}"
        yield Problem("bad-probe", at, message, f"Write 0 to {grace}, or give the pod longer to end.")


def _one_action(at: FieldPath, holder: dict[str, object], calls: tuple[str, ...]) -> Iterator[Problem]:
    there = [call for call in calls if call in holder]
    if len(there) != 1:
        found = f"has {listed(there, 'and')}" if there else "does nothing"
        yield Problem(
            "bad-probe", at, f"{found}, one action is needed", f"Write one of {listed(list(calls))}."
        )
