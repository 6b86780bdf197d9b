"""What a promotion does, in lines for whoever reviews the pull request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from edgewright.artifact.rings import Held, Release
from edgewright.artifact.strict import time_text
from edgewright.assembly.promoting import Step
from edgewright.commands.printers.visible import visible
from edgewright.plan.promotion import NOTHING, soak_left


def devices(count: int) -> str:
    """So many devices."""
    return f"{count:,} device{'' if count == 1 else 's'}"


def release_text(release: Release) -> str:
    """A release by its number and the beginning of its digest."""
    return f"release {release.number} ({release.digest[:19]})"


def step_lines(step: Step, now: datetime) -> Iterator[str]:
    """What becomes of one class."""
    promotion = step.promotion
    planned, ring = promotion.planned, promotion.ring
    if step.is_done:
        yield f"{planned.name}: {ring.name} runs {release_text(step.after)} already"
        return
    there = promotion.there
    instead = f" instead of {release_text(there.runs.release)}" if there else ", its first"
    yield f"{planned.name}: {ring.name}, {devices(ring.devices)}: {release_text(step.after)}{instead}"
    if promotion.index and promotion.proven:
        yield f"  proven by {promotion.before.name}, which runs it since {time_text(promotion.proven.runs.since)}"
    yield from (f"  {each.text}" for each in step.judged)
    if step.not_compared:
        limits = " and ".join(step.not_compared)
        yield f"  not asked for: {limits}: nothing that {promotion.before.name} ran before is known"
    state = step.rings.rings[ring.name]
    if state.forced is not None:
        yield f"  forced, because: {visible(state.forced)}"
        yield from (f"  against {each.rule}: {visible(each.message)}" for each in step.overridden)
    yield from _next(step, state.runs, now)


def _next(step: Step, held: Held, now: datetime) -> Iterator[str]:
    """Who can have it next, and when at the earliest."""
    promotion = step.promotion
    following = promotion.planned.rings[promotion.index + 1 : promotion.index + 2]
    for ring in following:
        left = soak_left(promotion.ring, held, now) if promotion.ring.devices else NOTHING
        when = f"from {time_text(now + left)}" if left else "at once"
        yield f"  next: {ring.name}, {devices(ring.devices)}, {when}"
