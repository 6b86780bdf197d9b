"""`edgewright status`: what each ring should run, what its tag points at, and who has signed that."""

from __future__ import annotations

from pathlib import Path

import click

from edgewright.commands.reporting import fleet_argument, form_option, report_options
from edgewright.commands.rolling.opened import opened_from, rings_option
from edgewright.commands.rolling.registry import access_of, registry_options
from edgewright.errors import FleetError


@click.command("status")
@fleet_argument
@form_option
@click.option("--offline", is_flag=True, help="Show what is written, and do not ask the registry.")
@rings_option
@registry_options
@report_options
def command(
    file: Path,
    form: str,
    offline: bool,
    rings_file: Path | None,
    plain_http: bool,
    ca_file: Path | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Compare stacks/rings.yaml with the registry's tags and signatures, ring by ring.

    Exit code 1 where a tag is elsewhere than the file says, is missing, or points at what nobody has signed.
    """
    from edgewright.commands.rolling.table import json_of, rows_of, table
    from edgewright.commands.rolling.watching import observed, wrong

    opened = opened_from(file, rings_file, strict=strict, verbose=verbose)
    if opened is None:
        return 1
    try:
        seen = None if offline else observed(opened, access_of(plain_http=plain_http, ca_file=ca_file))
    except FleetError as error:
        opened.report(error.findings, verbose=verbose, strict=strict)
        return 1
    findings = wrong(opened, seen) if seen is not None else []
    rows = rows_of(opened, seen)
    if form == "json":
        click.echo(json_of(opened, rows, findings), nl=False)
        return int(bool(findings))
    for line in table(rows, offline=offline):
        click.echo(line)
    if findings:
        opened.report(findings, verbose=verbose, strict=strict)
    return int(bool(findings))
