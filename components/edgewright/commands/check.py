"""`edgewright check`: everything that is wrong with a fleet, at once; `--fix` mends what mends itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.errors import Edit, FleetError

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.document.source import Source

_MOST_ROUNDS: Final = 10  # what is mended can bring to light what was hidden by it, but not for ever
_MARK: Final = "\ufeff"


@click.command("check")
@fleet_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    help="How findings are printed.",
)
@click.option("--fix", is_flag=True, help="Write into FILE what each `help:` says where a `+` line shows it.")
@report_options
def command(file: Path, form: str, fix: bool, strict: bool, verbose: bool) -> int:
    """Say everything that is wrong with a fleet.

    Reads FILE (fleet.yaml by default) with its fleet.lock, inventory and keys, plans and renders it in
    memory, and checks what would be written against the schemas of Kubernetes and of every custom resource.
    """
    found = assembled_from(file)
    if fix:
        try:
            found = _mend(file, found, quiet=form != "text")
        except FleetError as error:
            report(error.findings, {}, stream=sys.stderr)
            return 1
    report(found.findings, found.sources, form=form, verbose=verbose, strict=strict)
    return exit_code(found.findings, strict=strict)


def _mend(file: Path, assembled: Assembled, *, quiet: bool) -> Assembled:
    """What is left once replacements are written into the file, each of which is named on the way.

    `quiet` keeps standard output free for a machine. Raises FleetError (`cannot-write`).
    """
    from edgewright.document.edits import apply_edits, edits_of
    from edgewright.ship.file import write_file

    changes = 0
    for _ in range(_MOST_ROUNDS):
        mark, source = _as_it_is(file, assembled)
        edits = [edit for edit in edits_of(source, assembled.findings) if _at(source, edit) != edit.text]
        if not edits:
            break
        write_file(file.resolve(), mark + apply_edits(source, edits))
        for edit in edits:
            click.echo(_change(source, edit), err=quiet)
        changes += len(edits)
        assembled = assembled_from(file)
    if changes:
        click.echo(f"{changes} {'change' if changes == 1 else 'changes'} written to {file}\n", err=quiet)
    return assembled


def _as_it_is(file: Path, assembled: Assembled) -> tuple[str, Source]:
    """The file's byte order mark, if any, and its text; none where findings are about another text."""
    from edgewright.document.source import Source

    text = assembled.sources.get(str(file), "")
    try:
        raw = file.read_bytes() if text and file.is_file() else b""
    except OSError:
        raw = b""
    mark = next((mark for mark in ("", _MARK) if (mark + text).encode() == raw), None)
    return (mark, Source(str(file), text)) if mark is not None else ("", Source(str(file), ""))


def _at(source: Source, edit: Edit) -> str:
    place = edit.place
    start = source.line_starts[place.line - 1] + place.column - 1
    return source.text[start : source.line_starts[place.end_line - 1] + place.end_column - 1]


def _change(source: Source, edit: Edit) -> str:
    from edgewright.commands.printers.visible import visible

    place, old = edit.place, visible(_at(source, edit))
    what = f"`{old}` is now `{visible(edit.text)}`" if edit.text else f"`{old}` is gone"
    return f"{visible(place.file)}:{place.line}:{place.column}: fixed: {what}"
