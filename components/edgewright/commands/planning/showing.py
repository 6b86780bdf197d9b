"""From a plan to the form that was asked for, on standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from edgewright.commands.planning.sheet import Sheet, sheet_of
from edgewright.commands.reporting import report, wants_colour
from edgewright.errors import Finding, Level

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.commands.planning.arguments import Asked

_LOCALE: Final = ("LC_ALL", "LC_CTYPE", "LANG")


@dataclass(frozen=True, slots=True)
class Look:
    """The form, and what goes with it."""

    form: str
    plain: bool
    strict: bool
    verbose: bool

    def findings(self, findings: Sequence[Finding], sources: Mapping[str, str], stream: Any = None) -> None:
        """Findings as `check` prints them; also where there is no plan to show them with."""
        form = "json" if self.form == "json" else "text"
        report(findings, sources, form=form, verbose=self.verbose, strict=self.strict, stream=stream)


def show(found: Assembled, written: Assembled, asked: Asked, look: Look) -> None:
    """The plan that was found; beside it the one of the fleet as it is written, if the two are not the same."""
    from edgewright.assembly.day import today

    assert found.plan is not None
    before = None if found is written else written.plan
    sheet = sheet_of(found.plan, found.findings, found.sources, today(), asked.classes, before, asked.what_if)
    sheet = replace(sheet, whole=found.whole)
    if look.form == "text":
        _show_text(sheet, look)
        look.findings(sheet.findings, sheet.sources)
        return
    if look.form != "json" and not look.verbose:
        sheet = replace(sheet, findings=tuple(each for each in sheet.findings if each.level != "info"))
    click.echo(_printer(look.form)(sheet), nl=False)


def _show_text(sheet: Sheet, look: Look) -> None:
    from edgewright.commands.planning.shape import ASCII, BLOCKS
    from edgewright.commands.planning.text import print_sheet

    colour = wants_colour(sys.stdout)
    width = shutil.get_terminal_size((100, 24)).columns
    shapes = ASCII if look.plain or not has_blocks(sys.stdout, os.environ) else BLOCKS
    click.echo(print_sheet(sheet, colour=colour, width=width, shapes=shapes), color=colour)


def has_blocks(stream: Any, environment: Mapping[str, str]) -> bool:
    """Whether blocks can be shown: a file takes them, a terminal does where its locale is UTF-8 or unsaid."""
    if not stream.isatty():
        return True
    locale = next((each for name in _LOCALE if (each := environment.get(name))), None)
    return locale is None or "utf8" in locale.lower().replace("-", "")


def _printer(form: str) -> Callable[[Sheet], str]:
    if form == "json":
        from edgewright.commands.planning.json_sheet import print_sheet_json

        return print_sheet_json
    if form == "markdown":
        from edgewright.commands.planning.markdown import print_sheet_markdown

        return print_sheet_markdown
    from edgewright.commands.planning.html_page import print_sheet_html

    return print_sheet_html


def show_solution(found: Assembled, pair: tuple[str, str], look: Look) -> int:
    """The resources that pass for a workload on a class; 1 where there are none."""
    from edgewright.commands.planning.solved import print_solution, print_solution_json
    from edgewright.plan.solving import solve
    from edgewright.plan.trial import trial_of

    assert found.plan is not None
    levels: frozenset[Level] = frozenset({"error", "warning"} if look.strict else {"error"})
    trial = trial_of(found.plan, found.catalogue, found.lock, *pair, levels)
    if trial is None:
        look.findings(found.findings, found.sources)
        click.echo(f"{pair[1]} cannot be planned on {pair[0]}, so no resources make it pass", err=True)
        return 1
    solution = solve(trial)
    if look.form == "json":
        click.echo(print_solution_json(trial, solution), nl=False)
    else:
        colour = wants_colour(sys.stdout)
        click.echo(print_solution(trial, solution, colour=colour), nl=False, color=colour)
    return int(solution.smallest is None or solution.largest is None)
