"""The rings of a fleet as a table: what each should run, what its tag points at, who signed it, how long it soaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from edgewright.artifact.rings import Age, Ring
from edgewright.artifact.strict import time_text
from edgewright.commands.printers.json_report import findings_value
from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.visible import visible
from edgewright.commands.rolling.opened import Opened
from edgewright.errors import Finding
from edgewright.plan import PlannedRing
from edgewright.plan.promotion import NOTHING, soak_left, span

if TYPE_CHECKING:
    from edgewright.ship.follow import Observed

_HEAD: Final = ("CLASS", "RING", "DEVICES", "RELEASE", "DIGEST", "SINCE", "SOAK LEFT", "TAG", "SIGNED BY")
_SHORT: Final = 19


@dataclass(frozen=True, slots=True)
class Row:
    """A ring of a class; `state` is None where it runs nothing yet, `seen` where nobody has asked."""

    class_name: str
    ring: PlannedRing
    state: Ring | None
    left: timedelta
    age: Age | None
    seen: Observed | None


def rows_of(opened: Opened, seen: Sequence[Observed] | None) -> list[Row]:
    """A row for each ring of each class, in the order of the fleet."""
    by_ring = {(each.wanted.class_name, each.wanted.ring): each for each in seen or ()}
    rows: list[Row] = []
    for planned in opened.plan.classes:
        of_class = opened.read.rings.classes.get(planned.name)
        for ring in planned.rings:
            state = of_class.rings.get(ring.name) if of_class else None
            found = by_ring.get((planned.name, ring.name))
            left = soak_left(ring, state.runs, opened.now) if state else NOTHING
            age = of_class.age(ring.name, found.at_tag) if of_class and found and found.at_tag else None
            rows.append(Row(planned.name, ring, state, left, age, found))
    return rows


def table(rows: Sequence[Row], *, offline: bool) -> Iterator[str]:
    """The lines of the table; without what the registry says where it was not asked."""
    columns = len(_HEAD) - 2 if offline else len(_HEAD)
    lines = [_HEAD[:columns], *(_cells(row)[:columns] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(columns)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    count = f"{row.ring.devices:,}"
    if row.state is None:
        return (row.class_name, row.ring.name, count, "-", "-", "-", "-", "-", "-")
    runs = row.state.runs
    forced = " (forced)" if row.state.forced is not None else ""
    return (
        row.class_name,
        row.ring.name,
        count,
        f"{runs.release.number}{forced}",
        runs.release.digest[:_SHORT],
        time_text(runs.since),
        span(row.left) if row.left else "-",
        _tag(row),
        _signers(row),
    )


def _tag(row: Row) -> str:
    if row.seen is None or row.seen.at_tag is None:
        return "not there"
    return "as written" if row.age == "same" else f"{row.age}: {row.seen.at_tag[:_SHORT]}"


def _signers(row: Row) -> str:
    if row.seen is None or row.seen.at_tag is None:
        return "-"
    if not row.seen.wanted.any_of:
        return "nobody is asked for"
    return visible(", ".join(map(str, row.seen.signers))) or "nobody who is trusted"


def json_of(opened: Opened, rows: Sequence[Row], findings: Sequence[Finding]) -> str:
    """The same for programs, with the findings as `check --format json` has them."""
    values: dict[str, Any] = {
        "fleet": opened.plan.fleet.fleet,
        "file": str(opened.path),
        "now": time_text(opened.now),
        "rings": [_values(row) for row in rows],
        **findings_value(findings),
    }
    return json_text(values)


def _values(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = {"class": row.class_name, "ring": row.ring.name, "devices": row.ring.devices}
    state, seen = row.state, row.seen
    values["file"] = None if state is None else {
        "release": state.runs.release.number,
        "digest": state.runs.release.digest,
        "since": time_text(state.runs.since),
        "forced": state.forced,
        "soakLeftSeconds": -(-row.left // timedelta(seconds=1)),
    }  # fmt: skip
    values["registry"] = None if seen is None else {
        "tag": seen.wanted.tag,
        "digest": seen.at_tag,
        "is": row.age,
        "signedBy": [str(each) for each in seen.signers],
    }  # fmt: skip
    return values
