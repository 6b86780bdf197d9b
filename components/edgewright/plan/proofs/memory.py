"""Memory: the limits of a class's workloads and its reserve, against what the board has."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Memory
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, greatest, hardware_path, reserved
from edgewright.plan.units import BYTES


def prove(case: Case) -> Iterator[Inequality]:
    """Requests equal limits, so their sum is what can be taken at once."""
    workloads, reserve = asked(case, "memory"), reserved(case, "memory")
    capacity = case.hardware.memory
    free = (capacity - reserve.amount) // 2**20 * 2**20
    nothing_left = reserve.amount > capacity or not workloads
    yield Inequality(
        rule="memory-over-capacity",
        class_name=case.planned.name,
        what="memory",
        unit=BYTES,
        needs=(*workloads, reserve),
        has=(Term("capacity", capacity, hardware_path(case)),),
        at=reserve.path if nothing_left else greatest(workloads),
        remedy="keep less in reserve than the class has"
        if nothing_left
        else f"give workloads {Memory(free)} at most in all",
    )
