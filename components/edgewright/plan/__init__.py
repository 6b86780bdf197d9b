"""What was decided for each device class: image, tiers, rings, and whether it fits.

plan = build_plan(fleet, catalogue.load(), lock, texts={"keys/fleet.pub": "…"})
plan.classes[0].workloads[0].image.name
plan.findings                                # what cannot work, with the field at fault
"""

from __future__ import annotations

from edgewright.plan.build import build_plan
from edgewright.plan.gate import Gate, floor_of, gates_of
from edgewright.plan.plan import ClassPlan, Deployed, Plan, PlannedImage, PlannedRing, PlannedTier
from edgewright.plan.rings import RingCount, assign, fraction
from edgewright.plan.start import PROBE_PERIOD, probe_failures, progress_deadline, startup_patience

__all__ = [
    "PROBE_PERIOD",
    "ClassPlan",
    "Deployed",
    "Gate",
    "Plan",
    "PlannedImage",
    "PlannedRing",
    "PlannedTier",
    "RingCount",
    "assign",
    "build_plan",
    "floor_of",
    "fraction",
    "gates_of",
    "probe_failures",
    "progress_deadline",
    "startup_patience",
]
