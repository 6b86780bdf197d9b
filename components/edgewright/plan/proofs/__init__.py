"""Proofs: what has to hold on a device class, one file a question.

Each file has a function `prove(case)`, which yields an Inequality for whatever is a matter of
amounts, whether it holds or not, and a Finding for what is no matter of amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from edgewright.errors import Finding
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality
from edgewright.plan.proofs import (
    canary,
    compatibility,
    cpu,
    delivery,
    gate,
    gpu,
    gpu_memory,
    grace,
    latency,
    memory,
    model_memory,
    pinning,
    power,
    rollout_stages,
    storage,
    threads,
)

Proof: TypeAlias = Callable[[Case], Iterator[Inequality | Finding]]

PROOFS: Final[tuple[Proof, ...]] = (
    memory.prove,
    model_memory.prove,
    cpu.prove,
    threads.prove,
    pinning.prove,
    gpu.prove,
    gpu_memory.prove,
    storage.prove,
    power.prove,
    gate.prove,
    compatibility.prove,
    latency.prove,
    grace.prove,
    delivery.prove,
    rollout_stages.prove,
    canary.prove,
)
"""Every proof, in the order in which people read a budget."""


def prove(case: Case) -> tuple[tuple[Inequality, ...], list[Finding]]:
    """What has to hold on a class, and what of it does not."""
    inequalities: list[Inequality] = []
    findings: list[Finding] = []
    broken: set[str] = set()
    for proof in PROOFS:
        for result in proof(case):
            if isinstance(result, Finding):
                findings.append(result)
            else:
                inequalities.append(result)
                if not result.holds:
                    broken.add(result.rule)
                    findings.extend(() if result.unless in broken else result.findings())
    return tuple(inequalities), findings
