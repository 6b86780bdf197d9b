"""Names that the API server would refuse: of objects, and of what lies inside pods.

Sources: k8s.io/apimachinery/pkg/util/validation and pkg/api/validation/path; which kind asks for which form:
k8s.io/kubernetes/pkg/apis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, pairs, shown

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_OLD_LABEL = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_PORT = re.compile(r"(?=.{0,14}[a-z])[a-z0-9](?:-?[a-z0-9]){0,14}")
_PATH_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[^/%]+", re.DOTALL)
_DATA_KEY = re.compile(r"(?!\.\.)[-._a-zA-Z0-9]{1,253}")
_VARIABLE = re.compile(r"[ -<>-~]+")


@lru_cache(maxsize=16384)
def is_label(name: str) -> bool:
    """Whether the name is an RFC 1123 label: at most 63 small letters, digits and dashes."""
    return bool(_LABEL.fullmatch(name))


@lru_cache(maxsize=16384)
def is_subdomain(name: str) -> bool:
    """Whether the name is an RFC 1123 subdomain: labels with dots between them, at most 253 characters."""
    return len(name) <= 253 and bool(_SUBDOMAIN.fullmatch(name))


def is_port_name(name: str) -> bool:
    """Whether the name is one of RFC 6335: at most 15 small letters, digits and single dashes, one letter."""
    return len(name) <= 15 and bool(_PORT.fullmatch(name))


class _Form(NamedTuple):
    fits: Callable[[str], object]
    words: str


LABEL = _Form(is_label, "at most 63 small letters, digits and `-`, a letter or digit first and last")
_OLD_SERVICE = _Form(_OLD_LABEL.fullmatch, "at most 63 small letters, digits and `-`, a letter first")
SUBDOMAIN = _Form(
    is_subdomain, "at most 253 small letters, digits, `-` and `.`, a letter or digit around each dot"
)
_SEGMENT = _Form(_PATH_SEGMENT.fullmatch, "neither `.` nor `..`, and no `/` or `%`")

_FORMS = {
    "ClusterRole": _SEGMENT,
    "ClusterRoleBinding": _SEGMENT,
    "Namespace": LABEL,
    "Role": _SEGMENT,
    "RoleBinding": _SEGMENT,
    "Service": LABEL,
}

# Kinds whose name becomes the value of a label: a longer one is taken, and then nothing comes of it.
_NAME_IS_LABEL = ("Job", "Kustomization", "StatefulSet")


def object_name(subject: Subject) -> Iterator[Problem]:
    """The object's own name and namespace."""
    metadata = subject.metadata
    name = metadata.get("name")
    form = _form(subject)
    if name is None:
        yield Problem("bad-name", ("metadata", "name"), "is missing", f"Write a name: {form.words}.")
    elif isinstance(name, str) and not form.fits(name):
        yield bad_name(("metadata", "name"), name, form)
    elif isinstance(name, str) and len(name) > 63 and subject.kind in _NAME_IS_LABEL:
        yield Problem(
            "bad-name",
            ("metadata", "name"),
            f"{shown(name)} has {len(name)} characters and becomes a label, which has at most 63",
            "Write at most 63 characters.",
        )


def object_namespace(subject: Subject, namespaced: bool) -> Iterator[Problem]:
    """The namespace that the object names: of the right form, and only where its kind lies in one."""
    namespace = subject.metadata.get("namespace")
    at = ("metadata", "namespace")
    if not isinstance(namespace, str):
        return
    if not namespaced:
        yield Problem(
            "bad-name", at, f"is {shown(namespace)}, but a {subject.kind} lies in none", "Remove it."
        )
    elif not is_label(namespace):
        yield bad_name(at, namespace, LABEL)


def pod_names(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Names of containers, volumes, ports and environment variables in a pod template."""
    for container in pod.containers:
        name = container.body.get("name")
        if isinstance(name, str) and not is_label(name):
            yield bad_name((*container.at, "name"), name, LABEL)
        for index, port in entries(container.body.get("ports")):
            called = port.get("name")
            if isinstance(called, str) and called and not is_port_name(called):
                yield bad_port_name((*container.at, "ports", index, "name"), called)
        for index, variable in entries(container.body.get("env")):
            called = variable.get("name")
            if isinstance(called, str) and not _VARIABLE.fullmatch(called):
                yield _bad_variable((*container.at, "env", index, "name"), called)
    for key in ("priorityClassName", "runtimeClassName", "serviceAccountName"):
        name = pod.spec.get(key)
        if isinstance(name, str) and name and not is_subdomain(name):
            yield bad_name((*pod.spec_at, key), name, SUBDOMAIN)
    for index, volume in entries(pod.spec.get("volumes")):
        name = volume.get("name")
        if isinstance(name, str) and not is_label(name):
            yield bad_name((*pod.spec_at, "volumes", index, "name"), name, LABEL)


def data_keys(subject: Subject) -> Iterator[Problem]:
    """Keys of a ConfigMap's or a Secret's content: each becomes a file's name."""
    seen: set[str] = set()
    for field in ("data", "binaryData", "stringData"):
        for key, _ in pairs(subject.body.get(field)):
            if not _DATA_KEY.fullmatch(key) or key == ".":
                yield Problem(
                    "bad-name",
                    (field, key),
                    f"{shown(key)} is no key",
                    "Write at most 253 letters, digits, `-`, `_` and `.`, and no dots alone.",
                )
            if key in seen and field == "binaryData":
                yield Problem(
                    "duplicate-entry", (field, key), "stands in data already", "Keep one of the two."
                )
            seen.add(key)


def priority_name(subject: Subject) -> Iterator[Problem]:
    """A PriorityClass may not take a name of the system's."""
    if subject.name.startswith("system-"):
        yield Problem(
            "bad-name",
            ("metadata", "name"),
            f"{shown(subject.name)} begins with system-, which is Kubernetes' own",
            "Write another name.",
        )


def storage_class_name(subject: Subject) -> Iterator[Problem]:
    """The name of the storage class that a PersistentVolumeClaim asks for."""
    name = subject.spec.get("storageClassName")
    if isinstance(name, str) and name and not is_subdomain(name):
        yield bad_name(("spec", "storageClassName"), name, SUBDOMAIN)


def runtime_handler(subject: Subject) -> Iterator[Problem]:
    """A RuntimeClass's handler: the name of a runtime in containerd's configuration."""
    handler = subject.body.get("handler")
    if isinstance(handler, str) and not is_label(handler):
        yield bad_name(("handler",), handler, LABEL)


def bad_name(at: FieldPath, name: str, form: _Form) -> Problem:
    """The problem that `name` has not the form asked for."""
    return Problem("bad-name", at, f"{shown(name)} is no name here", f"Write {form.words}.")


def bad_port_name(at: FieldPath, name: str) -> Problem:
    """The problem that `name` is no name for a port."""
    return Problem(
        "bad-name",
        at,
        f"{shown(name)} is no name for a port",
        "Write at most 15 small letters, digits and single dashes, at least one letter among them.",
    )


def _bad_variable(at: FieldPath, name: str) -> Problem:
    return Problem(
        "bad-name",
        at,
        f"{shown(name)} is no name for an environment variable",
        "Write visible ASCII characters without `=`.",
    )


def _form(subject: Subject) -> _Form:
    # Until 1.35 a Service's name had to begin with a letter (feature gate RelaxedServiceNameValidation).
    if subject.kind == "Service" and subject.minor < 36:
        return _OLD_SERVICE
    return _FORMS.get(subject.kind, SUBDOMAIN)
