"""Runs as figures that a person reads: medians with the least and the most, and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from process import Run

TIMES: Final = "\N{MULTIPLICATION SIGN}"
_TO: Final = "\N{EN DASH}"


def median(values: Iterable[float]) -> float:
    """The middle one, or the mean of the two in the middle."""
    # That of `statistics` comes with megabytes of modules, and process.py says what those would spoil.
    ordered = sorted(values)
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2


def wall(runs: Iterable[Run]) -> list[float]:
    return [run.wall for run in runs]


def cpu(runs: Iterable[Run]) -> list[float]:
    return [run.cpu for run in runs]


def seconds(values: Sequence[float]) -> str:
    """The median, and from where to where the runs went: `0.52 s (0.49 to 0.61)`, with a dash."""
    form: Callable[[float], str] = "{:.3f}".format if max(values) < 1 else "{:.2f}".format
    return f"{form(median(values))} s ({form(min(values))}{_TO}{form(max(values))})"


def milliseconds(value: float) -> str:
    """Seconds as milliseconds, or as microseconds where that is less than one."""
    return f"{value * 1e3:.2f} ms" if value >= 1e-3 else f"{value * 1e6:.2f} µs"


def mebibytes(runs: Iterable[Run]) -> str:
    return f"{max(run.peak for run in runs) / 2**20:,.0f} MiB"


def times(values: Sequence[float], ours: Sequence[float]) -> str:
    """How many times longer one took than ours, by the medians."""
    return f"{median(values) / median(ours):.1f}{TIMES}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as Markdown writes it, its columns aligned; all but the first to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def row(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
        return "| " + " | ".join([first, *rest]) + " |"

    return "\n".join([row(lines[0]), row(rule), *(row(line) for line in lines[1:])])
