"""The objects of one class on a cluster, as pulumi-kubernetes resources, each after what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pulumi

from edgewright.render import Manifest

_FIRST: Final = ("CustomResourceDefinition", "Namespace", "PriorityClass")
_GATES: Final = (
    "ImageValidatingPolicy",
    "ValidatingPolicy",
    "NetworkPolicy",
    "ResourceQuota",
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "AnalysisTemplate",
)
PROTECTED: Final = ("CustomResourceDefinition", "Namespace", "ImageValidatingPolicy", "ValidatingPolicy")
"""Kinds whose removal would take every workload of a device with it, or its protection."""


class KubernetesObject(pulumi.CustomResource):
    """Any object, handed on as the plain dict that was rendered.

    The typed classes of pulumi-kubernetes take more than twice as long for the same registrations.
    """

    def __init__(self, name: str, body: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(type_token(body["apiVersion"], body["kind"]), name, dict(body), opts)


def type_token(api_version: str, kind: str) -> str:
    """The type by which pulumi-kubernetes knows a kind; the core group is called `core` there."""
    group = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group}:{kind}"


def on_cluster(manifest: Manifest) -> bool:
    """Whether an object is applied by Pulumi: what Flux would pull the same objects with is not."""
    return "/delivery/" not in manifest.path


def register(manifests: Iterable[Manifest], component: pulumi.Resource) -> dict[str, KubernetesObject]:
    """Name ⇒ resource of each object, in the order first, gates, everything else."""
    stages: tuple[list[Manifest], ...] = ([], [], [])
    for manifest in manifests:
        stages[_stage(manifest.body["kind"])].append(manifest)
    made: dict[str, KubernetesObject] = {}
    before: list[pulumi.Resource] = []
    for stage in stages:
        here = {
            name: KubernetesObject(
                name,
                each.body,
                pulumi.ResourceOptions(
                    parent=component, depends_on=before, protect=each.body["kind"] in PROTECTED
                ),
            )
            for each in stage
            for name in (object_name(each.body),)
        }
        made |= here
        before = list(here.values()) or before
    return made


def _stage(kind: str) -> int:
    return 0 if kind in _FIRST else 1 if kind in _GATES else 2


def object_name(body: Mapping[str, Any]) -> str:
    """The resource's name: the object's kind, namespace and name, which are unique on a cluster."""
    metadata = body["metadata"]
    steps = (body["kind"], metadata.get("namespace"), metadata["name"])
    return "/".join(step for step in steps if step)
