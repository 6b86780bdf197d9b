"""A card's own memory: contexts, models and buffers of the workloads that share it, against what it has."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.catalogue import Gpu
from edgewright.errors import FieldPath
from edgewright.plan.case import Case
from edgewright.plan.footprint import on_device
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import greatest
from edgewright.plan.units import BYTES


def prove(case: Case) -> Iterator[Inequality]:
    """One for the card where its memory is everybody's; one for each workload where it is divided."""
    host = case.device_class.host
    gpu = case.catalogue.gpus.get(host.gpu) if host and host.gpu else None
    if gpu is None:
        return
    terms = tuple(_terms(case))
    share = _share(case, gpu)
    if share is not None:
        # A process uses one slice, however many its pod was given. https://docs.nvidia.com/datacenter/tesla/mig-user-guide/
        for term in terms:
            yield _slice(case, term, *share)
    elif terms:
        yield _card(case, gpu, _together(case, terms))


def _terms(case: Case) -> Iterator[Term]:
    """What each workload takes of the card that it is on."""
    for deployed in case.planned.workloads:
        amount = sum(part for _, part in on_device(deployed, case.catalogue))
        if amount:
            yield Term(f"`{deployed.name}`", amount, deployed.origin("tiers"))


def _together(case: Case, terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The most that can meet on one card: as many workloads as it has turns, the largest of them."""
    sharing = case.device_class.gpu_sharing
    turns = (sharing.replicas or 1) if sharing is not None and sharing.strategy == "time-slicing" else 1
    largest = sorted(terms, key=lambda term: -term.amount)[:turns]
    return tuple(term for term in terms if term in largest)


def _share(case: Case, gpu: Gpu) -> tuple[int, FieldPath] | None:
    """Bytes of one share of a card that is divided, and where that is written. Time-slicing divides none."""
    sharing, path = case.device_class.gpu_sharing, (*case.planned.path, "gpuSharing")
    if sharing is not None and sharing.strategy == "mps" and sharing.replicas:
        return gpu.memory_bytes // sharing.replicas, (*path, "replicas")
    if sharing is not None and sharing.strategy == "mig":
        profile = gpu.mig_profiles.get(sharing.profile or "")
        return (profile.memory_bytes, (*path, "profile")) if profile else None
    return None


def _card(case: Case, gpu: Gpu, needs: tuple[Term, ...]) -> Inequality:
    return Inequality(
        rule="gpu-memory-over-capacity",
        class_name=case.planned.name,
        what="GPU memory",
        unit=BYTES,
        needs=needs,
        has=(Term(gpu.title, gpu.memory_bytes, (*case.planned.path, "host", "gpu")),),
        at=greatest(needs),
        remedy="write a smaller `maxBatch` or fewer tiers on the GPU, or take a card with more memory: "
        "time-slicing divides none of it",
    )


def _slice(case: Case, term: Term, has: int, path: FieldPath) -> Inequality:
    return Inequality(
        rule="gpu-memory-over-capacity",
        class_name=case.planned.name,
        workload=term.name.strip("`"),
        what="GPU memory",
        unit=BYTES,
        needs=(term,),
        has=(Term("its share", has, path),),
        at=term.path,
        remedy="write a smaller `maxBatch`, fewer tiers on the GPU, or larger shares",
    )
