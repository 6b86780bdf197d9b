"""`edgewright verify`: every digest and signature of a fleet against its registry, and every ring's tag."""

from __future__ import annotations

from pathlib import Path

import click

from edgewright.commands.reporting import fleet_argument, form_option, report_options
from edgewright.commands.rolling.opened import opened_from, rings_option
from edgewright.commands.rolling.registry import access_of, registry_options


@click.command("verify")
@fleet_argument
@click.option(
    "--deep", is_flag=True, help="Download every blob and hash it; else only its size is asked for."
)
@form_option
@rings_option
@registry_options
@report_options
def command(
    file: Path,
    deep: bool,
    form: str,
    rings_file: Path | None,
    plain_http: bool,
    ca_file: Path | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Check everything that fleet.lock and the rings pin against the registry.

    What is missing, what nobody who is trusted has signed, and what a ring's tag points at instead of the
    digest of stacks/rings.yaml. Needs no key and no model's file. Exit code 1 where anything is wrong.
    """
    opened = opened_from(file, rings_file, strict=strict, verbose=verbose, unlocked=False)
    if opened is None:
        click.echo("nothing was verified", err=True)
        return 1
    access = access_of(plain_http=plain_http, ca_file=ca_file)
    from edgewright.commands.publishing.verifying import verify_opened

    return verify_opened(opened, access, deep=deep, form=form, strict=strict, verbose=verbose)
