"""What the provider of published artifacts does: one class of a fleet into its registry, as `publish` does it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from edgewright.assembly import assemble
from edgewright.assembly.day import now, today
from edgewright.assembly.publication import IMAGES, Shipment, shipment
from edgewright.assembly.publication.models import used_forms
from edgewright.assembly.publication.releases import release_publications
from edgewright.assembly.rings import read_rings_of, rings_beside
from edgewright.errors import Finding, FleetError
from edgewright.program.kept_folder import place
from edgewright.program.published_artifacts import references
from edgewright.ship.follow import follow, wanted_tags
from edgewright.ship.publish import publish
from edgewright.ship.registry import Access, Client
from edgewright.ship.served import check_served
from edgewright.ship.signers import check_signers, signers
from edgewright.ship.signing.keys import password_from, private_key
from edgewright.ship.survey import survey, survey_releases


def publish_class(
    fleet: Path, part: str, artifacts: Mapping[str, str], key: Path | None, ca: Path | None
) -> None:
    """Push and sign what the class needs and the registry lacks, then let its tags follow stacks/rings.yaml.

    `artifacts` are those that the program has registered. Raises FleetError with everything that is wrong.
    """
    assembled = assemble(fleet, today=today())
    found = shipment(assembled, fleet.parent, fleet.parent / IMAGES).of(part)
    _stop([*assembled.findings, *found.findings, *_changed(found, artifacts)])
    plan = assembled.plan
    assert plan is not None
    keys = [private_key(key, password_from(os.environ))] if key else []
    signing = signers(plan.fleet, plan.texts, keys)
    forms = [each for each in used_forms(plan, assembled.lock) if part in each.classes]
    _stop([*check_signers(signing, found.publications), *check_served(plan, forms, fleet.parent)])
    read = read_rings_of(plan, rings_beside(fleet), now())
    _stop(read.findings)
    earlier = Shipment(tuple(release_publications(plan, read.rings, found.publications))).of(part)
    with Client(Access(ca_file=ca)) as client:
        missing = survey(client, found.publications, signing)
        missing += survey_releases(client, earlier.publications, signing)
        publish(client, missing, signing)
        wanted = [each for each in wanted_tags(plan, read.rings) if each.class_name == part]
        _stop(follow(client, wanted).findings)


def there(artifacts: Mapping[str, str], ca: str | None) -> dict[str, str]:
    """Those of `artifacts` (title ⇒ repository@digest) whose manifests the registry has. Raises FleetError."""
    found: dict[str, str] = {}
    with Client(Access(ca_file=place(ca) if ca else None)) as client:
        for title, reference in artifacts.items():
            repository, _, digest = reference.partition("@")
            if client.repository(repository).manifest(digest) is not None:
                found[title] = reference
    return found


def _changed(found: Shipment, artifacts: Mapping[str, str]) -> list[Finding]:
    """What is other now than the program has registered."""
    if references(found) == dict(artifacts):
        return []
    message = "the fleet is not what it was when the program ran: it would publish something else"
    return [Finding("fleet-changed", "error", message, "run `pulumi up` again", waivable=False)]


def _stop(findings: list[Finding] | tuple[Finding, ...]) -> None:
    errors = [each for each in findings if each.level == "error"]
    if errors:
        raise FleetError(errors)
