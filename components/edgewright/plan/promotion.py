"""A promotion: the next ring of a class is to run what the ring before it has proven, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edgewright.artifact.rings import ClassRings, Held, Release, Ring
from edgewright.artifact.strict import time_text
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet import Duration
from edgewright.plan.plan import ClassPlan, PlannedRing

NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Promotion:
    """The class, its rings as stacks/rings.yaml has them, and the index of the ring that is to move."""

    planned: ClassPlan
    rings: ClassRings
    index: int

    @property
    def ring(self) -> PlannedRing:
        """The ring that is to move."""
        return self.planned.rings[self.index]

    @property
    def before(self) -> PlannedRing:
        """The ring that has to have proven it; only of a ring that is not the first."""
        return self.planned.rings[self.index - 1]

    @property
    def there(self) -> Ring | None:
        """What the ring runs so far."""
        return self.rings.rings.get(self.ring.name)

    @property
    def proven(self) -> Ring | None:
        """What the ring before it runs."""
        return self.rings.rings.get(self.before.name)

    @property
    def release(self) -> Release | None:
        """What the ring would run."""
        return self.proven.runs.release if self.proven else None

    @property
    def is_done(self) -> bool:
        """Whether the ring runs it already."""
        return self.there is not None and self.there.runs.release == self.release


def ring_path(class_name: str, ring: str) -> FieldPath:
    """Where a ring stands in stacks/rings.yaml."""
    return ("classes", class_name, "rings", ring)


def soak_left(ring: PlannedRing, held: Held, now: datetime) -> timedelta:
    """How long a ring is still to be watched; nothing where the soak is over, or where there is none."""
    soak = timedelta(seconds=ring.soak.seconds) if ring.soak else NOTHING
    return max(held.since + soak - now, NOTHING)


def forbidden(promotion: Promotion) -> Iterator[Finding]:
    """What nobody can force: there is nothing to run, or it would be a step back."""
    planned, release = promotion.planned, promotion.release
    if release is None:
        yield _skipped(promotion)
        return
    there = promotion.there
    if there is not None and there.runs.release.number > release.number:
        yield Finding(
            "ring-downgrade",
            "error",
            f"`{promotion.ring.name}` of `{planned.name}` runs release {there.runs.release.number}, "
            f"and `{promotion.before.name}` only {release.number}",
            f"wait until `{promotion.before.name}` runs a newer one, or go back with `edgewright rollback`",
            ring_path(planned.name, promotion.ring.name),
            waivable=False,
        )
    yield from _left_behind(promotion, release)


def _skipped(promotion: Promotion) -> Finding:
    before, class_name = promotion.before.name, promotion.planned.name
    return Finding(
        "ring-skipped",
        "error",
        f"`{before}` of `{class_name}` runs nothing yet, so `{promotion.ring.name}` cannot run it next",
        f"promote to `{before}` first; a ring never skips the one before it",
        ("classes", class_name, "rings"),
        waivable=False,
    )


def _left_behind(promotion: Promotion, release: Release) -> Iterator[Finding]:
    """Earlier rings that run something older: what is promoted was taken away from them."""
    for ring in promotion.planned.rings[: promotion.index - 1]:
        held = promotion.rings.rings.get(ring.name)
        if held is None or held.runs.release.number < release.number:
            runs = f"runs release {held.runs.release.number}" if held else "runs nothing"
            yield Finding(
                "ring-skipped",
                "error",
                f"`{ring.name}` of `{promotion.planned.name}` {runs}, and release {release.number} "
                "was to prove itself there first",
                f"promote it to `{ring.name}` again, or roll `{promotion.before.name}` back too",
                ring_path(promotion.planned.name, ring.name),
                waivable=False,
            )


def doubtful(promotion: Promotion, now: datetime) -> Iterator[Finding]:
    """What somebody may force with a reason: the soak is not over, or the ring has returned from it."""
    planned, proven, there = promotion.planned, promotion.proven, promotion.there
    if proven is None:
        return
    left = soak_left(promotion.before, proven.runs, now) if promotion.before.devices else NOTHING
    if left:
        yield Finding(
            "soak-not-over",
            "error",
            f"`{promotion.before.name}` of `{planned.name}` soaks for {span(left)} more: it runs release "
            f"{proven.runs.release.number} since {time_text(proven.runs.since)}",
            f"promote at {time_text(now + left)} or later, or force it: --force REASON",
            (*ring_path(planned.name, promotion.before.name), "since"),
            waivable=False,
            notes=(Note("the soak", path=(*promotion.before.path, "soak")),),
        )
    if there is not None and there.returned_from and _same(there.returned_from.release, proven.runs.release):
        yield Finding(
            "ring-went-back",
            "error",
            f"`{promotion.ring.name}` of `{planned.name}` was rolled back from release "
            f"{proven.runs.release.number}",
            "promote a newer one, or say why this one is good after all: --force REASON",
            (*ring_path(planned.name, promotion.ring.name), "returnedFrom"),
            waivable=False,
        )


def doubtful_entry(promotion: Promotion, digest: str) -> Iterator[Finding]:
    """The same for the first ring: what is rendered today has been there before, and something newer since."""
    there, number = promotion.there, promotion.rings.number_of(digest)
    here = ring_path(promotion.planned.name, promotion.ring.name)
    if there is None or number is None:
        return
    if number < there.runs.release.number:
        yield Finding(
            "ring-downgrade",
            "error",
            f"what `{promotion.planned.name}` renders to is its release {number}, and "
            f"`{promotion.ring.name}` runs release {there.runs.release.number}",
            "update fleet.yaml and fleet.lock; where they were set back on purpose, say why: --force REASON",
            here,
            waivable=False,
        )
    elif there.returned_from and there.returned_from.release.digest == digest:
        yield Finding(
            "ring-went-back",
            "error",
            f"`{promotion.ring.name}` of `{promotion.planned.name}` was rolled back from what is rendered now",
            "mend it, or say why it is good after all: --force REASON",
            (*here, "returnedFrom"),
            waivable=False,
        )


def _same(one: Release, other: Release) -> bool:
    return one.digest == other.digest


def span(time: timedelta) -> str:
    """A stretch of time as people write it, in whole minutes rounded up, or in seconds below one."""
    seconds = -(-time // timedelta(seconds=1))
    return str(Duration((seconds if seconds < 60 else -(-seconds // 60) * 60) * 1000))
