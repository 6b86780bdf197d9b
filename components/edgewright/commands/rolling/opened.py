"""A fleet and its rings for a command: read, checked, and reported where something is wrong with either."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edgewright.catalogue.nearest import did_you_mean
from edgewright.commands.printers.visible import visible
from edgewright.commands.reporting import assembled_from, exit_code, report
from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.artifact.rings import Rings
    from edgewright.assembly import Assembled
    from edgewright.assembly.rings import ReadRings
    from edgewright.plan import ClassPlan, Plan

Command = TypeVar("Command", bound=Callable[..., Any])

NO_ROLLOUT: Final = "-"
"""What stands for the rollout of classes that have none: all their devices are one ring, `everyone`."""


def rings_option(command: Command) -> Command:
    """Adds --rings FILE."""
    kind = click.Path(path_type=Path)
    text = "The file of the rings.  [default: stacks/rings.yaml beside FILE, or rings.yaml where it has no stacks/]"
    return click.option("--rings", "rings_file", type=kind, help=text)(command)


def class_option(command: Command) -> Command:
    """Adds --class NAME, as often as one likes."""
    text = "Only this device class; all that follow the rollout otherwise."
    return click.option("--class", "of_class", multiple=True, metavar="NAME", help=text)(command)


@dataclass(frozen=True, slots=True)
class Opened:
    """A fleet without errors, what its rings run, and the time that it is."""

    assembled: Assembled
    plan: Plan
    read: ReadRings
    path: Path
    now: datetime

    def report(self, findings: Sequence[Finding], **more: Any) -> None:
        """Print findings to standard error, with the lines that they point at."""
        report(findings, {**self.assembled.sources, **self.read.sources, **more.pop("sources", {})},
               stream=sys.stderr, **more)  # fmt: skip

    def write(self, rings: Rings) -> None:
        """Write the file of the rings, if it is another one. Raises FleetError (`cannot-write`)."""
        from edgewright.assembly.rings import rings_text
        from edgewright.ship.file import write_file

        write_file(self.path, rings_text(self.plan, rings))


def opened_from(
    file: Path, rings_file: Path | None, *, strict: bool, verbose: bool, unlocked: bool = True
) -> Opened | None:
    """The fleet in a file with its rings; None where one of them has errors, which are reported."""
    from edgewright.assembly.day import now
    from edgewright.assembly.rings import read_rings_of, rings_beside

    assembled, time = assembled_from(file, unlocked=unlocked), now()
    if assembled.plan is None or exit_code(assembled.findings, strict=strict):
        report(assembled.findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
        return None
    path = rings_file or rings_beside(file)
    opened = Opened(assembled, assembled.plan, read_rings_of(assembled.plan, path, time), path, time)
    if opened.read.findings:
        opened.report(opened.read.findings, verbose=verbose, strict=strict)
        return None
    return opened


def followers(plan: Plan, rollout: str, only: Sequence[str] = ()) -> tuple[ClassPlan, ...]:
    """The classes that follow a rollout, or those of them that are asked for. Raises UsageError."""
    known = {each.rollout_name or NO_ROLLOUT for each in plan.classes}
    if rollout not in known:
        if rollout in plan.fleet.rollouts:
            raise click.UsageError(f"no class follows the rollout `{rollout}`.")
        raise click.UsageError(f"this fleet has no rollout `{visible(rollout)}`{_meant(rollout, known)}")
    follow = tuple(each for each in plan.classes if (each.rollout_name or NO_ROLLOUT) == rollout)
    names = [each.name for each in follow]
    for name in only:
        if name not in names:
            raise click.UsageError(f"no class `{visible(name)}` follows `{rollout}`{_meant(name, names)}")
    return tuple(each for each in follow if not only or each.name in only)


def ring_index(planned: ClassPlan, ring: str) -> int:
    """The index of a ring by its name. Raises UsageError."""
    names = [each.name for each in planned.rings]
    if ring not in names:
        raise click.UsageError(
            f"`{planned.rollout_name or NO_ROLLOUT}` has no ring `{visible(ring)}`{_meant(ring, names)}"
        )
    return names.index(ring)


def _meant(written: str, names: set[str] | Sequence[str]) -> str:
    meant = did_you_mean(written, names)
    return f"; did you mean `{meant}`?" if meant else f": it has {', '.join(sorted(names))}."
