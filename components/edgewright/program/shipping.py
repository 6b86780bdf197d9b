"""What an EdgeFleet registers of what its fleet ships, and what keeps it from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from edgewright.artifact.rings import Rings
from edgewright.assembly import Assembled
from edgewright.assembly.day import now
from edgewright.assembly.publication import Shipment, shipment
from edgewright.assembly.rings import read_rings_of, rings_beside
from edgewright.errors import Finding, FleetError
from edgewright.program.published_artifacts import PublishedArtifacts, references


@dataclass(frozen=True, slots=True)
class Shipping:
    """A shipment, what each ring is to run, and what is wrong with either. No key is read, no registry asked."""

    shipment: Shipment = field(default_factory=lambda: Shipment(()))
    rings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def register(
        self, component: pulumi.Resource, fleet: str, key: str | None, ca: str | None
    ) -> dict[str, PublishedArtifacts]:
        """What each class pulls, one class after the other: a model that two of them run travels once."""
        made: dict[str, PublishedArtifacts] = {}
        for part in dict.fromkeys(name for each in self.shipment.publications for name in each.classes):
            options = pulumi.ResourceOptions(parent=component, depends_on=list(made.values()))
            artifacts = references(self.shipment.of(part))
            made[part] = PublishedArtifacts(
                fleet, part, artifacts, self.rings.get(part, {}), key, ca, options
            )
        return made


def shipping(assembled: Assembled, fleet: Path, *, signed: bool) -> Shipping:
    """What the fleet in a file ships; `signed` says that there is a key."""
    plan = assembled.plan
    if plan is None:
        return Shipping()
    found = shipment(assembled)
    read = read_rings_of(plan, rings_beside(fleet), now())
    unsigned = () if signed else _unsigned(assembled, found)
    return Shipping(found, digests_of(read.rings), (*found.findings, *read.findings, *unsigned))


def digests_of(rings: Rings) -> dict[str, dict[str, str]]:
    """Class ⇒ ring ⇒ the digest that it is to run."""
    return {
        name: {ring: each.runs.release.digest for ring, each in of_class.rings.items()}
        for name, of_class in rings.classes.items()
    }


def _unsigned(assembled: Assembled, found: Shipment) -> tuple[Finding, ...]:
    """What would be published without a signature that a rule asks for."""
    try:
        from edgewright.ship.signers import check_signers, signers
    except ModuleNotFoundError as error:
        message = f"publishing needs the Python package {error.name}"
        remedy = "install it: pip install 'edgewright[publish]'"
        return (Finding("tool-missing", "error", message, remedy),)
    assert assembled.plan is not None
    try:
        nobody = signers(assembled.plan.fleet, assembled.plan.texts)
        return tuple(check_signers(nobody, found.publications))
    except FleetError as error:
        return error.findings
