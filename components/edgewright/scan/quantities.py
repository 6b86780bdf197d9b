"""Exact numbers out of Kubernetes' quantities, and every place where a quantity stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.subject import Problem, Subject, entries, mapping, mapping_at, pairs, shown

NANO = 10**9
"""A quantity's smallest step is a thousand-millionth: `amount` counts in it."""

_FORM = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([EPTGMk]|[KMGTPE]i|[num]|[eE][+-]?[0-9]{1,2})?")
_LONGEST = 40
_HUGE = 10**_LONGEST
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}

_BYTES = ("memory", "storage", "ephemeral-storage")


@lru_cache(maxsize=4096, typed=True)
def amount(quantity: str | int | float) -> int | None:
    """The quantity in thousand-millionths, rounded up; nothing where it is none, or beyond all use.

    Source: k8s.io/apimachinery/pkg/api/resource, ParseQuantity. Longer than 40 characters or with an exponent
    of three digits, which the server reads and caps, counts as none: it is a mistake, and costs time.
    """
    written = str(quantity) if isinstance(quantity, str | float) or abs(quantity) < _HUGE else ""
    found = _FORM.fullmatch(written) if len(written) <= _LONGEST else None
    if found is None or isinstance(quantity, bool) or not (found[2] or found[3]):
        return None
    sign, whole, part, suffix = found[1], found[2] or "0", found[3] or "", found[4] or ""
    digits = int(whole + part)
    if suffix in _BINARY:
        top, power = digits << _BINARY[suffix], 9 - len(part)
    else:
        exponent = _POWERS[suffix] if suffix in _POWERS else int(suffix[1:])
        top, power = digits, exponent + 9 - len(part)
    size = top * int(10**power) if power >= 0 else -(-top // int(10**-power))
    return -size if sign == "-" else size


def pod_quantities(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Quantities in a pod template: resources, sizes of volumes, divisors, overhead."""
    for container in pod.containers:
        resources = container.body.get("resources")
        if resources:
            yield from _requirements((*container.at, "resources"), resources)
        for index, variable in entries(container.body.get("env")):
            divisor = mapping_at(variable, "valueFrom", "resourceFieldRef").get("divisor")
            at = (*container.at, "env", index, "valueFrom", "resourceFieldRef", "divisor")
            yield from _checked(at, "divisor", divisor)
    yield from _requirements((*pod.spec_at, "resources"), pod.spec.get("resources"))
    yield from _each((*pod.spec_at, "overhead"), pod.spec.get("overhead"))
    for index, volume in entries(pod.spec.get("volumes")):
        at = (*pod.spec_at, "volumes", index)
        if "emptyDir" in volume:
            limit = mapping(volume.get("emptyDir")).get("sizeLimit")
            yield from _checked((*at, "emptyDir", "sizeLimit"), "memory", limit)
        if "ephemeral" in volume:
            claim = mapping_at(volume, "ephemeral", "volumeClaimTemplate", "spec")
            yield from _requirements(
                (*at, "ephemeral", "volumeClaimTemplate", "spec", "resources"), claim.get("resources")
            )


def claim_quantities(subject: Subject) -> Iterator[Problem]:
    """Quantities of a PersistentVolumeClaim."""
    at: FieldPath = ("spec", "resources")
    resources = mapping(subject.spec.get("resources"))
    yield from _requirements(at, resources)
    storage = mapping(resources.get("requests")).get("storage")
    if isinstance(storage, str | int | float) and amount(storage) == 0:
        yield Problem("bad-quantity", (*at, "requests", "storage"), "is 0", "Write a size, such as 4Gi.")
    if storage is None:
        yield Problem(
            "bad-quantity",
            (*at, "requests", "storage"),
            "is missing, a claim says how much it claims",
            "Write a size, such as 4Gi.",
        )


def claim_template_quantities(subject: Subject) -> Iterator[Problem]:
    """Quantities of a StatefulSet's claims."""
    for index, claim in entries(subject.spec.get("volumeClaimTemplates")):
        at = ("spec", "volumeClaimTemplates", index, "spec", "resources")
        yield from _requirements(at, mapping_at(claim, "spec", "resources"))


def quota_quantities(subject: Subject) -> Iterator[Problem]:
    """Quantities of a ResourceQuota."""
    yield from _each(("spec", "hard"), subject.spec.get("hard"))


def limit_range_quantities(subject: Subject) -> Iterator[Problem]:
    """Quantities of a LimitRange."""
    for index, limit in entries(subject.spec.get("limits")):
        for key in ("default", "defaultRequest", "max", "maxLimitRequestRatio", "min"):
            yield from _each(("spec", "limits", index, key), limit.get(key))


def runtime_class_quantities(subject: Subject) -> Iterator[Problem]:
    """Quantities of a RuntimeClass."""
    yield from _each(("overhead", "podFixed"), mapping(subject.body.get("overhead")).get("podFixed"))


def no_quantity(at: FieldPath, value: object) -> Problem:
    """The problem that the value cannot be read as a quantity."""
    remedy = "Write a number and a unit, such as 6Gi, 512Mi or 1500m."
    return Problem("bad-quantity", at, f"{shown(value)} is no quantity", remedy)


def _requirements(at: FieldPath, resources: object) -> Iterator[Problem]:
    if isinstance(resources, dict):
        for key in ("limits", "requests"):
            if key in resources:
                yield from _each((*at, key), resources[key])


def _each(at: FieldPath, quantities: object) -> Iterator[Problem]:
    for name, quantity in pairs(quantities):
        yield from _checked((*at, name), name, quantity)


def _checked(at: FieldPath, resource: str, quantity: Any) -> Iterator[Problem]:
    if quantity is None or not isinstance(quantity, str | int | float):
        return  # the schema speaks of it
    size = amount(quantity)
    if size is None:
        yield no_quantity(at, quantity)
    elif size < 0:
        yield Problem("bad-quantity", at, f"{shown(quantity)} is less than nothing", "Write 0 or more.")
    elif size % NANO and (resource in _BYTES or resource.endswith((".memory", "-storage", ".storage"))):
        yield Problem(
            "bad-quantity",
            at,
            f"{shown(quantity)} is not a whole number of bytes",
            "Write bytes in whole numbers, such as 512Mi: the unit m means a thousandth.",
        )
