"""Labels, annotations and selectors that the API server would refuse.

Source: k8s.io/apimachinery/pkg/util/validation, IsQualifiedName and IsValidLabelValue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from edgewright.errors import FieldPath
from edgewright.scan.names import is_subdomain
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, mapping, pairs, shown

_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_ANNOTATIONS = 256 * 1024

_KEY_FORM = (
    "Write at most 63 letters, digits, `-`, `_` and `.`, a letter or digit first and last; before it there "
    "may be a domain and a slash, such as app.kubernetes.io/name."
)
_VALUE_FORM = (
    "Write at most 63 letters, digits, `-`, `_` and `.`, a letter or digit first and last, or nothing."
)

_LEVELS = ("privileged", "baseline", "restricted")
_MODES = ("enforce", "audit", "warn")
_POD_SECURITY = "pod-security.kubernetes.io/"
_POD_SECURITY_VERSION = re.compile(r"latest|v1\.(0|[1-9][0-9]*)")


@lru_cache(maxsize=16384)
def is_qualified_name(key: str) -> bool:
    """Whether the key of a label has the form `name` or `domain/name`."""
    domain, slash, name = key.rpartition("/")
    return bool(_WORD.fullmatch(name)) and (not slash or is_subdomain(domain))


@lru_cache(maxsize=16384)
def is_label_value(value: str) -> bool:
    """Whether a label may have the value: 63 characters of a name, or none at all."""
    return not value or bool(_WORD.fullmatch(value))


def metadata_labels(subject: Subject) -> Iterator[Problem]:
    """The object's own labels and annotations."""
    metadata = subject.metadata
    yield from _of_metadata(("metadata",), metadata)


def pod_labels(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """A pod template's labels, annotations and node selector."""
    if pod.at:
        yield from _of_metadata((*pod.at, "metadata"), mapping(pod.body.get("metadata")))
    yield from labels((*pod.spec_at, "nodeSelector"), pod.spec.get("nodeSelector"))
    for index, toleration in entries(pod.spec.get("tolerations")):
        key = toleration.get("key")
        if isinstance(key, str) and key and not is_qualified_name(key):
            at = (*pod.spec_at, "tolerations", index, "key")
            yield Problem("bad-label", at, f"{shown(key)} is no key of a taint", _KEY_FORM)


def pod_security_labels(subject: Subject) -> Iterator[Problem]:
    """A namespace's pod-security labels: a level misspelt is a level that is not enforced."""
    for key, value in pairs(mapping(subject.metadata.get("labels"))):
        if not key.startswith(_POD_SECURITY):
            continue
        at = ("metadata", "labels", key)
        mode, _, version = key.removeprefix(_POD_SECURITY).partition("-")
        if mode not in _MODES or version not in ("", "version"):
            known = ", ".join(f"{_POD_SECURITY}{each}" for each in _MODES)
            yield Problem(
                "bad-enum", at, "is no label of Pod Security", f"Write one of {known}, or -version behind it."
            )
        elif version and not (isinstance(value, str) and _POD_SECURITY_VERSION.fullmatch(value)):
            yield Problem(
                "bad-enum", at, f"is {shown(value)}, allowed is latest or v1.<minor>", "Write latest."
            )
        elif not version and value not in _LEVELS:
            allowed = "privileged, baseline or restricted"
            yield Problem("bad-enum", at, f"is {shown(value)}, allowed is {allowed}", f"Write {allowed}.")


def selectors(subject: Subject) -> Iterator[Problem]:
    """The form of an object's selectors; what they match is said in selectors.py."""
    spec = subject.spec
    for key in ("selector", "podSelector"):
        selector = spec.get(key)
        if subject.kind == "Service":
            yield from labels(("spec", key), selector)
        elif isinstance(selector, dict):
            yield from selector_form(("spec", key), selector)


def selector_form(at: FieldPath, selector: dict[str, object]) -> Iterator[Problem]:
    """Keys, values and operators of matchLabels and matchExpressions."""
    yield from labels((*at, "matchLabels"), selector.get("matchLabels"))
    for index, asked in entries(selector.get("matchExpressions")):
        where = (*at, "matchExpressions", index)
        key, values = asked.get("key"), asked.get("values")
        if isinstance(key, str) and not is_qualified_name(key):
            yield Problem("bad-label", (*where, "key"), f"{shown(key)} is no label", _KEY_FORM)
        wants_values = asked.get("operator") in ("In", "NotIn")
        if wants_values != bool(values):
            needs = "needs values" if wants_values else "takes no values"
            yield Problem(
                "bad-label",
                (*where, "values"),
                f"the operator {shown(asked.get('operator'))} {needs}",
                "Use In or NotIn with values, Exists or DoesNotExist without.",
            )


def labels(at: FieldPath, values: object) -> Iterator[Problem]:
    """Keys and values of a mapping of labels."""
    for key, value in pairs(values):
        if not (is_qualified_name(key) and isinstance(value, str) and is_label_value(value)):
            yield from _label((*at, key), key, value)


def _label(at: FieldPath, key: str, value: object) -> Iterator[Problem]:
    if not is_qualified_name(key):
        yield Problem("bad-label", at, f"{shown(key)} is no key for a label", _KEY_FORM)
    if isinstance(value, str) and not is_label_value(value):
        yield Problem("bad-label", at, f"{shown(value)} is no value for a label", _VALUE_FORM)


def _of_metadata(at: FieldPath, metadata: dict[str, object]) -> Iterator[Problem]:
    if "labels" in metadata:
        yield from labels((*at, "labels"), metadata["labels"])
    if "annotations" in metadata:
        yield from _annotations((*at, "annotations"), metadata["annotations"])


def _annotations(at: FieldPath, values: object) -> Iterator[Problem]:
    size = 0
    for key, value in pairs(values):
        if not is_qualified_name(key.lower()):
            yield Problem("bad-label", (*at, key), f"{shown(key)} is no key for an annotation", _KEY_FORM)
        size += _bytes(key) + (_bytes(value) if isinstance(value, str) else 0)
    if size > _ANNOTATIONS:
        yield Problem(
            "too-large",
            at,
            f"the annotations hold {size} bytes, {_ANNOTATIONS} are allowed",
            "Move the content to a ConfigMap.",
        )


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
