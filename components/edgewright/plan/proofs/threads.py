"""Threads: what runs at the same time on the CPU, against the cores that the workload asks for."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.fleet import Cpu
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.plan import Deployed
from edgewright.plan.tiers import RULE
from edgewright.plan.units import MILLICORES


def prove(case: Case) -> Iterator[Inequality]:
    """Nothing to prove where a single thread answers one batch after the other, or no tier runs on the CPU.

    A session of n threads has n - 1 of its own, and whoever asks it lends the last one: each batch that is
    answered at the same time has a thread. https://onnxruntime.ai/docs/performance/tune-performance/threading.html
    """
    for deployed in case.planned.workloads:
        several = (deployed.threads or 1) + deployed.batching.concurrency > 2
        if several and any(_on_cpu(case, tier.backend) for tier in deployed.tiers):
            yield _fits(case, deployed)


def _on_cpu(case: Case, backend: str) -> bool:
    known = case.catalogue.backends.get(backend)
    return backend != RULE and known is not None and known.accelerator is None


def _fits(case: Case, deployed: Deployed) -> Inequality:
    cpu = int(deployed.resources.cpu)
    needs = tuple(_terms(deployed))
    more = Cpu(sum(term.amount for term in needs))
    return Inequality(
        rule="threads-over-cpu",
        class_name=case.planned.name,
        workload=deployed.name,
        what="threads",
        title=f"threads of {deployed.name}",
        unit=MILLICORES,
        needs=needs,
        has=(Term("its cpu", cpu, (*deployed.origin("resources"), "cpu")),),
        at=needs[0].path,
        remedy=f"write {_fewer(deployed, cpu // 1000)}, or give it `cpu: {more}`",
        level="warning",
    )


def _terms(deployed: Deployed) -> Iterator[Term]:
    """A core for each thread of the model, and for each batch beside the first."""
    threads, batches = deployed.threads or 1, deployed.batching.concurrency
    path = (*deployed.origin("batching"), "concurrency")
    if threads == 1:
        yield Term("batches at the same time", batches * 1000, path)
        return
    yield Term("threads of a model", threads * 1000, deployed.origin("threads"))
    if batches > 1:
        yield Term("further batches at the same time", (batches - 1) * 1000, path)


def _fewer(deployed: Deployed, cores: int) -> str:
    """The most that fits, in the field that the finding points at or, where one thread is too many, in both."""
    batches = f"`concurrency: {max(1, cores)}`"
    if (deployed.threads or 1) == 1:
        return batches
    left = cores - deployed.batching.concurrency + 1
    alone = left >= 1 or deployed.batching.concurrency == 1
    return f"`threads: {max(1, left)}`" if alone else f"`threads: 1` and {batches}"
