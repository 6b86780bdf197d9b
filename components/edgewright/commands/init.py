"""`edgewright init`: a fleet.yaml to start from, by a few questions or by options."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edgewright.commands.new_file import check_free, write_new
from edgewright.commands.reporting import FLEET_FILE, report
from edgewright.errors import FleetError

if TYPE_CHECKING:
    from edgewright.catalogue import Catalogue
    from edgewright.commands.starter import Answers

_QUESTIONS: Final = {
    "name": "Name of the fleet",
    "registry": "Registry and path that everything is published below",
    "board": "Board of the devices, by number or name",
    "model": "Path of the model: an ONNX file, or a folder with one",
    "devices": "Number of devices",
}
"""What is asked, in this order; there are options for these and for the model's version."""

_MUST_BE_KNOWN: Final = ("name", "registry", "board", "model")


def _boards(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from edgewright.commands.completions import boards

    return boards(begun)


@click.command("init")
@click.option("--name", help="Name of the fleet.")
@click.option("--registry", help="Registry and path, such as registry.acme.example/edge.")
@click.option(
    "--board",
    shell_complete=_boards,
    help="Board of the devices: `edgewright explain deviceClasses.board` lists them.",
)
@click.option("--model", help="Path of the model, seen from the folder of fleet.yaml; it need not exist yet.")
@click.option("--version", help="Version of the model.  [default: 1.0.0]")
@click.option("--devices", help="Number of devices.  [default: 1]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FLEET_FILE,
    show_default=True,
    help="The file.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; take defaults for what no option says.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(out: Path, yes: bool, force: bool, **options: str | None) -> int:
    """Write a fleet.yaml to start from, with comments that explain it.

    On a terminal, what no option says is asked for.
    """
    check_free(out, force=force)
    given = {name: value for name, value in options.items() if value is not None}
    missing = [f"--{name}" for name in _MUST_BE_KNOWN if name not in given]
    asks = not yes and sys.stdin.isatty()
    if missing and not asks and not yes:
        raise click.UsageError(
            f"There is no terminal to ask on: give {', '.join(missing)}, or --yes for the defaults."
        )

    from edgewright.catalogue import load
    from edgewright.commands.starter import starter

    catalogue = load()
    answers = _answers(given, catalogue, asks=asks)
    try:
        write_new(out, starter(answers, catalogue), force=force)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    click.echo(_next_steps(out, answers))
    return 0


def _answers(given: dict[str, str], catalogue: Catalogue, *, asks: bool) -> Answers:
    """What was given, then what is asked for, else the defaults. Raises BadParameter for a wrong option."""
    from edgewright.commands.starter import Answers

    answers = Answers()
    for name, value in given.items():
        if wrong := _wrong(name, value, answers, catalogue):
            raise click.BadParameter(wrong, param_hint=f"--{name}")
        answers = replace(answers, **{name: value})
    for name, question in _QUESTIONS.items():
        if name == "registry" and name not in given:
            answers = answers.with_default_registry()
        if asks and name not in given:
            answers = replace(answers, **{name: _ask(name, question, answers, catalogue)})
    return answers


def _ask(name: str, question: str, answers: Answers, catalogue: Catalogue) -> str:
    """A right answer; a wrong one is told in the words of `check`, and asked for again."""
    numbered = dict(enumerate(catalogue.boards, start=1)) if name == "board" else {}
    for number, board in numbered.items():
        click.echo(f"  {number:>2}  {board:<22}  {catalogue.boards[board].title}")

    def right(value: str) -> str:
        value = value.strip()
        if value.isascii() and value.isdigit():
            value = numbered.get(int(value[:9]), value)
        if wrong := _wrong(name, value, answers, catalogue):
            raise click.UsageError(wrong)
        return value

    answer: str = click.prompt(question, getattr(answers, name), value_proc=right)
    return answer


def _wrong(name: str, value: str, answers: Answers, catalogue: Catalogue) -> str | None:
    from edgewright.commands.printers.visible import visible
    from edgewright.commands.starter import wrong_with

    try:
        value.encode()
    except UnicodeEncodeError:
        return "this is not UTF-8"
    finding = wrong_with(name, replace(answers, **{name: value}), catalogue)
    return visible(f"{finding.message}; {finding.remedy}") if finding else None


def _next_steps(out: Path, answers: Answers) -> str:
    file = "" if str(out) == FLEET_FILE else f" {out}"
    model = out.parent / answers.model
    steps = [
        (f"edgewright check{file}", "says what is wrong with it"),
        (f"edgewright lock{file}", "reads the model and pins what is in it"),
        (f"edgewright render{file} --unlocked --out rendered", "writes the manifests"),
        ("edgewright schema --out fleet.schema.json", "lets your editor complete it"),
    ]
    if not model.exists():
        steps.insert(1, (f"put the model at {model}", "it is not there yet"))
    width = max(len(step) for step, _ in steps)
    return "\n".join([f"wrote {out}", "", "Next:", *(f"  {step:<{width}}   {why}" for step, why in steps)])
