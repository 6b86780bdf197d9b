"""`edgewright test`: whether the policies refuse what they should, asked of the real Kyverno."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.policy_test.matrix import Report
    from edgewright.ship.tools import Tool


@click.command("test")
@fleet_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    help="How it is printed; json has the whole matrix.",
)
@report_options
def command(file: Path, form: str, strict: bool, verbose: bool) -> int:
    """Ask the real Kyverno whether the policies refuse what they should.

    Renders FILE, then judges every pod by every policy: as it is, which has to pass, and changed in every way
    that docs/policy-tests.md lists, which has to be refused where the fleet asks for it. Images are tried with
    stand-ins, in a registry on this machine, signed with keys of the moment.
    """
    assembled = assembled_from(file)
    if assembled.has_errors or assembled.plan is None or not assembled.manifests:
        report(assembled.findings, assembled.sources, form=form, verbose=verbose, strict=strict)
        click.echo("nothing was tested", err=True)
        return 1
    try:
        tested, findings = _tested(assembled, file)
    except FleetError as error:
        report(error.findings, assembled.sources, form=form, verbose=verbose, strict=strict)
        click.echo("nothing was tested", err=True)
        return 1
    _print(tested, findings, assembled, form, verbose=verbose, strict=strict)
    return exit_code(findings, strict=strict)


def _tested(assembled: Assembled, file: Path) -> tuple[Report, tuple[Finding, ...]]:
    """What came of it, and what was found. Raises FleetError where a program is missing."""
    from edgewright.assembly.files import base_of
    from edgewright.commands.progress import progress
    from edgewright.policy_test.run import run

    kyverno, registry = _tool("kyverno"), _tool("registry")
    with progress() as told, _ended_as_by_hand():
        tested = run(assembled, base_of(file).parent, kyverno, registry, told)
    doubts = [tool.doubt for tool in (kyverno, registry) if tool.doubt is not None]
    locate = assembled.document.locate if assembled.document else lambda finding: finding
    return tested, tuple(map(locate, (*tested.findings, *doubts)))


@contextmanager
def _ended_as_by_hand() -> Iterator[None]:
    """What a CI server ends leaves no registry running and no folder, as what a person interrupts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tool(name: str) -> Tool:
    from edgewright.ship.tools import find_tool

    found = find_tool(name)
    if isinstance(found, Finding):
        raise FleetError([found])
    return found


def _print(
    tested: Report,
    findings: tuple[Finding, ...],
    assembled: Assembled,
    form: str,
    *,
    verbose: bool,
    strict: bool,
) -> None:
    from edgewright.commands.policy_matrix import matrix_json, matrix_junit, matrix_text

    if form == "json":
        click.echo(matrix_json(tested, findings), nl=False)
        return
    if form == "text":
        click.echo(matrix_text(tested), nl=False)
    out = io.StringIO() if form == "junit" else sys.stdout
    report(findings, assembled.sources, form=form, verbose=verbose, strict=strict, stream=out)
    if isinstance(out, io.StringIO):
        click.echo(matrix_junit(tested, out.getvalue()), nl=False)
