"""`edgewright sign`: a signature beside every form of every model, for `lock` to put into its artifact."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.commands.signing_key import need_signing, read_key
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.artifact.lock import LockedModel
    from edgewright.assembly import Assembled
    from edgewright.ship.signing.trusted import Trusted
    from edgewright.workshop.signing import SignedForm

_EPILOG = """\b
The order for a new model, where its files lie:
  edgewright lock                     pin its files
  edgewright sign --key fleet.key     sign them
  edgewright lock                     put the signatures into the artifacts
Artifacts are signed in the registry, by `edgewright publish`.
"""


@click.command("sign", epilog=_EPILOG)
@fleet_argument
@click.option("--key", type=click.Path(path_type=Path), help="The private key to sign with.")
@click.option("--check", is_flag=True, help="Sign nothing; exit with 1 where nobody who is trusted has.")
@click.option("--model", "names", multiple=True, help="A model to sign; all of them where left out.")
@report_options
def command(
    file: Path, key: Path | None, check: bool, names: tuple[str, ...], strict: bool, verbose: bool
) -> int:
    """Sign the models of a fleet: a file *.onnx.sig beside each form, over all the files of the form.

    It is in the format of OpenSSF model signing, and lies in the model's artifact as models/model.sig: whoever
    has the model mounted can check it without a registry.
    """
    if (key is None) != check:
        raise click.UsageError("Give a key to sign with: --key FILE; or --check.")
    need_signing()
    assembled = assembled_from(file)
    if not assembled.whole or assembled.plan is None:
        report(assembled.findings, assembled.sources, stream=sys.stderr)
        click.echo("nothing was signed", err=True)
        return 1
    wanted = _wanted(assembled, names)
    findings: list[Finding] = []
    forms: list[SignedForm] = []
    try:
        work = _checker(assembled, file) if key is None else _signer(key, file, findings)
        if not exit_code(findings, strict=strict):
            _done(assembled, wanted, work, forms, findings)
    except FleetError as error:
        findings += error.findings
    document = assembled.document
    located = [document.locate(each) for each in findings] if document else findings
    if located:
        report(located, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    _tell(forms, check=check)
    return exit_code(findings, strict=strict)


_Work = Callable[[str, "LockedModel", Callable[[str], None]], "Iterable[SignedForm | Finding]"]
"""What is done with a model: its name, what is locked of it, and who hears of each form."""


def _wanted(assembled: Assembled, names: tuple[str, ...]) -> list[str]:
    """The models that are meant. Raises UsageError for one that the fleet has not."""
    assert assembled.fleet is not None
    models = assembled.fleet.models
    if unknown := [name for name in names if name not in models]:
        raise click.UsageError(f"no model is called `{unknown[0]}`; there are {', '.join(models)}")
    return list(names or models)


def _signer(key: Path, file: Path, findings: list[Finding]) -> _Work:
    """Signing with a key; what is to be said of the key is added to the findings. Raises FleetError."""
    from edgewright.assembly.files import base_of
    from edgewright.workshop.signing import sign_forms

    private, found = read_key(key)
    findings += found
    folder = base_of(file).parent
    return lambda name, locked, told: sign_forms(name, locked, folder, private, told)


def _checker(assembled: Assembled, file: Path) -> _Work:
    """Looking who has signed."""
    from edgewright.assembly.files import base_of
    from edgewright.workshop.signing import check_forms

    folder = base_of(file).parent
    trusted = partial(_trusted, assembled)
    return lambda name, locked, _told: check_forms(name, locked, folder, trusted(name))


def _trusted(assembled: Assembled, model: str) -> tuple[Trusted, ...]:
    """Whose signature counts for a model: those whose counts for its artifact. Raises FleetError."""
    from edgewright.plan.signing import model_repository
    from edgewright.ship.signing.trusted import trusted_for

    assert assembled.plan is not None
    return trusted_for(assembled.plan, model_repository(assembled.plan.fleet, model))


def _done(
    assembled: Assembled, names: list[str], work: _Work, forms: list[SignedForm], findings: list[Finding]
) -> None:
    """Do the work for each model that is locked. Raises FleetError."""
    from edgewright.commands.progress import progress

    with progress() as told:
        for found in _each(assembled, names, work, told):
            if isinstance(found, Finding):
                findings.append(found)
            else:
                forms.append(found)


def _each(
    assembled: Assembled, names: list[str], work: _Work, told: Callable[[str], None]
) -> Iterator[SignedForm | Finding]:
    assert assembled.fleet is not None
    for name in names:
        locked = assembled.lock.models.get(name)
        if locked is None or locked.version != assembled.fleet.models[name].version:
            message = (
                f"model `{name}` is not in fleet.lock at this version: it is not known what there is to sign"
            )
            path = ("models", name)
            yield Finding("not-locked", "error", message, "run `edgewright lock` first", path, waivable=False)
        else:
            yield from work(name, locked, told)


def _tell(forms: list[SignedForm], *, check: bool) -> None:
    for each in forms:
        state = f"signed by {each.signer}" if check else "signed" if each.new else "signed before"
        click.echo(f"{each.model} {each.form}: {state}, {each.file}")
    if not forms and not check:
        click.echo("nothing was signed", err=True)
    elif any(each.new for each in forms):
        click.echo("run `edgewright lock`: it puts the signatures into the artifacts")
