"""Evidence: what a ring's devices did during the soak, and what it is measured against. Values, no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """What the devices that ran one artifact counted of a workload.

    `digest` is the artifact; of `requests` so many were `errors`; of `labelled` answers, whose truth became
    known, so many were `correct`; `p99` is in microseconds. None is what nobody has counted.
    """

    digest: str
    requests: int
    errors: int
    labelled: int = 0
    correct: int = 0
    p99: int | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of the ring, and those of what ran before it where that is known."""

    ring: Figures
    against: Figures | None = None


@dataclass(frozen=True, slots=True)
class ClassEvidence:
    """Figures of one class between two times (UTC), by workload; `devices` of the ring have sent some."""

    start: datetime
    end: datetime
    devices: int
    workloads: Mapping[str, Compared]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was counted in one ring of one rollout of a fleet, by class."""

    fleet: str
    rollout: str
    ring: str
    classes: Mapping[str, ClassEvidence]
