"""One device out of the inventory: its class, its ring and the labels of its node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgewright.catalogue.nearest import did_you_mean
from edgewright.document.inventory import Device, read_inventory
from edgewright.errors import Finding, FleetError, Place
from edgewright.plan import ClassPlan, Plan, PlannedRing, assign
from edgewright.plan.rollouts import shares_of
from edgewright.render.node.k3s import NVIDIA_PRESENT
from edgewright.scan.labels import is_label_value, is_qualified_name

SITE: Final = "edgewright.dev/site"
_LONGEST_LABEL: Final = 63
_KEPT: Final = ("kubernetes.io", "k8s.io")
"""Domains whose labels a kubelet may not give itself (Kubernetes, NodeRestriction admission)."""

_OURS: Final = "edgewright.dev/"
_WRITTEN: Final = (NVIDIA_PRESENT,)
"""Labels of a device that follow from its class and its ring."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A device with everything that was decided for it; `labels` are those that it has for itself."""

    name: str
    planned: ClassPlan
    ring: PlannedRing
    labels: dict[str, str]


def enrolment(plan: Plan, folder: Path, name: str) -> Enrolment:
    """The device of that name. Raises FleetError: `unknown-device`, `unknown-reference`, `bad-label`."""
    if plan.fleet.inventory is None:
        raise FleetError(
            [_unknown(name, "this fleet has no inventory", "name one: `inventory: devices.csv`")]
        )
    path = folder / plan.fleet.inventory
    device, members = _found(path, name)
    if device is None:
        raise FleetError(
            [_not_there(name, [each for names in members.values() for each in names], str(path))]
        )
    planned = next((each for each in plan.classes if each.name == device.device_class), None)
    if planned is None:
        raise FleetError([_no_such_class(device, str(path))])
    labels, findings = _labels(device, str(path))
    if findings:
        raise FleetError(findings)
    return Enrolment(name, planned, _ring(plan, planned, members[planned.name], name), labels)


def _found(path: Path, name: str) -> tuple[Device | None, dict[str, list[str]]]:
    """The device of that name, and the names of each class's devices: of a long inventory no more is kept."""
    device: Device | None = None
    members: dict[str, list[str]] = {}
    for row in read_inventory(path, str(path)):
        if isinstance(row, Device):
            members.setdefault(row.device_class, []).append(row.name)
            device = row if row.name == name else device
    return device, members


def _ring(plan: Plan, planned: ClassPlan, names: list[str], name: str) -> PlannedRing:
    shares = shares_of(planned.rollout)
    rings = assign(plan.fleet.fleet, planned.rollout_name or "", shares, names)
    return next(ring for ring, members in zip(planned.rings, rings, strict=True) if name in members)


def _labels(device: Device, file: str) -> tuple[dict[str, str], list[Finding]]:
    labels: dict[str, str] = {SITE: device.site.strip()} if device.site.strip() else {}
    for pair in filter(None, (each.strip() for each in device.labels.split(";"))):
        key, _, value = pair.partition("=")
        labels.setdefault(key.strip(), value.strip())
    return labels, list(_faults(device, labels, file))


def _faults(device: Device, labels: dict[str, str], file: str) -> Iterator[Finding]:
    if len(device.name) > _LONGEST_LABEL:
        what = (
            f"`{device.name[:80]}` has {len(device.name)} characters, and a node's name is a label of it too"
        )
        yield _bad_label(device, file, what, f"give the device a name of at most {_LONGEST_LABEL}")
    for key, value in labels.items():
        if not is_qualified_name(key):
            yield _bad_label(
                device,
                file,
                f"`{key[:80]}` is no key of a label",
                "write `key=value`, with `;` between pairs",
            )
        elif _is_kept(key):
            yield _bad_label(
                device, file, f"`{key[:80]}` is a label that no node may give itself", "choose another domain"
            )
        elif (key.startswith(_OURS) or key in _WRITTEN) and key != SITE:
            yield _bad_label(
                device, file, f"`{key[:80]}` is a label that Edgewright writes itself", "choose another name"
            )
        elif not is_label_value(value):
            where = "site" if key == SITE else f"label `{key[:80]}`"
            yield _bad_label(
                device,
                file,
                f"`{value[:80]}` cannot be the value of a label (the {where})",
                "write at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends",
            )


def _is_kept(key: str) -> bool:
    domain, slash, _ = key.partition("/")
    return bool(slash) and any(domain == kept or domain.endswith(f".{kept}") for kept in _KEPT)


def _bad_label(device: Device, file: str, message: str, remedy: str) -> Finding:
    return Finding("bad-label", "error", message, remedy, place=_line(device, file), waivable=False)


def _line(device: Device, file: str) -> Place:
    return Place(file, device.line, 1, device.line, len(device.name) + 1)


def _not_there(name: str, names: list[str], file: str) -> Finding:
    meant = did_you_mean(name, names)
    instead = f"; did you mean `{meant}`?" if meant else ""
    return _unknown(name, f"{file} has no such device{instead}", "add a row for it: its name and its class")


def _unknown(name: str, why: str, remedy: str) -> Finding:
    return Finding(
        "unknown-device", "error", f"`{name[:80]}` cannot be enrolled: {why}", remedy, waivable=False
    )


def _no_such_class(device: Device, file: str) -> Finding:
    return Finding(
        "unknown-reference",
        "error",
        f"`{device.name}` is of the class `{device.device_class[:80]}`, which this fleet has not",
        "correct the row, or add the class to `deviceClasses`",
        place=_line(device, file),
        waivable=False,
    )
