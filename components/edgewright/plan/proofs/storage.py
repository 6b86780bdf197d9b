"""Disk: what images, models, scratch space, logs and engines take, below where the kubelet begins to clean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Memory
from edgewright.plan.case import Case
from edgewright.plan.inequality import Inequality, Term
from edgewright.plan.proofs.sums import asked, greatest, reserved
from edgewright.plan.proofs.unknown_sizes import unknown_sizes
from edgewright.plan.units import BYTES

IMAGE_GC_PERCENT: Final = 85
"""Above it the kubelet removes images that no pod runs: the version that a roll-back needs is the first.
Source: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/, imageGCHighThresholdPercent.
The node files say it to K3s."""

KEPT: Final = 2
"""Versions that lie on a device at once: the one that runs, and the one before it or the one that comes."""

COPIES: Final = 2
"""containerd keeps a layer as it was pulled and unpacked too (`discard_unpacked_layers` is false).
Source: https://github.com/containerd/containerd/blob/main/docs/cri/config.md. A model's layer is not
compressed, so both are of the size that fleet.lock has; an image of a server grows when it is unpacked, by
how much the registry does not say, and is counted as if it did not."""


def prove(case: Case) -> Iterator[Inequality | Finding]:
    """Nothing to prove where nobody says how large the disk is."""
    storage = case.device_class.storage
    if storage is None:
        return
    at: FieldPath = (*case.planned.path, "storage")
    usable = storage * IMAGE_GC_PERCENT // 100
    images, unknown = _images(case)
    workloads = (*asked(case, "ephemeral_storage"), *_engines(case), *_inputs(case), *_models(case))
    fixed = (*images, reserved(case, "storage"))
    needed = sum(each.amount for each in (*workloads, *fixed))
    least = -(-needed * 100 // IMAGE_GC_PERCENT)
    own = asked(case, "ephemeral_storage")
    yield Inequality(
        rule="storage-over-capacity",
        class_name=case.planned.name,
        what="disk",
        unit=BYTES,
        needs=(*workloads, *fixed),
        has=(Term(f"{IMAGE_GC_PERCENT}% of it", usable, at),),
        at=greatest(own) if own else at,
        remedy=f"ask for less, or fit a disk of {_rounded_up(least)}",
    )
    yield from unknown_sizes(case, "storage", unknown)


def _rounded_up(amount: int) -> Memory:
    return Memory(-(-amount // 2**30) * 2**30)


def _engines(case: Case) -> Iterator[Term]:
    """A volume whose size changed is another volume, and the old one stays; nobody knows how many there were."""
    for term in asked(case, "engine_cache"):
        yield Term(f"engines of {term.name}", term.amount, term.path)


def _inputs(case: Case) -> Iterator[Term]:
    """Volumes of inputs that a model was unsure of; for these too, another size is another volume."""
    for deployed in case.planned.workloads:
        if deployed.kept is not None:
            path = (*deployed.origin("when_unsure"), "keep")
            yield Term(f"inputs that `{deployed.name}` keeps", int(deployed.kept), path)


def _models(case: Case) -> Iterator[Term]:
    """Each form of a model once, however many workloads have it: images are shared."""
    seen: set[tuple[str, str]] = set()
    for deployed in case.planned.workloads:
        for tier in deployed.tiers:
            form = (deployed.model, tier.variant or "")
            if tier.locked is not None and form not in seen:
                seen.add(form)
                name = f"{KEPT} versions of `{deployed.model}/{tier.variant}`"
                yield Term(name, KEPT * COPIES * tier.locked.size, ("models", deployed.model))


def _images(case: Case) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """The server images, and what has no size in fleet.lock: images, and forms of models."""
    used = {each.image.name: each.image for each in case.planned.workloads}
    terms = tuple(
        Term(f"{KEPT} versions of `{image.name}`", KEPT * COPIES * image.size, image.path)
        for image in used.values()
        if image.size is not None
    )
    unsized = {image.name for image in used.values() if image.size is None}
    unknown = {
        f"{deployed.model}/{tier.variant}"
        for deployed in case.planned.workloads
        for tier in deployed.tiers
        if tier.variant is not None and tier.locked is None
    }
    return terms, tuple(sorted(unknown | unsized))
