"""What becomes of each class when a ring is promoted, with everything that is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgewright.artifact.rings import ClassRings
from edgewright.assembly.promoting import Asked, Step, advance, enter_first, read_given, strange_evidence
from edgewright.assembly.rings import class_digests
from edgewright.commands.rolling.opened import Opened, ring_index
from edgewright.errors import Finding
from edgewright.plan import ClassPlan
from edgewright.plan.promotion import Promotion

if TYPE_CHECKING:
    from edgewright.ship.registry import Access


def promotion_of(opened: Opened, planned: ClassPlan, ring: str) -> Promotion:
    """The step of one class to a ring. Raises UsageError where there is no such ring."""
    rings = opened.read.rings.classes.get(planned.name, ClassRings())
    return Promotion(planned, rings, ring_index(planned, ring))


def asked_of(opened: Opened, evidence: Path | None, force: str | None) -> Asked:
    """What is asked for, with the evidence of a file. Raises FleetError."""
    given = read_given(evidence) if evidence is not None else None
    documents = (opened.read.document, opened.assembled.document)
    return Asked(opened.plan.fleet, opened.now, given, force and force.strip(), documents)


def steps_of(
    opened: Opened, promotions: Sequence[Promotion], asked: Asked
) -> tuple[list[Step], list[Finding]]:
    """What becomes of each class, and what is in the way: of one class is in the way of all."""
    if promotions[0].index == 0:
        digests = class_digests(opened.assembled)
        running = [each for each in promotions if each.planned.name in digests]
        return _together([enter_first(each, digests[each.planned.name], asked) for each in running], [])
    strange = list(strange_evidence(promotions[0], asked))
    return _together([advance(each, asked) for each in promotions], strange)


def _together(
    found: Sequence[tuple[Step | None, list[Finding]]], findings: list[Finding]
) -> tuple[list[Step], list[Finding]]:
    steps = [step for step, _ in found if step is not None]
    return steps, [*findings, *(finding for _, of_class in found for finding in of_class)]


def changed_by(opened: Opened, steps: Sequence[Step], access: Access) -> dict[str, list[str]]:
    """Class ⇒ what changes for it. Raises FleetError."""
    from edgewright.commands.rolling.changes import change_lines
    from edgewright.ship.registry import Client

    with Client(access) as client:
        moving = [step for step in steps if not step.is_done]
        return {step.promotion.planned.name: list(change_lines(client, opened, step)) for step in moving}
