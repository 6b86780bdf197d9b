"""What `--solve` found: the resources that pass, as a table, a line to paste, and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from edgewright.commands.planning.json_sheet import resources_value
from edgewright.commands.planning.words import resources_words
from edgewright.commands.printers.colours import painted
from edgewright.commands.printers.json_text import json_text
from edgewright.commands.printers.visible import cells, visible
from edgewright.errors import path_text
from edgewright.fleet import Cpu, Memory
from edgewright.fleet.part import camel
from edgewright.plan.solving import Range, Solution
from edgewright.plan.trial import Obstacle, Trial

_HEAD: Final = ("", "smallest", "as written", "largest")
_UNKNOWN: Final = "unknown"


def print_solution(trial: Trial, solution: Solution, *, colour: bool = False) -> str:
    """Each resource with the others as they are written, then all of them together as lines to paste."""
    title = f"{trial.deployed.name} on {trial.planned.name}: resources that pass"
    lines = [painted("strong", visible(title), colour=colour), *_table(solution.alone)]
    lines += [f"  {visible(line)}" for line in _remarks(trial, solution)]
    lines += ["", *_together(trial, solution)]
    return "\n".join(lines) + "\n"


def print_solution_json(trial: Trial, solution: Solution) -> str:
    """`{"class", "workload", "path", "alone": {…}, "together": {…}}`; docs/plan.md has the shape."""
    return json_text({
        "class": trial.planned.name,
        "workload": trial.deployed.name,
        "path": path_text(trial.path),
        "alone": {camel(each.resource): _range(each) for each in solution.alone},
        "together": {
            "smallest": resources_value(solution.smallest) if solution.smallest else None,
            "largest": resources_value(solution.largest) if solution.largest else None,
            "inTheWay": [_obstacle(each) for each in solution.in_the_way],
        },
    })  # fmt: skip


def _table(ranges: Sequence[Range]) -> Iterator[str]:
    rows = [_HEAD, *map(_row, ranges)]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        first, *rest = (text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True))
        yield f"  {'  '.join([first, *rest])}".rstrip()


def _row(found: Range) -> tuple[str, str, str, str]:
    name, written = camel(found.resource), _written(found.resource, found.written)
    if found.in_the_way:
        return name, "nothing", written, "nothing"
    least, most = (
        _UNKNOWN if end is None else _written(found.resource, end) for end in (found.least, found.most)
    )
    return name, least, written, most


def _written(resource: str, amount: int) -> str:
    """The amount as fleet.yaml has it."""
    if resource == "gpu":
        return str(amount)
    return str(Cpu(amount) if resource == "cpu" else Memory(amount))


def _remarks(trial: Trial, solution: Solution) -> Iterator[str]:
    """Why an end is unknown, and what stands in the way where nothing passes."""
    fitting = [each for each in solution.alone if not each.in_the_way]
    no_least = [camel(each.resource) for each in fitting if each.least is None]
    no_most = [camel(each.resource) for each in fitting if each.most is None]
    if no_least:
        listed = ", ".join(no_least)
        yield f"{listed}: the smallest is unknown; no proof needs any of it, as there is no figure to prove it by"
    if no_most:
        yield f"{', '.join(no_most)}: the largest is unknown; no proof limits it"
    for each in solution.alone:
        for obstacle in each.in_the_way:
            yield f"{camel(each.resource)}: {_words(obstacle)}"


def _words(obstacle: Obstacle) -> str:
    return f"{obstacle.message} [{obstacle.rule}]"


def _together(trial: Trial, solution: Solution) -> Iterator[str]:
    for name, found in (("smallest", solution.smallest), ("largest", solution.largest)):
        if found is not None:
            yield f"  all together, the {name}:  resources: {resources_words(found)}"
    if solution.smallest is None or solution.largest is None:
        yield "  all together, nothing passes:"
        yield from (visible(f"    {_words(each)}") for each in solution.in_the_way)
        return
    where = trial.path[:-1]
    yield f"  to be written below {visible(path_text(where))}" + ("" if "on" in where else _shared(trial))


def _shared(trial: Trial) -> str:
    return f", or below its `on: {{{visible(trial.planned.name)}: …}}` for this class alone"


def _range(found: Range) -> dict[str, Any]:
    unit = "count" if found.resource == "gpu" else "millicores" if found.resource == "cpu" else "bytes"
    return {
        "unit": unit,
        "written": found.written,
        "passes": not found.in_the_way,
        "smallest": found.least,
        "largest": found.most,
        "inTheWay": [_obstacle(each) for each in found.in_the_way],
    }


def _obstacle(each: Obstacle) -> dict[str, str]:
    return {"rule": each.rule, "message": each.message, "path": path_text(each.path)}
