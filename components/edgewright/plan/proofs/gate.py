"""The signature gate and the rest of the platform: does what they ask for fit into the class's reserve.

Kyverno is what a gate by `admission` costs. That such a gate needs a network is found where a class
contradicts itself (`contradiction`), for no amount would help.
"""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Cpu, Memory
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.platform_parts import PlannedPart, planned_part
from edgewright.plan.proofs.sums import reserved
from edgewright.plan.units import BYTES, MILLICORES

_MEBIBYTE = 2**20


def prove(case: Case) -> Iterator[Inequality]:
    """K3s and every part of the platform within `reserve`; nothing where nothing runs on the class."""
    if not case.planned.workloads:
        return
    software = (*case.planned.path, "software")
    k3s = planned_part(case.catalogue, "k3s", case.device_class.software.k3s, software)
    parts = (k3s, *case.planned.parts)
    memory = sum(part.memory for part in parts)
    yield Inequality(
        rule="reserve-too-small",
        class_name=case.planned.name,
        what="memory for K3s and the platform",
        unit=BYTES,
        needs=tuple(_term(part, part.memory) for part in parts if part.memory),
        has=(reserved(case, "memory"),),
        at=reserved(case, "memory").path,
        remedy=_remedy(case, f"memory: {Memory(-(-memory // _MEBIBYTE) * _MEBIBYTE)}"),
    )
    cpu = sum(part.cpu for part in parts)
    yield Inequality(
        rule="reserve-too-small",
        class_name=case.planned.name,
        what="CPU for K3s and the platform",
        unit=MILLICORES,
        needs=tuple(_term(part, part.cpu) for part in parts if part.cpu),
        has=(reserved(case, "cpu"),),
        at=reserved(case, "cpu").path,
        remedy=_remedy(case, f"cpu: {Cpu(cpu)}"),
    )


def _term(part: PlannedPart, amount: int) -> Term:
    return Term(part.title, amount, part.path)


def _remedy(case: Case, least: str) -> str:
    other = ", or check signatures by `delivery`, which needs no Kyverno"
    by_admission = case.device_class.signature_gate == "admission"
    return f"reserve at least `{least}`" + (other if by_admission else "")
