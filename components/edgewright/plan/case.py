"""A Case: all that a proof may look at."""

from __future__ import annotations

from dataclasses import dataclass

from edgewright.artifact.lock import Lock
from edgewright.catalogue import Catalogue
from edgewright.fleet import DeviceClass, Fleet
from edgewright.plan.hardware import Hardware
from edgewright.plan.plan import ClassPlan


@dataclass(frozen=True, slots=True)
class Case:
    """One device class with everything that was decided for it. `planned` has no proofs yet."""

    fleet: Fleet
    catalogue: Catalogue
    lock: Lock
    hardware: Hardware
    planned: ClassPlan

    @property
    def device_class(self) -> DeviceClass:
        """The class as it was written."""
        return self.planned.device_class
