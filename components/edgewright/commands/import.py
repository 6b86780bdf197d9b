"""`edgewright import`: a draft of a fleet.yaml out of manifests that run today."""

from __future__ import annotations

from pathlib import Path

import click

from edgewright.commands.new_file import check_free, write_new
from edgewright.commands.reporting import FLEET_FILE, report
from edgewright.errors import Finding, FleetError


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FLEET_FILE,
    show_default=True,
    help="The file.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(folder: Path, out: Path, force: bool) -> int:
    """Draft a fleet.yaml out of the Deployments in a folder of manifests.

    What the draft cannot carry over is told, each at its line; nothing is dropped in silence.
    """
    from edgewright.assembly.draft import draft, read_objects

    check_free(out, force=force)
    objects, broken = read_objects(folder)
    drafted = draft(objects)
    findings = [*broken, *drafted.findings]
    if not drafted.text:
        findings.append(_nothing(folder))
    report(findings, {})  # no excerpts: manifests have passwords in them
    if not drafted.text:
        return 1
    try:
        write_new(out, drafted.text, force=force)
    except FleetError as error:
        report(error.findings, {})
        return 1
    count = len(drafted.workloads)
    click.echo(f"wrote {out}: {count} workload{'s' if count > 1 else ''}, {', '.join(drafted.workloads)}")
    click.echo("decide what `decide:` stands at; then run `edgewright check`")
    return int(bool(broken))


def _nothing(folder: Path) -> Finding:
    return Finding(
        "nothing-to-import",
        "error",
        f"{folder} has no Deployment, StatefulSet, DaemonSet, Rollout or Pod",
        "name a folder of rendered manifests; render templates first (helm template, kustomize build)",
        waivable=False,
    )
