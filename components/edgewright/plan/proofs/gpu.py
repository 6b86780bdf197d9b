"""GPUs: the whole numbers that workloads ask for, against devices times the shares of each."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, greatest, hardware_path
from edgewright.plan.units import COUNT


def prove(case: Case) -> Iterator[Inequality]:
    """Nothing to prove where nobody asks for one."""
    workloads = asked(case, "gpu")
    if not workloads:
        return
    sharing, capacity = case.device_class.gpu_sharing, case.hardware.gpus
    shared = sharing is not None and sharing.strategy != "none"
    if not capacity:
        remedy = "remove `gpu`, or run it on a class with a GPU"
    else:
        remedy = f"ask for {capacity} in all, or " + (
            "more `replicas`" if shared else "share the GPU by `gpuSharing`"
        )
    yield Inequality(
        rule="gpu-over-capacity",
        class_name=case.planned.name,
        what=f"{'share' if shared else 'NVIDIA GPU'}{'s' if sum(each.amount for each in workloads) > 1 else ''}"
        + (" of its GPU" if shared else ""),
        unit=COUNT,
        needs=workloads,
        has=(Term("capacity", capacity, hardware_path(case)),),
        at=greatest(workloads),
        remedy=remedy,
    )
