"""`edgewright plan`: what fits, what was chosen and why, and when a promotion reaches whom."""

from __future__ import annotations

import sys

import click

from edgewright.commands.reporting import assembled_from, exit_code, report_options
from edgewright.errors import FleetError

_FORMS = ["text", "json", "markdown", "html"]


@click.command("plan")
@click.argument("names", nargs=-1, metavar="[CLASS]... [FILE]")
@click.option("--format", "form", type=click.Choice(_FORMS), default="text", help="How the plan is printed.")
@click.option("--ascii", "plain", is_flag=True, help="Draw bars with # and -, for terminals without blocks.")
@click.option(
    "--what-if",
    "what_if",
    multiple=True,
    metavar="PATH=VALUE",
    help="Plan as if the fleet had this value there, and show what that changes. `memory=8Gi` means the "
    "resources of its one workload, or of those that --workload and --class name.",
)
@click.option("--class", "of_class", multiple=True, metavar="NAME", help="A class, as by its bare name.")
@click.option("--workload", multiple=True, metavar="NAME", help="The workload that a --what-if is about.")
@click.option(
    "--solve",
    metavar="CLASS/WORKLOAD",
    help="Say which resources pass: the smallest and the largest, each alone and all together.",
)
@report_options
def command(
    names: tuple[str, ...],
    form: str,
    plain: bool,
    what_if: tuple[str, ...],
    of_class: tuple[str, ...],
    workload: tuple[str, ...],
    solve: str | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Show what fits, what was chosen and why, and when a promotion that starts today reaches whom.

    FILE (fleet.yaml by default) is what has a dot or a slash in it, or is `-`; every other word names a
    device class, and only those are shown. Each bar is what is needed of what there is.
    """
    from edgewright.commands.planning.arguments import Asked, check_names, classes_and_file, pair
    from edgewright.commands.planning.showing import Look, show, show_solution
    from edgewright.commands.planning.what_if import as_if, source_of

    classes, file = classes_and_file(names)
    asked = Asked(file, (*classes, *of_class), workload, what_if, pair(solve))
    if asked.solve is not None and form in ("markdown", "html"):
        raise click.UsageError(f"--solve has no form `{form}`: it answers as text or json.")
    look = Look(form, plain=plain, strict=strict, verbose=verbose)
    written = assembled_from(file)
    check_names(asked, written.fleet)
    try:
        found = as_if(written, asked)
    except FleetError as error:
        look.findings(error.findings, source_of(what_if), sys.stderr)
        return 2
    if found.plan is None or (what_if and not found.whole):
        look.findings(found.findings, found.sources, sys.stderr if form in ("markdown", "html") else None)
    elif asked.solve is not None:
        return show_solution(found, asked.solve, look)
    else:
        show(found, written, asked, look)
    return exit_code(found.findings, strict=strict)
