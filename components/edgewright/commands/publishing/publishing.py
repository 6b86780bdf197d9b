"""What `publish` does once a fleet is opened: pack, look for keys, ask the registry, send, let tags follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from edgewright.assembly.files import base_of
from edgewright.assembly.publication import IMAGES, Shipment
from edgewright.assembly.publication.models import used_forms
from edgewright.assembly.publication.releases import release_publications, rings_to_enter
from edgewright.commands.progress import progress
from edgewright.commands.publishing.keys import signers_of
from edgewright.commands.publishing.shipping import located, shipment_of
from edgewright.commands.publishing.told import told_sent, told_sizes, told_survey
from edgewright.commands.reporting import exit_code
from edgewright.commands.rolling.opened import Opened
from edgewright.commands.travelling import Travelling
from edgewright.errors import Finding, FleetError
from edgewright.ship.follow import follow, wanted_tags
from edgewright.ship.publish import publish
from edgewright.ship.registry import Access, Client
from edgewright.ship.served import check_served
from edgewright.ship.signers import Signers, check_signers
from edgewright.ship.survey import Surveyed, check_survey, survey, survey_releases


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; `access` is None where the registry is to be left alone."""

    file: Path
    images: Path | None
    keys: tuple[Path, ...]
    old_keys: tuple[Path, ...]
    leave_behind: bool
    keyless: bool
    token: str | None
    access: Access | None
    dry_run: bool
    form: str
    strict: bool
    verbose: bool


def publish_opened(opened: Opened, asked: Asked) -> int:
    """The exit code; what was done is on standard output, what is wrong on standard error."""
    folder = base_of(asked.file).parent
    shipment = shipment_of(opened, folder, asked.images or folder / IMAGES)
    findings = [*opened.assembled.findings, *shipment.findings]
    signing = _signers(opened, asked, shipment, findings)
    findings += _models(opened, folder)
    if asked.verbose or any(each.level != "info" for each in findings):
        opened.report(findings, verbose=asked.verbose, strict=asked.strict)
    if signing is None or exit_code(findings, strict=asked.strict):
        return _nothing()
    if asked.access is None:
        click.echo(told_sizes(shipment, asked.form), nl=False)
        return 0
    try:
        with Client(asked.access) as client:
            surveyed = _surveyed(client, opened, shipment, signing)
            if asked.dry_run:
                return _looked(surveyed, asked.form)
            return _sent(opened, asked, client, surveyed, signing)
    except FleetError as error:
        opened.report(located(opened, error.findings), verbose=asked.verbose, strict=asked.strict)
        return _nothing() if asked.dry_run else _unfinished()


def _signers(opened: Opened, asked: Asked, shipment: Shipment, findings: list[Finding]) -> Signers | None:
    """Those who sign; who looks only needs no key."""
    try:
        found, about_keys = signers_of(
            opened.plan, asked.keys, old_keys=asked.old_keys, keyless=asked.keyless, token=asked.token
        )
        findings += about_keys
    except FleetError as error:
        findings += error.findings
        return None
    if not asked.dry_run or asked.keys or asked.old_keys or asked.keyless:
        findings += located(opened, check_signers(found, shipment.publications))
    return found


def _models(opened: Opened, folder: Path) -> Sequence[Finding]:
    """Models that no server would take."""
    forms = used_forms(opened.plan, opened.assembled.lock)
    try:
        return located(opened, check_served(opened.plan, forms, folder))
    except FleetError:
        return ()  # a key that is none, which those who sign have told of


def _surveyed(client: Client, opened: Opened, shipment: Shipment, signing: Signers) -> list[Surveyed]:
    """What is missing of the shipment, and earlier releases of the rings that a new key has not signed."""
    releases = release_publications(opened.plan, opened.read.rings, shipment.publications)
    with progress() as told:
        told("asking the registry")
        missing = survey(client, shipment.publications, signing)
        return [*missing, *survey_releases(client, releases, signing)]


def _looked(surveyed: Sequence[Surveyed], form: str) -> int:
    """A dry run. Raises FleetError where a real one would not begin."""
    click.echo(told_survey(surveyed, form), nl=False)
    check_survey(surveyed)
    return 0


def _sent(
    opened: Opened, asked: Asked, client: Client, surveyed: Sequence[Surveyed], signing: Signers
) -> int:
    with progress() as told:
        travelling = Travelling(told, sum(each.size for each in surveyed))
        sent = publish(client, surveyed, signing, travelling)
        told("moving tags")
        wanted = wanted_tags(opened.plan, opened.read.rings)
        followed = follow(client, wanted, leave_behind=asked.leave_behind)
    waiting = rings_to_enter(opened.plan, opened.read.rings, [each.publication for each in sent])
    click.echo(told_sent(sent, followed.moved, waiting, asked.form), nl=False)
    document = opened.read.document
    findings = [document.locate(each) for each in followed.findings] if document else followed.findings
    if findings:
        opened.report(findings, verbose=asked.verbose, strict=asked.strict)
    return exit_code(findings, strict=asked.strict)


def _nothing() -> int:
    click.echo("nothing was published", err=True)
    return 1


def _unfinished() -> int:
    click.echo(
        "not everything was published; mend that and run it again: what is there does not travel twice",
        err=True,
    )
    return 1
