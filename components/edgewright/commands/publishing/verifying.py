"""What `verify` does once a fleet is opened: ask for each digest, each signature and each tag; show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from edgewright.assembly.publication.models import unused_forms
from edgewright.assembly.publication.releases import release_publications
from edgewright.commands.printers.json_report import findings_value
from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.visible import visible
from edgewright.commands.progress import progress
from edgewright.commands.publishing.shipping import located, shipment_of
from edgewright.commands.reporting import exit_code
from edgewright.commands.rolling.opened import Opened
from edgewright.commands.rolling.watching import observed, wrong, wrong_with
from edgewright.errors import Finding, FleetError
from edgewright.ship.audit import Audited, audit
from edgewright.ship.follow import Observed
from edgewright.ship.registry import Access, Client
from edgewright.ship.signers import signers

_HEAD: Final = ("WHAT", "DIGEST", "IN THE REGISTRY", "SIGNED BY", "RINGS")


@dataclass(frozen=True, slots=True)
class _Row:
    """An artifact, and the rings whose tags point at it."""

    audited: Audited
    rings: tuple[str, ...]


def verify_opened(
    opened: Opened, access: Access, *, deep: bool, form: str, strict: bool, verbose: bool
) -> int:
    """The exit code; the table is on standard output, findings are on standard error."""
    try:
        audited, seen, findings = _looked(opened, access, deep=deep)
    except FleetError as error:
        opened.report(located(opened, error.findings), verbose=verbose, strict=strict)
        return 1
    rows = [_Row(each, _rings(each, seen)) for each in audited]
    if form == "json":
        click.echo(_json(opened, rows, findings), nl=False)
        return exit_code(findings, strict=strict)
    for line in _table(opened, rows):
        click.echo(line)
    click.echo(_counted(opened, rows, seen))
    if findings:
        opened.report(findings, verbose=verbose, strict=strict)
    return exit_code(findings, strict=strict)


def _looked(
    opened: Opened, access: Access, *, deep: bool
) -> tuple[list[Audited], tuple[Observed, ...], list[Finding]]:
    """What the registry has, where the rings' tags are, and everything that is wrong. Raises FleetError."""
    shipment = shipment_of(opened, None, None)
    releases = release_publications(opened.plan, opened.read.rings, shipment.publications)
    trusting = signers(opened.plan.fleet, opened.plan.texts)
    with progress() as told, Client(access) as client:
        audited = audit(client, [*shipment.publications, *releases], trusting, deep=deep, told=told)
    seen = observed(opened, access)
    count = len(shipment.publications)
    findings = [*shipment.findings, *located(opened, _findings(audited[:count]))]
    document = opened.read.document
    if document is not None:
        findings += [document.locate(each) for each in _findings(audited[count:])]
    return audited, seen, list(dict.fromkeys([*findings, *wrong(opened, seen)]))


def _findings(audited: Sequence[Audited]) -> list[Finding]:
    return [finding for each in audited for finding in each.all_findings]


def _rings(audited: Audited, seen: Sequence[Observed]) -> tuple[str, ...]:
    """The rings whose tags point at an artifact."""
    publication = audited.publication
    return tuple(
        each.wanted.ring
        for each in seen
        if (each.wanted.repository, each.at_tag) == (publication.repository, publication.digest)
    )


def _table(opened: Opened, rows: Sequence[_Row]) -> Iterator[str]:
    lines = [_HEAD, *(_cells(each.audited, each.rings) for row in rows for each in _with_referrers(row))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    for line in lines:
        yield visible("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    for title in _unused(opened):
        yield f"{title}: in fleet.lock, and no class runs it"


def _counted(opened: Opened, rows: Sequence[_Row], seen: Sequence[Observed]) -> str:
    """How many there are, and how many of them have something wrong."""
    artifacts = sum(bool(row.audited.all_findings) for row in rows)
    tags = sum(bool(wrong_with(opened, each)) for each in seen)
    return (
        f"artifacts: {len(rows)}, {artifacts or 'none'} of them with something wrong; "
        f"tags of rings: {len(seen)}, {tags or 'none'} of them with something wrong"
    )


def _with_referrers(row: _Row) -> Iterator[_Row]:
    yield row
    for each in row.audited.referrers:
        yield _Row(each, ())


def _cells(audited: Audited, rings: tuple[str, ...]) -> tuple[str, ...]:
    publication = audited.publication
    return (
        publication.title,
        publication.digest or "-",
        "yes" if audited.there else "NO",
        _signed_by(audited),
        ", ".join(rings) or "-",
    )


def _signed_by(audited: Audited) -> str:
    if not audited.publication.signed:
        return "nobody is asked for"
    return ", ".join(map(str, audited.signers)) or "NOBODY"


def _unused(opened: Opened) -> Iterator[str]:
    """What fleet.lock pins beyond what is shipped."""
    lock = opened.assembled.lock
    yield from unused_forms(opened.plan, lock)
    run = {deployed.image.name for planned in opened.plan.classes for deployed in planned.workloads}
    yield from (name for name in lock.images if name not in run)


def _json(opened: Opened, rows: Sequence[_Row], findings: Sequence[Finding]) -> str:
    values: dict[str, Any] = {
        "fleet": opened.plan.fleet.fleet,
        "artifacts": [_values(row) for row in rows],
        "notShipped": list(_unused(opened)),
        **findings_value(findings),
    }
    return json_text(values)


def _values(row: _Row) -> dict[str, Any]:
    audited = row.audited
    values: dict[str, Any] = {
        "kind": audited.publication.kind,
        "title": audited.publication.title,
        "repository": audited.publication.repository,
        "digest": audited.publication.digest or None,
        "there": audited.there,
        "signedBy": [str(each) for each in audited.signers],
        "rings": list(row.rings),
    }
    if audited.referrers:
        values["referrers"] = [_values(_Row(each, ())) for each in audited.referrers]
    return values
