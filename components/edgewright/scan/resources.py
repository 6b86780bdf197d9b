"""What a container asks for and may use: names that exist, requests within limits, whole devices."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.labels import is_qualified_name
from edgewright.scan.pods import Pod
from edgewright.scan.quantities import NANO, amount
from edgewright.scan.subject import Problem, Subject, entries, mapping, pairs, shown, text

_STANDARD = ("cpu", "memory", "ephemeral-storage")

# Without a domain, a quota counts these and no others, with limits. or requests. before some of them.
_COUNTED = frozenset(
    (
        "configmaps", "cpu", "ephemeral-storage", "memory", "persistentvolumeclaims", "pods",
        "replicationcontrollers", "resourcequotas", "secrets", "services", "services.loadbalancers",
        "services.nodeports", "storage",
        "limits.cpu", "limits.ephemeral-storage", "limits.memory",
        "requests.cpu", "requests.ephemeral-storage", "requests.memory", "requests.storage",
    )
)  # fmt: skip


def resources(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """What the API server would refuse in a container's resources.

    Source: k8s.io/kubernetes/pkg/apis/core/validation, validateResourceRequirements.
    """
    for container in pod.containers:
        asked = container.body.get("resources")
        if isinstance(asked, dict):
            yield from _requirements(
                (*container.at, "resources"), mapping(asked.get("limits")), mapping(asked.get("requests"))
            )


def quota_resources(subject: Subject) -> Iterator[Problem]:
    """Names of what a ResourceQuota counts; things are counted in whole numbers."""
    for name, quantity in pairs(subject.spec.get("hard")):
        at: FieldPath = ("spec", "hard", name)
        yield from _counted(at, name)
        whole = "/" in name or (name in _COUNTED and "." not in name and name not in (*_STANDARD, "storage"))
        if whole and (size := _amount(quantity)) is not None and size % NANO:
            yield Problem("bad-resource", at, f"is {shown(quantity)}", "Write a whole number.")


def limit_range_resources(subject: Subject) -> Iterator[Problem]:
    """Names of what a LimitRange limits; each sort of thing once."""
    seen: set[str] = set()
    for index, limit in entries(subject.spec.get("limits")):
        at: FieldPath = ("spec", "limits", index)
        sort = text(limit.get("type"))
        if sort in seen:
            yield Problem(
                "duplicate-entry", (*at, "type"), f"{shown(sort)} stands here twice", "Merge the two."
            )
        seen.add(sort)
        for key in ("default", "defaultRequest", "max", "maxLimitRequestRatio", "min"):
            for name, _ in pairs(limit.get(key)):
                yield from _counted((*at, key, name), name)


def _counted(at: FieldPath, name: str) -> Iterator[Problem]:
    known = name in _COUNTED or name.startswith(("hugepages-", "requests.hugepages-"))
    if not known and not ("/" in name and is_qualified_name(name)):
        yield Problem(
            "bad-resource",
            at,
            "is nothing that can be counted",
            "Write cpu, memory, storage, pods or a device such as requests.nvidia.com/gpu.",
        )


def _requirements(at: FieldPath, limits: dict[str, object], requests: dict[str, object]) -> Iterator[Problem]:
    for key, quantities in (("limits", limits), ("requests", requests)):
        for name, quantity in pairs(quantities):
            if name not in _STANDARD:
                yield from _extended((*at, key, name), name, quantity)
    for name, request in pairs(requests):
        if request != limits.get(name):
            yield from _against_limit((*at, "requests", name), name, request, limits.get(name))


def _extended(at: FieldPath, name: str, quantity: object) -> Iterator[Problem]:
    if name.startswith("hugepages-"):
        return
    domain, slash, _ = name.partition("/")
    if not slash or not is_qualified_name("requests." + name) or "kubernetes.io" in domain:
        yield Problem(
            "bad-resource",
            at,
            "is no resource of a container",
            "Write cpu, memory, ephemeral-storage, hugepages-<size> or a device such as nvidia.com/gpu.",
        )
    elif (size := _amount(quantity)) is not None and size % NANO:
        yield Problem(
            "bad-resource",
            at,
            f"is {shown(quantity)}, and a device cannot be divided",
            "Write a whole number of devices.",
        )


def _against_limit(at: FieldPath, name: str, request: object, limit: object) -> Iterator[Problem]:
    shared = "/" not in name and not name.startswith("hugepages-")
    asked, allowed = _amount(request), _amount(limit)
    if limit is None and not shared:
        yield Problem(
            "bad-resource",
            at,
            "is requested without a limit, which a device needs",
            f"Write the same number under limits: {shown(request)}.",
        )
    elif asked is None or allowed is None:
        return
    elif asked > allowed:
        yield Problem(
            "bad-resource",
            at,
            f"requests {shown(request)}, more than the limit of {shown(limit)}",
            "Raise the limit or lower the request.",
        )
    elif asked < allowed and not shared:
        yield Problem(
            "bad-resource",
            at,
            f"requests {shown(request)}, and the limit is {shown(limit)}: a device has one number",
            "Write the same number under requests and limits, or under limits alone.",
        )


def _amount(quantity: object) -> int | None:
    return amount(quantity) if isinstance(quantity, str | int | float) else None
