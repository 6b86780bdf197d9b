"""`edgewright lock`: digests, sizes, shapes and metrics of every model, digests of images, in fleet.lock."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edgewright.commands.asking import Asking, asking_options
from edgewright.commands.reporting import (
    assembled_from,
    exit_code,
    fleet_argument,
    report,
    report_options,
)
from edgewright.errors import Finding, FleetError, Place

if TYPE_CHECKING:
    from edgewright.artifact.lock import Lock
    from edgewright.assembly import Assembled

_HEAD: Final = (
    "# Written by `edgewright lock`: what every model and image that fleet.yaml names is, exactly.\n"
)
_MENDED_BY_LOCKING: Final = ("lock-mismatch", "lock-stale", "lock-unreadable", "not-locked")


@click.command("lock")
@fleet_argument
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where fleet.lock is not up to date.")
@asking_options
@report_options
def command(file: Path, check: bool, asking: Asking, strict: bool, verbose: bool) -> int:
    """Pin digests, sizes, shapes and metrics of models, and digests of images, in fleet.lock.

    What is not there yet is named in it with the reason; it can be rendered with --unlocked only. An image
    is looked for in build/images, then in the registry; what is pinned moves only when it is asked to. Golden
    answers that a form of a model with a golden set lacks are written beside it.
    """
    from edgewright.assembly import lock_beside

    assembled = assembled_from(file)
    target = lock_beside(file)
    if not assembled.whole:
        report(in_the_way(assembled) or assembled.findings, assembled.sources, stream=sys.stderr)
        click.echo(f"{target} was not written", err=True)
        return 1
    lock, findings = _locked(assembled, target.parent, asking, check=check)
    if findings:
        report(findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    if exit_code(findings, strict=strict):
        click.echo(f"{target} was not written", err=True)
        return 1
    return _checked(lock, target) if check else _written(lock, assembled.lock, target)


def in_the_way(assembled: Assembled) -> list[Finding]:
    """What keeps us from knowing what is to be locked. Whether it fits can be asked later."""
    return [
        finding
        for finding in assembled.findings
        if finding.level == "error" and not finding.waivable and finding.rule not in _MENDED_BY_LOCKING
    ]


def _locked(
    assembled: Assembled, folder: Path, asking: Asking, *, check: bool
) -> tuple[Lock, Sequence[Finding]]:
    """The lock of what lies in the folder, and what is wrong with it, less what is waived."""
    from edgewright.assembly.day import today
    from edgewright.commands.progress import progress
    from edgewright.document.waivers import apply_waivers
    from edgewright.workshop.locking import lock_fleet

    fleet = assembled.fleet
    assert fleet is not None
    classes = assembled.plan.classes if assembled.plan else ()
    with progress() as told, asking.sources(fleet, assembled.catalogue, folder, check=check) as sources:
        lock, findings = lock_fleet(
            fleet, folder, assembled.catalogue, assembled.lock, told, sources, classes, write=not check
        )
    if assembled.document is None:
        return lock, findings
    located = map(assembled.document.locate, findings)
    return lock, apply_waivers(located, assembled.document.waivers, today(), complete=False)


def _file_text(lock: Lock) -> str:
    from edgewright.artifact.lock_file import lock_values
    from edgewright.document.emit import emit

    return _HEAD + emit(lock_values(lock))


def _text(target: Path) -> str | None:
    try:
        return target.read_text(encoding="utf-8") if target.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def _checked(lock: Lock, target: Path) -> int:
    if _text(target) == _file_text(lock):
        click.echo(f"{target} is up to date")
        return 0
    message = f"{target} is not what models and images say" if target.exists() else f"{target} is not there"
    place = Place(str(target), 1, 1, 1, 2) if target.exists() else None
    report(
        [Finding("lock-stale", "error", message, "run `edgewright lock`", place=place)], {}, stream=sys.stderr
    )
    return 1


def _written(lock: Lock, before: Lock, target: Path) -> int:
    from edgewright.ship.file import write_file

    text = _file_text(lock)
    same = _text(target) == text
    try:
        if not same:
            write_file(target, text)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    for line in (*_summary(lock), *_new_answers(lock, before)):
        click.echo(line)
    click.echo(f"{target} {'is up to date' if same else 'written'}")
    return 0


def _summary(lock: Lock) -> Iterator[str]:
    """A line for each form of each model, and for each image."""
    from edgewright.fleet import Share

    for name, model in lock.models.items():
        for form, locked in model.variants.items():
            accuracy = f", accuracy {Share(locked.accuracy)}" if locked.accuracy is not None else ""
            size = f"{locked.precision}, {locked.size:,} bytes{accuracy}"
            yield f"{name} {model.version} {form}: {size}, {locked.digest[:19]}"
        for form, reason in model.missing.items():
            yield f"{name} {model.version} {form}: not locked, {reason}"
    for name, image in lock.images.items():
        sizes = ", ".join(f"{size:,} bytes for {each}" for each, size in sorted(image.sizes.items()))
        yield f"{name}: {f'{sizes}, ' if sizes else ''}{image.digest[:19]}"
    for name, reason in lock.missing.items():
        yield f"{name}: not locked, {reason}"


def _new_answers(lock: Lock, before: Lock) -> Iterator[str]:
    """Files of golden answers that were not locked before: whoever commits the lock commits them."""
    known = {each.answers for model in before.models.values() for each in model.variants.values()}
    for model in lock.models.values():
        for locked in model.variants.values():
            if locked.answers is not None and locked.answers not in known:
                yield f"{locked.answers.file}: golden answers, to be committed with the lock"
