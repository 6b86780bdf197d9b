"""Fleets of YAML: checked and rendered as whole processes, the time of each floor, and how it grows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from big_fleet import write_fleet
from figures import cpu, mebibytes, median, milliseconds, seconds, table, wall
from process import Failed, Run, measure

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent
EDGEWRIGHT: Final = Path(sys.executable).with_name("edgewright")
_OBJECTS: Final = re.compile(r"([\d,]+) objects")


def small(rounds: int, folder: Path) -> str:
    """What a person waits for at a desk: the example checked, and a command that only starts."""
    commands: dict[str, list[str | Path]] = {
        "`edgewright check` of the example": [EDGEWRIGHT, "check", "fleet.yaml"],
        "`edgewright --help`": [EDGEWRIGHT, "--help"],
        "`python -c pass`, for comparison": [sys.executable, "-c", "pass"],
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            run = measure(command, folder / "small.out", cwd=ROOT)
            if number:  # the first one makes the compiled modules
                runs[name].append(run)
    rows = [[name, seconds(wall(each)), seconds(cpu(each)), mebibytes(each)] for name, each in runs.items()]
    return table(["start to end", "wall", "user + sys", "peak"], rows)


def large(workloads: int, rounds: int, folder: Path) -> str:
    """One fleet of many workloads: check, render, and the floors of render."""
    path = write_fleet(folder / f"fleet-{workloads}", workloads)
    checks: list[Run] = []
    renders: list[Run] = []
    for number in range(rounds):
        checks.append(measure([EDGEWRIGHT, "check", path], folder / "check.out"))
        renders.append(_render(path, folder / f"rendered-{number}", folder / "render.out"))
    objects = _objects(folder / "render.out")
    with path.open() as file:
        lines = sum(1 for _ in file)
    rows = [
        [name, seconds(wall(runs)), seconds(cpu(runs)), mebibytes(runs)]
        for name, runs in (("`edgewright check`", checks), ("`edgewright render`", renders))
    ]
    head = f"{workloads:,} workloads, {lines:,} lines in, {objects:,} objects out"
    return table([head, "wall", "user + sys", "peak"], rows) + "\n\n" + _floors(path, rounds, folder)


def _render(path: Path, out: Path, output: Path) -> Run:
    """One rendering into a folder that is not there yet.

    Nothing is deleted between two runs: a file system may pass over what was just freed, file by file,
    and then a new file takes ten times as long as on any other day.
    """
    return measure([EDGEWRIGHT, "render", path, "--out", out], output)


def _objects(output: Path) -> int:
    return sum(int(number.replace(",", "")) for number in _OBJECTS.findall(output.read_text()))


def _floors(path: Path, rounds: int, folder: Path) -> str:
    """The table of the floors' times; the watched command has to write what the command writes."""
    taken = folder / "floors.json"
    laps: list[dict[str, float]] = []
    for number in range(rounds):
        out = folder / f"watched-{number}"
        run = _watched(taken, ["render", path, "--out", out], folder / "floors.out")
        seconds_of = json.loads(taken.read_text())
        laps.append({**seconds_of, "start, imports, report": run.wall - sum(seconds_of.values())})
    measure(["diff", "-r", folder / "rendered-0", folder / "watched-0"], folder / "diff.out")
    total = median(sum(lap.values()) for lap in laps)
    rows = [
        [floor, seconds([lap[floor] for lap in laps]), f"{median(lap[floor] for lap in laps) / total:.0%}"]
        for floor in laps[0]
    ]
    return table(["floor", "wall", "share"], rows)


def _watched(taken: Path, arguments: Sequence[str | Path], output: Path) -> Run:
    """One run of a command with the seconds of its floors in the file `taken`."""
    return measure([sys.executable, HERE / "floors.py", taken, *arguments], output)


def growth(sizes: Sequence[int], rounds: int, folder: Path) -> str:
    """Render by the number of workloads."""
    rows = []
    for workloads in sizes:
        path = write_fleet(folder / f"fleet-{workloads}", workloads)
        runs = [
            _render(path, folder / f"rendered-{workloads}-{number}", folder / "render.out")
            for number in range(rounds)
        ]
        each = median(cpu(runs)) / workloads
        rows.append([
            f"{workloads:,}", f"{_objects(folder / 'render.out'):,}", seconds(wall(runs)), seconds(cpu(runs)),
            milliseconds(each), mebibytes(runs),
        ])  # fmt: skip
    return table(["workloads", "objects", "wall", "user + sys", "of it each", "peak"], rows)


def inventory(sizes: Sequence[int], rounds: int, folder: Path) -> str:
    """Check by the rows of the inventory."""
    rows = []
    for devices in sizes:
        path = write_fleet(folder / f"inventory-{devices}", 10, devices)
        runs, inside = [], []
        for _ in range(rounds):
            taken = folder / "floors.json"
            runs.append(_watched(taken, ["check", path], folder / "inventory.out"))
            inside.append(json.loads(taken.read_text())["inventory"])
        rows.append([
            f"{devices:,}", seconds(wall(runs)), seconds(cpu(runs)), seconds(inside),
            milliseconds(median(inside) / devices), mebibytes(runs),
        ])  # fmt: skip
    return table(["rows", "wall", "user + sys", "inventory alone", "a row", "peak"], rows)


def rings(devices: int, rounds: int, folder: Path) -> str:
    """How long it takes to put devices into rings, out of a program that does only that."""
    inside = []
    for _ in range(rounds):
        measure([sys.executable, HERE / "rings.py", str(devices)], folder / "rings.out")
        inside.append(json.loads((folder / "rings.out").read_text())["seconds"])
    return f"{devices:,} devices into three rings: {seconds(inside)}"


def plans(workloads: int, classes: int, rounds: int, folder: Path) -> str:
    """How long it takes to plan workloads on many classes, out of a program that does only that."""
    numbers = map(str, (rounds, workloads, classes))
    measure([sys.executable, HERE / "plan.py", *numbers], folder / "plan.out")
    found = json.loads((folder / "plan.out").read_text())
    rows = [
        [
            shape,
            f"{each['deployments']:,}",
            f"{each['proofs']:,}",
            seconds(each["wall"]),
            seconds(each["cpu"]),
            milliseconds(median(each["cpu"]) / each["deployments"]),
        ]
        for shape, each in found.items()
    ]
    head = f"{workloads:,} workloads, {classes} classes"
    return table([head, "deployments", "proofs", "wall", "user + sys", "of it each"], rows)


__all__ = ["Failed", "growth", "inventory", "large", "plans", "rings", "small"]
