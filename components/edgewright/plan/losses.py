"""What each later tier loses against the first: what an answer is worth when the first one fails."""

from __future__ import annotations

from dataclasses import dataclass

from edgewright.plan.plan import Deployed, PlannedTier


@dataclass(frozen=True, slots=True)
class Loss:
    """A tier behind the first. `accuracy` and `lost` are in millionths, None where fleet.lock has no figure.

    `lost` is what the first tier has more, below zero where it has less.
    """

    tier: PlannedTier
    accuracy: int | None
    lost: int | None


def losses(deployed: Deployed) -> tuple[Loss, ...]:
    """What each tier behind the first loses, in their order. Their latency is a matter of its own proof."""
    first, *later = deployed.tiers
    best = _accuracy(first)
    return tuple(
        Loss(tier, has := _accuracy(tier), None if best is None or has is None else best - has)
        for tier in later
    )


def _accuracy(tier: PlannedTier) -> int | None:
    return tier.locked.accuracy if tier.locked else None
