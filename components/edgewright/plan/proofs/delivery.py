"""Delivery: what an update may bring at most, against the link in its window, or against the stick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Bandwidth, Duration, Link, Memory
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.pieces import Piece, pieces_of
from edgewright.plan.proofs.unknown_sizes import unknown_sizes
from edgewright.plan.units import BYTES

_DAY: int = 86_400_000  # milliseconds


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """Nothing to prove where neither a link nor a stick is stated."""
    link, stick = case.device_class.link, case.device_class.stick
    if link is None and stick is None:
        return
    pieces = pieces_of(case.planned.workloads)
    needs = tuple(_sums(pieces, case))
    if link is not None and link.bandwidth and needs:
        yield _link(case, link, needs)
    if stick is not None and needs:
        yield _stick(case, stick, needs)
    unknown = [piece.name for piece in pieces if piece.size is None]
    if stick is not None:
        yield from unknown_sizes(case, "stick", unknown, ["what `platform` installs"])
    else:
        yield from unknown_sizes(case, "link", unknown)


def _sums(pieces: Sequence[Piece], case: Case) -> Iterator[Term]:
    """Images and models, as far as their sizes are known; each sum points at the largest of its pieces."""
    images = {each.image.name for each in case.planned.workloads}
    for name, wanted in (("images", True), ("models", False)):
        sizes = [
            (piece.size, piece.path)
            for piece in pieces
            if piece.size is not None and (piece.name in images) == wanted
        ]
        if sizes:
            _, path = max(sizes, key=lambda each: each[0])
            yield Term(name, sum(size for size, _ in sizes), path)


def _link(case: Case, link: Link, needs: tuple[Term, ...]) -> Inequality:
    """All that the class runs, whole: what changes is no more, and a delta is smaller."""
    path: FieldPath = (*case.planned.path, "link")
    bits = 8 * sum(term.amount for term in needs)
    wider = Bandwidth(_rounded(-(-bits * 1000 // max(link.window, 1))))
    longer = Duration(-(-bits // (60 * link.bandwidth)) * 60_000)  # whole minutes
    remedy = f"give it `bandwidth: {wider}`"
    if longer <= _DAY:
        remedy = f"give it `window: {longer}` or `bandwidth: {wider}`"
    has = int(link.bandwidth) * int(link.window) // 8000
    return Inequality(
        rule="update-over-window",
        class_name=case.planned.name,
        what="updates in one window" if link.window < _DAY else "updates a day",
        unit=BYTES,
        needs=needs,
        has=(Term(f"{link.bandwidth} for {link.window}", has, path),),
        at=path,
        on_key=True,
        remedy=remedy,
    )


def _rounded(bandwidth: int) -> int:
    """Rounded up to what people write: whole Mbit/s or kbit/s."""
    unit = 10**6 if bandwidth > 10**7 else 1000
    return -(-bandwidth // unit) * unit


def _stick(case: Case, stick: Memory, needs: tuple[Term, ...]) -> Inequality:
    path: FieldPath = (*case.planned.path, "stick")
    needed = sum(term.amount for term in needs)
    unit = 10**9 if needed > 10**9 else 10**6
    return Inequality(
        rule="stick-too-small",
        class_name=case.planned.name,
        what="room on its stick",
        unit=BYTES,
        needs=needs,
        has=(Term("stick", int(stick), path),),
        at=path,
        remedy=f"take a stick of {Memory(-(-needed // unit) * unit)} or more",
    )
