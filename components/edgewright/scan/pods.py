"""The pod templates in an object, wherever its kind keeps them, and their containers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edgewright.errors import FieldPath
from edgewright.scan.subject import Subject, entries, mapping, mapping_at

_ARGO = "argoproj.io/v1alpha1"

# Where a kind keeps its pod template. AnalysisTemplates hold jobs, each with a template of its own.
_TEMPLATES: dict[tuple[str, str], FieldPath] = {
    ("v1", "Pod"): (),
    ("apps/v1", "DaemonSet"): ("spec", "template"),
    ("apps/v1", "Deployment"): ("spec", "template"),
    ("apps/v1", "StatefulSet"): ("spec", "template"),
    ("batch/v1", "Job"): ("spec", "template"),
    (_ARGO, "Rollout"): ("spec", "template"),
}
_ANALYSES = {(_ARGO, "AnalysisTemplate"), (_ARGO, "ClusterAnalysisTemplate")}
_JOB = ("provider", "job", "spec")

_LISTS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Container:
    """A container and the list that it stands in."""

    at: FieldPath
    body: dict[str, Any]
    listed_in: str

    @property
    def restarts(self) -> bool:
        """Whether it is meant to stay: an init container only where it says so."""
        return self.listed_in == "containers" or self.body.get("restartPolicy") == "Always"


@dataclass(frozen=True, slots=True)
class Context:
    """A security context: of a container, or of the pod as a whole. Empty where none is written."""

    at: FieldPath
    body: dict[str, Any]
    of_container: bool


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod template (or a pod) inside a rendered object."""

    at: FieldPath
    spec_at: FieldPath
    body: dict[str, Any]
    spec: dict[str, Any]
    labels: dict[str, Any]
    containers: tuple[Container, ...]
    contexts: tuple[Context, ...]


def pods(subject: Subject) -> tuple[Pod, ...]:
    """Every pod template of the object, in its order."""
    key = (subject.api_version, subject.kind)
    if (at := _TEMPLATES.get(key)) is not None:
        body = mapping_at(subject.body, *map(str, at))
        return (_pod(at, body),) if body else ()
    if key in _ANALYSES:
        return tuple(
            _pod((*at, "template"), mapping(job.get("template"))) for at, job in analysis_jobs(subject)
        )
    return ()


def analysis_jobs(subject: Subject) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Path and content of the job specs that an AnalysisTemplate measures by."""
    for index, metric in entries(subject.spec.get("metrics")):
        job = mapping_at(metric, *_JOB)
        if job:
            yield ("spec", "metrics", index, *_JOB), job


def _pod(at: FieldPath, body: dict[str, Any]) -> Pod:
    spec, spec_at = mapping(body.get("spec")), (*at, "spec")
    containers = tuple(
        Container((*spec_at, name, index), container, name)
        for name in _LISTS
        if name in spec
        for index, container in entries(spec[name])
    )
    holders = [(spec_at, spec, False), *((each.at, each.body, True) for each in containers)]
    contexts = tuple(
        Context((*place, "securityContext"), mapping(holder.get("securityContext")), inside)
        for place, holder, inside in holders
    )
    return Pod(at, spec_at, body, spec, mapping_at(body, "metadata", "labels"), containers, contexts)
