"""`edgewright render`: the manifests of every device class, in a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.errors import FleetError

if TYPE_CHECKING:
    from edgewright.plan import Plan
    from edgewright.render import Manifest


@click.command("render")
@fleet_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="rendered",
    show_default=True,
    help="The folder to write.",
)
@click.option(
    "--unlocked", is_flag=True, help="Render what fleet.lock lacks with digests that nothing can pull."
)
@report_options
def command(file: Path, out: Path, unlocked: bool, strict: bool, verbose: bool) -> int:
    """Write the manifests of every device class into a folder.

    The folder is written whole or not at all; files of an older rendering go, files of yours stay.
    """
    from edgewright.render import files_of
    from edgewright.ship.folder import write_folder

    assembled = assembled_from(file, unlocked=unlocked)
    if assembled.findings:
        report(assembled.findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    failed = exit_code(assembled.findings, strict=strict)
    if failed or assembled.plan is None or not assembled.manifests:
        click.echo(f"nothing was written to {out}", err=True)
        return 1
    try:
        written = write_folder(out, files_of(assembled.plan, assembled.manifests))
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    for line in _summary(assembled.plan, assembled.manifests, out):
        click.echo(line)
    click.echo(
        f"{written.written} written, {written.unchanged} unchanged, {written.removed} removed in {out}"
    )
    if written.edited:
        click.echo(f"edited by hand before, and written anew: {', '.join(written.edited)}", err=True)
    if assembled.plan.not_locked:
        click.echo(
            f"not locked, so not to be published: {', '.join(sorted(assembled.plan.not_locked))}", err=True
        )
    return 0


def _summary(plan: Plan, manifests: tuple[Manifest, ...], out: Path) -> Iterator[str]:
    """A line for each class: what was made of it, and how many devices each ring has."""
    for planned in plan.classes:
        mine = [each for each in manifests if each.path.startswith(f"{planned.name}/")]
        files = {each.path for each in mine}
        rings = ", ".join(f"{ring.name} {ring.devices:,}" for ring in planned.rings)
        yield f"{out}/{planned.name}: {len(mine)} objects in {len(files)} files; devices by ring: {rings}"
