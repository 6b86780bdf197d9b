"""`edgewright tools`: which programs are here that are not Python's, and what is missing for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from edgewright.commands.reporting import form_option
from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.ship.tools import Program, Tool


@click.command("tools")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@form_option
@click.option("--require", is_flag=True, help="Exit with 1 where one is missing or cannot be used.")
def command(names: tuple[str, ...], form: str, require: bool) -> int:
    """Show which programs are here that are not Python's: where, which version, and what is missing for what.

    Each is looked for beside the Python that runs (where `make tools` puts them), then on PATH; one of the
    version that Edgewright is tried with goes before others. NAME limits the list. Nothing is ever fetched.
    """
    from edgewright.commands.printers.json_text import json_text
    from edgewright.commands.printers.visible import visible
    from edgewright.commands.progress import progress
    from edgewright.ship.tools import PROGRAMS, find_tool

    unknown = [name for name in names if name not in PROGRAMS]
    if unknown:
        raise click.UsageError(f"`{visible(unknown[0][:60])}` is none of {', '.join(PROGRAMS)}.")
    found = []
    with progress() as told:
        for name, program in PROGRAMS.items():
            if not names or name in names:
                told(f"asking {name} for its version")
                found.append((program, find_tool(name)))
    if form == "json":
        click.echo(json_text({"tools": [_values(program, tool) for program, tool in found]}), nl=False)
    else:
        click.echo("\n".join(map(visible, _table(found))))
    return int(require and any(isinstance(tool, Finding) for _, tool in found))


def _values(program: Program, tool: Tool | Finding) -> dict[str, Any]:
    """What is known of a program; `version` and `path` are null where there is none that could be used."""
    here = None if isinstance(tool, Finding) else tool
    told = tool if isinstance(tool, Finding) else tool.doubt
    return {
        "name": program.name,
        "path": str(here.path) if here else None,
        "version": here.version if here else None,
        "wanted": program.version,
        "purpose": program.purpose,
        "source": program.source,
        "message": told.message if told else None,
    }


def _table(found: Sequence[tuple[Program, Tool | Finding]]) -> Iterator[str]:
    """Two lines for each program: its version and purpose, and below where it lies or how it is got."""
    wide = max(len(program.name) for program, _ in found)
    for program, tool in found:
        if isinstance(tool, Finding):
            there = tool.rule == "tool-other-version"
            yield f"{program.name:<{wide}}  {'unfit' if there else 'missing':<8}  {program.purpose}"
            yield f"{'':<{wide}}  {'':<8}  {tool.message if there else tool.remedy}"
        else:
            yield f"{program.name:<{wide}}  {tool.version or 'unknown':<8}  {program.purpose}"
            yield f"{'':<{wide}}  {'':<8}  {tool.doubt.message if tool.doubt else tool.path}"
