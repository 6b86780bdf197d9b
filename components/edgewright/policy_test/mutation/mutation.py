"""A Mutation: one way in which a pod goes wrong, and which policies are there to refuse it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Object: TypeAlias = dict[str, Any]

Change: TypeAlias = Callable[[Object], object]
"""Makes a pod bad in place; gives False where this pod has nothing to change."""

SIGNATURES: Final = "signatures"
"""What a policy of signatures is called here, whatever its name: the other names are those of policies/."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of a pod.

    `what` completes "a pod …"; `by` names the policies whose business it is, any one of which is enough.
    `later` says that it is put into a pod that runs, which a policy is asked about only where it matches
    `pods/ephemeralcontainers`: Kyverno's tool does not look at that.
    `absent` says that the image cannot be had at all: Kyverno's failure to fetch it is the refusal.
    """

    name: str
    what: str
    by: tuple[str, ...]
    change: Change
    absent: bool = False
    later: bool = False

    def of(self, pod: Object) -> Object | None:
        """The bad pod; None where this one has nothing that could be changed so."""
        changed = copy.deepcopy(pod)
        return None if self.change(changed) is False else changed


def server(pod: Object) -> Object:
    """The pod's first container, which is the one that is changed."""
    first: Object = pod["spec"]["containers"][0]
    return first


def context(pod: Object) -> Object:
    """The security context of the first container."""
    found: Object = server(pod).setdefault("securityContext", {})
    return found


def of_pod(pod: Object) -> Object:
    """The security context of the pod."""
    found: Object = pod["spec"].setdefault("securityContext", {})
    return found


def image_volumes(pod: Object) -> Iterator[Object]:
    """The volumes of a pod that are images: its models."""
    yield from (each for each in pod["spec"].get("volumes", []) if "image" in each)


_NOT_OF_INIT: Final = ("lifecycle", "livenessProbe", "ports", "readinessProbe", "startupProbe")


def add_init(pod: Object, name: str = "added", **more: Any) -> Object:
    """A container that runs before the first one and is as good as that: what is then changed is all that is bad."""
    added = copy.deepcopy(server(pod))
    for key in _NOT_OF_INIT:
        added.pop(key, None)
    added.update(more, name=name)
    pod["spec"].setdefault("initContainers", []).append(added)
    return added


def add_sidecar(pod: Object) -> Object:
    """A container that is started before the first one and stays beside it."""
    added = {**copy.deepcopy(server(pod)), "name": "added", "restartPolicy": "Always"}
    added.pop("ports", None)
    pod["spec"].setdefault("initContainers", []).append(added)
    return added


def add_ephemeral(pod: Object) -> Object:
    """A container that somebody puts into a running pod to look around."""
    first = copy.deepcopy(server(pod))
    kept: Object = {key: first[key] for key in ("image", "securityContext", "env") if key in first}
    pod["spec"].setdefault("ephemeralContainers", []).append({**kept, "name": "added"})
    added: Object = pod["spec"]["ephemeralContainers"][-1]
    return added
