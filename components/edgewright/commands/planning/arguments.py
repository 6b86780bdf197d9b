"""The words behind `edgewright plan`: which name classes, which one the file, and whether they exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgewright.catalogue.nearest import did_you_mean
from edgewright.commands.printers.visible import visible
from edgewright.commands.reporting import FLEET_FILE, fleet_file

if TYPE_CHECKING:
    from edgewright.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for: the file, the classes to show, and overrides with their workloads.

    `solve` is the class and the workload whose resources are to be found.
    """

    file: Path
    classes: tuple[str, ...]
    workloads: tuple[str, ...]
    what_if: tuple[str, ...]
    solve: tuple[str, str] | None


def classes_and_file(words: Sequence[str]) -> tuple[tuple[str, ...], Path]:
    """The names of classes and the fleet's file. Raises UsageError where two words name files.

    The name of a class never has a dot or a slash in it.
    """
    files = [word for word in words if word == "-" or "." in word or "/" in word]
    if len(files) > 1:
        raise click.UsageError(f"one file at a time: {' and '.join(map(visible, files))}")
    names = tuple(word for word in words if word not in files)
    return names, fleet_file(Path(files[0] if files else FLEET_FILE))


def pair(text: str | None) -> tuple[str, str] | None:
    """The class and the workload of CLASS/WORKLOAD. Raises UsageError where it is no such thing."""
    if text is None:
        return None
    class_name, slash, workload = text.partition("/")
    if not (class_name and slash and workload):
        raise click.UsageError("--solve: write CLASS/WORKLOAD, such as gateway/inspect")
    return class_name, workload


def check_names(asked: Asked, fleet: Fleet | None) -> None:
    """Raises UsageError for a name that the fleet does not have, and for a pair that never meets."""
    if fleet is None:
        return
    classes, workloads = list(asked.classes), list(asked.workloads)
    if asked.solve:
        classes.append(asked.solve[0])
        workloads.append(asked.solve[1])
    _check("class", classes, fleet.device_classes)
    _check("workload", workloads, fleet.workloads)
    if asked.solve and (on := fleet.workloads[asked.solve[1]].on) and asked.solve[0] not in on:
        raise click.UsageError(
            f"`{asked.solve[1]}` does not run on `{asked.solve[0]}`; it runs on {_listed(on)}"
        )


def _check(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    there = list(known)
    for name in names:
        if name not in there:
            meant = did_you_mean(name, there)
            said = f"did you mean `{meant}`?" if meant else f"there is {_listed(there)}"
            folder = f" The folder of this name is ./{visible(name)}" if Path(name).is_dir() else ""
            raise click.UsageError(f"there is no {what} `{visible(name[:63])}`; {said}{folder}")


def _listed(names: Iterable[str]) -> str:
    there = sorted(names)
    return ", ".join(there[:12]) + (", …" if len(there) > 12 else "")
