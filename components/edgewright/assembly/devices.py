"""The devices of a fleet by class and ring, out of its inventory."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgewright.document.inventory import Device, class_place, read_inventory
from edgewright.errors import Finding, FleetError, Note

if TYPE_CHECKING:
    from edgewright.fleet import Fleet
    from edgewright.plan import RingCount

_MOST_FINDINGS: Final = 50
_MOST_SHOWN: Final = 8 * 2**20
"""Bytes of an inventory whose lines are shown with its findings."""
_STRIDE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Counted:
    """Devices of each class by ring, what is wrong with the inventory, and its text if it is shown."""

    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)


def count_devices(fleet: Fleet, folder: Path, *, told: Callable[[str], None] = lambda _what: None) -> Counted:
    """What the fleet's inventory counts; nothing where it has none."""
    if fleet.inventory is None:
        return Counted()
    path = folder / fleet.inventory
    counters = _counters(fleet)
    findings: list[Finding] = []
    try:
        for number, row in enumerate(read_inventory(path, str(path))):
            if number % _STRIDE == 0 and number:
                told(f"counting devices: {number:,}")
            if isinstance(row, Finding):
                findings.append(row)
            elif row.device_class in counters:
                counters[row.device_class].add(row.name)
            else:
                findings.append(_no_such_class(row, path))
            if len(findings) >= _MOST_FINDINGS:
                break
    except FleetError as error:
        # Of a file that cannot be read, the place that matters is where it is named.
        findings += [
            replace(each, place=None) if each.rule == "cannot-read" else each for each in error.findings
        ]
    if findings:
        # What the rest would have counted is not known, so averages stand in.
        here = [replace(each, path=("inventory",)) for each in findings]
        return Counted(findings=tuple(here), sources=_text(path))
    return Counted({name: each.counts() for name, each in counters.items()}, tuple(_differs(fleet, counters)))


def _counters(fleet: Fleet) -> dict[str, RingCount]:
    from edgewright.plan import RingCount
    from edgewright.plan.rollouts import rollouts_by_class, shares_of

    rollouts = rollouts_by_class(fleet)
    return {
        name: RingCount(
            fleet.fleet, rollouts.get(name, ""), shares_of(fleet.rollouts.get(rollouts.get(name, "")))
        )
        for name in fleet.device_classes
    }


def _text(path: Path) -> dict[str, str]:
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_SHOWN:
            return {str(path): path.read_text(encoding="utf-8-sig", errors="replace")}
    except (OSError, ValueError):
        pass
    return {}


def _no_such_class(row: Device, path: Path) -> Finding:
    return Finding(
        "unknown-reference",
        "error",
        f"`{row.name}` is of the class `{row.device_class[:80]}`, which this fleet has not",
        "correct the row, or add the class to `deviceClasses`",
        ("inventory",),
        waivable=False,
        place=class_place(path, str(path), row),
        notes=(Note("the classes of this fleet", path=("deviceClasses",)),),
    )


def _differs(fleet: Fleet, counters: Mapping[str, RingCount]) -> Iterator[Finding]:
    """Classes of which the inventory has another number of devices than the fleet."""
    note = (Note("the inventory", path=("inventory",)),)
    for name, device_class in fleet.device_classes.items():
        counted = counters[name].devices
        path = ("deviceClasses", name)
        written = "devices" in device_class.model_fields_set
        if written and counted and counted != device_class.devices:
            yield Finding(
                "inventory-differs",
                "warning",
                f"the inventory has {counted:,} devices of `{name}`, not {device_class.devices:,}",
                f"write `devices: {counted}`, or complete the inventory",
                (*path, "devices"),
                notes=note,
                replacement=str(counted),
            )
        elif not counted:
            yield Finding(
                "inventory-differs",
                "warning",
                f"the inventory has no device of `{name}`",
                "add its devices to the inventory, or remove the class",
                path,
                on_key=True,
                notes=note,
            )
