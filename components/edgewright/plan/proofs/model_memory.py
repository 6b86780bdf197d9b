"""A model's memory: what the server and its tiers take at the largest batch, against the workload's limit."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Memory
from edgewright.plan.case import Case
from edgewright.plan.footprint import on_device, on_host
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.optional_parts import memory_of
from edgewright.plan.plan import Deployed
from edgewright.plan.units import BYTES


def prove(case: Case) -> Iterator[Inequality]:
    """One for each workload whose tiers all have figures. Where the GPU shares the board's memory, its part
    has to fit in the same limit: the limits are what the board's budget is made of. Parts that are off by
    default count too; where nobody knows the tiers' figures, they have to fit alone."""
    board = case.catalogue.boards.get(case.device_class.board or "")
    shares = board is not None and board.gpu is not None and board.gpu.shares_memory
    for deployed in case.planned.workloads:
        parts = list(on_host(deployed, case.catalogue))
        beside = list(memory_of(case.fleet, case.planned, deployed))
        if parts or sum(term.amount for term in beside) > deployed.resources.memory:
            device = list(on_device(deployed, case.catalogue)) if shares else []
            yield _fits(case, deployed, parts, device, beside)


def _fits(
    case: Case,
    deployed: Deployed,
    host: list[tuple[str, int]],
    device: list[tuple[str, int]],
    beside: list[Term],
) -> Inequality:
    at = (*deployed.origin("resources"), "memory")
    batching = deployed.origin("batching")
    needs = [Term(name, amount, deployed.path if name == "server" else batching) for name, amount in host]
    needs += [Term(f"{name} on the GPU", amount, batching) for name, amount in device]
    needs += beside
    enough = -(-sum(term.amount for term in needs) // 2**20) * 2**20
    return Inequality(
        rule="model-memory",
        class_name=case.planned.name,
        workload=deployed.name,
        what="memory",
        unit=BYTES,
        needs=tuple(needs),
        has=(Term("its limit", int(deployed.resources.memory), at),),
        at=at,
        remedy=f"write `memory: {Memory(enough)}`, a smaller `maxBatch`, or fewer tiers",
    )
