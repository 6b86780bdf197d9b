"""What the registry says of rings, and what is wrong about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgewright.commands.rolling.opened import Opened
from edgewright.errors import Finding
from edgewright.plan.ring_tags import ring_differs
from edgewright.ship.follow import Observed, observe, wanted_tags
from edgewright.ship.registry import Access, Client


def observed(opened: Opened, access: Access) -> tuple[Observed, ...]:
    """Where the tag of each ring is, and who has signed what it points at. Raises FleetError (`registry-…`)."""
    with Client(access) as client:
        return observe(client, wanted_tags(opened.plan, opened.read.rings))


def wrong(opened: Opened, seen: Sequence[Observed]) -> list[Finding]:
    """Tags that are elsewhere, and what no trusted signer has signed."""
    return [finding for each in seen for finding in wrong_with(opened, each)]


def wrong_with(opened: Opened, seen: Observed) -> list[Finding]:
    """The same of one ring."""
    wanted = seen.wanted
    rings = opened.read.rings.classes[wanted.class_name]
    differs = ring_differs(wanted.class_name, wanted.ring, rings, seen.at_tag)
    findings = [*([differs] if differs else []), *(replace(one, place=None) for one in seen.unsigned)]
    document = opened.read.document
    return [document.locate(each) for each in findings] if document else findings
