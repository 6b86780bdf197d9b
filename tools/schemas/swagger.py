"""Strict JSON Schema definitions out of Kubernetes' swagger.json, for the kinds asked for and what they use.

swagger.json describes what a server may answer; a manifest may say less. So fields that only the server
writes are left out, fields nobody knows are refused, and the closed sets of the Go types are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from constants import Enums

Schema = dict[str, Any]

# How swagger's long names are shortened: the first prefix that fits is replaced.
_PREFIXES = (
    ("io.k8s.api.", ""),
    ("io.k8s.apimachinery.pkg.apis.", ""),
    ("io.k8s.apimachinery.pkg.api.resource.", ""),
    ("io.k8s.apimachinery.pkg.util.intstr.", ""),
    ("io.k8s.apimachinery.pkg.runtime.", ""),
)

# What a manifest may say about itself; the rest of ObjectMeta is the server's to write.
_META = ("annotations", "creationTimestamp", "finalizers", "generateName", "labels", "name", "namespace")

# Types whose JSON differs from what swagger says: Quantity reads numbers, IntOrString is either, and tools
# that print a Go struct write `creationTimestamp: null`, which the server reads as nothing.
_OWN: dict[str, Schema] = {
    "Quantity": {"type": ["string", "number"]},
    "IntOrString": {"type": ["integer", "string"], "minimum": -(2**31), "maximum": 2**31 - 1},
    "RawExtension": {},
    "meta.v1.Time": {"type": "null"},
}

# The server asks for these, although the Go types let them be empty.
_REQUIRED = {
    "apps.v1.DaemonSet": ["spec"],
    "apps.v1.Deployment": ["spec"],
    "apps.v1.StatefulSet": ["spec"],
    "batch.v1.Job": ["spec"],
    "core.v1.Container": ["image"],
    "core.v1.LimitRange": ["spec"],
    "core.v1.PersistentVolumeClaim": ["spec"],
    "core.v1.PersistentVolumeClaimSpec": ["accessModes", "resources"],
    "core.v1.Pod": ["spec"],
    "core.v1.PodTemplateSpec": ["spec"],
    "core.v1.ResourceQuota": ["spec"],
    "core.v1.Service": ["spec"],
    "networking.v1.NetworkPolicy": ["spec"],
    "policy.v1.PodDisruptionBudget": ["spec"],
}

# Lists that the server wants something in.
_FILLED = {"core.v1.PersistentVolumeClaimSpec.accessModes", "core.v1.PodSpec.containers"}

# Bounds that the server checks and swagger does not say: (least, most). A definition's own entry wins.
_BOUNDS: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(
        (
            "activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "completions",
            "failureThreshold", "initialDelaySeconds", "maxFailedIndexes", "minReadySeconds",
            "parallelism", "periodSeconds", "progressDeadlineSeconds", "replicas", "revisionHistoryLimit",
            "successThreshold", "terminationGracePeriodSeconds", "timeoutSeconds",
            "ttlSecondsAfterFinished",
        ),
        (0, None),
    ),
    **dict.fromkeys(("fsGroup", "runAsGroup", "runAsUser"), (0, 2**31 - 1)),
    **dict.fromkeys(("defaultMode", "mode"), (0, 0o777)),
    "core.v1.ClientIPConfig.timeoutSeconds": (1, 86400),
    "core.v1.PodSpec.activeDeadlineSeconds": (1, None),
    "core.v1.PreferredSchedulingTerm.weight": (1, 100),
    "core.v1.Probe.terminationGracePeriodSeconds": (1, None),
    "core.v1.ServiceAccountTokenProjection.expirationSeconds": (600, 2**32),
    "core.v1.TopologySpreadConstraint.maxSkew": (1, None),
    "core.v1.TopologySpreadConstraint.minDomains": (1, None),
    "core.v1.WeightedPodAffinityTerm.weight": (1, 100),
    "scheduling.v1.PriorityClass.value": (-(2**31), 1_000_000_000),
}  # fmt: skip

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
INTEGERS = {"int32": 2**31, "int64": 2**63}


def definitions(swagger: Schema, kinds: Iterable[str], enums: Enums) -> dict[str, Schema]:
    """Short name ⇒ schema, for `kinds` (short names too) and all that they refer to, in order of name."""
    long = {_short(name): name for name in swagger["definitions"]}
    found: dict[str, Schema] = {}
    waiting = list(kinds)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        schema = _OWN.get(name) or _definition(name, swagger["definitions"][long[name]], enums.get(name, {}))
        found[name] = schema
        waiting.extend(_references(schema))
    return dict(sorted(found.items()))


def scopes(swagger: Schema) -> dict[tuple[str, str], str]:
    """(apiVersion, kind) ⇒ Namespaced or Cluster, by the paths under which objects are created."""
    found: dict[tuple[str, str], str] = {}
    for path, verbs in swagger["paths"].items():
        made = verbs.get("post", {}).get("x-kubernetes-group-version-kind")
        if made and path.count("{") == path.count("{namespace}"):
            key = ("/".join(filter(None, (made["group"], made["version"]))), made["kind"])
            if key not in found or "{namespace}" in path:
                found[key] = "Namespaced" if "{namespace}" in path else "Cluster"
    return found


def _short(name: str) -> str:
    for prefix, short in _PREFIXES:
        if name.startswith(prefix):
            return short + name.removeprefix(prefix)
    return name


def _definition(name: str, source: Schema, enums: dict[str, list[str]]) -> Schema:
    schema = _convert(source)
    properties = schema.get("properties", {})
    if "kind" in properties and "metadata" in properties:
        properties.pop("status", None)
    if name == "meta.v1.ObjectMeta":
        schema["properties"] = {key: properties[key] for key in _META}
    for key, node in properties.items():
        _bound(node, _BOUNDS.get(f"{name}.{key}", _BOUNDS.get(key)))
        if f"{name}.{key}" in _FILLED:
            node["minItems"] = 1
    for key, values in enums.items():
        if key in properties:
            target = properties[key].get("items", properties[key])
            target["enum"] = values
    required = sorted({*schema.get("required", ()), *_REQUIRED.get(name, ())})
    return {**schema, "required": required} if required else schema


def _bound(schema: Schema, bounds: tuple[int, int | None] | None) -> None:
    if bounds is None or schema.get("type") != "integer":
        return
    least, most = bounds
    schema["minimum"] = least
    if most is not None:
        schema["maximum"] = min(schema["maximum"], most)


def _convert(source: Schema) -> Schema:
    """One node without prose; only what a validator needs of it."""
    if "$ref" in source:
        return {"$ref": "#/definitions/" + _short(source["$ref"].removeprefix("#/definitions/"))}
    schema: Schema = {key: source[key] for key in ("type", "enum", "required") if key in source}
    if limit := INTEGERS.get(source.get("format", "")):
        schema |= {"minimum": -limit, "maximum": limit - 1}
    if source.get("format") == "byte":
        schema["pattern"] = _BASE64
    if "items" in source:
        schema["items"] = _convert(source["items"])
    if "properties" in source:
        schema["properties"] = {key: _convert(value) for key, value in sorted(source["properties"].items())}
        schema["additionalProperties"] = False
    elif "additionalProperties" in source:
        schema["additionalProperties"] = _convert(source["additionalProperties"])
    return schema


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/definitions/")
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
