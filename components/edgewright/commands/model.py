"""`edgewright model`: variants made out of a model, a table of what each is like, and a look into a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from edgewright.commands.reporting import (
    assembled_from,
    exit_code,
    fleet_argument,
    form_option,
    report,
    report_options,
)
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.workshop.variants import Form

_model_option = click.option("--model", metavar="NAME", help="This model only.")


@click.group("model")
def command() -> None:
    """Quantise models, evaluate them, look into one."""


@command.command("quantize")
@fleet_argument
@_model_option
@click.option("--variant", metavar="NAME", help="This variant only.")
@click.option("--again", is_flag=True, help="Make variants anew that are there already.")
@form_option
@report_options
def quantize(
    file: Path,
    model: str | None,
    variant: str | None,
    again: bool,
    form: str,
    strict: bool,
    verbose: bool,
) -> int:
    """Make the variants that FILE describes and that are not there yet.

    INT8 by post-training quantisation over `calibration.data`, FP16 by conversion; each is measured on the
    golden set and written beside the source, where `lock` finds it, if it holds the floor and `maxDrop`. A
    variant with a `source` of its own is never touched.
    """
    which: Literal["all", "missing"] = "all" if again else "missing"
    return _tell(file, which, model, variant, form=form, strict=strict, verbose=verbose)


@command.command("evaluate")
@fleet_argument
@_model_option
@form_option
@report_options
def evaluate(file: Path, model: str | None, form: str, strict: bool, verbose: bool) -> int:
    """Show size, latency, accuracy and agreement of each form of a model that is there.

    Latency is the median of one input on one thread of this machine; agreement is how often a form
    answers as its source does.
    """
    return _tell(file, "none", model, None, form=form, strict=strict, verbose=verbose)


@command.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@form_option
def inspect(file: Path, form: str) -> int:
    """Show what an .onnx FILE takes and gives, how it is made, and the memory that it needs."""
    from edgewright.commands.model_sheet import description_text, description_values
    from edgewright.commands.printers.json_text import json_text
    from edgewright.workshop.describe import describe
    from edgewright.workshop.source import model_file

    try:
        found = describe(model_file(file))
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    if form == "json":
        click.echo(json_text(description_values(found)), nl=False)
    else:
        click.echo(description_text(found))
    return 0


def _tell(
    file: Path,
    make: Literal["missing", "all", "none"],
    model: str | None,
    variant: str | None,
    *,
    form: str,
    strict: bool,
    verbose: bool,
) -> int:
    """Print the forms of a fleet's models and what is wrong with them; the exit code."""
    from edgewright.commands.lock import in_the_way
    from edgewright.commands.model_sheet import forms_text, forms_values
    from edgewright.commands.printers.json_text import json_text

    assembled = assembled_from(file)
    if assembled.fleet is None or not assembled.whole:
        report(in_the_way(assembled) or assembled.findings, assembled.sources, stream=sys.stderr)
        return 1
    _check_names(assembled, model, variant)
    forms, findings = _forms(assembled, file, make, model, variant)
    if form == "json":
        click.echo(json_text(forms_values(assembled.fleet, forms)), nl=False)
    else:
        click.echo(forms_text(assembled.fleet, forms))
    written = sum(each.state == "made" for found in forms.values() for each in found)
    if written:
        what, them = ("variant", "it") if written == 1 else ("variants", "them")
        click.echo(f"{written} {what} written: `edgewright lock` pins {them}", err=True)
    if findings:
        report(findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    return exit_code(findings, strict=strict)


def _check_names(assembled: Assembled, model: str | None, variant: str | None) -> None:
    """Raises UsageError where a name is none of this fleet's."""
    assert assembled.fleet is not None
    models = assembled.fleet.models
    if model is not None and model not in models:
        raise click.UsageError(f"The fleet has no model `{model}`; it has {', '.join(models) or 'none'}.")
    asked = [models[model]] if model is not None else [*models.values()]
    variants = list(dict.fromkeys(name for each in asked for name in each.variants))
    if variant is not None and variant not in variants:
        raise click.UsageError(
            f"There is no variant `{variant}`; there {'are' if variants else 'is'} "
            f"{', '.join(variants) or 'none'}."
        )


def _forms(
    assembled: Assembled,
    file: Path,
    make: Literal["missing", "all", "none"],
    model: str | None,
    variant: str | None,
) -> tuple[dict[str, tuple[Form, ...]], Sequence[Finding]]:
    """Model ⇒ its forms, and what was found of them, less what is waived."""
    from edgewright.assembly import lock_beside
    from edgewright.assembly.day import today
    from edgewright.commands.progress import progress
    from edgewright.document.waivers import apply_waivers
    from edgewright.workshop.variants import Workbench, forms_of

    assert assembled.fleet is not None
    document = assembled.document

    def passed(findings: Iterable[Finding]) -> Sequence[Finding]:
        if document is None:
            return tuple(findings)
        located = map(document.locate, findings)
        remaining = apply_waivers(located, document.waivers, today(), complete=False)
        # What is wrong with a waiver itself is for `check` to tell: it keeps no variant from being made.
        return [each for each in remaining if not each.rule.startswith("waiver-")]

    with progress() as told:
        bench = Workbench(assembled.fleet, lock_beside(file).parent, told, passed, make, variant)
        names = [model] if model is not None else list(assembled.fleet.models)
        forms = {name: forms_of(bench, name) for name in names}
    return forms, passed(dict.fromkeys(bench.findings))
