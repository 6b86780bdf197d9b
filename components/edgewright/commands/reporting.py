"""How a command tells what was found: on a terminal, or in the form that was asked for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.commands.rule_pages import RulePage

Command = TypeVar("Command", bound=Callable[..., Any])

FLEET_FILE: Final = "fleet.yaml"
_MOST_SHOWN: Final = 100


def fleet_argument(command: Command) -> Command:
    """Adds the argument FILE: the fleet.yaml of the current folder, or of a folder; `-` is standard input."""
    kind = click.Path(path_type=Path)
    return click.argument("file", type=kind, default=FLEET_FILE, callback=_fleet_file)(command)


def _fleet_file(_context: click.Context, _parameter: click.Parameter, value: Path) -> Path:
    return fleet_file(value)


def fleet_file(value: Path) -> Path:
    """The file that is meant: the one in a folder, standard input for `-`."""
    if str(value) == "-":
        return Path("/dev/stdin")
    with suppress(OSError, ValueError):  # what is wrong with the path is told when it is read
        return value / FLEET_FILE if value.is_dir() else value
    return value


def report_options(command: Command) -> Command:
    """Adds what every command that finds things has: --strict and --verbose."""
    verbose = click.option("-v", "--verbose", is_flag=True, help="Show infos too.")
    strict = click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
    return strict(verbose(command))


def form_option(command: Command) -> Command:
    """Adds --format, for a command whose answer is a text or JSON."""
    kind = click.Choice(["text", "json"])
    return click.option("--format", "form", type=kind, default="text", help="How it is printed.")(command)


def exit_code(findings: Sequence[Finding], *, strict: bool) -> int:
    """1 where an error was found, or in strict runs a warning; else 0."""
    levels = {finding.level for finding in findings}
    return int("error" in levels or (strict and "warning" in levels))


def wants_colour(stream: Any) -> bool:
    """Colour on a terminal only, and never against https://no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR", "0") not in ("", "0")
    return forced or (stream.isatty() and os.environ.get("TERM") != "dumb")


def report(
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    *,
    form: str = "text",
    verbose: bool = False,
    strict: bool = False,
    stream: Any = None,
) -> None:
    """Print findings. As text, infos are shown only on request."""
    from edgewright.commands.printers import print_findings

    stream = stream or sys.stdout
    colour = form == "text" and wants_colour(stream)
    shown = findings
    if form == "text" and not verbose:
        shown = [finding for finding in findings if finding.level != "info"]
    text = print_findings(
        form,  # type: ignore[arg-type]
        shown,
        sources,
        colour=colour,
        width=shutil.get_terminal_size((100, 24)).columns,
        limit=_MOST_SHOWN,
        strict=strict,
        version=_version() if form == "sarif" else "",
        rules=_pages(findings) if form == "sarif" else None,
    )
    click.echo(text, file=stream, nl=False, color=colour)
    if len(shown) < len(findings):
        click.echo("there is more to know, and nothing to mend: --verbose shows it", file=stream)


def assembled_from(file: Path, *, unlocked: bool = True) -> Assembled:
    """Everything that follows from a fleet.yaml; on a terminal, whoever waits sees for what."""
    from edgewright.assembly import assemble
    from edgewright.assembly.day import today
    from edgewright.commands.progress import progress

    with progress() as told:
        return assemble(file, today=today(), unlocked=unlocked, told=told)


def _pages(findings: Sequence[Finding]) -> dict[str, RulePage]:
    from edgewright.commands.rule_pages import rule_page

    found = {rule: rule_page(rule) for rule in {finding.rule for finding in findings}}
    return {rule: page for rule, page in found.items() if page}


def _version() -> str:
    from importlib.metadata import version

    return version("edgewright")
