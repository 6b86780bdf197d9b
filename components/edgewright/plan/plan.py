"""A Plan: what was decided for each device class. It knows neither YAML nor Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgewright.artifact.lock import LockedVariant
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import (
    AbortWhen,
    Batching,
    DeviceClass,
    Duration,
    Fleet,
    Resources,
    Rollout,
    Shutdown,
    Startup,
)
from edgewright.plan.inequality import Inequality


@dataclass(frozen=True, slots=True)
class PlannedTier:
    """A way to answer that can run on the class. `locked` is None for a rule and for what has no digest."""

    tier: str
    backend: str
    variant: str | None
    locked: LockedVariant | None
    path: FieldPath


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """The server image of a workload on a class; `digest` is None where fleet.lock has none."""

    name: str
    platform: str
    digest: str | None
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workload on one class, with every default filled in.

    `given` has the path of each field that was written, by its name in Python; `path` is the
    workload's own, or the one of its entry for the class.
    """

    name: str
    path: FieldPath
    given: Mapping[str, FieldPath]
    model: str
    model_version: str
    rollout: str | None
    exposed: bool
    batching: Batching
    startup: Startup
    shutdown: Shutdown
    resources: Resources
    p99: Duration | None
    runtime: str
    image: PlannedImage
    tiers: tuple[PlannedTier, ...]
    rule: str | None
    uses_gpu: bool

    def origin(self, name: str) -> FieldPath:
        """Where a field comes from: the place it was written, or the workload that leaves it out."""
        return self.given.get(name, self.path)


@dataclass(frozen=True, slots=True)
class PlannedRing:
    """A ring of one class: the share of devices that have the change with it, and how many it adds."""

    name: str
    up_to: int
    soak: Duration | None
    abort_when: AbortWhen | None
    devices: int
    path: FieldPath


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A device class: what it has, what runs on it, its rings in order, and what has to hold on it."""

    name: str
    path: FieldPath
    device_class: DeviceClass
    architecture: str
    kubernetes: str
    accelerators: frozenset[str]
    workloads: tuple[Deployed, ...]
    rollout_name: str | None
    rollout: Rollout | None
    rings: tuple[PlannedRing, ...]
    proofs: tuple[Inequality, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided, a class at a time, and what was found on the way.

    `texts` has the content of every small file that the fleet names (keys, rules) by its path.
    """

    fleet: Fleet
    classes: tuple[ClassPlan, ...]
    texts: Mapping[str, str]
    not_locked: Mapping[str, FieldPath]
    findings: tuple[Finding, ...] = ()
