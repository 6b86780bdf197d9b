"""The variants that a fleet describes: made out of their source, measured, kept only where they are good enough."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from edgewright.artifact.lock import SOURCE
from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet import Fleet, Model, Variant
from edgewright.plan.locked import check_quality
from edgewright.ship.file import write_file
from edgewright.workshop.locking import forms, no_file
from edgewright.workshop.measuring import Measured, agreement, measure
from edgewright.workshop.runtime import ask, failure

SECONDS = 3600

Passed = Callable[[Iterable[Finding]], Sequence[Finding]]
"""Findings ⇒ those that are not waived."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a model, and what became of it: it lay there, was made, was not good enough, or is missing.

    `left` are the operators that stayed in float when it was made.
    """

    name: str
    state: Literal["there", "made", "refused", "missing"]
    measured: Measured | None = None
    left: tuple[str, ...] = ()


@dataclass(slots=True)
class Workbench:
    """What is at hand; findings gather in it. `make` says which variants are made: all that are missing, all,
    or none; `only` names one, None means each."""

    fleet: Fleet
    folder: Path
    told: Callable[[str], None]
    passed: Passed
    make: Literal["missing", "all", "none"] = "none"
    only: str | None = None
    findings: list[Finding] = field(default_factory=list)


def forms_of(bench: Workbench, name: str) -> tuple[Form, ...]:
    """Every form of a model, measured, the source first; missing ones are made where that is asked for."""
    model, path = bench.fleet.models[name], ("models", name)
    try:
        (_, file, at), *others = forms(model, bench.folder, path)
        if not file.exists():
            raise FleetError([no_file(f"{_shown(bench, file)} is not there", at)])
        bench.told(f"{name}/{SOURCE}")
        found = measure(file, _shown(bench, file), model.evaluation, bench.folder, at)
        bench.findings.extend(bench.passed(check_quality(name, model, {SOURCE: found.locked})))
    except FleetError as error:
        bench.findings.extend(error.findings)
        return ()
    source = _Source(name, model, file, found)
    whole = replace(found, agreement=agreement(found.classes, found.classes))
    return (Form(SOURCE, "there", whole), *(_variant(bench, source, *each) for each in others))


@dataclass(frozen=True, slots=True)
class _Source:
    """What variants are made out of and compared with."""

    name: str
    model: Model
    file: Path
    measured: Measured


def _variant(bench: Workbench, source: _Source, form: str, file: Path, at: FieldPath) -> Form:
    """A variant as it lies there, or as it was made."""
    variant = source.model.variants[form]
    bench.told(f"{source.name}/{form}")
    try:
        if _is_to_make(bench, variant, form, file):
            return _made(bench, source, form, file, at)
        if not file.exists():
            return Form(form, "missing")
        found = _measured(bench, source, file, file, at)
    except FleetError as error:
        bench.findings.extend(error.findings)
        return Form(form, "refused")
    bench.findings.extend(_faults(bench, source, form, found))
    return Form(form, "there", found)


def _is_to_make(bench: Workbench, variant: Variant, form: str, file: Path) -> bool:
    if bench.make == "none" or variant.source is not None or bench.only not in (None, form):
        return False
    return bench.make == "all" or not file.exists()


def _made(bench: Workbench, source: _Source, form: str, file: Path, at: FieldPath) -> Form:
    """A variant that was made, and is written only where nothing speaks against it. Raises FleetError."""
    with tempfile.TemporaryDirectory(prefix="edgewright.") as folder:
        beside = Path(folder, file.name)
        left = _make(bench, source, source.model.variants[form], beside, at)
        found = _measured(bench, source, beside, file, at)
        faults = _faults(bench, source, form, found)
        bench.findings.extend(faults)
        if any(each.level == "error" for each in faults):
            return Form(form, "refused", found, left)
        content = beside.read_bytes()
        if not file.exists() or file.read_bytes() != content:
            write_file(file, content)
    return Form(form, "made", found, left)


def _make(
    bench: Workbench, source: _Source, variant: Variant, target: Path, at: FieldPath
) -> tuple[str, ...]:
    """The operators that stayed in float. Raises FleetError."""
    calibration = variant.calibration
    if variant.precision not in ("fp16", "int8"):
        message = f"{variant.precision} is not made here"
        raise failure("making", source.file.name, message, (*at, "precision"))
    if variant.precision == "int8" and calibration is None:
        raise FleetError([_no_calibration(at)])
    answer = ask(
        "make",
        source.file,
        SECONDS,
        at,
        target=str(target),
        precision=variant.precision,
        data=str((bench.folder / calibration.data).absolute()) if calibration else "",
        method=calibration.method if calibration else "minmax",
        per_channel=bool(calibration and calibration.per_channel),
    )
    return tuple(answer["left"])


def _no_calibration(at: FieldPath) -> Finding:
    return Finding(
        "calibration-missing",
        "error",
        f"nothing says how the ranges of `{at[-1]}` are found",
        "add `calibration: {data: …}` with typical inputs (.npz), or name a file of your own in `source`",
        at,
    )


def _measured(bench: Workbench, source: _Source, file: Path, target: Path, at: FieldPath) -> Measured:
    found = measure(file, _shown(bench, target), source.model.evaluation, bench.folder, at)
    return replace(found, agreement=agreement(found.classes, source.measured.classes))


def _faults(bench: Workbench, source: _Source, form: str, found: Measured) -> Sequence[Finding]:
    """What speaks against a form, less what is waived."""
    both = {SOURCE: source.measured.locked, form: found.locked}
    every = check_quality(source.name, source.model, both)
    of_source = ("models", source.name, "source")
    return bench.passed(each for each in every if each.path != of_source)


def _shown(bench: Workbench, file: Path) -> str:
    return file.relative_to(bench.folder).as_posix()
