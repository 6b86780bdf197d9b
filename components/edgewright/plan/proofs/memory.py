"""Memory: the limits of a class's workloads and its reserve, against what the board has."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Memory
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, greatest, hardware_path, reserved
from edgewright.plan.units import BYTES

HEAD_ROOM = 20
"""The part of a board that should stay free beside limits and reserve: a twentieth."""


def prove(case: Case) -> Iterator[Inequality]:
    """Requests equal limits, so their sum is what can be taken at once."""
    workloads, reserve = asked(case, "memory"), reserved(case, "memory")
    has = Term("capacity", case.hardware.memory, hardware_path(case))
    # What the kernel keeps of the board for itself is in no limit.
    room = Term("head room", -(-has.amount // HEAD_ROOM), has.path)
    left = has.amount - reserve.amount - room.amount
    remedy = f"give workloads {_at_most(left)} at most in all" if left >= 2**20 else "keep less in reserve"
    if reserve.amount > has.amount or not workloads:
        yield Inequality(
            "memory-over-capacity",
            case.planned.name,
            "memory",
            BYTES,
            (*workloads, reserve),
            (has,),
            reserve.path,
            "keep less in reserve than the class has",
        )
        return
    yield Inequality(
        "memory-over-capacity",
        case.planned.name,
        "memory",
        BYTES,
        (*workloads, reserve),
        (has,),
        greatest(workloads),
        remedy,
    )
    yield Inequality(
        "memory-head-room",
        case.planned.name,
        "memory",
        BYTES,
        (*workloads, reserve, room),
        (has,),
        greatest(workloads),
        remedy,
        level="warning",
        title="memory with head room",
        unless="memory-over-capacity",
    )


def _at_most(amount: int) -> Memory:
    """An amount rounded down to what one writes."""
    return Memory(amount // 2**20 * 2**20)
