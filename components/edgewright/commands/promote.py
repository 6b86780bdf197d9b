"""`edgewright promote`: the next ring is to run what the one before it has proven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.commands.printers.visible import visible
from edgewright.commands.reporting import exit_code, fleet_argument, report_options
from edgewright.commands.rolling.opened import (
    Opened,
    class_option,
    followers,
    opened_from,
    rings_option,
)
from edgewright.commands.rolling.registry import access_of, moved_by_others, registry_options
from edgewright.errors import FleetError

if TYPE_CHECKING:
    from edgewright.assembly.promoting import Step
    from edgewright.plan.promotion import Promotion

_EPILOG = """\b
A rollout, one pull request after another:
  edgewright promote careful canary                                           what fleet.yaml says today
  edgewright promote careful early-access --evidence-template canary.json     which figures: fill them in
  edgewright promote careful early-access --evidence canary.json
  edgewright promote careful everyone --evidence early.json
"""


@click.command("promote", epilog=_EPILOG)
@click.argument("rollout")
@click.argument("ring")
@fleet_argument
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="Figures of the ring before, as JSON: docs/rings.md says how they are collected.",
)
@click.option(
    "--evidence-template",
    type=click.Path(path_type=Path),
    help="Write such a file to be filled in, and promote nothing.",
)
@class_option
@click.option(
    "--force",
    metavar="REASON",
    help="Promote although the soak is not over or the evidence is not enough; the reason is written down.",
)
@click.option(
    "--offline", is_flag=True, help="Do not ask the registry whether the ring before runs what it should."
)
@click.option("--changes", is_flag=True, help="Show object by object what changes, as the registry has it.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@rings_option
@registry_options
@report_options
def command(
    rollout: str,
    ring: str,
    file: Path,
    evidence: Path | None,
    evidence_template: Path | None,
    of_class: tuple[str, ...],
    force: str | None,
    offline: bool,
    changes: bool,
    dry_run: bool,
    rings_file: Path | None,
    plain_http: bool,
    ca_file: Path | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Let RING of ROLLOUT run what the ring before it has proven, by a change of stacks/rings.yaml.

    The first ring gets what fleet.yaml renders to today. Nothing is sent anywhere: commit the change, and
    `edgewright publish` makes the registry's tags follow it. ROLLOUT is `-` for classes without one.
    """
    from edgewright.commands.rolling.steps import asked_of, changed_by, promotion_of, steps_of

    _check_reason(force)
    if changes and offline:
        raise click.UsageError("--changes asks the registry, and --offline does not.")
    if evidence and evidence_template:
        raise click.UsageError(
            "--evidence promotes by a file, --evidence-template writes one: give one of both."
        )
    opened = opened_from(file, rings_file, strict=strict, verbose=verbose)
    if opened is None:
        return _not_promoted()
    promotions = [promotion_of(opened, each, ring) for each in followers(opened.plan, rollout, of_class)]
    if promotions[0].index == 0:
        if evidence or evidence_template:
            raise click.UsageError(f"--evidence: `{visible(ring)}` is the first ring, which needs none.")
        # What is to run has to be locked, which nothing else here asks for.
        opened = opened_from(file, rings_file, strict=strict, verbose=verbose, unlocked=False)
        if opened is None:
            return _not_promoted()
    if evidence_template is not None:
        return _template(opened, promotions, evidence_template)
    access = None if offline else access_of(plain_http=plain_http, ca_file=ca_file)
    try:
        asked = asked_of(opened, evidence, force)
        steps, findings = steps_of(opened, promotions, asked)
        if access is not None and promotions[0].index and not findings:
            findings += moved_by_others(opened, promotions, access)
        changed = changed_by(opened, steps, access) if changes and access and not findings else {}
    except FleetError as error:
        steps, findings, changed = [], list(error.findings), {}
    if exit_code(findings, strict=strict):
        opened.report(findings, verbose=verbose, strict=strict, sources=_sources(evidence))
        return _not_promoted()
    return _done(opened, steps, changed, offline=offline, dry_run=dry_run)


def _template(opened: Opened, promotions: Sequence[Promotion], out: Path) -> int:
    from edgewright.assembly.evidence_template import evidence_template
    from edgewright.commands.printers.json_text import json_text
    from edgewright.ship.file import write_file

    values = evidence_template(promotions, opened.plan.fleet)
    if not values["classes"]:
        click.echo(f"no evidence is needed: nothing new in `{promotions[0].before.name}` is watched")
        return 0
    if out.exists():
        raise click.UsageError(f"--evidence-template: {out} is there already; name another file.")
    try:
        write_file(out, json_text(values))
    except FleetError as error:
        opened.report(error.findings)
        return 1
    click.echo(f"{out} written: put a number for each null, then promote with --evidence {out}")
    return 0


def _check_reason(force: str | None) -> None:
    from edgewright.artifact.rings_file import LONGEST_REASON

    if force is not None and not 0 < len(force.strip()) <= LONGEST_REASON:
        raise click.UsageError(f"--force: say why, in at most {LONGEST_REASON} characters.")


def _sources(evidence: Path | None) -> dict[str, str]:
    from edgewright.assembly.files import shown_text

    return shown_text(evidence) if evidence is not None else {}


def _done(
    opened: Opened,
    steps: Sequence[Step],
    changed: Mapping[str, Sequence[str]],
    *,
    offline: bool,
    dry_run: bool,
) -> int:
    from edgewright.commands.rolling.words import step_lines

    rings = opened.read.rings
    for step in steps:
        rings = rings.with_class(step.promotion.planned.name, step.rings)
        for line in (*step_lines(step, opened.now), *changed.get(step.promotion.planned.name, ())):
            click.echo(line)
    if all(step.is_done for step in steps):
        click.echo("there is nothing to promote")
        return 0
    if offline and steps[0].promotion.index:
        click.echo("the registry was not asked whether the ring before runs what it should")
    if dry_run:
        click.echo(f"{opened.path} was not written: this was a dry run")
        return 0
    try:
        opened.write(rings)
    except FleetError as error:
        opened.report(error.findings)
        return _not_promoted()
    click.echo(f"{opened.path} written: commit it; once it is merged, `edgewright publish` moves the tags")
    return 0


def _not_promoted() -> int:
    click.echo("nothing was promoted", err=True)
    return 1
