"""Findings about a rendering's objects: the one door of this floor to the schemas and the rules.

A rule is a function; here stands which kind is given to which. Rules of one object see the object, rules of
pods see each pod template wherever it lies, rules of the rendering see all objects side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from edgewright.errors import FieldPath, Finding
from edgewright.scan import (
    addresses,
    duplicates,
    labels,
    names,
    ports,
    probes,
    quantities,
    references,
    resources,
    selectors,
    sizes,
    strategies,
    variables,
    volumes,
)
from edgewright.scan.mismatch import mismatches
from edgewright.scan.pod_security import pod_security
from edgewright.scan.pods import Pod, analysis_jobs, pods
from edgewright.scan.rendering import Rendering, rendering
from edgewright.scan.schemas import (
    definition,
    known_kinds,
    known_minors,
    minor_version,
    nearest_minor,
    schema_for,
)
from edgewright.scan.subject import Problem, Subject, finding, listed, mapping, shown, text

_ObjectRule = Callable[[Subject], Iterator[Problem]]
_PodRule = Callable[[Subject, Pod], Iterator[Problem]]
_RenderingRule = Callable[[Rendering], Iterator[tuple[Subject, Problem]]]

_ARGO = "argoproj.io/v1alpha1"

_EVERY_OBJECT: tuple[_ObjectRule, ...] = (names.object_name, labels.metadata_labels)

_BY_KIND: dict[tuple[str, str], tuple[_ObjectRule, ...]] = {
    ("apps/v1", "DaemonSet"): (labels.selectors,),
    ("apps/v1", "Deployment"): (labels.selectors, strategies.deployment_strategy),
    ("apps/v1", "StatefulSet"): (labels.selectors, quantities.claim_template_quantities),
    (_ARGO, "AnalysisTemplate"): (strategies.analysis_metrics,),
    (_ARGO, "ClusterAnalysisTemplate"): (strategies.analysis_metrics,),
    (_ARGO, "Rollout"): (labels.selectors, strategies.rollout_strategy),
    ("networking.k8s.io/v1", "NetworkPolicy"): (
        labels.selectors,
        ports.network_policy_ports,
        addresses.networks,
    ),
    ("node.k8s.io/v1", "RuntimeClass"): (names.runtime_handler, quantities.runtime_class_quantities),
    ("policy/v1", "PodDisruptionBudget"): (labels.selectors, strategies.disruption_budget),
    ("scheduling.k8s.io/v1", "PriorityClass"): (names.priority_name,),
    ("v1", "ConfigMap"): (names.data_keys, sizes.content_size),
    ("v1", "LimitRange"): (quantities.limit_range_quantities, resources.limit_range_resources),
    ("v1", "Namespace"): (labels.pod_security_labels,),
    ("v1", "PersistentVolumeClaim"): (names.storage_class_name, quantities.claim_quantities),
    ("v1", "ResourceQuota"): (quantities.quota_quantities, resources.quota_resources),
    ("v1", "Secret"): (names.data_keys, sizes.content_size),
    ("v1", "Service"): (labels.selectors, ports.service_ports),
}

_EVERY_POD: tuple[_PodRule, ...] = (
    names.pod_names,
    labels.pod_labels,
    duplicates.duplicate_entries,
    ports.pod_ports,
    probes.probes,
    quantities.pod_quantities,
    resources.resources,
    strategies.restart_policy,
    variables.variables,
    volumes.volumes,
    selectors.workload_selector,
)

_EVERY_RENDERING: tuple[_RenderingRule, ...] = (
    references.missing_references,
    selectors.service_selectors,
    pod_security,
)


def check_objects(objects: Iterable[tuple[dict[str, Any], FieldPath]], kubernetes: str) -> list[Finding]:
    """Findings about the objects that one cluster would be given, each with the field it comes from.

    `objects` are plain mappings and lists, each with its origin in the fleet; `kubernetes` is the cluster's
    version (`1.36`, `v1.36.2+k3s1`). They come in order of the objects, and what is seen between objects
    comes last. Nothing is raised for an object of any shape.
    """
    minor, found = _version(kubernetes)
    subjects: list[Subject] = []
    held: list[tuple[Subject, Pod]] = []
    for body, origin in objects:
        subject = _subject(body, origin, minor)
        templates = pods(subject)
        subjects.append(subject)
        held += [(subject, pod) for pod in templates]
        # What a schema and a rule say in the same words is said once.
        found += [finding(subject, problem) for problem in dict.fromkeys(_of_one(subject, templates))]
    whole = rendering(subjects, held)
    between = [
        *duplicates.duplicate_objects(subjects),
        *(each for rule in _EVERY_RENDERING for each in rule(whole)),
    ]
    return found + [finding(subject, problem) for subject, problem in between]


def _version(kubernetes: str) -> tuple[int, list[Finding]]:
    """The minor version whose schemas are used, and what to say where it is not the cluster's."""
    asked = minor_version(kubernetes)
    used = known_minors()[-1] if asked is None else nearest_minor(asked)
    if asked == used:
        return used, []
    known = listed([f"1.{minor}" for minor in known_minors()], "and")
    message = f"Kubernetes {kubernetes} is not known here: the objects were checked against 1.{used}"
    remedy = f"Versions known: {known}. A newer Edgewright may know more."
    return used, [Finding("unknown-kubernetes", "info", message, remedy)]


