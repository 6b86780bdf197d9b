"""How long a start may take: what the startup probe waits for, and what a roll-out waits for before it.

The pull comes before the container starts, so it counts against the deadline of the roll-out and not
against the probe. The old pod goes first, for there is room for one only, so its grace counts as well.
Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds and
https://kubernetes.io/docs/concepts/workloads/pods/probes/
"""

from __future__ import annotations

from typing import Final

from edgewright.plan.pieces import pieces_of
from edgewright.plan.plan import ClassPlan, Deployed

PROBE_PERIOD: Final = 5
"""Seconds between two questions whether a pod has started."""

PULL_PATIENCE: Final = 600
"""Seconds for pulling what nobody knows the size of, or the link for."""

_BUILDERS: Final = ("tensorrt", "onnxruntime-tensorrt")
"""Backends that build an engine on the device at the first start. Source: NVIDIA TensorRT documentation,
https://docs.nvidia.com/deeplearning/tensorrt/latest/architecture/how-trt-works.html"""

_DAY: Final = 86_400


def builds_engine(deployed: Deployed) -> bool:
    """Whether a tier of the workload builds a TensorRT engine on this class."""
    return any(tier.backend in _BUILDERS for tier in deployed.tiers)


def startup_patience(deployed: Deployed) -> int:
    """Seconds until a start counts as broken: load, engine build, and p99 for each warm-up request."""
    startup = deployed.startup
    build = startup.engine_build if builds_engine(deployed) else 0
    milliseconds = startup.load + build + startup.warm_up * (deployed.p99 or 0)
    return -(-milliseconds // 1000)


def probe_failures(deployed: Deployed) -> int:
    """How often the startup probe may fail, so that it waits no less than the patience."""
    return max(3, -(-startup_patience(deployed) // PROBE_PERIOD))


def pull_patience(planned: ClassPlan) -> int:
    """Seconds for pulling all that the workloads of a class need, which come over the same link.

    Where the link is open for a part of the day, a pull that begins late goes on when it opens again.
    """
    link = planned.device_class.link
    if link is None or not link.bandwidth:
        return PULL_PATIENCE
    sizes = [piece.size for piece in pieces_of(planned.workloads)]
    bits = 8 * sum(size for size in sizes if size is not None)
    closed = max(0, _DAY - link.window.seconds)
    known = -(-bits // link.bandwidth) + closed
    return known + PULL_PATIENCE if None in sizes else max(PULL_PATIENCE, known)


def progress_deadline(planned: ClassPlan, deployed: Deployed) -> int:
    """Seconds until a roll-out counts as stuck: the old pod's grace, the pull, and all that the probe waits."""
    start = PROBE_PERIOD * probe_failures(deployed)
    return deployed.shutdown.grace.seconds + pull_patience(planned) + start
