"""What each later tier loses against the first: what an answer is worth when the accelerator fails."""

from __future__ import annotations

from dataclasses import dataclass

from edgewright.plan.case import Case
from edgewright.plan.plan import Deployed, PlannedTier


@dataclass(frozen=True, slots=True)
class Loss:
    """A tier behind the first. `accuracy` and `lost` are in millionths, None where fleet.lock has no figure.

    `lost` is what the first tier has more, below zero where it has less; `accelerator` says whether the tier
    needs one, as what fails may be that.
    """

    tier: PlannedTier
    accuracy: int | None
    lost: int | None
    accelerator: bool


def losses(case: Case, deployed: Deployed) -> tuple[Loss, ...]:
    """What each tier behind the first loses, in their order. Of its latency nothing is known here."""
    first, *later = deployed.tiers
    best = _accuracy(first)
    return tuple(
        Loss(
            tier=tier,
            accuracy=(has := _accuracy(tier)),
            lost=None if best is None or has is None else best - has,
            accelerator=needs_accelerator(case, tier),
        )
        for tier in later
    )


def needs_accelerator(case: Case, tier: PlannedTier) -> bool:
    """Whether a tier is gone with the accelerator."""
    backend = case.catalogue.backends.get(tier.backend)
    return backend is not None and backend.accelerator is not None


def _accuracy(tier: PlannedTier) -> int | None:
    return tier.locked.accuracy if tier.locked else None