def _subject(body: object, origin: FieldPath, minor: int) -> Subject:
    whole = mapping(body)
    metadata = mapping(whole.get("metadata"))
    version, kind = text(whole.get("apiVersion")), text(whole.get("kind"))
    checked = schema_for(version, kind, minor)
    namespace = text(metadata.get("namespace"))
    if checked is not None:
        namespace = (namespace or "default") if checked.namespaced else ""
    name, spec = text(metadata.get("name")), mapping(whole.get("spec"))
    return Subject(version, kind, namespace, name, whole, metadata, spec, origin, minor)


def _of_one(subject: Subject, templates: Sequence[Pod]) -> Iterator[Problem]:
    checked = schema_for(subject.api_version, subject.kind, subject.minor)
    if checked is None:
        yield _unknown(subject)
        return
    differences = mismatches(subject.body, checked) + _held_types(subject, templates)
    if differences:
        told = {(each.rule, each.at): each for each in differences}.values()
        yield from map(_without_value, told) if subject.kind == "Secret" else told
    yield from names.object_namespace(subject, checked.namespaced)
    for rule in _EVERY_OBJECT:
        yield from rule(subject)
    for rule in _BY_KIND.get((subject.api_version, subject.kind), ()):
        yield from rule(subject)
    for pod in templates:
        for pod_rule in _EVERY_POD:
            yield from pod_rule(subject, pod)


def _held_types(subject: Subject, templates: Sequence[Pod]) -> list[Problem]:
    """Kubernetes' own types inside Argo's objects: Argo's schemas leave volumes and resources open."""
    found: list[Problem] = []
    if subject.api_version == _ARGO and subject.kind == "Rollout":
        for pod in templates:
            found += mismatches(pod.body, definition("core.v1.PodTemplateSpec", subject.minor), pod.at)
    elif subject.api_version == _ARGO:
        for at, job in analysis_jobs(subject):
            found += mismatches(job, definition("batch.v1.JobSpec", subject.minor), at)
    return found


def _without_value(problem: Problem) -> Problem:
    """The same of a Secret's content, which no message may show."""
    if problem.at[:1] not in (("data",), ("stringData",)) or len(problem.at) == 1:
        return problem
    encoded = problem.at[0] == "data"
    wanted = "base64" if encoded else "text"
    return replace(problem, message=f"is no {wanted}", remedy=f"Write {wanted}.")


def _unknown(subject: Subject) -> Problem:
    if not subject.kind or not subject.api_version:
        missing = "kind" if not subject.kind else "apiVersion"
        return Problem("unknown-kind", (missing,), "is missing or no text", "Write apiVersion and kind.")
    known = known_kinds(subject.minor)
    same = [version for version, kind in known if kind == subject.kind]
    if same:
        message = f"{shown(subject.api_version)} has no {subject.kind} that Edgewright knows"
        return Problem("unknown-kind", ("apiVersion",), message, f"Write {listed(same)}.")
    kinds = listed(sorted({kind for _, kind in known}), "and")
    message = f"{shown(subject.kind)} is no kind that Edgewright knows"
    return Problem("unknown-kind", ("kind",), message, f"Write one of those known: {kinds}.")
