"""`edgewright enrol`: the folder that one device of the inventory is set up from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.errors import FleetError

_EPILOG = """\b
Then, for the device that was enrolled:
  sh enrolled/NAME/fetch.sh       at the desk: brings K3s and the platform, each by its version
  sh install.sh                   on the device, as root, in a copy of that folder
"""


@click.command("enrol", epilog=_EPILOG)
@click.argument("name")
@fleet_argument
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write.  [default: enrolled/NAME]")
@report_options
def command(name: str, file: Path, out: Path | None, strict: bool, verbose: bool) -> int:
    """Write what the device NAME of the inventory is set up with.

    Its K3s configuration and labels, the platform of its class, the Flux source of its ring, and two scripts.
    The folder is written whole or not at all; files of yours in it stay.
    """
    from edgewright.assembly.enrolment import enrolment
    from edgewright.assembly.files import base_of
    from edgewright.commands.printers.visible import visible
    from edgewright.render.bootstrap import bootstrap, by_hand
    from edgewright.ship.folder import write_folder

    assembled = assembled_from(file)
    if assembled.findings:
        report(assembled.findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    plan = assembled.plan
    if exit_code(assembled.findings, strict=strict) or plan is None:
        click.echo(f"{visible(name)} was not enrolled", err=True)
        return 1
    try:
        found = enrolment(plan, base_of(file).parent, name)
        target = out or Path("enrolled", name)
        files = bootstrap(plan, found.planned, found.ring, name, found.labels)
        written = write_folder(target, files)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    click.echo(f"{name}: class {found.planned.name}, ring {found.ring.name}")
    click.echo(
        f"{written.written} written, {written.unchanged} unchanged, {written.removed} removed in {target}"
    )
    for part in by_hand(found.planned):
        click.echo(f"still to be installed by hand: {part.title} {part.version}")
    return 0
