"""The smallest fleet as plain values, ways to change it, and its plan: shared by folders of tests."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.strategies import CATALOGUE, locked

from edgewright.artifact.lock import Lock
from edgewright.errors import Finding
from edgewright.fleet import Fleet, read_fleet
from edgewright.plan import Plan, build_plan

ROOT = Path(__file__).parents[1]
GONE = object()

SMALLEST = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: registry.example/tiny
deviceClasses:
  kiosk: {board: intel-n100-8gb}
models:
  digits: {version: 1.0.0, source: models/digits.onnx}
workloads:
  read:
    model: digits
    resources: {cpu: 1, memory: 512Mi}
"""


def smallest(**changes: Any) -> dict[str, Any]:
    """The smallest fleet; `workloads__read__expose="cluster"` changes a field, GONE takes one away."""
    values: dict[str, Any] = {
        "apiVersion": "edgewright.dev/v1alpha1",
        "fleet": "tiny",
        "registry": "registry.example/tiny",
        "deviceClasses": {"kiosk": {"board": "intel-n100-8gb"}},
        "models": {"digits": {"version": "1.0.0", "source": "models/digits.onnx"}},
        "workloads": {"read": {"model": "digits", "resources": {"cpu": 1, "memory": "512Mi"}}},
    }
    return changed(values, {tuple(name.split("__")): value for name, value in changes.items()})


def changed(values: dict[str, Any], changes: dict[tuple[str | int, ...], Any]) -> dict[str, Any]:
    """A copy of values with other ones at some paths."""
    values = copy.deepcopy(values)
    for path, value in changes.items():
        holder: Any = values
        for step in path[:-1]:
            holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[step]
        if value is GONE:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy.deepcopy(value)
    return values


def fleet_of(values: dict[str, Any]) -> Fleet:
    """The fleet of values in which nothing is wrong by itself."""
    reading = read_fleet(values, CATALOGUE)
    assert reading.fleet is not None
    assert not reading.findings, reading.findings
    return reading.fleet


def plan_of(values: dict[str, Any], lock: Lock | None = None, **more: Any) -> Plan:
    """The plan of values; everything is locked unless a lock says otherwise."""
    fleet = fleet_of(values)
    return build_plan(fleet, CATALOGUE, locked(fleet) if lock is None else lock, **more)


def found(findings: Iterable[Finding], rule: str) -> list[Finding]:
    """The findings of one rule."""
    return [each for each in findings if each.rule == rule]


def only(findings: Iterable[Finding], rule: str) -> Finding:
    """The one finding of a rule."""
    (finding,) = found(findings, rule)
    return finding
