"""`edgewright rollback`: a ring is to run again what it ran before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.commands.reporting import fleet_argument, report_options
from edgewright.commands.rolling.opened import (
    Opened,
    class_option,
    followers,
    opened_from,
    ring_index,
    rings_option,
)
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.artifact.rings import Rings
    from edgewright.plan import ClassPlan


@click.command("rollback")
@click.argument("rollout")
@click.argument("ring")
@fleet_argument
@class_option
@rings_option
@report_options
def command(
    rollout: str,
    ring: str,
    file: Path,
    of_class: tuple[str, ...],
    rings_file: Path | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Let RING of ROLLOUT run again what it ran before, by a change of stacks/rings.yaml.

    Commit the change, and `edgewright publish` makes the registry's tags follow it. `git revert` of the
    promotion's commit does the same. ROLLOUT is `-` for classes without one.
    """
    opened = opened_from(file, rings_file, strict=strict, verbose=verbose)
    if opened is None:
        return _not_returned()
    classes = followers(opened.plan, rollout, of_class)
    for planned in classes:
        ring_index(planned, ring)
    rings, lines, findings = _returned(opened, classes, ring)
    # One class that has nothing to return to does not keep the others where they are.
    if lines and not of_class:
        findings = [replace(each, level="warning") for each in findings]
    if findings:
        opened.report(findings, verbose=verbose, strict=strict)
    if not lines or (of_class and findings):
        return _not_returned()
    for line in lines:
        click.echo(line)
    try:
        opened.write(rings)
    except FleetError as error:
        opened.report(error.findings)
        return _not_returned()
    click.echo(f"{opened.path} written: commit it; once it is merged, `edgewright publish` moves the tags")
    return 0


def _returned(
    opened: Opened, classes: tuple[ClassPlan, ...], ring: str
) -> tuple[Rings, list[str], list[Finding]]:
    from edgewright.artifact.rings import returned

    rings, lines, findings = opened.read.rings, list[str](), list[Finding]()
    for planned in classes:
        of_class = rings.classes.get(planned.name)
        if of_class is None or ring not in of_class.rings or of_class.rings[ring].previous is None:
            findings.append(_nothing(opened, planned.name, ring))
            continue
        lines += _lines(opened, planned, ring)
        rings = rings.with_class(planned.name, returned(of_class, ring, opened.now))
    return rings, lines, findings


def _lines(opened: Opened, planned: ClassPlan, ring: str) -> Iterator[str]:
    from edgewright.commands.rolling.words import devices, release_text

    rings = opened.read.rings.classes[planned.name].rings
    state, count = rings[ring], next(each.devices for each in planned.rings if each.name == ring)
    assert state.previous is not None
    left, back = state.runs.release, state.previous.release
    yield f"{planned.name}: {ring}, {devices(count)}: {release_text(back)} again, instead of {release_text(left)}"
    others = [name for name, each in rings.items() if name != ring and each.runs.release == left]
    if others:
        yield f"  {' and '.join(others)} run{'s' if len(others) == 1 else ''} release {left.number} too"


def _nothing(opened: Opened, class_name: str, ring: str) -> Finding:
    from edgewright.plan.promotion import ring_path

    finding = Finding(
        "nothing-to-return-to",
        "error",
        f"`{ring}` of `{class_name}` has run nothing before that is written down",
        "promote something better, or bring an older stacks/rings.yaml back with `git revert`",
        ring_path(class_name, ring),
        waivable=False,
    )
    return opened.read.document.locate(finding) if opened.read.document else finding


def _not_returned() -> int:
    click.echo("nothing was rolled back", err=True)
    return 1
