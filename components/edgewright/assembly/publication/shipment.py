"""A Shipment: everything that a fleet ships, in the order in which it travels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgewright.assembly.publication.checks import check_publications
from edgewright.assembly.publication.classes import class_publications
from edgewright.assembly.publication.images import image_publications
from edgewright.assembly.publication.models import model_publications
from edgewright.assembly.publication.publication import Publication
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.assembly import Assembled


@dataclass(frozen=True, slots=True)
class Shipment:
    """What the registry has to have, in order, and what is wrong with it."""

    publications: tuple[Publication, ...]
    findings: tuple[Finding, ...] = ()

    def of(self, class_name: str) -> Shipment:
        """What one class needs."""
        mine = tuple(each for each in self.publications if class_name in each.classes)
        return Shipment(mine, self.findings)


def shipment(assembled: Assembled, folder: Path | None = None, images: Path | None = None) -> Shipment:
    """Everything that a fleet ships, where nothing stands in the way of rendering it.

    Models are packed out of `folder` and images are taken from the layouts in `images`; of what lies in
    neither, the digest alone is known. Never raises: what cannot be packed is a finding.
    """
    plan = assembled.plan
    if plan is None or not assembled.manifests:
        return Shipment(())
    findings: list[Finding] = []
    found = [
        *_tried(lambda: model_publications(plan, assembled.lock, folder), findings),
        *_tried(lambda: image_publications(plan, images), findings),
        *_tried(lambda: class_publications(plan, assembled.manifests), findings),
    ]
    findings += check_publications(plan, found)
    return Shipment(tuple(found), tuple(findings))


def _tried(make: Callable[[], Iterable[Publication]], findings: list[Finding]) -> list[Publication]:
    try:
        return list(make())
    except FleetError as error:
        findings += error.findings
        return []
