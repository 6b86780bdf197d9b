"""The Pod Security Standards, for pods in namespaces whose labels enforce one.

Source: k8s.io/pod-security-admission/policy, at the version the namespace asks for (latest: the cluster's).
Pod Security refuses pods, not what makes them: a Rollout that breaks the standard is taken, and no pod comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from edgewright.errors import FieldPath
from edgewright.scan import pod_controls as controls
from edgewright.scan.pods import Pod
from edgewright.scan.rendering import Rendering
from edgewright.scan.subject import Problem, Subject, listed, mapping_at, shown

_LABEL = "pod-security.kubernetes.io/enforce"
_VERSION = re.compile(r"v1\.([0-9]{1,3})")


class _Control(NamedTuple):
    """One control of the standard: what it says of a pod, since when, until when, and what it allows."""

    breaches: Callable[[Pod], controls.Breaches]
    allowed: str
    since: int = 0
    before: int = 1000


def pod_security(rendering: Rendering) -> Iterator[tuple[Subject, Problem]]:
    """Pods that the standard of their namespace would refuse, with each field at fault."""
    levels = {each.name: each for each in rendering.subjects if each.kind == "Namespace"}
    for subject, pod in rendering.pods:
        namespace = levels.get(subject.namespace)
        if namespace is None:
            continue
        labels = mapping_at(namespace.body, "metadata", "labels")
        standard = _CONTROLS.get(str(labels.get(_LABEL)), ())
        minor = _minor(labels.get(f"{_LABEL}-version"), subject.minor)
        for control in standard:
            if control.since <= minor < control.before:
                for at, found in control.breaches(pod):
                    yield subject, _problem(at, found, control.allowed, str(labels[_LABEL]))


def _minor(label: object, cluster: int) -> int:
    found = _VERSION.fullmatch(label) if isinstance(label, str) else None
    return int(found[1]) if found else cluster


def _problem(at: FieldPath, found: object, allowed: str, level: str) -> Problem:
    is_ = "is not set" if found is None else f"is {shown(found)}"
    return Problem(
        "pod-security", at, f"{is_}, the {level} Pod Security Standard allows {allowed}", f"Write {allowed}."
    )


_PROFILES = "RuntimeDefault or Localhost"

_BOTH = (
    _Control(controls.host_namespaces, "false"),
    _Control(controls.host_ports, "none"),
    _Control(controls.hosts_called, "none, the pod's own address", since=34),
    _Control(controls.privileged, "false"),
    _Control(controls.host_process, "false"),
    _Control(
        controls.selinux,
        "container_t, container_init_t, container_kvm_t, container_engine_t, and no user or role",
    ),
    _Control(controls.app_armor, _PROFILES),
    _Control(controls.sysctls, listed(sorted(controls.SYSCTLS))),
)
_CONTROLS: dict[str, tuple[_Control, ...]] = {
    "baseline": (
        *_BOTH,
        _Control(controls.capabilities_baseline, listed(sorted(controls.CAPABILITIES))),
        _Control(controls.host_paths, "no path of the host"),
        _Control(controls.proc_mount, "Default", before=35),
        _Control(controls.proc_mount_outside_user_namespace, "Default", since=35),
        _Control(controls.seccomp_baseline, _PROFILES),
    ),
    "restricted": (
        *_BOTH,
        _Control(controls.capabilities_added, "NET_BIND_SERVICE"),
        _Control(controls.capabilities_dropped, '["ALL"]'),
        _Control(controls.escalation, "false"),
        _Control(controls.proc_mount, "Default"),
        _Control(controls.root, "true", before=35),
        _Control(controls.root_outside_user_namespace, "true", since=35),
        _Control(controls.root_user, "any user but 0", before=35),
        _Control(controls.root_user_outside_user_namespace, "any user but 0", since=35),
        _Control(controls.seccomp_restricted, _PROFILES),
        _Control(controls.volume_types, listed(sorted(controls.VOLUMES))),
    ),
}
