"""Environment variables that say where their value comes from, once."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, listed, mapping, shown

_SOURCES = ["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"]
_COUNTED = ("cpu", "ephemeral-storage", "memory")


def variables(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Variables with a value and a source at once, with no source or several, or with one that is none.

    Source: k8s.io/kubernetes/pkg/apis/core/validation, validateEnvVarValueFrom.
    """
    for container in pod.containers:
        for index, variable in entries(container.body.get("env")):
            if "valueFrom" in variable:
                yield from _source((*container.at, "env", index), variable)


def _source(at: FieldPath, variable: dict[str, object]) -> Iterator[Problem]:
    source = mapping(variable["valueFrom"])
    if variable.get("value"):
        yield Problem("bad-variable", at, "has a value and a source of one", "Keep one of the two.")
    if len(source) != 1:
        found = listed(sorted(map(str, source)), "and") or "no source"
        remedy = f"Write one of {listed(_SOURCES)}."
        yield Problem("bad-variable", (*at, "valueFrom"), f"has {found}, one is needed", remedy)
    for sort in ("configMapKeyRef", "secretKeyRef"):
        for key in ("name", "key"):
            if sort in source and not mapping(source[sort]).get(key):
                where = (*at, "valueFrom", sort, key)
                yield Problem("bad-variable", where, "is missing", "Write which one is meant.")
    counted = mapping(source.get("resourceFieldRef")).get("resource")
    if isinstance(counted, str) and not _is_counted(counted):
        yield Problem(
            "bad-variable",
            (*at, "valueFrom", "resourceFieldRef", "resource"),
            f"{shown(counted)} is nothing that a container can read of itself",
            "Write limits. or requests. and cpu, memory or ephemeral-storage.",
        )


def _is_counted(name: str) -> bool:
    kind, _, resource = name.partition(".")
    return kind in ("limits", "requests") and (resource in _COUNTED or resource.startswith("hugepages-"))
