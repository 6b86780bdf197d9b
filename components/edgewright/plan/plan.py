"""A Plan: what was decided for each device class. It knows neither YAML nor Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from edgewright.artifact.lock import LockedVariant
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import (
    AbortWhen,
    Batching,
    DeviceClass,
    Duration,
    Fleet,
    Load,
    Memory,
    Power,
    Resources,
    Rollout,
    Shutdown,
    Startup,
    Tier,
    WhenUnsure,
)
from edgewright.plan.hardware import Hardware
from edgewright.plan.inequality import Inequality
from edgewright.plan.platform_parts import PlannedPart

Object: TypeAlias = dict[str, Any]
"""What somebody else wrote and is handed on as it is."""


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
    """The server image of a workload on a class; `digest` is None where fleet.lock has none, and so is
    `size`, the bytes that a device of this class pulls for it."""

    name: str
    platform: str
    digest: str | None
    path: FieldPath
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workload on one class, with every default filled in.

    `stated` are the times of tiers that somebody wrote down; `given` has the path of each field that was
    written, by its name in Python; `path` is the workload's own, or the one of its entry for the class.
    `draw` is the whole device's while this answers. `threads` are those of a model, None for as many as cores;
    `response_cache` bytes of memory, None where no answers are kept.
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
    load: Load | None
    p99: Duration | None
    stated: Mapping[Tier, Duration]
    runtime: str
    image: PlannedImage
    tiers: tuple[PlannedTier, ...]
    rule: str | None
    uses_gpu: bool
    when_unsure: WhenUnsure | None = None
    draw: Power | None = None
    threads: int | None = None
    grpc: bool = False
    response_cache: Memory | None = None

    @property
    def kept(self) -> Memory | None:
        """Bytes of the volume with inputs that the model was unsure of; None where it keeps none."""
        return self.when_unsure.keep if self.when_unsure else None

    def origin(self, name: str) -> FieldPath:
        """Where a field comes from: the place it was written, or the workload that leaves it out."""
        return self.given.get(name, self.path)

    @property
    def not_locked(self) -> list[str]:
        """What it needs and fleet.lock has no digest for: forms of the model, and the image."""
        forms = {f"{self.model}/{each.variant}" for each in self.tiers if each.variant and not each.locked}
        return sorted(forms | ({self.image.name} if self.image.digest is None else set()))


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
    """A device class: what it has, what runs on it, its rings in order, and what has to hold on it.

    `parts` is the platform that its devices run beside the workloads; `cuda` says for each platform of
    images with CUDA which one a device must offer (`12.6`).
    """

    name: str
    path: FieldPath
    device_class: DeviceClass
    architecture: str
    kubernetes: str
    accelerators: frozenset[str]
    hardware: Hardware
    parts: tuple[PlannedPart, ...]
    cuda: Mapping[str, str]
    workloads: tuple[Deployed, ...]
    rollout_name: str | None
    rollout: Rollout | None
    rings: tuple[PlannedRing, ...]
    proofs: tuple[Inequality, ...] = ()

    @property
    def system_cpu(self) -> int:
        """Millicores of the reserve that are the system's: the platform's pods ask for their part themselves."""
        return int(self.device_class.reserve.cpu) - sum(part.cpu for part in self.parts)

    @property
    def system_memory(self) -> int:
        """Bytes of the reserve that are the system's, less what the platform's pods ask for themselves."""
        return int(self.device_class.reserve.memory) - sum(part.memory for part in self.parts)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided, a class at a time, and what was found on the way.

    `texts` has the content of every small file that the fleet names (keys, rules) by its path, `policies`
    what lies in each folder of policies that it names.
    """

    fleet: Fleet
    classes: tuple[ClassPlan, ...]
    texts: Mapping[str, str]
    not_locked: Mapping[str, FieldPath]
    findings: tuple[Finding, ...] = ()
    policies: Mapping[str, tuple[Object, ...]] = field(default_factory=dict)
