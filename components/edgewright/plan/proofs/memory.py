"""Memory: the limits of a class's workloads and its reserve, against what the board has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
    nothing_left = reserve.amount > has.amount or not workloads
    fits = Inequality(
        rule="memory-over-capacity",
        class_name=case.planned.name,
        what="memory",
        unit=BYTES,
        needs=(*workloads, reserve),
        has=(has,),
        at=reserve.path if nothing_left else greatest(workloads),
        remedy="keep less in reserve than the class has" if nothing_left else remedy,
    )
    yield fits
    if not nothing_left:
        yield _head_room("memory-head-room", fits, room)


def _head_room(rule: str, fits: Inequality, room: Term) -> Inequality:
    """The same sum with the head room, as a warning where the sum itself holds."""
    return replace(
        fits,
        rule=rule,
        level="warning",
        needs=(*fits.needs, room),
        title="memory with head room",
        unless=fits.rule,
    )


def _at_most(amount: int) -> Memory:
    """An amount rounded down to what one writes."""
    return Memory(amount // 2**20 * 2**20)
