"""Object by object, what a promotion changes on the devices of its ring."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.assembly.promoting import Step
from edgewright.assembly.publication.classes import class_publications
from edgewright.commands.rolling.opened import Opened
from edgewright.plan.signing import manifests_repository
from edgewright.scan.difference import Located, difference
from edgewright.scan.explanation import explain
from edgewright.ship.pulled import packed_objects, pulled_objects
from edgewright.ship.registry import Client


def change_lines(client: Client, opened: Opened, step: Step) -> Iterator[str]:
    """The lines of one class. Raises FleetError (`release-unreadable`, `registry-…`)."""
    planned, there = step.promotion.planned, step.promotion.there
    repository = client.repository(manifests_repository(opened.plan.fleet, planned.name))
    rendered = step.promotion.index == 0  # what is not published yet is here
    new = _rendered(opened, planned.name) if rendered else pulled_objects(repository, step.after.digest)
    if there is None:
        yield f"  {len(new)} objects, none of which was there before"
        return
    changes = difference(pulled_objects(repository, there.runs.release.digest), new)
    for change in changes:
        yield from (f"  {line}" for line in explain(change))
    yield f"  {len(changes)} of {len(new)} objects change"


def _rendered(opened: Opened, class_name: str) -> list[Located]:
    assert opened.assembled.plan is not None
    made = class_publications(opened.assembled.plan, opened.assembled.manifests)
    artifact = next(each.artifact for each in made if each.kind == "manifests" and class_name in each.classes)
    assert artifact is not None
    return packed_objects(artifact)
