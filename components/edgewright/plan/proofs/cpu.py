"""CPU: the limits of a class's workloads and its reserve, against the cores that are on."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Cpu
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, at_most, greatest, hardware_path, reserved
from edgewright.plan.units import MILLICORES


def prove(case: Case) -> Iterator[Inequality]:
    """A power mode that switches cores off leaves fewer."""
    workloads, reserve = asked(case, "cpu"), reserved(case, "cpu")
    capacity = case.hardware.cores * 1000
    nothing_left = reserve.amount >= capacity or not workloads
    yield Inequality(
        rule="cpu-over-capacity",
        class_name=case.planned.name,
        what="CPU",
        unit=MILLICORES,
        needs=(*workloads, reserve),
        has=(Term("cores", capacity, hardware_path(case)),),
        at=reserve.path if nothing_left else greatest(workloads),
        remedy="keep less in reserve than the class has"
        if nothing_left
        else at_most(workloads, str(Cpu(capacity - reserve.amount))),
    )
