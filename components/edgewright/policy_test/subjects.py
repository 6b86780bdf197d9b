"""What is judged: every pod that a class's objects make, and what makes it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from edgewright.document.emit import emit
from edgewright.errors import FieldPath
from edgewright.render import Manifest

Object: TypeAlias = dict[str, Any]

_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Kinds that make pods ⇒ where the template of the pod stands."""

POLICY_GROUPS: Final = ("kyverno.io", "policies.kyverno.io")


@dataclass(frozen=True, slots=True)
class Subject:
    """A pod, the object that makes it (itself where nothing does), and the field that both come from.

    `title` is what people call it: `Rollout/inspect`. `more` are those whose pods are the same.
    """

    title: str
    pod: Object
    maker: Object
    origin: FieldPath
    more: tuple[str, ...] = ()


def subjects_of(manifests: Iterable[Manifest], *, distinct: bool = True) -> tuple[Subject, ...]:
    """The pods among a class's objects, in their order; of those that ask for the same only the first."""
    found: dict[str, Subject] = {}
    for subject in _all(manifests):
        key = emit(subject.pod["spec"]) if distinct else subject.title
        before = found.get(key)
        if before is None:
            found[key] = subject
        else:
            more = (*before.more, subject.title)
            found[key] = Subject(before.title, before.pod, before.maker, before.origin, more)
    return tuple(found.values())


def _all(manifests: Iterable[Manifest]) -> Iterator[Subject]:
    for manifest in manifests:
        body = manifest.body
        title = f"{body['kind']}/{body['metadata']['name']}"
        if body["kind"] == "Pod":
            yield Subject(title, body, body, manifest.origin)
        elif body["kind"] in _TEMPLATES:
            template: Any = body
            for step in _TEMPLATES[body["kind"]]:
                template = template[step]
            yield Subject(title, _pod(template, body["metadata"]), body, manifest.origin)


def _pod(template: Object, maker: Mapping[str, Any]) -> Object:
    """The pod that a controller makes of a template: in its namespace, by a name of its own."""
    metadata = {**template.get("metadata", {}), "name": maker["name"], "namespace": maker["namespace"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": copy.deepcopy(metadata),
        "spec": copy.deepcopy(template["spec"]),
    }


def policies_of(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """The policies among a class's objects that judge pods."""
    return tuple(
        each
        for each in manifests
        if each.body["apiVersion"].partition("/")[0] in POLICY_GROUPS and each.body["kind"].endswith("Policy")
    )


def namespaces_of(manifests: Iterable[Manifest]) -> dict[str, dict[str, str]]:
    """Namespace ⇒ its labels, with the one that Kubernetes gives each by itself."""
    return {
        each.body["metadata"]["name"]: {
            **each.body["metadata"].get("labels", {}),
            "kubernetes.io/metadata.name": each.body["metadata"]["name"],
        }
        for each in manifests
        if each.body["kind"] == "Namespace"
    }


def enforced(manifests: Iterable[Manifest]) -> str:
    """The Pod Security Standard that the namespace of a class's pods enforces; empty where none."""
    label = "pod-security.kubernetes.io/enforce"
    return next((labels[label] for labels in namespaces_of(manifests).values() if label in labels), "")
