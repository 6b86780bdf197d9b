"""The shipment of an opened fleet, with findings that have their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.assembly.publication import Shipment
    from edgewright.commands.rolling.opened import Opened


def shipment_of(opened: Opened, folder: Path | None, images: Path | None) -> Shipment:
    """What the fleet ships, packed where its bytes lie here; whoever waits sees that."""
    from edgewright.assembly.publication import shipment
    from edgewright.commands.progress import progress

    with progress() as told:
        told("packing")
        found = shipment(opened.assembled, folder, images)
    return replace(found, findings=located(opened, found.findings))


def located(opened: Opened, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings at their places in fleet.yaml, less what is waived there."""
    from edgewright.assembly.day import today
    from edgewright.document.waivers import apply_waivers

    document = opened.assembled.document
    if document is None:
        return tuple(findings)
    # What was found in another file has its place already.
    there = [each if each.place else document.locate(each) for each in findings]
    return apply_waivers(there, document.waivers, today(), complete=False)
