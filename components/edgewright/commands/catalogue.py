"""`edgewright catalogue`: what is known of hardware and software, with the source of each figure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgewright.commands.reporting import FLEET_FILE, report

if TYPE_CHECKING:
    from edgewright.catalogue import Catalogue


def _completions(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from edgewright.commands.completions import catalogue_entries

    return catalogue_entries(begun)


@click.command("catalogue")
@click.argument("entry", default="", metavar="[ENTRY|KIND]", shell_complete=_completions)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How it is printed; json has the plain figures.",
)
@click.option(
    "--fleet",
    type=click.Path(path_type=Path),
    default=FLEET_FILE,
    help="The fleet whose own entries count too, if it names any.",
)
def command(entry: str, form: str, fleet: Path) -> None:
    """Show what is known of hardware and software, with the source of each figure.

    ENTRY is a name such as `jetson-orin-nx-16gb`; where it stands under several kinds, all of them are
    shown, and `runtimes/tensorrt` says which is meant. KIND is one of the headings of the list that is shown
    without an argument, such as `boards`.
    """
    from edgewright.assembly.catalogues import own_catalogue
    from edgewright.commands.printers.json_text import json_text
    from edgewright.commands.printers.visible import visible

    own = own_catalogue(fleet)
    findings = [each for each in own.findings if each.level != "info"]
    if findings:
        report(findings, own.sources, stream=sys.stderr)
    found = _find(own.catalogue, entry)
    listed = not entry or entry in _kinds()
    if form == "json":
        click.echo(json_text(_listed_values(found) if listed else _values(found)), nl=False)
    else:
        click.echo("\n".join(map(visible, _list(found) if listed else _pages(found))))


Found = dict[str, dict[str, Any]]
"""Kind ⇒ name ⇒ entry."""


def _kinds() -> tuple[str, ...]:
    from edgewright.catalogue.loading import SECTIONS

    return tuple(SECTIONS)


def _find(catalogue: Catalogue, entry: str) -> Found:
    """What was asked for. Raises UsageError where there is no such thing."""
    every: Found = {kind: dict(getattr(catalogue, kind)) for kind in _kinds()}
    if not entry:
        return every
    if entry in every:
        return {entry: every[entry]}
    kind, slash, name = entry.partition("/")
    found = {
        each: {known: entries[known]}
        for each, entries in every.items()
        for known in entries
        if known == entry or (slash and (each, known) == (kind, name))
    }
    if not found:
        raise click.UsageError(_unknown(every, entry))
    return found


def _unknown(every: Found, entry: str) -> str:
    from edgewright.catalogue.nearest import did_you_mean
    from edgewright.commands.printers.visible import visible

    names = {*every, *(name for entries in every.values() for name in entries)}
    meant = did_you_mean(entry, names) or did_you_mean(entry.rpartition("/")[2], names)
    said = f"; did you mean `{meant}`?" if meant else ". `edgewright catalogue` lists what it has."
    return f"The catalogue has no `{visible(entry[:60])}`{said}"


def _list(found: Found) -> list[str]:
    from edgewright.commands.entry_pages import summary

    lines: list[str] = []
    for kind, entries in found.items():
        width = max(map(len, entries), default=0)
        lines += [*([""] if lines else []), kind.upper()]
        lines += [f"    {name:<{width}}  {summary(entry)}".rstrip() for name, entry in entries.items()]
    return lines


def _pages(found: Found) -> list[str]:
    from edgewright.commands.entry_pages import page

    pages = [page(kind, name, entry) for kind, entries in found.items() for name, entry in entries.items()]
    return [line for index, each in enumerate(pages) for line in ([""] if index else []) + [*each]]


def _listed_values(found: Found) -> dict[str, list[str]]:
    return {kind: list(entries) for kind, entries in found.items()}


def _values(found: Found) -> dict[str, list[dict[str, Any]]]:
    from edgewright.commands.entry_pages import figures

    return {
        "entries": [
            {"kind": kind, "name": name, **figures(entry)}
            for kind, entries in found.items()
            for name, entry in entries.items()
        ]
    }
