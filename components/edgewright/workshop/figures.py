"""What was measured of a model on devices ⇒ what fleet.lock says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edgewright.artifact.lock import Figure
from edgewright.document.measured import Row, read_measured
from edgewright.errors import FieldPath, Finding, FleetError, Note, Place
from edgewright.fleet import Fleet, Model


def read_figures(
    fleet: Fleet, name: str, model: Model, folder: Path
) -> tuple[tuple[Figure, ...], tuple[Finding, ...]]:
    """The figures of a model in an order of their own, and what is wrong with its file; none without one."""
    if model.measured is None:
        return (), ()
    path: FieldPath = ("models", name, "measured")
    file = folder / model.measured
    figures: list[Figure] = []
    findings: list[Finding] = []
    try:
        for row in read_measured(file, str(file)):
            if isinstance(row, Finding):
                findings.append(replace(row, path=path))
                continue
            figures.append(Figure(row.device_class, row.tier, row.batch, row.p99, row.power))
            findings += _of_nothing(fleet, name, model, row, path)
    except FleetError as error:
        # Of a file that cannot be read, the place that matters is where it is named.
        findings += [
            replace(each, path=path, place=None if each.rule == "cannot-read" else each.place)
            for each in error.findings
        ]
    in_order = sorted(figures, key=lambda each: (each.device_class, each.tier, each.batch))
    return tuple(in_order), tuple(findings)


def _of_nothing(fleet: Fleet, name: str, model: Model, row: Row, path: FieldPath) -> Iterator[Finding]:
    """Figures of a class or of a form of the model that this fleet has not, as a slip of the pen would be."""
    if row.device_class not in fleet.device_classes:
        message = f"a figure of the class `{row.device_class[:80]}`, which this fleet has not"
        yield _no_use(message, row.class_place, path, Note("the classes", path=("deviceClasses",)))
    form = row.tier.partition("/")[2]
    if form and form not in model.variants:
        message = f"a figure of `{row.tier[:80]}`, and `{name}` has no variant `{form[:80]}`"
        yield _no_use(message, row.tier_place, path, Note("the model", path=("models", name)))


def _no_use(message: str, place: Place, path: FieldPath, note: Note) -> Finding:
    return Finding(
        "measured-row", "warning", message, "correct the row, or remove it", path, place=place, notes=(note,)
    )
