"""Names of other objects that are not in the rendering.

Looked for: what Edgewright renders itself. Not looked for: Secrets, which reach a device by another way, and
RuntimeClasses and StorageClasses, which K3s brings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.rendering import Rendering
from edgewright.scan.subject import Problem, Subject, entries, mapping, mapping_at, shown, some, text

# What every cluster has by itself.
_BUILT_IN = {
    ("ServiceAccount", "default"),
    ("ConfigMap", "kube-root-ca.crt"),
    ("PriorityClass", "system-cluster-critical"),
    ("PriorityClass", "system-node-critical"),
}
_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system", "flux-system")

_Named = tuple[FieldPath, str, str, str]  # path, kind, namespace, name


def missing_references(rendering: Rendering) -> Iterator[tuple[Subject, Problem]]:
    """A reference to an object that would not be there, with the object that holds it."""
    for subject, pod in rendering.pods:
        for named in _of_pod(subject, pod):
            yield from _missing(rendering, subject, named)
    for subject in rendering.subjects:
        if look := _BY_KIND.get(subject.kind):
            for named in look(subject):
                yield from _missing(rendering, subject, named)
    yield from _missing_namespaces(rendering)


def _missing(rendering: Rendering, subject: Subject, named: _Named) -> Iterator[tuple[Subject, Problem]]:
    at, kind, namespace, name = named
    if not name or (kind, name) in _BUILT_IN or rendering.find(kind, namespace, name):
        return
    known = rendering.names(kind, namespace)
    place = f" in the namespace {namespace}" if namespace else ""
    message = f"the rendering has no {kind} {shown(name)}{place}"
    remedy = f"Write {some(known, name)}." if known else f"Render the {kind}, or remove the reference."
    yield subject, Problem("missing-reference", at, message, remedy)


def _missing_namespaces(rendering: Rendering) -> Iterator[tuple[Subject, Problem]]:
    """Only where the rendering makes namespaces at all: else they are somebody else's."""
    known = sorted({*rendering.names("Namespace", ""), *_NAMESPACES})
    if len(known) == len(_NAMESPACES):
        return
    there = set(known)
    for subject in rendering.subjects:
        if subject.namespace and subject.namespace not in there:
            message = f"the rendering has no Namespace {shown(subject.namespace)}"
            remedy = f"Write {some(known, subject.namespace)}."
            yield subject, Problem("missing-reference", ("metadata", "namespace"), message, remedy)


def _of_pod(subject: Subject, pod: Pod) -> Iterator[_Named]:
    namespace, spec, at = subject.namespace, pod.spec, pod.spec_at
    yield (*at, "serviceAccountName"), "ServiceAccount", namespace, text(spec.get("serviceAccountName"))
    yield (*at, "priorityClassName"), "PriorityClass", "", text(spec.get("priorityClassName"))
    for index, volume in entries(spec.get("volumes")):
        yield from _of_volume((*at, "volumes", index), namespace, volume)
    for container in pod.containers:
        for index, variable in entries(container.body.get("env")):
            if "valueFrom" in variable:
                where = (*container.at, "env", index, "valueFrom", "configMapKeyRef")
                yield from _config_map(where, namespace, mapping_at(variable, "valueFrom", "configMapKeyRef"))
        for index, source in entries(container.body.get("envFrom")):
            where = (*container.at, "envFrom", index, "configMapRef")
            yield from _config_map(where, namespace, mapping(source.get("configMapRef")))


def _of_volume(at: FieldPath, namespace: str, volume: dict[str, Any]) -> Iterator[_Named]:
    if "configMap" in volume:
        yield from _config_map((*at, "configMap"), namespace, mapping(volume["configMap"]))
    if "persistentVolumeClaim" in volume:
        claim = text(mapping(volume["persistentVolumeClaim"]).get("claimName"))
        yield (*at, "persistentVolumeClaim", "claimName"), "PersistentVolumeClaim", namespace, claim
    if "projected" in volume:
        for index, source in entries(mapping(volume.get("projected")).get("sources")):
            where = (*at, "projected", "sources", index, "configMap")
            yield from _config_map(where, namespace, mapping(source.get("configMap")))


def _config_map(at: FieldPath, namespace: str, source: dict[str, Any]) -> Iterator[_Named]:
    if source and source.get("optional") is not True:
        yield (*at, "name"), "ConfigMap", namespace, text(source.get("name"))


def _of_rollout(subject: Subject) -> Iterator[_Named]:
    canary = mapping_at(subject.spec, "strategy", "canary")
    blue_green = mapping_at(subject.spec, "strategy", "blueGreen")
    at: FieldPath = ("spec", "strategy")
    for key in ("canaryService", "stableService"):
        yield (*at, "canary", key), "Service", subject.namespace, text(canary.get(key))
    for key in ("activeService", "previewService"):
        yield (*at, "blueGreen", key), "Service", subject.namespace, text(blue_green.get(key))
    yield from _of_analysis((*at, "canary", "analysis"), subject, mapping(canary.get("analysis")))
    for index, step in entries(canary.get("steps")):
        where = (*at, "canary", "steps", index, "analysis")
        yield from _of_analysis(where, subject, mapping(step.get("analysis")))
    for key in ("prePromotionAnalysis", "postPromotionAnalysis"):
        yield from _of_analysis((*at, "blueGreen", key), subject, mapping_at(blue_green, key))


def _of_analysis(at: FieldPath, subject: Subject, analysis: dict[str, Any]) -> Iterator[_Named]:
    for index, template in entries(analysis.get("templates") if analysis else None):
        cluster = template.get("clusterScope") is True
        kind = "ClusterAnalysisTemplate" if cluster else "AnalysisTemplate"
        namespace = "" if cluster else subject.namespace
        yield (*at, "templates", index, "templateName"), kind, namespace, text(template.get("templateName"))


def _of_kustomization(subject: Subject) -> Iterator[_Named]:
    source = mapping(subject.spec.get("sourceRef"))
    if source.get("kind") == "OCIRepository":
        namespace = text(source.get("namespace")) or subject.namespace
        yield ("spec", "sourceRef", "name"), "OCIRepository", namespace, text(source.get("name"))


def _of_role_binding(subject: Subject) -> Iterator[_Named]:
    role = mapping(subject.body.get("roleRef"))
    if role.get("kind") == "Role":
        yield ("roleRef", "name"), "Role", subject.namespace, text(role.get("name"))


_BY_KIND = {
    "Kustomization": _of_kustomization,
    "RoleBinding": _of_role_binding,
    "Rollout": _of_rollout,
}
